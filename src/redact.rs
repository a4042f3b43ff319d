//! Removes secrets and control characters from what is printed: it may quote a stranger's repository,
//! a server, or a user who pasted a token in the wrong place.

use crate::url::{Url, is_https_host, is_ssh_host, without_port};

/// The prefixes of Bitbucket's tokens and app passwords.
pub const TOKEN_PREFIXES: [&str; 3] = ["ATCT", "ATAT", "ATBB"];

/// With fewer characters after the prefix, a word is not taken for a token.
const TOKEN_MIN: usize = 8;

/// A message quotes no more characters of an address than this.
const ADDRESS_MAX: usize = 100;

/// Replaces everything that looks like a token with `***`.
pub fn tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    // One pass, no backtracking: the input may be hostile.
    while let Some(start) = rest.find("AT") {
        let (before, found) = rest.split_at(start);
        clean.push_str(before);
        let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=');
        let length = if TOKEN_PREFIXES.iter().any(|it| found.starts_with(it)) {
            found.find(|c| !in_token(c)).unwrap_or(found.len())
        } else {
            "AT".len()
        };
        clean.push_str(if length > 4 + TOKEN_MIN {
            "***"
        } else {
            &found[..length]
        });
        rest = &found[length..];
    }
    clean + rest
}

/// Returns whether [`tokens`] would replace anything.
pub fn has_token(text: &str) -> bool {
    tokens(text) != text
}

/// Redacts [`tokens`], and escapes control characters and marks that change the direction of writing.
pub fn for_terminal(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in tokens(text).chars() {
        match escape(character) {
            None => clean.push(character),
            Some(escaped) => clean.extend(escaped),
        }
    }
    clean
}

/// Returns whether [`for_terminal`] would escape nothing.
pub fn is_printable(text: &str) -> bool {
    text.chars().all(|character| escape(character).is_none())
}

/// Returns the escape that a character is printed as; `None` if it is printed itself.
fn escape(character: char) -> Option<impl Iterator<Item = char>> {
    let mut escaped = character.escape_debug();
    let is_quote = matches!(character, '"' | '\'' | '\\');
    let is_itself = is_quote || escaped.next() == Some(character);
    (!is_itself).then(|| character.escape_debug())
}

/// Cuts a text off after `max` characters.
pub fn shortened(mut text: String, max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.replace_range(end.., "...");
    }
    text
}

/// Redacts a text that should be an address: tokens, any user but `git`, and the query. Long texts are
/// [`shortened`].
pub fn address(text: &str) -> String {
    let scheme = text.find("://").map_or(0, |at| at + "://".len());
    let mut clean = match text[scheme..].rsplit_once('@') {
        Some((user, host)) if user != "git" => format!("{}***@{host}", &text[..scheme]),
        _ => text.to_owned(),
    };
    if let Some(end) = clean.find(['?', '#']) {
        clean.replace_range(end + 1.., "***");
    }
    shortened(tokens(&clean), ADDRESS_MAX)
}

/// Replaces a URL's userinfo, with all that may be a secret in it. A text that is not a URL, or has no
/// userinfo, is unchanged.
pub fn userinfo(url: &str, replacement: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{replacement}{rest}"),
        _ => url.to_owned(),
    }
}

/// Redacts a URL: passwords, what may be one, and the query. User names are kept.
pub fn url(text: &str) -> String {
    if let Some((helper, arguments)) = text.split_once("::")
        && !helper.contains(['/', '@'])
        && helper != "bbt"
    {
        // Another helper's arguments may be anything.
        let arguments = if arguments.contains([' ', '@']) {
            "***"
        } else {
            arguments
        };
        return format!("{helper}::{arguments}");
    }
    let clean = with_password(text, ":***", false);
    let (clean, query) = match clean.find(['?', '#']) {
        Some(end) => (&clean[..end], "?***"),
        None => (&*clean, ""),
    };
    let scheme = clean.find("://").map_or(0, |at| at + "://".len());
    let rest = &clean[scheme..];
    let path = rest.find('/').unwrap_or(rest.len());
    match rest.rsplit_once('@') {
        // A password with a slash, or a password in scp's form, which has none.
        Some((before, host)) if before.len() > path || (scheme == 0 && before.contains(':')) => {
            format!("{}***@{host}{query}", &clean[..scheme])
        }
        _ => tokens(clean) + query,
    }
}

/// Removes the password from a URL of Bitbucket, or of a server of the company's own, for files that
/// others can read. A user name is kept.
pub fn without_password(url: &str) -> String {
    with_password(url, "", true)
}

fn with_password(text: &str, replacement: &str, is_known_host: bool) -> String {
    let url = Url::split(text);
    let (Some(scheme), Some(userinfo)) = (url.scheme, url.userinfo) else {
        return text.to_owned();
    };
    let rest = &text[scheme.len() + "://".len() + userinfo.len() + "@".len()..];
    let name = without_port(url.host);
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let has_password = userinfo.contains(':');
    let is_known_host = is_known_host || is_https_host(name) || is_ssh_host(name);
    let is_name = !has_token(user) && (is_known_host || user == "git" || has_password);
    let userinfo = match (is_name, password) {
        (true, "") => format!("{user}@"),
        (true, _) => format!("{user}{replacement}@"),
        (false, _) if replacement.is_empty() => String::new(),
        (false, _) => "***@".to_owned(),
    };
    format!("{scheme}://{userinfo}{rest}")
}
