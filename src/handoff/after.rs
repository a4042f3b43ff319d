//! What git's own message does not say when a hand-off fails: where the token came from, and what
//! to type next.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::address::Address;
use crate::report;
use crate::source::Candidate;

/// The status that `git` ends with where it knows no such command, and git-remote-https where git
/// has gone away. For all that went wrong at the server it ends with 128.
const UNKNOWN_COMMAND: i32 = 1;

/// Adds to what git has said. After a signal there is nothing to add.
pub(super) fn explain(status: ExitStatus, address: &Address, source: &Candidate) {
    match status.code() {
        Some(UNKNOWN_COMMAND) if remote_https().is_none() => report::hints(&[
            "this git has no git-remote-https, which is a package of its own on some systems",
            "install it (Fedora: dnf install git-core; openSUSE: zypper install git-core; Gentoo: USE=curl for dev-vcs/git)",
        ]),
        None | Some(UNKNOWN_COMMAND) => {}
        Some(_) => report::hints(&[
            &format!(
                "the token for {address} came from {}; git bbt doctor {address} checks it, and the network and TLS too",
                source.place()
            ),
            "where git says 403, it lacks a scope (repository to fetch, repository:write to push); 410, it is an app password; 429, wait a while",
        ]),
    }
}

/// Where git keeps it. Looked for only after a failure.
fn remote_https() -> Option<PathBuf> {
    let output = Command::new("git").arg("--exec-path").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let in_folder = which::which_in("git-remote-https", Some(folder.trim_end()), Path::new("/"));
    in_folder.or_else(|_| which::which("git-remote-https")).ok()
}
