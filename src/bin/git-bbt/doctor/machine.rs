//! Checks git, and that git finds our programs.

use std::ffi::OsString;
use std::path::Path;

use bbt::handoff;

use super::check::{Check, State};
use crate::git;
use crate::problem::Problem;

/// Older versions match `credential.<url>` with a path only for exactly that path, so that neither
/// git-lfs nor setup can work.
const USABLE: (u32, u32) = (2, 26);
/// The oldest version in which every operation behaves as over https.
const SUPPORTED: (u32, u32) = (2, 34);
/// The first version that logs in without a 401 first.
const PROACTIVE: (u32, u32) = (2, 46);

/// Returns the checks, and whether git can be run.
pub fn checks() -> (Vec<Check>, bool) {
    let checks = match git::output(Path::new("."), ["version"]) {
        Some(version) => return (vec![check_version(&version), check_programs()], true),
        None if git::is_stuck() => vec![Check::skipped("programs", why_no_git())],
        None => {
            let none = "git is not on the PATH";
            let git = Check::problem("git", none, "install git");
            vec![git, Check::skipped("programs", none)]
        }
    };
    (checks, false)
}

/// Returns why git is not run.
pub fn why_no_git() -> &'static str {
    if git::is_stuck() {
        "git does not respond"
    } else {
        "git is not installed"
    }
}

/// Returns the problem of a git that took too long.
pub fn stuck() -> Option<Check> {
    const HINT: &str = "check the include.path settings of git's configuration for a pipe, or a file on a server that does not respond";
    git::is_stuck().then(|| Check::problem("git", git::timed_out(), HINT))
}

fn check_version(version: &str) -> Check {
    let (state, what) = match handoff::version_in(version) {
        Some(known) if known < USABLE => {
            (State::Problem, "is too old for git-lfs and git bbt setup")
        }
        Some(known) if known < SUPPORTED => (
            State::Warning,
            "is older than git 2.34, the oldest supported version",
        ),
        Some(known) if known < PROACTIVE => {
            let what = "git 2.46 and newer need one request fewer per operation";
            return Check::note("git", format!("{version}; {what}"), None);
        }
        _ => return Check::ok("git", version),
    };
    let problem = Problem::new(format!("{version} {what}"), "install git 2.34 or newer");
    Check::with_hint("git", state, problem)
}

/// git looks in its own folder first, and then on the PATH.
fn check_programs() -> Check {
    let mut folders: Vec<_> = git::exec_path().map(Into::into).into_iter().collect();
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
            "add the folder in which cargo or your package installed it to the PATH",
        ),
        None => Check::ok(
            "programs",
            "git finds git-remote-bbt and git-credential-bbt",
        ),
    }
}
