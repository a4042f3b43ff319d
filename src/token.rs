//! The secret and its kind: no Display, a redacted Debug, one way out, wiped when dropped.

mod flaw;
mod text;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::core_dump;

pub use flaw::{Flaw, has_known_prefix};
pub use text::{is_blank, trimmed, without_utf16};

/// More than this is no token, whatever it is. A bound on reading, not a rule about tokens:
/// Atlassian says that their length is not fixed.
pub const MAX_BYTES: usize = 64 * 1024;

/// What to say first of a refused token without a [known prefix](Token::has_known_prefix).
pub const UNKNOWN_PREFIX: &str = "it starts with neither ATCT nor ATAT, as the tokens that Bitbucket shows do: is it one of Bitbucket's?";

/// What sort of token it is, which decides the name that git has to log in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workspace, project or repository access token.
    Access,
    /// A person's Atlassian API token.
    Api,
}

impl Kind {
    /// The user name that Bitbucket wants from git with this kind of token (Atlassian, "Using
    /// access tokens" and "Using API tokens").
    pub fn git_user(self) -> &'static str {
        match self {
            Kind::Access => "x-token-auth",
            Kind::Api => "x-bitbucket-api-token-auth",
        }
    }

    /// By its prefix, which is all that Atlassian promises of a token's form. A token with none of
    /// the known prefixes is taken for an access token.
    fn of(secret: &[u8]) -> Kind {
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
    /// Takes what a source gave for a token, without what [`trimmed`] removes; UTF-16 is read.
    /// `kind` is what the configuration states; without it the prefix decides.
    ///
    /// # Errors
    /// A [`Flaw`] if the text cannot be a token. Length and checksum are not checked, and neither
    /// is a prefix required: a token of an OAuth consumer has none.
    pub fn new(bytes: Zeroizing<Vec<u8>>, kind: Option<Kind>) -> Result<Token, Flaw> {
        core_dump::forbid();
        let bytes = without_utf16(bytes);
        let secret = trimmed(&bytes);
        if let Some(flaw) = flaw::of(secret) {
            return Err(flaw);
        }
        // A box of just this size: growing or shrinking a String would leave a copy behind that
        // nobody wipes.
        let exact = std::str::from_utf8(secret).map_err(|_| Flaw::Blank)?;
        Ok(Token {
            secret: SecretString::new(Box::from(exact)),
            kind: kind.unwrap_or_else(|| Kind::of(secret)),
        })
    }

    /// Whether it starts as every token does that Bitbucket's pages create.
    pub fn has_known_prefix(&self) -> bool {
        has_known_prefix(self.expose().as_bytes())
    }

    /// What sort of token it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether both are one secret.
    pub fn is_same(&self, other: &Token) -> bool {
        self.expose() == other.expose()
    }

    /// The secret itself. The only way out: whoever calls this writes it to the one who may have it.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Checks that a text can be a token, without making one of it.
///
/// # Errors
/// As [`Token::new`].
pub fn check(bytes: &[u8]) -> Result<(), Flaw> {
    flaw::of(trimmed(bytes)).map_or(Ok(()), Err)
}

/// Bitbucket's prefixes, and how much of a token has to follow one to be taken for one.
const PREFIXES: [&str; 3] = ["ATCT", "ATAT", "ATBB"];
const TELLING: usize = 8;

/// Text in which everything that looks like a token is `***`: for what other programs and people
/// wrote, and is quoted in a message.
pub fn masked(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    // A step for every "AT", and none back: the text may be a long one, made to take long.
    while let Some(start) = rest.find("AT") {
        let (before, found) = rest.split_at(start);
        clean.push_str(before);
        let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=');
        let length = match PREFIXES.iter().any(|prefix| found.starts_with(prefix)) {
            true => found.find(|c| !in_token(c)).unwrap_or(found.len()),
            false => "AT".len(),
        };
        clean.push_str(if length > 4 + TELLING {
            "***"
        } else {
            &found[..length]
        });
        rest = &found[length..];
    }
    clean + rest
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
