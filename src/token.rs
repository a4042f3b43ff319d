//! The secret and its kind: no Display, a redacted Debug, one function that returns the secret, zeroed
//! when dropped.

mod flaw;
mod text;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::core_dump;

pub use flaw::{Flaw, has_known_prefix};
pub use text::{is_blank, is_utf16, trimmed, without_utf16};

/// A longer text is not read as a token. This limits reading and is not a rule about tokens: Atlassian
/// documents that their length is not fixed.
pub const MAX_BYTES: usize = 64 * 1024;

/// The first hint for a refused token without a [known prefix](Token::has_known_prefix).
pub const UNKNOWN_PREFIX: &str = "it starts with neither ATCT nor ATAT, as the tokens that Bitbucket shows do: is it one of Bitbucket's?";

/// The kind of a token, which decides the user name that git logs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workspace, project or repository access token.
    Access,
    /// A person's Atlassian API token.
    Api,
}

impl Kind {
    /// Returns the user name that git has to send with this kind of token (Atlassian, "Using access
    /// tokens" and "Using API tokens").
    pub fn git_user(self) -> &'static str {
        match self {
            Kind::Access => "x-token-auth",
            Kind::Api => "x-bitbucket-api-token-auth",
        }
    }

    /// Returns the kind by the prefix, which is all that Atlassian documents of a token's form; an
    /// access token if the prefix is unknown.
    fn from_prefix(secret: &[u8]) -> Kind {
        if secret.starts_with(b"ATAT") {
            Kind::Api
        } else {
            Kind::Access
        }
    }
}

/// A Bitbucket token. `Debug` does not show it.
#[derive(Debug)]
pub struct Token {
    secret: SecretString,
    kind: Kind,
}

impl Token {
    /// Makes a token of what a source returned, without what [`trimmed`] removes; UTF-16 is accepted.
    /// `kind` is the configured one; without it, the prefix decides.
    ///
    /// # Errors
    /// The text cannot be a token. Neither length nor checksum is checked, and no prefix is required:
    /// a token of an OAuth consumer has none.
    pub fn new(bytes: Zeroizing<Vec<u8>>, kind: Option<Kind>) -> Result<Token, Flaw> {
        core_dump::forbid();
        let bytes = without_utf16(bytes);
        let secret = trimmed(&bytes);
        if let Some(flaw) = flaw::find(secret) {
            return Err(flaw);
        }
        // A box of exactly this size: growing or shrinking a String would leave an unzeroed copy.
        let exact = std::str::from_utf8(secret).map_err(|_| Flaw::Blank)?;
        Ok(Token {
            secret: SecretString::new(Box::from(exact)),
            kind: kind.unwrap_or_else(|| Kind::from_prefix(secret)),
        })
    }

    /// Returns whether the token starts like those that Bitbucket's pages create.
    pub fn has_known_prefix(&self) -> bool {
        has_known_prefix(self.expose().as_bytes())
    }

    /// Returns the token's kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns whether both have the same secret.
    pub fn is_same(&self, other: &Token) -> bool {
        self.expose() == other.expose()
    }

    /// Returns the secret. The only function that does: the caller must pass it only to a program or
    /// server that may have it.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Checks whether a text can be a token.
///
/// # Errors
/// As [`Token::new`].
pub fn check(bytes: &[u8]) -> Result<(), Flaw> {
    flaw::find(trimmed(bytes)).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn debug_does_not_show_the_secret() {
        let token = Token::new(b"ATCT-secret".to_vec().into(), None).expect("it could be one");
        assert_eq!(
            format!("{token:?}"),
            "Token { secret: SecretBox<str>([REDACTED]), kind: Access }"
        );
    }
}
