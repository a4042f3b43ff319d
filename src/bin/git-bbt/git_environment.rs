//! What decides about `bbt::` besides git's configuration: a variable, and where programs are found.

use std::env;

use bbt::shell;

use crate::git;
use crate::problem::Problem;

/// The protocols that git may use, whatever its configuration is (git(1)).
pub const ALLOWED: &str = "GIT_ALLOW_PROTOCOL";

/// The `PATH` of programs that are started neither by a shell nor in a terminal: by a desktop, by
/// cron. On macOS, launchd sets it.
const DEFAULT_PATH: &str = if cfg!(target_os = "macos") {
    "/usr/bin:/bin:/usr/sbin:/sbin"
} else {
    "/usr/local/bin:/usr/bin:/bin"
};

/// Returns what is missing in [`ALLOWED`]: bbt, or https, which bbt hands over to.
pub fn allowed_protocols() -> Option<Problem> {
    let allowed = env::var_os(ALLOWED)?;
    let allowed = allowed.to_string_lossy();
    let is_missing = |name: &&str| allowed.split(':').all(|allowed| allowed != *name);
    let missing: Vec<&str> = ["bbt", "https"].into_iter().filter(is_missing).collect();
    (!missing.is_empty()).then(|| {
        Problem::new(
            format!("{ALLOWED} does not include {}", missing.join(" and ")),
            format!("export {ALLOWED}=\"${ALLOWED}:{}\"", missing.join(":")),
        )
    })
}

/// Returns a problem if git does not find the helper on [`DEFAULT_PATH`].
pub fn default_path() -> Option<Problem> {
    if cfg!(windows) {
        return None;
    }
    let own = git::exec_path()?;
    let path = format!("{own}:{DEFAULT_PATH}");
    if which::which_in("git-remote-bbt", Some(&path), "/").is_ok() {
        return None;
    }
    let helper = which::which("git-remote-bbt").ok()?;
    Some(Problem::new(
        format!(
            "git-remote-bbt is not in {DEFAULT_PATH}: programs that a desktop or cron starts cannot \
             use the rewritten URLs"
        ),
        format!("sudo ln -s {} \"$(git --exec-path)\"", shell::word(&helper)),
    ))
}
