//! What git's own message does not say when a hand-off fails: where the token came from, and what
//! to type next.

use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::git;
use crate::report::{self, Failure};
use crate::source::Candidate;

/// The status that `git` ends with where it knows no such command, and git-remote-https where git
/// has gone away. For all that went wrong at the server it ends with 128.
const UNKNOWN_COMMAND: i32 = 1;

/// Adds to what git has said, with the status to exit with. After a signal there is nothing to add.
///
/// # Errors
/// Where this git has no https: its own line about an unknown command helps nobody.
pub(super) fn explain(code: i32, address: &Address, source: &Candidate) -> Result<(), Failure> {
    if code != UNKNOWN_COMMAND {
        report::hint(&format!(
            "the token for {address} came from {}; git bbt doctor {address} tells what is wrong with it (403: it lacks repository or, to push, repository:write; 429: wait a while), with the network or with TLS",
            source.place()
        ));
    } else if remote_https().is_none() {
        return Err(Failure::new("this git has no git-remote-https, which is a package of its own on some systems")
            .hint("install it (Fedora: dnf install git-core; openSUSE: zypper install git-core; Gentoo: USE=curl for dev-vcs/git)"));
    }
    Ok(())
}

/// Where git keeps it. Looked for only after a failure.
fn remote_https() -> Option<PathBuf> {
    let output = git::about_current().arg("--exec-path").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let in_folder = which::which_in("git-remote-https", Some(folder.trim_end()), Path::new("/"));
    in_folder.or_else(|_| which::which("git-remote-https")).ok()
}
