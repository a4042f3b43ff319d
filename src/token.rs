//! The secret and its kind: no Display, a redacted Debug, one way out, wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::core_dump;

/// More than this is no token, whatever it is. A bound on reading, not a rule about tokens:
/// Atlassian says that their length is not fixed.
pub const MAX_BYTES: usize = 64 * 1024;

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

    /// By its prefix, which is all that Atlassian promises of a token's form. What has none of the
    /// known ones is taken for an access token.
    fn of(secret: &[u8]) -> Result<Kind, Flaw> {
        match secret.get(..4) {
            Some(b"ATAT") => Ok(Kind::Api),
            Some(b"ATBB") => Err(Flaw::AppPassword),
            _ => Ok(Kind::Access),
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
    /// Takes what a source gave, less one line end at its end, for a token; `kind` where the
    /// configuration says it, else the prefix decides.
    ///
    /// # Errors
    /// A [`Flaw`] where it cannot be one: a token is one word of visible ASCII, and a line end or
    /// NUL inside would also break out of git's credential protocol. Length and checksum are not
    /// looked at.
    pub fn new(bytes: Zeroizing<Vec<u8>>, kind: Option<Kind>) -> Result<Token, Flaw> {
        core_dump::forbid();
        let secret = without_line_end(&bytes);
        if is_blank(secret) {
            return Err(Flaw::Blank);
        }
        if secret.len() > MAX_BYTES {
            return Err(Flaw::TooLong);
        }
        if secret.contains(&b'\n') {
            return Err(Flaw::SeveralLines);
        }
        if let Some(at) = secret.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(Flaw::Character { position: at + 1 });
        }
        let found = Kind::of(secret)?;
        // A box of just this size: growing or shrinking a String would leave a copy behind that
        // nobody wipes.
        let exact = std::str::from_utf8(secret).map_err(|_| Flaw::Character { position: 1 })?;
        Ok(Token {
            secret: SecretString::new(Box::from(exact)),
            kind: kind.unwrap_or(found),
        })
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

/// Why something cannot be a token. Says nothing of what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Empty, or nothing but white space.
    Blank,
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// More than one line.
    SeveralLines,
    /// A space, a control character or a character beyond ASCII, counted from 1.
    Character {
        /// Where it stands.
        position: usize,
    },
    /// An app password, of which there are none left.
    AppPassword,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Blank => write!(f, "is blank"),
            Flaw::TooLong => write!(
                f,
                "is more than {} KiB, which is no token",
                MAX_BYTES / 1024
            ),
            Flaw::SeveralLines => write!(f, "is more than one line"),
            Flaw::Character { position } => write!(
                f,
                "has a character at position {position} that no token has (a space, a quote of a word processor, a control character?)"
            ),
            Flaw::AppPassword => write!(
                f,
                "is an app password, and Bitbucket ended those on 28 July 2026"
            ),
        }
    }
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

/// Whether there is nothing in it but white space.
pub fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Files end in a line end, commands print one, and Kubernetes secrets made with `echo` hold one.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
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
