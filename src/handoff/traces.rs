//! git's own traces, where they would print the token.

use std::process::Command;

use crate::{git, messages};

/// What git does without it is what we want: it leaves the token out. Which values switch that off
/// is not for us to read: git takes `0`, `00`, `0x0` and more for it.
const REDACT: &str = "GIT_TRACE_REDACT";
/// Print headers; git before this version leaves the token readable in them over HTTP/2 (measured:
/// 2.34 and older do, 2.39 does not).
const HEADERS: [&str; 2] = ["GIT_TRACE_CURL", "GIT_CURL_VERBOSE"];
const REDACTS_HTTP2: (u32, u32) = (2, 39);

/// Takes those out of `git`'s environment that would, and says so. Asks git's version only where
/// one is set.
pub(super) fn strip_token_traces(git: &mut Command) {
    if let Some(value) = std::env::var_os(REDACT) {
        git.env_remove(REDACT);
        if !git::is_true(&value.to_string_lossy()) {
            messages::warning(&format!(
                "{REDACT} is left out: with it, git's traces would hold the token"
            ));
        }
    }
    let headers: Vec<_> = HEADERS.into_iter().filter(|name| is_on(name)).collect();
    if headers.is_empty() || version().is_some_and(|version| version >= REDACTS_HTTP2) {
        return;
    }
    for name in headers {
        git.env_remove(name);
        messages::warning(&format!(
            "{name} is left out: in this version of git its trace would hold the token (git 2.39 and newer leave it out)"
        ));
    }
}

/// As git reads a trace (git(1)); older git takes any GIT_CURL_VERBOSE for on.
fn is_on(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| {
        let off = ["", "0", "false"]
            .iter()
            .any(|off| value.eq_ignore_ascii_case(off));
        name == "GIT_CURL_VERBOSE" || !off
    })
}

fn version() -> Option<(u32, u32)> {
    let output = git::about_current().arg("version").output().ok()?;
    version_in(&String::from_utf8(output.stdout).ok()?)
}

/// `git version 2.39.5 (Apple Git-154)`: major and minor.
pub fn version_in(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
