//! Bitbucket itself: what REST says of the token, and whether git gets through.

use std::io;

use bbt::address::Address;
use bbt::config::Config;
use bbt::token;

use super::check::{Check, State};
use super::source::Found;
use crate::answer::{Identity, Verdict};
use crate::bitbucket::Bitbucket;
use crate::git::{self, EmptyRepository, Outcome};
use crate::scopes;
use crate::target::Target;

/// What is worth trying with git after that.
pub enum Permission {
    Nothing,
    Read,
    Unknown,
}

/// Tells apart what git's one 401 does not: a dead token, a missing scope, no such repository.
pub fn ask(config: &Config, target: &Target, found: &Found) -> (Check, Permission) {
    const NAME: &str = "bitbucket";
    let page = Target::Workspace(target.workspace().to_owned()).tokens_page();
    let verdict = Bitbucket::new(config)
        .and_then(|bitbucket| bitbucket.check(target, &found.token, found.account.as_deref()));
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => return (Check::failed(NAME, &error), Permission::Unknown),
    };
    match verdict {
        Verdict::Accepted(identity) => accepted(NAME, &identity, target, &page),
        Verdict::Dead if !found.token.has_known_prefix() => (
            Check::problem(
                NAME,
                "Bitbucket does not know the token",
                format!("{} If not, create one at {page}", token::UNKNOWN_PREFIX),
            ),
            Permission::Nothing,
        ),
        Verdict::Dead => (
            Check::problem(
                NAME,
                "Bitbucket does not know the token: expired, revoked or mistyped",
                format!("create another at {page} and put it in its place"),
            ),
            Permission::Nothing,
        ),
        Verdict::MissingScope { required, .. } => (
            Check::problem(
                NAME,
                format!("the token lacks the scope {}", required.join(", ")),
                format!("create one with repository and repository:write at {page}"),
            ),
            Permission::Nothing,
        ),
        Verdict::NotVisible(_) => (
            Check::problem(
                NAME,
                format!("the token lives, but there is no {target}, or the token is not for it"),
                "look at the spelling, and at what the token was created for",
            ),
            Permission::Nothing,
        ),
        Verdict::RateLimited => (
            Check::problem(NAME, "Bitbucket's rate limit is reached", "wait a while"),
            Permission::Unknown,
        ),
        Verdict::Unexpected(what) if is_redirect(&what) => {
            (moved(NAME, &what, target), Permission::Unknown)
        }
        Verdict::Unexpected(what) => (
            Check::problem(
                NAME,
                what,
                "try again; https://bitbucket.status.atlassian.com tells of incidents",
            ),
            Permission::Unknown,
        ),
    }
}

fn accepted(
    name: &'static str,
    identity: &Identity,
    target: &Target,
    page: &str,
) -> (Check, Permission) {
    let granted = identity.scopes.as_ref();
    let is_reader = granted.is_some_and(|granted| !scopes::cover(granted, scopes::PUSH));
    if is_reader {
        let says = format!("the token sees {target}, but lacks repository:write to push");
        let cure = format!("create one with repository:write at {page}, if it is to push");
        return (Check::warning(name, says, cure), Permission::Read);
    }
    let what = identity.credential.as_deref().unwrap_or("token");
    let what = what.replace('_', " ");
    if identity.sees_nothing {
        let says = format!("the {what} sees no repository in {target}");
        let cure = "it may be of another workspace: check where it was created";
        return (Check::warning(name, says, cure), Permission::Unknown);
    }
    let scopes = granted.map_or(String::new(), |granted| {
        format!(" (scopes: {})", granted.join(", "))
    });
    let says = format!("the {what} sees {target}{scopes}");
    (Check::ok(name, says), Permission::Unknown)
}

/// What git does, and a push that stops before anything is sent.
pub fn transfer(address: &Address, permission: Permission) -> Vec<Check> {
    if matches!(permission, Permission::Nothing) {
        let why = "Bitbucket refuses the token";
        return vec![Check::skipped("fetch", why), Check::skipped("push", why)];
    }
    let url = format!("bbt::{address}");
    let fetched = git::away(["ls-remote", "--heads", &url]);
    let fetch = said(
        "fetch",
        "git reads the repository's branches",
        address,
        fetched,
    );
    let push = match (fetch.state, permission) {
        (State::Problem, _) => Check::skipped("push", "git cannot even read"),
        (_, Permission::Read) => Check::skipped("push", "the token may not"),
        _ => {
            let pushed = push_nothing(&url);
            said("push", "git may push (nothing was sent)", address, pushed)
        }
    };
    vec![fetch, push]
}

/// Asks for leave to make a branch that nobody has, with a commit of no file, and leaves it at that.
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

fn said(name: &'static str, well: &str, address: &Address, outcome: io::Result<Outcome>) -> Check {
    let why = match outcome {
        Ok(outcome) if outcome.succeeded => return Check::ok(name, well),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    if is_redirect(&why) {
        return moved(name, &why, &address.into());
    }
    let cure = format!("BBT_TRACE=1 git ls-remote bbt::{address} tells more");
    Check::problem(name, why, cure)
}

/// Whether REST's or git's message is about a redirect, which neither follows to another host.
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
