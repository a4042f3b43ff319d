//! What has to be on this machine: git, our programs where git looks for them, and its leave.

use std::ffi::OsString;
use std::path::Path;

use bbt::handoff;

use super::check::Check;
use crate::git;
use crate::git_config::is_always;

/// Logs in at once from this version on.
const PROACTIVE: (u32, u32) = (2, 46);

/// The checks, and whether there is a git.
pub fn checks() -> (Vec<Check>, bool) {
    let here = Path::new(".");
    let Some(version) = git::says(here, ["version"]) else {
        let none = "there is no git on the PATH";
        let checks = vec![
            Check::problem("git", none, "install git"),
            Check::skipped("programs", none),
            Check::skipped("protocol", none),
        ];
        return (checks, false);
    };
    let checks = vec![of_version(&version), programs(), protocol(here)];
    (checks, true)
}

fn of_version(version: &str) -> Check {
    match handoff::version_in(version) {
        Some(known) if known < PROACTIVE => Check::warning(
            "git",
            format!("{version}: every operation takes one request more than it has to"),
            "install git 2.46 or newer",
        ),
        _ => Check::ok("git", version),
    }
}

/// git looks into a folder of its own first, and then along the PATH.
fn programs() -> Check {
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

/// Submodules' URLs come from strangers, so that git asks for leave.
fn protocol(folder: &Path) -> Check {
    let pattern = r"^protocol\.(bbt\.)?allow$";
    let set = git::says(folder, ["config", "--get-regexp", pattern]).unwrap_or_default();
    let of = |key| set.lines().rev().find_map(|line| line.strip_prefix(key));
    let policy = of("protocol.bbt.allow ").or_else(|| of("protocol.allow "));
    match policy {
        Some(policy) if is_always(policy) => {
            Check::ok("protocol", "bbt:: is allowed, for submodules too")
        }
        Some(policy) if policy.eq_ignore_ascii_case("never") => Check::problem(
            "protocol",
            "git is configured to refuse bbt::",
            "git config --global protocol.bbt.allow always",
        ),
        _ => Check::warning(
            "protocol",
            "bbt:: is not allowed for submodules",
            "git bbt setup",
        ),
    }
}
