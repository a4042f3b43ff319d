//! git's own traces, some of which would print the token.

use std::process::Command;

use crate::{git, messages};

/// Makes git print the token if it is off: as `0`, `00`, `0x0` or others. Unset, git redacts.
const REDACT: &str = "GIT_TRACE_REDACT";
/// Print headers. git before 2.39 does not redact those of HTTP/2 (measured: 2.34 prints the token, 2.39
/// does not).
const HEADERS: [&str; 2] = ["GIT_TRACE_CURL", "GIT_CURL_VERBOSE"];
const REDACTS_HTTP2: (u32, u32) = (2, 39);

/// Removes the variables from `git`'s environment that would make it print the token, with a warning.
/// Asks for git's version only if one is set.
pub(super) fn strip_token_traces(git: &mut Command) {
    if let Some(value) = std::env::var_os(REDACT) {
        git.env_remove(REDACT);
        if !git::is_true(&value.to_string_lossy()) {
            messages::warning(&format!(
                "ignoring {REDACT}: with it, git's traces would contain the token"
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
            "ignoring {name}: this version of git would print the token (git 2.39 and later redact it)"
        ));
    }
}

/// Returns whether a trace is on, as git reads it (git(1)); any GIT_CURL_VERBOSE is on in older git.
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

/// Returns the major and minor version from `git version 2.39.5 (Apple Git-154)`.
pub fn version_in(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
