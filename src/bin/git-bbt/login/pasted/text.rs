//! Recognizes what may surround a token in a pasted text.

use bbt::token::{self, Flaw, Kind};
use bbt::url::split_authority;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{Refusal, SEVERAL};

/// Removes quotes or brackets, punctuation at the end, or a shell's prompt; `None` if there are none.
pub(super) fn unwrapped(text: &str) -> Option<&str> {
    const PAIRS: [(&str, &str); 16] = [
        ("\x1b[200~", "\x1b[201~"),
        ("```", "```"),
        ("\"", "\""),
        ("'", "'"),
        ("`", "`"),
        ("“", "”"),
        ("”", "”"),
        ("„", "“"),
        ("‘", "’"),
        ("’", "’"),
        ("‚", "‘"),
        ("«", "»"),
        ("»", "«"),
        ("‹", "›"),
        ("<", ">"),
        ("(", ")"),
    ];
    let paired = PAIRS.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        // `<token>` is a placeholder, and `"name": "token"` is not one quoted text.
        let is_placeholder = *open == "<" && !inner.contains("ATCT") && !inner.contains("ATAT");
        let is_one = open != close || !inner.contains(open);
        (!inner.is_empty() && is_one && !is_placeholder).then_some(inner)
    });
    let prompt = || after_any(text, &["$ ", "% ", "# ", "> "]);
    paired
        .or_else(|| text.strip_suffix([',', ';']))
        .or_else(prompt)
}

/// Returns the URL in a git command.
pub(super) fn url_of_command(text: &str) -> Option<&str> {
    after_any(text, &["git "])?
        .split_whitespace()
        .find(|word| word.contains("://"))
}

/// Returns the userinfo, host and path of a web URL.
pub(super) fn url(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let text = after_any(text, &["bbt::", "url=", "url ="])
        .unwrap_or(text)
        .trim_start();
    let rest = after_any(text, &["https://", "http://", "git+https://"])?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (userinfo, host) = split_authority(authority);
    Some((userinfo, host, path))
}

/// Returns the host, user and password of a line of `~/.netrc`.
pub(super) fn netrc(text: &str) -> Option<(&str, &str, &str)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let after = |key| Some(*words.iter().skip_while(|word| **word != key).nth(1)?);
    let host = words
        .first()
        .filter(|word| **word == "machine")
        .and(after("machine"))?;
    Some((host, after("login").unwrap_or_default(), after("password")?))
}

/// Returns the same from what `git credential fill` prints.
pub(super) fn credential(text: &str) -> Option<(&str, &str, &str)> {
    let after = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key));
    Some((
        after("host=")?,
        after("username=").unwrap_or_default(),
        after("password=")?,
    ))
}

/// Returns the one string in JSON that is a Bitbucket token, or the `access_token` of an OAuth response.
/// Looks between the quotes: a parsed document would leave unzeroed copies.
pub(super) fn json(text: &str) -> Option<Result<&str, Refusal>> {
    let is_json =
        text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if !is_json {
        return None;
    }
    let strings = || text.split('"').skip(1).step_by(2);
    let mut tokens = strings().filter(|string| has_prefix(string) && string.len() > 8);
    let token = tokens.next();
    let is_another = |other: &str| token.is_some_and(|token| token != other);
    Some(match (token, tokens.any(is_another)) {
        (Some(token), false) => Ok(token),
        (Some(_), true) => Err(SEVERAL),
        (None, _) => strings()
            .skip_while(|string| *string != "access_token")
            .nth(1)
            .ok_or(Refusal::Flaw(Flaw::JSON)),
    })
}

/// Returns the value of `NAME=value`, in the forms of shells, PowerShell and systemd.
pub(super) fn assigned(text: &str) -> Option<&str> {
    const BEFORE: [&str; 7] = [
        "export ",
        "declare -x ",
        "env ",
        "set ",
        "setx ",
        "$env:",
        "- ",
    ];
    let (declared, rest) = match after_any(text, &BEFORE) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let name = rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .len();
    let (name, value) = rest.split_at(name);
    let value = value.trim_start();
    let value = match value.strip_prefix('=') {
        Some(value) => value,
        None if declared && !value.starts_with(':') => value,
        None => return None,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    // The "=" of a token is before its checksum, or padding at its end.
    let is_assignment =
        is_name && !has_prefix(name) && !value.is_empty() && !value.starts_with('=');
    is_assignment.then_some(value)
}

/// Splits `user:token` and `name: token`. Without a known prefix, the name has to be one of git's users.
pub(super) fn pair(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let name = name.trim_matches(['"', '\'', ' ']);
    let value = value.trim_start();
    let is_user = name == Kind::Access.git_user() || name == Kind::Api.git_user();
    let inner = value.trim_start_matches(['"', '\'']);
    (is_user || has_prefix(inner) || inner.starts_with("ATBB")).then_some((name, value))
}

/// Decodes percent-encoding; `None` if the text has none.
pub(super) fn percent_decoded(text: &str) -> Option<Zeroizing<String>> {
    let is_encoded = text
        .as_bytes()
        .windows(3)
        .any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit));
    if !is_encoded {
        return None;
    }
    // Allocated once: a growing `Vec` would leave unzeroed copies.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent_decode_str(text));
    let decoded = std::str::from_utf8(&bytes).ok()?;
    Some(Zeroizing::new(decoded.to_owned()))
}

pub(super) fn has_prefix(text: &str) -> bool {
    token::has_known_prefix(text.as_bytes())
}

/// Returns what follows one of the beginnings; case does not matter.
pub(super) fn after_any<'t>(text: &'t str, beginnings: &[&str]) -> Option<&'t str> {
    beginnings.iter().find_map(|start| {
        let (head, rest) = text.split_at_checked(start.len())?;
        head.eq_ignore_ascii_case(start).then_some(rest)
    })
}
