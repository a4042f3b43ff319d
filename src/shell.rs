//! Quotes words for a POSIX shell: for the credential helper, which git runs through one, and for
//! hints, which are pasted into one.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::redact;

/// Returns `word` as a hint prints it: unchanged if it has nothing that a shell would expand or
/// split, else quoted, and with control characters and bytes that are not UTF-8 as escapes.
pub fn word(word: impl AsRef<OsStr>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@+,%=".contains(c);
    let os = word.as_ref();
    match os.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        // Other characters would be printed as escapes, which cannot be pasted back.
        Some(text) if redact::is_printable(text) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => escaped(os.as_encoded_bytes()),
    }
}

/// Returns a path as [`word`] does, in a form that no command takes for an option.
pub fn path(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        word(Path::new(".").join(path))
    } else {
        word(path)
    }
}

/// Quotes bytes as `$'...'`, as in bash, zsh, ksh and POSIX.1-2024.
fn escaped(bytes: &[u8]) -> String {
    let mut escaped = String::from("$'");
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => escaped.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => escaped.push(char::from(*byte)),
            // Octal: of \x, some shells take more than two digits.
            byte => escaped += &format!("\\{byte:03o}"),
        }
    }
    escaped + "'"
}

/// Returns `text` in quotes, to the byte.
#[cfg(unix)]
pub fn quoted(text: &OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let mut quoted = vec![b'\''];
    for byte in text.as_bytes() {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

/// Returns a path in quotes. The shell is the one that comes with git, and a backslash is an escape
/// to it.
#[cfg(not(unix))]
pub fn quoted(path: &OsStr) -> OsString {
    let slashes = path.to_string_lossy().replace('\\', "/");
    OsString::from(format!("'{}'", slashes.replace('\'', r"'\''")))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_words_that_need_quotes_are_quoted() {
        for (name, expected) in [
            (
                "/home/me/.config/config.toml",
                "/home/me/.config/config.toml",
            ),
            ("acme/infra-*", "'acme/infra-*'"),
            ("a $(touch X)", "'a $(touch X)'"),
            ("~/it's", r"'~/it'\''s'"),
            ("", "''"),
            ("a\n\u{202e}b'\\", r"$'a\012\342\200\256b\'\\'"),
        ] {
            assert_eq!(word(name), expected);
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a shell, not git")]
    fn a_shell_reads_the_word_back() {
        for name in [
            &b"a $(x) `y` \"z\" it's !1 #"[..],
            b"\n\t\x1b7\x019",
            b"\xff*\\",
            b"\xc3\xa9 e",
        ] {
            let name = OsStr::from_bytes(name);
            for quoted in [word(name).into(), quoted(name)] {
                let mut line = OsString::from("printf %s ");
                line.push(quoted);
                let output = Command::new("bash").arg("-c").arg(&line).output();
                assert_eq!(
                    output.expect("there is a bash").stdout,
                    name.as_bytes(),
                    "{line:?}"
                );
            }
        }
    }
}
