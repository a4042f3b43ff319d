//! Checks the token with Bitbucket's REST API and with git.

use std::io;

use bbt::address::Address;
use bbt::config::Config;
use bbt::token::Token;

use super::check::{Check, State};
use crate::bitbucket::{Bitbucket, Refusal, Verdict};
use crate::git::{self, EmptyRepository, Outcome};
use crate::problem::Problem;
use crate::target::Target;

/// A tree that git has in every repository.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// What the token is known to permit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Nothing,
    Read,
    Unknown,
}

/// Explains git's 401, which has many causes: an invalid token, a missing scope, no such repository.
pub fn ask(
    config: &Config,
    target: &Target,
    token: &Token,
    account: Option<&str>,
) -> (Check, Permission) {
    const NAME: &str = "bitbucket";
    let bitbucket = Bitbucket::new(config);
    let refusal = match bitbucket.and_then(|it| it.check(target, token, account)) {
        Err(error) => return (Check::failed(NAME, &error), Permission::Unknown),
        Ok(Verdict::Refused(refusal)) => refusal,
        Ok(Verdict::Accepted(identity)) => {
            if let Some(problem) = identity.missing_scopes(target).pop() {
                return (
                    Check::found(NAME, State::Warning, problem),
                    Permission::Read,
                );
            }
            let check = if identity.sees_nothing {
                Check::found(
                    NAME,
                    State::Warning,
                    Problem::sees_nothing(&identity, target),
                )
            } else {
                let description = identity.description();
                Check::ok(NAME, format!("{target} is visible to the {description}"))
            };
            return (check, Permission::Unknown);
        }
    };
    let (permission, moved) = match &refusal {
        Refusal::Unexpected(message) => (Permission::Unknown, moved(message, target)),
        Refusal::RateLimited => (Permission::Unknown, None),
        _ => (Permission::Nothing, None),
    };
    let page = Target::Workspace(target.workspace().to_owned()).tokens_page();
    let problem = moved.unwrap_or_else(|| refusal.problem(target, token, &page));
    (Check::found(NAME, State::Problem, problem), permission)
}

/// Checks a fetch.
pub fn fetch(address: &Address) -> Check {
    let fetched = git::away(["ls-remote", "--heads", &format!("bbt::{address}")]);
    transferred(
        "fetch",
        "git reads the repository's branches",
        address,
        fetched,
    )
}

/// Checks a push that stops before anything is sent.
pub fn push(address: &Address) -> Check {
    let pushed = push_nothing(&format!("bbt::{address}"));
    transferred("push", "git may push (nothing was sent)", address, pushed)
}

/// Runs a dry-run push of an empty commit to a new branch.
fn push_nothing(url: &str) -> io::Result<Outcome> {
    let repository = EmptyRepository::new()?;
    let identity = [
        "-c",
        "user.name=git bbt doctor",
        "-c",
        "user.email=doctor@example.com",
    ];
    let commit = identity
        .into_iter()
        .chain(["commit-tree", "-m", "Nothing", EMPTY_TREE]);
    let commit = repository.run(commit)?.stdout;
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
    let problem = moved(&why, &address.into()).unwrap_or_else(|| {
        let hint = format!("for details: BBT_TRACE=1 git ls-remote bbt::{address}");
        Problem::new(why, hint)
    });
    Check::found(name, State::Problem, problem)
}

/// Explains REST's or git's message about a redirect; neither follows one to another host.
fn moved(why: &str, target: &Target) -> Option<Problem> {
    let status = |label| why.split_once(label).and_then(|(_, rest)| rest.get(..3));
    let status = status("HTTP ").or_else(|| status("returned error: "));
    matches!(status?, "301" | "302" | "303" | "307" | "308").then(|| {
        Problem::new(
            format!("{why}: the repository may have moved"),
            format!("look for {target} at https://bitbucket.org/{target}, and set the remote to its new name"),
        )
    })
}
