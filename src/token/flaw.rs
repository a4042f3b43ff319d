//! Recognizes texts that cannot be a token by their form, so that they are refused before anything is
//! sent or stored.

mod kinds;

use std::fmt;

use self::kinds::*;
use super::MAX_BYTES;

/// Why a text cannot be a token. Display never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Empty, or only blanks and invisible characters.
    Blank,
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// More than one line.
    SeveralLines,
    /// A character that does not occur in tokens.
    Character {
        /// The character's name, as in "a space".
        name: &'static str,
        /// The character's position in bytes, counted from 1.
        position: usize,
    },
    /// An app password. Bitbucket removed those.
    AppPassword,
    /// A token in a longer text, such as a URL, a header or quotes.
    Surrounded,
    /// A token with the mark that zsh prints after output without a line end.
    ZshMark,
    /// A token with a shell's backslash in it, which Bitbucket refuses.
    Escaped,
    /// Another recognized kind of text, such as "a path".
    Is(&'static str),
}

impl Flaw {
    /// JSON, whatever its content.
    pub const JSON: Flaw = Flaw::Is(JSON);

    /// Returns what to do, if that is more than to correct the text.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Flaw::Surrounded => {
                Some("only the token belongs there; 'git bbt login' extracts it from a pasted text")
            }
            Flaw::Is(MASKED | SHORTENED) => Some("copy the token from where it is stored in full"),
            Flaw::Is(VARIABLE) => {
                Some("nothing expands it here: name the variable with token = { env = \"NAME\" }")
            }
            Flaw::Is(REFERENCE) => Some(
                "it is not resolved here: run its program with token = { command = [\"op\", \"read\", \"op://...\"] }",
            ),
            Flaw::Is(PATH) => Some("to read a file, use token = { file = \"path\" }"),
            Flaw::Is(JSON) => Some("extract the token, for example with jq -r"),
            Flaw::Is(BASE64) => Some("decode it, for example with base64 -d"),
            Flaw::Is(NOTHING) => Some("a program prints that for a missing value"),
            _ => None,
        }
    }
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
            Flaw::Character { name, position } => {
                write!(f, "has {name} at position {position}, which no token has")
            }
            Flaw::AppPassword => write!(
                f,
                "is an app password, and Bitbucket ended those on 28 July 2026"
            ),
            Flaw::Surrounded => write!(f, "has more in it than a token"),
            Flaw::ZshMark => write!(
                f,
                "ends in \"%\", which zsh prints after output without a line end; leave it out"
            ),
            Flaw::Escaped => write!(
                f,
                "has a backslash in it, which is a shell's escape and not part of the token; leave it out"
            ),
            Flaw::Is(what) => write!(f, "is {what}, not a Bitbucket token"),
        }
    }
}

/// Returns whether `byte` can occur in a token: RFC 6750 allows no other in a Bearer token.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

/// Returns why `secret`, which has been trimmed, cannot be a token; `None` if it can. A text that is
/// only unusual is accepted.
pub(super) fn find(secret: &[u8]) -> Option<Flaw> {
    if secret.is_empty() {
        return Some(Flaw::Blank);
    }
    if secret.len() > MAX_BYTES {
        return Some(Flaw::TooLong);
    }
    if secret.starts_with(b"ATBB") && secret.iter().copied().all(is_token_byte) {
        return Some(Flaw::AppPassword);
    }
    if is_json(secret) {
        return Some(Flaw::Is(JSON));
    }
    if contains(secret, "***")
        || contains(secret, "••")
        || contains(secret, "●●")
        || is_in_brackets(secret)
    {
        return Some(Flaw::Is(MASKED));
    }
    if kinds::is_nothing(secret) {
        return Some(Flaw::Is(NOTHING));
    }
    let lines = secret.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    if holds_a_token(secret) && !lines {
        return Some(Flaw::Surrounded);
    }
    if let Some(kind) = kinds::by_start(secret) {
        return Some(Flaw::Is(kind));
    }
    if lines {
        return Some(Flaw::SeveralLines);
    }
    if let Some(what) = by_its_parts(secret) {
        return Some(what);
    }
    let at = secret.iter().position(|byte| !is_token_byte(*byte))?;
    let name = character(&secret[at..]);
    Some(Flaw::Character {
        name,
        position: at + 1,
    })
}

/// Recognizes what more than the start is needed for.
fn by_its_parts(secret: &[u8]) -> Option<Flaw> {
    if contains(secret, "://") {
        let urls = ["http", "ssh", "git"];
        let is_url = urls.iter().any(|scheme| starts_with(secret, scheme));
        return Some(Flaw::Is(if is_url { URL } else { REFERENCE }));
    }
    if secret.starts_with(b"projects/") && contains(secret, "/secrets/") {
        return Some(Flaw::Is(REFERENCE));
    }
    if secret.ends_with(b"...") || contains(secret, "…") {
        return Some(Flaw::Is(SHORTENED));
    }
    let is_percent = |byte: &u8| *byte == b'%';
    if secret.iter().filter(|byte| is_percent(byte)).count() == 1 && secret.ends_with(b"%") {
        return Some(Flaw::ZshMark);
    }
    if let [b'%', .., b'%'] = secret {
        return Some(Flaw::Is(VARIABLE));
    }
    if secret.contains(&b'\\') {
        return Some(Flaw::Escaped);
    }
    if let Some(at) = secret.iter().position(|byte| *byte == b'@') {
        let is_email = at > 0 && secret[at..].contains(&b'.') && !secret.contains(&b':');
        return is_email.then_some(Flaw::Is(EMAIL));
    }
    is_assignment(secret).then_some(Flaw::Is(ASSIGNMENT))
}

/// Recognizes `NAME=value` with an upper-case name. A token has its "=" before the checksum or at the
/// end.
fn is_assignment(secret: &[u8]) -> bool {
    let Some(at) = secret.iter().position(|byte| *byte == b'=') else {
        return false;
    };
    let (name, value) = (&secret[..at], &secret[at + 1..]);
    let in_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let is_name = name.len() > 2 && name[0].is_ascii_uppercase() && name.iter().all(in_name);
    is_name && !has_known_prefix(name) && value.first().is_some_and(|first| *first != b'=')
}

/// Returns whether a text starts like the tokens that Bitbucket's pages create.
pub fn has_known_prefix(secret: &[u8]) -> bool {
    secret.starts_with(b"ATCT") || secret.starts_with(b"ATAT")
}

/// Returns whether the text contains one of Bitbucket's tokens after a character that cannot precede
/// that prefix within a token.
fn holds_a_token(secret: &[u8]) -> bool {
    let is_start = |six: &[u8]| {
        let before = six[0];
        !(before.is_ascii_alphanumeric() || b"-_".contains(&before))
            && (six[1..] == *b"ATCTT" || six[1..] == *b"ATATT")
    };
    secret.windows(6).any(is_start) || has_known_prefix(secret) && secret.contains(&b'@')
}

fn is_json(secret: &[u8]) -> bool {
    let inside = match secret {
        [b'{', inside @ .., b'}'] | [b'[', inside @ .., b']'] => super::trimmed(inside),
        _ => return false,
    };
    matches!(inside, [] | [b'"' | b'{' | b'[', ..]) && !secret.starts_with(b"{{")
}

/// Recognizes `[MASKED]` and `[secure]`, which CI systems write to logs.
fn is_in_brackets(secret: &[u8]) -> bool {
    let [b'[', inside @ .., b']'] = secret else {
        return false;
    };
    inside.iter().all(u8::is_ascii_alphabetic)
}

fn character(rest: &[u8]) -> &'static str {
    const QUOTES: [&str; 10] = ["‘", "’", "‚", "“", "”", "„", "«", "»", "‹", "›"];
    match rest[0] {
        b' ' | b'\t' => "a space",
        b'"' | b'\'' | b'`' => "a quote",
        b':' => "a colon",
        b',' | b';' => "a comma or semicolon",
        byte if byte.is_ascii_graphic() => "a punctuation character",
        byte if byte.is_ascii() => "a control character",
        _ if super::text::blank_length(rest) > 0 => "an invisible character",
        _ if QUOTES
            .iter()
            .any(|quote| rest.starts_with(quote.as_bytes())) =>
        {
            "a quote"
        }
        _ => "a character beyond ASCII",
    }
}

fn contains(secret: &[u8], part: &str) -> bool {
    secret
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

#[cfg(test)]
mod tests;
