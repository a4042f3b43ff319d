//! The `Authorization` header, which a failing test must not print.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::tokens::Kind;

/// A request's Authorization header. Compare with [`is_basic`](Self::is_basic) and
/// [`is_bearer`](Self::is_bearer): a failing `assert!` on those shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization {
    /// A user name and a password.
    Basic {
        /// What precedes the first colon.
        user: String,
        /// What follows the first colon.
        password: String,
    },
    /// A bare token.
    Bearer(String),
    /// Anything else, unchanged.
    Other(String),
}

impl Authorization {
    /// Reads the header's value.
    pub(super) fn parse(value: &str) -> Self {
        Self::basic(value)
            .or_else(|| Some(Self::Bearer(scheme(value, "Bearer")?.to_owned())))
            .unwrap_or_else(|| Self::Other(value.to_owned()))
    }

    fn basic(value: &str) -> Option<Self> {
        let decoded = STANDARD.decode(scheme(value, "Basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self::Basic {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Returns whether it is Basic, with exactly this user and password.
    pub fn is_basic(&self, user: &str, password: &str) -> bool {
        matches!(self, Self::Basic { user: u, password: p } if u == user && p == password)
    }

    /// Returns whether it is Bearer, with exactly this token.
    pub fn is_bearer(&self, token: &str) -> bool {
        matches!(self, Self::Bearer(t) if t == token)
    }
}

/// Returns what follows the scheme's name, which is compared ignoring case.
fn scheme<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case(name).then(|| rest.trim())
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The user name may be a misplaced token, so only the known names are shown.
            Self::Basic { user, .. } => {
                let known = [Kind::Access, Kind::Api].map(Kind::git_user);
                let user = known.into_iter().find(|known| known == user);
                write!(f, "Basic({}:<redacted>)", user.unwrap_or("<redacted>"))
            }
            Self::Bearer(_) => f.write_str("Bearer(<redacted>)"),
            Self::Other(_) => f.write_str("Other(<redacted>)"),
        }
    }
}
