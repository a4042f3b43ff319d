//! Checks the token with Bitbucket's REST API and with git.

use std::io;

use bbt::address::Address;
use bbt::config::Config;

use super::check::{Check, State};
use super::source::TokenOfAccount;
use crate::bitbucket::{Bitbucket, Identity, Problem, Refusal, Verdict};
use crate::git::{self, EmptyRepository, Outcome};
use crate::target::Target;

/// What the token is known to permit.
pub enum Permission {
    Nothing,
    Read,
    Unknown,
}

/// Explains git's 401, which has many causes: an invalid token, a missing scope, no such repository.
pub fn ask(config: &Config, target: &Target, found: &TokenOfAccount) -> (Check, Permission) {
    const NAME: &str = "bitbucket";
    let page = Target::Workspace(target.workspace().to_owned()).tokens_page();
    let verdict = Bitbucket::new(config)
        .and_then(|bitbucket| bitbucket.check(target, &found.token, found.account.as_deref()));
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => return (Check::failed(NAME, &error), Permission::Unknown),
    };
    let refusal = match verdict {
        Verdict::Accepted(identity) => return accepted(NAME, &identity, target),
        Verdict::Refused(refusal) => refusal,
    };
    let permission = match &refusal {
        Refusal::Unexpected(message) if is_redirect(message) => {
            return (moved(NAME, message, target), Permission::Unknown);
        }
        Refusal::Unexpected(_) | Refusal::RateLimited => Permission::Unknown,
        _ => Permission::Nothing,
    };
    let Problem { message, hint } = refusal.problem(target, &found.token, &page);
    (Check::problem(NAME, message, hint), permission)
}

fn accepted(name: &'static str, identity: &Identity, target: &Target) -> (Check, Permission) {
    let warning = |problem: Problem| Check::warning(name, problem.message, problem.hint);
    if let Some(problem) = identity.missing_scopes(target).pop() {
        return (warning(problem), Permission::Read);
    }
    let check = if identity.sees_nothing {
        warning(Problem::sees_nothing(identity, target))
    } else {
        let description = identity.description();
        Check::ok(name, format!("{target} is visible to the {description}"))
    };
    (check, Permission::Unknown)
}

/// Checks a fetch, and a push that stops before anything is sent.
pub fn transfer(address: &Address, permission: Permission) -> Vec<Check> {
    if matches!(permission, Permission::Nothing) {
        let why = "the token cannot be used";
        return vec![Check::skipped("fetch", why), Check::skipped("push", why)];
    }
    let url = format!("bbt::{address}");
    let fetched = git::away(["ls-remote", "--heads", &url]);
    let fetch = transferred(
        "fetch",
        "git reads the repository's branches",
        address,
        fetched,
    );
    let push = match (fetch.state, permission) {
        (State::Problem, _) => Check::skipped("push", "git cannot fetch"),
        (_, Permission::Read) => Check::skipped("push", "the token may not push"),
        _ => {
            let pushed = push_nothing(&url);
            transferred("push", "git may push (nothing was sent)", address, pushed)
        }
    };
    vec![fetch, push]
}

/// Runs a dry-run push of an empty commit to a new branch.
fn push_nothing(url: &str) -> io::Result<Outcome> {
    const NOBODY: [(&str, &str); 4] = [
        ("GIT_AUTHOR_NAME", "git bbt doctor"),
        ("GIT_AUTHOR_EMAIL", "doctor@example.com"),
        ("GIT_COMMITTER_NAME", "git bbt doctor"),
        ("GIT_COMMITTER_EMAIL", "doctor@example.com"),
    ];
    let repository = EmptyRepository::new()?;
    let tree = repository.run(["mktree"])?.stdout;
    let commit = ["commit-tree", "-m", "Nothing", tree.trim_end()];
    let commit = repository.run_with(&NOBODY, commit)?.stdout;
    let refspec = format!("{}:refs/heads/git-bbt-doctor", commit.trim_end());
    repository.run(["push", "--dry-run", url, &refspec])
}

fn transferred(
    name: &'static str,
    well: &str,
    address: &Address,
    outcome: io::Result<Outcome>,
) -> Check {
    let why = match outcome {
        Ok(outcome) if outcome.succeeded => return Check::ok(name, well),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    if is_redirect(&why) {
        return moved(name, &why, &address.into());
    }
    let hint = format!("for details: BBT_TRACE=1 git ls-remote bbt::{address}");
    Check::problem(name, why, hint)
}

/// Returns whether REST's or git's message is about a redirect; neither follows one to another host.
fn is_redirect(why: &str) -> bool {
    let status = |label| why.split_once(label).and_then(|(_, rest)| rest.get(..3));
    let status = status("HTTP ").or_else(|| status("returned error: "));
    matches!(status, Some("301" | "302" | "303" | "307" | "308"))
}

fn moved(name: &'static str, why: &str, target: &Target) -> Check {
    let message = format!("{why}: the repository may have moved");
    let hint = format!(
        "look for {target} at https://bitbucket.org/{target}, and set the remote to its new name"
    );
    Check::problem(name, message, hint)
}
