//! Finds the token in a pasted text, such as the clone command that Bitbucket shows beside a new token.
//! For login only; other sources contain nothing but the token.

use bbt::config::{Service, is_email};
use bbt::redact::TOKEN_PREFIXES;
use bbt::target::Target;
use bbt::token::{self, Flaw, Kind, Token};
use bbt::url::Url;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::target::{from_path, path_below};

/// A token, and what the text around it reveals.
#[derive(Debug)]
pub struct Pasted {
    pub token: Token,
    /// Whether the text has other words in it.
    pub is_surrounded: bool,
    /// The target of the URL around it.
    pub target: Option<Target>,
    /// The account of an API token.
    pub account: Option<String>,
}

/// Why a text contains no token. Never quotes the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Flaw(Flaw),
    /// The end of a sentence that starts with "the input".
    Other(&'static str),
}

const OTHER_HOST: Refusal = Refusal::Other("is for a host other than Bitbucket");
const SEVERAL: Refusal = Refusal::Other("contains more than one token");

/// Extracts the token from `bytes`. The hosts that the text names have to be Bitbucket's. `kind` is the
/// kind of a token whose prefix does not show it.
///
/// # Errors
/// Why the text contains no token.
pub fn read(
    bytes: Zeroizing<Vec<u8>>,
    service: &Service,
    kind: Option<Kind>,
) -> Result<Pasted, Refusal> {
    let bytes = token::without_utf16(bytes);
    let text = std::str::from_utf8(token::trimmed(&bytes)).unwrap_or_default();
    let decoded = percent_decoded(text);
    let has_secret = |text: &&str| secrets(text).next().is_some();
    let found = [text, &decoded].into_iter().find(has_secret);
    // A longer text was cut off, perhaps within a token.
    let Some(text) = found.filter(|_| bytes.len() <= token::MAX_BYTES) else {
        let kind = kind.filter(|_| !token::has_known_prefix(&bytes));
        return Ok(Pasted {
            token: Token::new(bytes, kind).map_err(Refusal::Flaw)?,
            is_surrounded: false,
            target: None,
            account: None,
        });
    };
    let mut secrets = secrets(text);
    let secret = secrets.next().unwrap_or_default();
    if secrets.any(|other| other != secret) {
        return Err(SEVERAL);
    }
    let mut target = None;
    for (host, path) in hosts(text) {
        let path = path_below(service, host, path);
        if path.is_none() && !host.eq_ignore_ascii_case("api.bitbucket.org") {
            return Err(OTHER_HOST);
        }
        target = target.or_else(|| path.and_then(from_path));
    }
    let token = Zeroizing::new(secret.as_bytes().to_vec());
    let token = Token::new(token, None).map_err(Refusal::Flaw)?;
    let is_api = token.kind() == Kind::Api;
    Ok(Pasted {
        is_surrounded: text
            .split(secret)
            .any(|part| part.contains(char::is_alphanumeric)),
        target,
        account: email(text, secret).filter(|_| is_api),
        token,
    })
}

const QUOTES: &str = "\"'`“”„‘’‚«»‹›";

/// With fewer characters, a word is not taken for a token.
const TOKEN_MIN: usize = 9;

/// Returns the words of a text that are tokens by their prefix. One with other characters beside it, as
/// in `ATCT...`, is none.
fn secrets(text: &str) -> impl Iterator<Item = &str> {
    let separates = |c: char| {
        c.is_whitespace() || c.is_control() || QUOTES.contains(c) || "@:,;<>(){}[]&|".contains(c)
    };
    let in_token = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
    text.split(separates).filter_map(move |word| {
        let starts = TOKEN_PREFIXES.iter().filter_map(|prefix| word.find(prefix));
        let (before, token) = word.split_at(starts.min()?);
        // A terminal's mark for a paste ends in "~".
        let is_whole = before.is_empty() || before.ends_with(['=', '/', '~']);
        (is_whole && token.len() >= TOKEN_MIN && token.chars().all(in_token)).then_some(token)
    })
}

/// Returns the hosts that a text names, in URLs, in lines of `~/.netrc` and in what `git credential fill`
/// prints, and the paths behind them.
fn hosts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let after = |mark| text.split(mark).skip(1);
    let rests = ["://", "machine ", "host="].into_iter().flat_map(after);
    rests.map(|rest| {
        let ends = |c: char| c.is_whitespace() || c == '>' || QUOTES.contains(c);
        let url = Url::split(rest.split(ends).next().unwrap_or_default());
        (url.host, url.path)
    })
}

/// Returns the first email address in a text that does not contain the secret.
fn email(text: &str, secret: &str) -> Option<String> {
    let separates = |c: char| c.is_whitespace() || QUOTES.contains(c) || ":/=,;<>".contains(c);
    let words = text.split(separates).filter(|word| !word.contains(secret));
    let mut words = words.map(|word| percent_decode_str(word).decode_utf8_lossy());
    words
        .find(|word| is_email(word))
        .map(|word| word.into_owned())
}

/// Decodes percent-encoding; empty if the result is not UTF-8.
fn percent_decoded(text: &str) -> Zeroizing<String> {
    // Allocated once: a growing `Vec` would leave unzeroed copies.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent_decode_str(text));
    Zeroizing::new(std::str::from_utf8(&bytes).unwrap_or_default().to_owned())
}
