//! Recognizes texts that cannot be a token by their form, so that they are refused before anything is
//! sent or stored.

mod kinds;

use std::fmt;

use self::kinds::*;
use super::{MAX_BYTES, trimmed};

/// Why a text cannot be a token. Display never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Empty, or only blanks and invisible characters.
    Blank,
    /// More than one line.
    SeveralLines,
    /// An app password. Bitbucket removed those.
    AppPassword,
    /// A token in a longer text, such as a URL, a header or quotes.
    Surrounded,
    /// A character that does not occur in tokens.
    Character {
        /// The character's name, as in "a space".
        name: &'static str,
        /// The character's position in bytes, counted from 1.
        position: usize,
    },
    /// Another recognized kind of text, such as "a path".
    Is(&'static str),
    /// What is wrong with it, as in "ends in ...".
    Other(&'static str),
}

const TOO_LONG: Flaw = Flaw::Other("is more than 64 KiB, which is no token");
const _: () = assert!(MAX_BYTES == 64 * 1024);
const ZSH_MARK: Flaw =
    Flaw::Other("ends in \"%\", which zsh prints after output without a line end; leave it out");
const ESCAPED: Flaw = Flaw::Other(
    "has a backslash in it, which is a shell's escape and not part of the token; leave it out",
);

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
            Flaw::Blank => f.write_str("is blank"),
            Flaw::SeveralLines => f.write_str("is more than one line"),
            Flaw::AppPassword => {
                f.write_str("is an app password, and Bitbucket ended those on 28 July 2026")
            }
            Flaw::Surrounded => f.write_str("has more in it than a token"),
            Flaw::Character { name, position } => {
                write!(f, "has {name} at position {position}, which no token has")
            }
            Flaw::Is(what) => write!(f, "is {what}, not a Bitbucket token"),
            Flaw::Other(what) => f.write_str(what),
        }
    }
}

/// Whether a text has a flaw, and which.
type Check = (fn(&[u8]) -> bool, Flaw);

/// What comes before the kinds that are recognized by their start, in this order.
const BEFORE_STARTS: [Check; 7] = [
    (|text| text.is_empty(), Flaw::Blank),
    (|text| text.len() > MAX_BYTES, TOO_LONG),
    (is_app_password, Flaw::AppPassword),
    (is_json, Flaw::Is(JSON)),
    (is_masked, Flaw::Is(MASKED)),
    (is_nothing, Flaw::Is(NOTHING)),
    (
        |text| holds_a_token(text) && !has_lines(text),
        Flaw::Surrounded,
    ),
];

/// What comes after them.
const AFTER_STARTS: [Check; 10] = [
    (has_lines, Flaw::SeveralLines),
    (is_url, Flaw::Is(URL)),
    (|text| contains(text, "://"), Flaw::Is(REFERENCE)),
    (
        |text| text.starts_with(b"projects/") && contains(text, "/secrets/"),
        Flaw::Is(REFERENCE),
    ),
    (
        |text| text.ends_with(b"...") || contains(text, "…"),
        Flaw::Is(SHORTENED),
    ),
    (
        |text| text.iter().position(|byte| *byte == b'%') == text.len().checked_sub(1),
        ZSH_MARK,
    ),
    (|text| matches!(text, [b'%', .., b'%']), Flaw::Is(VARIABLE)),
    (|text| text.contains(&b'\\'), ESCAPED),
    (is_email, Flaw::Is(EMAIL)),
    (is_assignment, Flaw::Is(ASSIGNMENT)),
];

/// Returns why `secret`, which has been trimmed, cannot be a token; `None` if it can. A text that is
/// only unusual is accepted.
pub(super) fn find(secret: &[u8]) -> Option<Flaw> {
    let first_flaw = |checks: &[Check]| {
        let found = checks.iter().find(|(is_flawed, _)| is_flawed(secret));
        found.map(|(_, flaw)| *flaw)
    };
    first_flaw(&BEFORE_STARTS)
        .or_else(|| kinds::by_start(secret).map(Flaw::Is))
        .or_else(|| first_flaw(&AFTER_STARTS))
        .or_else(|| {
            let at = secret.iter().position(|byte| !is_token_byte(*byte))?;
            Some(Flaw::Character {
                name: character(&secret[at..]),
                position: at + 1,
            })
        })
}

/// Returns whether `byte` can occur in a token: RFC 6750 allows no other in a Bearer token.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn is_app_password(secret: &[u8]) -> bool {
    secret.starts_with(b"ATBB") && secret.iter().copied().all(is_token_byte)
}

fn has_lines(secret: &[u8]) -> bool {
    secret.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

fn is_url(secret: &[u8]) -> bool {
    let mut schemes = ["http", "ssh", "git"].iter();
    schemes.any(|scheme| starts_with(secret, scheme)) && contains(secret, "://")
}

fn is_email(secret: &[u8]) -> bool {
    let at = secret.iter().position(|byte| *byte == b'@').unwrap_or(0);
    at > 0 && secret[at..].contains(&b'.') && !secret.contains(&b':')
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
        [b'{', inside @ .., b'}'] | [b'[', inside @ .., b']'] => trimmed(inside),
        _ => return false,
    };
    matches!(inside, [] | [b'"' | b'{' | b'[', ..]) && !secret.starts_with(b"{{")
}

/// Recognizes what CI systems write to logs, such as `***`, `[MASKED]` and `[secure]`.
fn is_masked(secret: &[u8]) -> bool {
    let is_in_brackets = match secret {
        [b'[', inside @ .., b']'] => inside.iter().all(u8::is_ascii_alphabetic),
        _ => false,
    };
    is_in_brackets
        || ["***", "••", "●●"]
            .iter()
            .any(|mark| contains(secret, mark))
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
    let part = part.as_bytes();
    let mut windows = secret.windows(part.len());
    // The first byte alone, since most differ there: comparing all of a window is a call.
    windows.any(|window| window[0] == part[0] && window == part)
}
