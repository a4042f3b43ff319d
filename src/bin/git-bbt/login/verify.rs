//! Checks a token with Bitbucket before it is stored.

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::messages::{self, Failure};
use bbt::target::Target;
use bbt::token::{Kind, Token};

use crate::bitbucket::{Bitbucket, Identity, Problem, Refusal, Verdict};
use crate::terminal;

/// A token, and what it is to be used for.
pub struct Request<'a> {
    pub target: &'a Target,
    pub token: &'a Token,
    /// The account of an API token.
    pub account: Option<String>,
    /// Whether a token that sees nothing is stored without asking.
    pub force: bool,
    pub is_interactive: bool,
}

/// The result of a successful check.
pub struct Verified {
    pub identity: Identity,
    /// The account of an API token.
    pub account: Option<String>,
}

impl Verified {
    /// Returns the token's target if `asked_about` was a guess: its kind shows whether it is for the
    /// whole workspace, or for one repository, such as `current`.
    pub fn target(&self, asked_about: Target, current: Option<Address>) -> Target {
        match self.identity.credential.as_deref() {
            Some("workspace_access_token" | "api_token" | "apikey") => {
                Target::Workspace(asked_about.workspace().to_owned())
            }
            Some("repo_access_token" | "project_access_token") => match (asked_about, current) {
                (Target::Workspace(name), Some(current))
                    if current.workspace().eq_ignore_ascii_case(&name) =>
                {
                    Target::Repository(current)
                }
                (asked_about, _) => asked_about,
            },
            _ => asked_about,
        }
    }
}

/// Checks the token with Bitbucket; `None` if that failed and the user wants it stored anyway.
///
/// # Errors
/// If the token does not work or the user does not want it; nothing is stored then.
pub fn ask(request: &Request, config: &Config) -> Result<Option<Verified>> {
    let Request { target, token, .. } = request;
    let mut account = request.account.clone();
    if token.kind() == Kind::Api && account.is_none() {
        account = ask_account(request)?;
        if account.is_none() {
            return Ok(None);
        }
    }
    let verdict = Bitbucket::new(config)
        .and_then(|bitbucket| bitbucket.check(target, token, account.as_deref()));
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(error) => {
            let message = format!("the token was not checked: {error:#}");
            let failure = Failure::new(message).hint(NOT_STORED);
            let failure =
                messages::hints_of(&error).fold(failure, |failure, hint| failure.hint(hint));
            return store_unchecked(request, failure.into());
        }
    };
    let identity = match verdict {
        Verdict::Accepted(identity) => {
            if identity.sees_nothing {
                store_without_repositories(request, &identity)?;
            }
            identity
        }
        Verdict::Refused(Refusal::MissingScope { identity, .. }) => identity,
        Verdict::Refused(refusal) => {
            let problem = refusal.problem(target, token, &target.tokens_page());
            let failure = Failure::new(problem.message)
                .hint(NOT_STORED)
                .hint(problem.hint);
            return match refusal {
                Refusal::RateLimited | Refusal::Unexpected(_) => {
                    store_unchecked(request, failure.into())
                }
                _ => Err(failure.into()),
            };
        }
    };
    for problem in identity.missing_scopes(target) {
        messages::warning(&format!("{}; {}", problem.message, problem.hint));
    }
    Ok(Some(Verified { identity, account }))
}

const NOT_STORED: &str = "the token was not stored; use --no-verify to store it without checking";

/// The account of an API token; `None` to store the token without it.
fn ask_account(request: &Request) -> Result<Option<String>> {
    if request.is_interactive {
        let question =
            "The email of this API token's account, for REST (Enter to store it unchecked): ";
        return Ok(terminal::read_line(question)?.filter(|email| !email.is_empty()));
    }
    Err(
        Failure::new("an API token needs its account's email for REST, and none was given")
            .hint(format!(
                "git bbt login {} --account <email>",
                request.target
            ))
            .hint("or use --no-verify to store it without checking; git itself needs no account")
            .into(),
    )
}

/// Asks whether to store a token that could not be checked, so that it need not be pasted again.
fn store_unchecked(request: &Request, error: anyhow::Error) -> Result<Option<Verified>> {
    if !request.is_interactive {
        return Err(error);
    }
    messages::failure(&error);
    if terminal::confirm("Store the token without checking it?")? {
        Ok(None)
    } else {
        Err(Failure::new("the token was not stored").into())
    }
}

/// Asks whether to store a token that sees no repository.
fn store_without_repositories(request: &Request, identity: &Identity) -> Result<(), Failure> {
    let Problem { message, hint } = Problem::sees_nothing(identity, request.target);
    if request.force {
        messages::warning(&message);
        return Ok(());
    }
    let confirm = || terminal::confirm(&format!("The token is valid, but {message}. Store it?"));
    if request.is_interactive && confirm().unwrap_or(false) {
        return Ok(());
    }
    Err(Failure::new(message)
        .hint(hint)
        .hint("the token was not stored; use --force if there is no repository yet"))
}
