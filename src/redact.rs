//! Removes secrets and control characters from what is printed: it may quote a stranger's repository,
//! a server, or a user who pasted a token in the wrong place.

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
