//! Lines of a configuration file, as git itself writes them.

use zeroize::Zeroizing;

/// The sections that are read.
const SECTIONS: [&str; 7] = [
    "bbt",
    "credential",
    "extensions",
    "lfs",
    "remote",
    "url",
    "user",
];

/// Reads `[section]` or `[section "subsection"]`. Returns what precedes the last dot of a name there;
/// `None` for a section that is not read.
pub(super) fn read_header(line: &str) -> Option<String> {
    let inner = line.strip_prefix('[')?.strip_suffix(']')?;
    let (section, quoted) = inner.split_once(' ').unwrap_or((inner, ""));
    let section = section.to_ascii_lowercase();
    SECTIONS.contains(&section.as_str()).then_some(())?;
    if quoted.is_empty() {
        return Some(section);
    }
    let quoted = quoted.trim_start().strip_prefix('"')?.strip_suffix('"')?;
    let subsection: String = unescaped(quoted).collect();
    Some(format!("{section}.{subsection}"))
}

/// Reads a value on one line, with its quotes and up to a comment.
pub(super) fn read_value(raw: &str) -> Zeroizing<String> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = raw.find(|c| {
        let ends = matches!(c, '#' | ';') && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let raw = raw[..end.unwrap_or(raw.len())].trim_end();
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(inner) => Zeroizing::new(unescaped(inner).collect()),
        None => Zeroizing::new(raw.to_owned()),
    }
}

fn unescaped(text: &str) -> impl Iterator<Item = char> {
    let mut is_escaped = false;
    text.chars().filter(move |c| {
        is_escaped = *c == '\\' && !is_escaped;
        !is_escaped
    })
}
