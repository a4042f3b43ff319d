//! Checks a token with Bitbucket before it is stored.

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::messages::{self, Failure};
use bbt::target::Target;
use bbt::token::Token;

use super::Args;
use crate::bitbucket::{Bitbucket, Identity, Problem, Refusal, Verdict};
use crate::terminal;

/// Returns what a token is for if `asked_about` was a guess: its kind shows whether it is for the whole
/// workspace, or for one repository, such as `current`.
pub fn target(identity: &Identity, asked_about: &Target, current: Option<Address>) -> Target {
    let workspace = asked_about.workspace();
    match (identity.credential.as_deref(), current) {
        (Some("workspace_access_token" | "api_token" | "apikey"), _) => {
            Target::Workspace(workspace.to_owned())
        }
        (Some("repo_access_token" | "project_access_token"), Some(current))
            if asked_about.repository().is_none()
                && current.workspace().eq_ignore_ascii_case(workspace) =>
        {
            Target::Repository(current)
        }
        _ => asked_about.clone(),
    }
}

/// Checks the token with Bitbucket; `None` if that failed and the user wants it stored anyway.
///
/// # Errors
/// If the token does not work or the user does not want it; nothing is stored then.
pub fn ask(
    args: &Args,
    config: &Config,
    target: &Target,
    token: &Token,
    account: Option<&str>,
) -> Result<Option<Identity>> {
    let checked =
        Bitbucket::new(config).and_then(|bitbucket| bitbucket.check(target, token, account));
    let identity = match checked {
        Ok(Verdict::Accepted(identity)) => {
            if identity.sees_nothing {
                store_without_repositories(args, target, &identity)?;
            }
            identity
        }
        Ok(Verdict::Refused(Refusal::MissingScope { identity, .. })) => identity,
        Ok(Verdict::Refused(refusal)) => {
            let problem = refusal.problem(target, token, &target.tokens_page());
            let failure = Failure::new(problem.message)
                .hint(NOT_STORED)
                .hint(problem.hint);
            return match refusal {
                Refusal::RateLimited | Refusal::Unexpected(_) => store_unchecked(args, failure),
                _ => Err(failure.into()),
            };
        }
        Err(error) => {
            let failure = Failure::new(format!("the token was not checked: {error:#}"));
            let hints = messages::hints_of(&error);
            let failure = hints.fold(failure.hint(NOT_STORED), |failure, hint| failure.hint(hint));
            return store_unchecked(args, failure);
        }
    };
    for problem in identity.missing_scopes(target) {
        messages::warning(&problem.to_string());
    }
    Ok(Some(identity))
}

const NOT_STORED: &str = "the token was not stored; use --no-verify to store it without checking";

/// Asks whether to store a token that could not be checked, so that it need not be pasted again.
fn store_unchecked(args: &Args, failure: Failure) -> Result<Option<Identity>> {
    if args.with_token {
        return Err(failure.into());
    }
    messages::failure(&failure.into());
    if terminal::confirm("Store the token without checking it?")? {
        Ok(None)
    } else {
        Err(Failure::new("the token was not stored").into())
    }
}

/// Asks whether to store a token that sees no repository.
fn store_without_repositories(
    args: &Args,
    target: &Target,
    identity: &Identity,
) -> Result<(), Failure> {
    let Problem { message, hint } = Problem::sees_nothing(identity, target);
    if args.force {
        messages::warning(&message);
        return Ok(());
    }
    let confirm = || terminal::confirm(&format!("The token is valid, but {message}. Store it?"));
    if !args.with_token && confirm().unwrap_or(false) {
        return Ok(());
    }
    Err(Failure::new(message)
        .hint(hint)
        .hint("the token was not stored; use --force if there is no repository yet"))
}
