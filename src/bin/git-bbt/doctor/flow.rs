//! The steps of a clone and a push that need a target: the source, its token, Bitbucket's REST API, and
//! git.

use std::io;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup;
use bbt::token::{Kind, Token};

use super::check::{Check, State};
use super::machine;
use crate::bitbucket::{Bitbucket, Refusal, Verdict};
use crate::git::{self, EmptyRepository, Outcome};
use crate::git_settings::shown;
use crate::problem::Problem;
use crate::target::Target;

/// A tree that git has in every repository.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// The steps, in their order.
const STEPS: [&str; 5] = ["source", "token", "bitbucket", "fetch", "push"];

/// Checks that config.toml can be read.
pub fn configuration(config: &Result<Config>) -> Check {
    match config {
        Err(error) => Check::failed("config", error),
        Ok(config) => {
            let none = || "no config.toml, and none is needed".to_owned();
            Check::ok("config", config.path().map_or_else(none, shown))
        }
    }
}

/// Checks each step; it needs those before it.
pub fn checks(config: &Result<Config>, target: &Target, has_git: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Err(why) = follow(config, target, has_git, &mut checks) {
        let rest = &STEPS[checks.len()..];
        checks.extend(rest.iter().map(|name| Check::skipped(name, why)));
    }
    checks
}

/// # Errors
/// Why the rest is skipped.
fn follow(
    config: &Result<Config>,
    target: &Target,
    has_git: bool,
    checks: &mut Vec<Check>,
) -> Result<(), &'static str> {
    let config = config.as_ref().map_err(|_| "config.toml has a mistake")?;
    let (token, account) = read_token(config, target, checks).ok_or("no token")?;
    let may_push = ask(config, target, &token, account.as_deref(), checks)?;
    let address = target.repository().ok_or("no repository given")?;
    if !has_git {
        return Err(machine::why_no_git());
    }
    let fetch = fetch(address);
    let is_readable = fetch.state == State::Ok;
    checks.push(fetch);
    if !is_readable {
        return Err("git cannot fetch");
    }
    if !may_push {
        return Err("the token may not push");
    }
    checks.push(push(address));
    Ok(())
}

/// Checks the source that is used, and its token. Returns that and its account, if they can be read.
fn read_token(
    config: &Config,
    target: &Target,
    checks: &mut Vec<Check>,
) -> Option<(Token, Option<String>)> {
    let chosen = lookup::choose(config, target);
    let chosen = match chosen.and_then(|chosen| chosen.check_source().map(|()| chosen)) {
        Ok(chosen) => chosen,
        Err(error) => {
            checks.push(Check::failed("source", &error));
            checks.push(Check::skipped("token", "no source to read it from"));
            return None;
        }
    };
    let others = lookup::candidates(config, target).into_iter().skip(1);
    let others: Vec<String> = others.map(|other| other.describe()).collect();
    let mut message = chosen.describe();
    if !others.is_empty() {
        message += &format!("; it comes before {}", others.join(", "));
    }
    checks.push(Check::ok("source", message));
    let token = chosen.token();
    checks.push(match &token {
        Err(error) => Check::failed("token", error),
        Ok(token) => {
            let kind = match token.kind() {
                Kind::Access => "an access token",
                Kind::Api => "a person's API token",
            };
            match chosen.expiry() {
                Some(when) => {
                    Check::warning("token", format!("{kind}, which {when}"), lookup::ROTATE)
                }
                None => Check::ok("token", kind),
            }
        }
    });
    Some((token.ok()?, chosen.account().map(str::to_owned)))
}

/// Explains git's 401, which has many causes: an invalid token, a missing scope, no such repository.
/// Returns whether a push may succeed.
///
/// # Errors
/// The token cannot be used.
fn ask(
    config: &Config,
    target: &Target,
    token: &Token,
    account: Option<&str>,
    checks: &mut Vec<Check>,
) -> Result<bool, &'static str> {
    const NAME: &str = "bitbucket";
    let mut found = |state, problem| checks.push(Check::with_hint(NAME, state, problem));
    let bitbucket = Bitbucket::new(config);
    match bitbucket.and_then(|it| it.check(target, token, account)) {
        Err(error) => checks.push(Check::failed(NAME, &error)),
        Ok(Verdict::Accepted(identity)) => {
            if let Some(problem) = identity.missing_scopes(target).pop() {
                found(State::Warning, problem);
                return Ok(false);
            }
            if identity.sees_nothing {
                found(State::Warning, Problem::sees_nothing(&identity, target));
            } else {
                let description = identity.description();
                let message = format!("{target} is visible to the {description}");
                checks.push(Check::ok(NAME, message));
            }
        }
        Ok(Verdict::Refused(refusal)) => {
            let page = Target::Workspace(target.workspace().to_owned()).tokens_page();
            let moved = match &refusal {
                Refusal::Unexpected(message) => moved(message, target),
                _ => None,
            };
            let problem = moved.unwrap_or_else(|| refusal.problem(target, token, &page));
            found(State::Problem, problem);
            if !matches!(refusal, Refusal::Unexpected(_) | Refusal::RateLimited) {
                return Err("the token cannot be used");
            }
        }
    }
    Ok(true)
}

/// Checks a fetch.
fn fetch(address: &Address) -> Check {
    let fetched = git::away(["ls-remote", "--heads", &format!("bbt::{address}")]);
    transferred(
        "fetch",
        "git reads the repository's branches",
        address,
        fetched,
    )
}

/// Checks a push that stops before anything is sent.
fn push(address: &Address) -> Check {
    let pushed = push_nothing(&format!("bbt::{address}"));
    transferred("push", "git may push (nothing was sent)", address, pushed)
}

/// Runs a dry-run push of an empty commit to a new branch.
fn push_nothing(url: &str) -> io::Result<Outcome> {
    // git prefers these variables to user.name and user.email.
    const NOBODY: [(&str, &str); 4] = [
        ("GIT_AUTHOR_NAME", "git bbt doctor"),
        ("GIT_AUTHOR_EMAIL", "doctor@example.com"),
        ("GIT_COMMITTER_NAME", "git bbt doctor"),
        ("GIT_COMMITTER_EMAIL", "doctor@example.com"),
    ];
    let repository = EmptyRepository::new()?;
    let commit = ["commit-tree", "-m", "Nothing", EMPTY_TREE];
    let commit = repository.run_with(&NOBODY, commit)?;
    if !commit.succeeded {
        return Ok(commit);
    }
    let refspec = format!("{}:refs/heads/git-bbt-doctor", commit.stdout.trim_end());
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
    Check::with_hint(name, State::Problem, problem)
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
