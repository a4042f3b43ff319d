//! git's own traces, where they would print the token.

use std::ffi::OsStr;
use std::process::Command;

use crate::report;

/// Prints every header as it is where it is off.
const REDACT: &str = "GIT_TRACE_REDACT";
/// Print headers; git before this version leaves the token readable in them over HTTP/2 (measured:
/// 2.34 and older do, 2.39 does not).
const HEADERS: [&str; 2] = ["GIT_TRACE_CURL", "GIT_CURL_VERBOSE"];
const REDACTS_HTTP2: (u32, u32) = (2, 39);

/// Takes those out of `git`'s environment that would, and says so. Asks git's version only where
/// one is set.
pub(super) fn tame(git: &mut Command) {
    if is_set(REDACT, is_false) {
        git.env_remove(REDACT);
        report::warning(&format!(
            "{REDACT} is left out: with it, git's traces would hold the token"
        ));
    }
    let headers = HEADERS
        .iter()
        .filter(|name| is_set(name, |value| !is_false(value)));
    let headers: Vec<_> = headers.collect();
    if headers.is_empty() || version().is_some_and(|version| version >= REDACTS_HTTP2) {
        return;
    }
    for name in headers {
        git.env_remove(name);
        report::warning(&format!(
            "{name} is left out: in this version of git its trace would hold the token (git 2.39 and newer leave it out)"
        ));
    }
}

fn is_set(name: &str, matters: impl FnOnce(&OsStr) -> bool) -> bool {
    std::env::var_os(name).is_some_and(|value| matters(&value))
}

/// As git reads a boolean (git-config(1)).
fn is_false(value: &OsStr) -> bool {
    let value = value.to_string_lossy().to_ascii_lowercase();
    matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
}

/// `git version 2.39.5 (Apple Git-154)`: major and minor.
fn version() -> Option<(u32, u32)> {
    let output = Command::new("git").arg("version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
