//! What Bitbucket answers about a token, before it is stored.

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::report::{self, Failure};
use bbt::target::Target;
use bbt::token::{Kind, Token};

use crate::answer::{Identity, Verdict};
use crate::bitbucket::Bitbucket;
use crate::{scopes, terminal};

/// A token, and what it is to be used for.
pub struct Request<'a> {
    pub target: &'a Target,
    pub token: &'a Token,
    /// Whose API token it is.
    pub account: Option<String>,
    /// Whether a token that sees nothing is stored without asking.
    pub force: bool,
    pub is_interactive: bool,
}

/// What a token turned out to be.
pub struct Verified {
    pub identity: Identity,
    /// Whose API token it is.
    pub account: Option<String>,
}

impl Verified {
    /// What the token is for, if only `asked_about`, or the repository `here`, was a guess: a token
    /// of a repository is for no other, and one of a workspace for all of them.
    pub fn target(&self, asked_about: Target, here: Option<Address>) -> Target {
        match self.identity.credential.as_deref() {
            Some("workspace_access_token" | "api_token" | "apikey") => {
                Target::Workspace(asked_about.workspace().to_owned())
            }
            Some("repo_access_token" | "project_access_token") => match (asked_about, here) {
                (Target::Workspace(name), Some(here))
                    if here.workspace().eq_ignore_ascii_case(&name) =>
                {
                    Target::Repository(here)
                }
                (asked_about, _) => asked_about,
            },
            _ => asked_about,
        }
    }
}

/// Asks Bitbucket. `None` if there is no answer and the person wants the token stored all the same.
///
/// # Errors
/// If the token does not work, or is not wanted; nothing is stored then.
pub fn ask(request: &Request, config: &Config) -> Result<Option<Verified>> {
    let Request { target, token, .. } = request;
    let mut account = request.account.clone();
    if token.kind() == Kind::Api && account.is_none() {
        account = ask_account(request)?;
        if account.is_none() {
            return Ok(None);
        }
    }
    let answered = Bitbucket::new(config)
        .and_then(|bitbucket| bitbucket.check(target, token, account.as_deref()));
    let refused = |what: String| Failure::new(what).hint(UNSEEN);
    let identity = match answered {
        Ok(Verdict::Accepted(identity)) if identity.sees_nothing => {
            store_though_it_sees_nothing(request)?;
            identity
        }
        Ok(Verdict::Accepted(identity) | Verdict::MissingScope { identity, .. }) => identity,
        Ok(Verdict::Dead) => return Err(expired(request).into()),
        Ok(Verdict::NotVisible(_)) => {
            return Err(refused(format!(
                "Bitbucket knows the token, but there is no {target}, or the token is not for it"
            ))
            .into());
        }
        Ok(Verdict::RateLimited) => {
            let what = "Bitbucket has had too many requests; wait a while";
            return unanswered(request, refused(what.to_owned()).into());
        }
        Ok(Verdict::Unexpected(answer)) => {
            let what = format!("Bitbucket did not say whether the token serves: {answer}");
            return unanswered(request, refused(what).into());
        }
        Err(error) => {
            let failure = refused(format!("the token was not checked: {error:#}"));
            let hints = report::hints_of(&error);
            return unanswered(
                request,
                hints
                    .fold(failure, |failure, hint| failure.hint(hint))
                    .into(),
            );
        }
    };
    warn_of_missing_scopes(target, &identity);
    Ok(Some(Verified { identity, account }))
}

const UNSEEN: &str = "nothing was stored; --no-verify stores it unseen";

/// The account of an API token; `None` to store the token without it.
fn ask_account(request: &Request) -> Result<Option<String>> {
    if request.is_interactive {
        let question =
            "The email of this API token's account, for REST (Enter to store it unchecked): ";
        return Ok(terminal::ask_openly(question)?.filter(|email| !email.is_empty()));
    }
    Err(Failure::new(
        "this is a person's API token, and Bitbucket's REST API wants its account too",
    )
    .hint(format!(
        "git bbt login {} --account <e-mail>",
        request.target
    ))
    .hint("or store it unseen with --no-verify; git itself needs no account")
    .into())
}

/// The pasted token is not lost to a network that is down.
fn unanswered(request: &Request, error: anyhow::Error) -> Result<Option<Verified>> {
    if !request.is_interactive {
        return Err(error);
    }
    report::failure(&error);
    if terminal::confirm("Store the token without checking it?")? {
        Ok(None)
    } else {
        Err(Failure::new("the token was not stored").into())
    }
}

fn expired(request: &Request) -> Failure {
    let failure = Failure::new("Bitbucket refuses the token: it is expired, revoked or mistyped");
    let failure = if request.token.has_known_prefix() {
        failure
    } else {
        failure.hint(bbt::token::UNKNOWN_PREFIX)
    };
    failure
        .hint(UNSEEN)
        .hint(format!("create one at {}", request.target.tokens_page()))
}

fn store_though_it_sees_nothing(request: &Request) -> Result<(), Failure> {
    let what = format!("the token sees no repository in {}", request.target);
    if request.force {
        report::warning(&what);
        return Ok(());
    }
    let question =
        || terminal::confirm(&format!("Bitbucket knows the token, but {what}. Store it?"));
    if request.is_interactive && question().unwrap_or(false) {
        return Ok(());
    }
    Err(
        Failure::new(format!("Bitbucket knows the token, but {what}"))
            .hint("it may be of another workspace; Bitbucket does not say which")
            .hint("nothing was stored; if there is no repository yet, --force stores it"),
    )
}

fn warn_of_missing_scopes(target: &Target, identity: &Identity) {
    let Some(granted) = &identity.scopes else {
        return;
    };
    for (scope, does) in [(scopes::FETCH, "clone and fetch"), (scopes::PUSH, "push")] {
        if !scopes::cover(granted, scope) {
            report::warning(&format!(
                "the token lacks the scope {scope}: it cannot {does}. Scopes cannot be added later; create another at {}",
                target.tokens_page()
            ));
        }
    }
}

/// `a workspace access token with the scopes repository, repository:write`
pub fn described(identity: &Identity) -> String {
    let kind = match identity.credential.as_deref() {
        Some("workspace_access_token") => "a workspace access token",
        Some("project_access_token") => "a project access token",
        Some("repo_access_token") => "a repository access token",
        Some("api_token" | "apikey") => "an API token",
        Some(other) => other,
        None => "a token",
    };
    match &identity.scopes {
        Some(scopes) if scopes.is_empty() => format!("{kind} without any scope"),
        Some(scopes) => format!("{kind} with the scopes {}", scopes.join(", ")),
        None => kind.to_owned(),
    }
}
