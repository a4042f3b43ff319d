//! What has to be on this machine: git, and our programs where git looks for them.

use std::ffi::OsString;
use std::path::Path;

use bbt::handoff;

use super::check::Check;
use crate::git;

/// Below this, settings for `credential.<url>` with a path match only that very path, so that
/// neither git-lfs nor what setup writes can work.
const USABLE: (u32, u32) = (2, 26);
/// The oldest version in which every operation does what it does over https.
const SUPPORTED: (u32, u32) = (2, 34);
/// Logs in at once from this version on.
const PROACTIVE: (u32, u32) = (2, 46);

/// The checks, and whether there is a git.
pub fn checks() -> (Vec<Check>, bool) {
    let Some(version) = git::says(Path::new("."), ["version"]) else {
        if git::is_stuck() {
            return (vec![Check::skipped("programs", why_no_git())], false);
        }
        let none = "git is not on the PATH";
        let checks = vec![
            Check::problem("git", none, "install git"),
            Check::skipped("programs", none),
        ];
        return (checks, false);
    };
    let checks = vec![check_version(&version), check_programs()];
    (checks, true)
}

/// Returns why git is not asked.
pub fn why_no_git() -> &'static str {
    if git::is_stuck() {
        "git does not answer"
    } else {
        "there is no git"
    }
}

/// Returns the problem of a git that took too long.
pub fn stuck() -> Option<Check> {
    const HINT: &str = "look for a pipe, or a folder on a server that is away, in an include.path of git's configuration";
    git::is_stuck().then(|| Check::problem("git", git::timed_out(), HINT))
}

fn check_version(version: &str) -> Check {
    match handoff::version_in(version) {
        Some(known) if known < USABLE => Check::problem(
            "git",
            format!("{version} is too old for git-lfs and git bbt setup"),
            "install git 2.34 or newer",
        ),
        Some(known) if known < SUPPORTED => Check::warning(
            "git",
            format!("{version} is older than git 2.34, the oldest supported version"),
            "install git 2.34 or newer",
        ),
        Some(known) if known < PROACTIVE => Check::warning(
            "git",
            format!("{version}: every operation takes one request more than it has to"),
            "install git 2.46 or newer",
        ),
        _ => Check::ok("git", version),
    }
}

/// git looks into a folder of its own first, and then along the PATH.
fn check_programs() -> Check {
    let mut folders: Vec<_> = git::says(Path::new("."), ["--exec-path"])
        .map(Into::into)
        .into_iter()
        .collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let path: OsString = std::env::join_paths(folders).unwrap_or(path);
    let programs = ["git-remote-bbt", "git-credential-bbt", "git-remote-https"];
    let is_missing = |name: &&&str| which::which_in(name, Some(&path), Path::new(".")).is_err();
    match programs.iter().find(is_missing) {
        Some(name @ &"git-remote-https") => Check::problem(
            "programs",
            format!("this git has no {name}"),
            "install it (Fedora: dnf install git-core; openSUSE: zypper install git-core; Gentoo: USE=curl for dev-vcs/git)",
        ),
        Some(name) => Check::problem(
            "programs",
            format!("git does not find {name} on the PATH"),
            "put the folder that cargo install or your package put it in on the PATH",
        ),
        None => Check::ok(
            "programs",
            "git finds git-remote-bbt and git-credential-bbt",
        ),
    }
}
