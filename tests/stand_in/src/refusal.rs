//! Refusals that do not come from git, in Bitbucket's words.

use hyper::Response;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};

use super::server::{Body, response};

/// The same answer for every reason to hide a repository, so that a stranger learns nothing.
pub(super) const NO_ACCESS: &str = "You may not have access to this repository or it no longer exists in \
    this workspace. If you think this repository exists and you have access, make sure you are \
    authenticated.";
pub(super) const SCOPE: &str = "Your credentials lack one or more required privilege scopes.";
const APP_PASSWORD: &str = "App passwords are deprecated and must be replaced with API tokens.";
const RATE_LIMIT: &str = "Rate limit for this resource has been exceeded";

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No credentials, invalid or foreign ones, or no such repository.
    NoAccess,
    /// The same with status 404.
    NotFound,
    /// The token is valid, but lacks the scope.
    Scope,
    /// An app password, which Bitbucket has ended.
    AppPassword,
    /// Too many requests.
    RateLimit { retry_after: Option<u32> },
    /// A redirect.
    Redirect { status: u16, location: String },
    /// A status and a text that a test has chosen.
    Failure {
        status: u16,
        text: String,
        retry_after: Option<u32>,
    },
    /// A path that is not one of git's.
    NoSuchPage,
}

impl Refusal {
    /// Returns the response. Its type is `text/plain`, the only one that git prints as `remote: ...`;
    /// logs show that git printed these texts.
    pub(super) fn response(self) -> Response<Body> {
        match self {
            Self::NoAccess => {
                let realm = (WWW_AUTHENTICATE, r#"Basic realm="Bitbucket.org HTTP""#);
                text(401, NO_ACCESS, Some(realm))
            }
            Self::NotFound => text(404, NO_ACCESS, None::<(_, &str)>),
            Self::Scope => text(403, SCOPE, None::<(_, &str)>),
            Self::AppPassword => text(410, APP_PASSWORD, None::<(_, &str)>),
            Self::RateLimit { retry_after } => text(429, RATE_LIMIT, later(retry_after)),
            Self::Redirect { status, location } => text(status, "", Some((LOCATION, location))),
            Self::Failure {
                status,
                text: said,
                retry_after,
            } => text(status, &said, later(retry_after)),
            Self::NoSuchPage => text(404, "Not Found", None::<(_, &str)>),
        }
    }
}

fn later(retry_after: Option<u32>) -> Option<(HeaderName, String)> {
    retry_after.map(|seconds| (RETRY_AFTER, seconds.to_string()))
}

fn text(status: u16, text: &str, header: Option<(HeaderName, impl AsRef<str>)>) -> Response<Body> {
    let mut response = response(status, "text/plain", text.to_owned());
    if let Some((name, value)) = header {
        let value = HeaderValue::from_str(value.as_ref());
        let value = value.expect("the switch holds a legal header");
        response.headers_mut().insert(name, value);
    }
    response
}
