//! What git's own message does not contain when a hand-off fails: where the token came from, and
//! what to type next.

use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::channel::Event;
use crate::git;
use crate::lookup::Candidate;
use crate::messages::{self, Failure};

/// The status of `git` if it has no such command, and of git-remote-https if the git that called us
/// is gone. Whatever fails at the server ends with 128.
const UNKNOWN_COMMAND: i32 = 1;

/// Adds to git's message if that helps: prints nothing if the token was accepted, or git did not ask
/// for it.
///
/// # Errors
/// If this git has no https: git's own message about an unknown command does not help.
pub(super) fn explain(
    code: i32,
    login: Option<Event>,
    address: &Address,
    source: &Candidate,
) -> Result<(), Failure> {
    if code == UNKNOWN_COMMAND {
        return match remote_https() {
            Some(_) => Ok(()),
            None => Err(Failure::new("this git has no git-remote-https, which is a package of its own on some systems")
                .hint("install it (Fedora: dnf install git-core; openSUSE: zypper install git-core; Gentoo: USE=curl for dev-vcs/git)")),
        };
    }
    if let Some(Event::Accepted | Event::Explained) = login {
        return Ok(());
    }
    if let Some(failure) = https_is_forbidden() {
        // Not returned: git has sent all it had to send, and would be waited for.
        messages::failure(&failure.into());
    } else if login == Some(Event::Given) {
        messages::hint(&format!(
            "the token for {address} is from {}; to check it and the connection, run: git bbt doctor {address}",
            source.describe()
        ));
    }
    Ok(())
}

/// Looked for only after a failure.
fn remote_https() -> Option<PathBuf> {
    let output = git::about_current().arg("--exec-path").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let in_folder = which::which_in("git-remote-https", Some(folder.trim_end()), Path::new("/"));
    in_folder.or_else(|_| which::which("git-remote-https")).ok()
}

/// The setting by which git may not use https (git(1), `protocol.allow` in git-config(1)). curl's
/// message names no setting.
fn https_is_forbidden() -> Option<Failure> {
    let forbidden = |setting: &str| {
        Failure::new(format!(
            "git may not use https, which bbt:: needs, because of {setting}"
        ))
    };
    // git reads no protocol.* if this is set.
    if let Some(list) = std::env::var_os("GIT_ALLOW_PROTOCOL") {
        let list = list.to_string_lossy();
        let is_allowed = list.split(':').any(|protocol| protocol == "https");
        return (!is_allowed).then(|| {
            forbidden(&format!("GIT_ALLOW_PROTOCOL={list}"))
                .hint("add https to it, as in: export GIT_ALLOW_PROTOCOL=bbt:https")
        });
    }
    let (key, policy) = ["protocol.https.allow", "protocol.allow"]
        .into_iter()
        .find_map(|key| Some((key, setting(key)?)))?;
    let is_allowed = match policy.to_ascii_lowercase().as_str() {
        "never" => false,
        "user" => !std::env::var("GIT_PROTOCOL_FROM_USER").is_ok_and(|value| git::is_false(&value)),
        _ => true,
    };
    (!is_allowed).then(|| {
        forbidden(&format!("{key}={policy}")).hint(format!(
            "change it to always; to see where it is set: git config --show-origin {key}"
        ))
    })
}

fn setting(key: &str) -> Option<String> {
    let output = git::about_current().args(["config", key]).output().ok()?;
    let value = String::from_utf8(output.stdout).ok()?;
    let value = value.trim_end();
    (!value.is_empty()).then(|| value.to_owned())
}
