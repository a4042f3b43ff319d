//! What Bitbucket's response means for the token that was sent, and its explanation.

use bbt::target::Target;
use bbt::token::{self, Token};

use super::scopes;
pub use crate::problem::Problem;

/// The page that lists a person's API tokens.
pub const API_TOKENS_PAGE: &str = "https://id.atlassian.com/manage-profile/security/api-tokens";

/// What Bitbucket's response means for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Accepted(Identity),
    Refused(Refusal),
}

/// Why a request with a token failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 401: expired, revoked, mistyped, or of another kind.
    Rejected,
    /// 403 about scopes.
    MissingScope {
        required: Vec<String>,
        identity: Identity,
    },
    /// 404: the target does not exist, or the token has no access to it.
    NotVisible,
    /// 429.
    RateLimited,
    /// Anything else, on one line.
    Unexpected(String),
}

/// What the headers of a response reveal about the token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// `x-credential-type`, such as `workspace_access_token`.
    pub credential: Option<String>,
    /// `x-oauth-scopes`; `None` if the header is missing.
    pub scopes: Option<Vec<String>>,
    /// The response is an empty list. Bitbucket also answers so for the repositories of a workspace
    /// that the token is not for.
    pub sees_nothing: bool,
}

impl Problem {
    fn missing_scope(required: &[String], page: &str) -> Problem {
        let message = if required.is_empty() {
            "the token lacks a scope".to_owned()
        } else {
            format!("the token lacks the scope {}", required.join(", "))
        };
        let hint = format!("scopes cannot be changed; create a new token at {page}");
        Problem::new(message, hint)
    }

    /// Explains that a valid token sees no repository in `target`.
    pub fn sees_nothing(identity: &Identity, target: &Target) -> Problem {
        Problem::new(
            format!("the {} sees no repository in {target}", identity.kind()),
            "it may be for another workspace; Bitbucket does not say which",
        )
    }
}

impl Refusal {
    /// Explains it. `page` is where a new token is created if the response does not reveal that.
    pub fn problem(&self, target: &Target, token: &Token, page: &str) -> Problem {
        const REJECTED: &str = "Bitbucket rejected the token";
        match self {
            Refusal::Rejected if token.has_known_prefix() => Problem::new(
                format!("{REJECTED}: it is expired, revoked or mistyped"),
                format!("create a new one at {page}"),
            ),
            Refusal::Rejected => Problem::new(
                REJECTED,
                format!("{} If not, create one at {page}", token::UNKNOWN_PREFIX),
            ),
            Refusal::MissingScope { required, identity } => {
                let known = identity.tokens_page(target);
                Problem::missing_scope(required, known.as_deref().unwrap_or(page))
            }
            Refusal::NotVisible => Problem::new(
                format!(
                    "the token is valid, but {target} does not exist or the token has no access to it"
                ),
                "check the name, and what the token was created for",
            ),
            Refusal::RateLimited => Problem::new(
                "Bitbucket's rate limit is reached",
                "wait a few minutes, then try again",
            ),
            Refusal::Unexpected(response) => Problem::new(
                response,
                "try again; incidents are listed at https://bitbucket.status.atlassian.com/",
            ),
        }
    }
}

impl Identity {
    /// Returns the page that lists the token, if the kind of token is known.
    pub fn tokens_page(&self, target: &Target) -> Option<String> {
        let workspace = target.workspace();
        Some(match self.credential.as_deref()? {
            "workspace_access_token" => Target::Workspace(workspace.to_owned()).tokens_page(),
            "project_access_token" => format!(
                "https://bitbucket.org/{workspace}/workspace/projects (its settings, Access tokens)"
            ),
            "api_token" | "apikey" => API_TOKENS_PAGE.to_owned(),
            _ => return None,
        })
    }

    /// Returns what git cannot do with the token's scopes. A missing header is no problem.
    pub fn missing_scopes(&self, target: &Target) -> Vec<Problem> {
        let Some(granted) = &self.scopes else {
            return Vec::new();
        };
        let page = self.tokens_page(target);
        let page = page.unwrap_or_else(|| target.tokens_page());
        let needed = [(scopes::FETCH, "clone or fetch"), (scopes::PUSH, "push")];
        let missing = needed
            .into_iter()
            .filter(|(scope, _)| !scopes::include(granted, scope));
        let problems = missing.map(|(scope, action)| {
            let mut problem = Problem::missing_scope(&[scope.to_owned()], &page);
            problem.message += &format!(", so it cannot {action}");
            problem
        });
        problems.collect()
    }

    /// Returns `workspace access token (scopes: repository, repository:write)`
    pub fn description(&self) -> String {
        let kind = self.kind();
        match &self.scopes {
            Some(scopes) if scopes.is_empty() => format!("{kind} (no scopes)"),
            Some(scopes) => format!("{kind} (scopes: {})", scopes.join(", ")),
            None => kind,
        }
    }

    fn kind(&self) -> String {
        match self.credential.as_deref() {
            Some("repo_access_token") => "repository access token".to_owned(),
            Some("api_token" | "apikey") => "API token".to_owned(),
            Some(other) => other.replace('_', " "),
            None => "token".to_owned(),
        }
    }
}
