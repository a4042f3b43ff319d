//! Every git process is created here, in one of three forms, so that what a repository's files
//! contain decides neither what runs nor where a token goes:
//!
//! - [`about_current`] and [`about`]: a question about a repository, or an edit of its
//!   configuration. It reads that configuration, and can neither run a program nor connect.
//! - [`away`]: anything that may run a program or connect, with no configuration but the user's and
//!   the system's.
//! - [`hand_off`]: the transfer that git asked us for, under the repository's configuration like
//!   git's own.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{shell, url};

/// The variables by which git names a repository, as printed by `git rev-parse --local-env-vars`
/// (git 2.17 to 2.47; a test compares).
pub const LOCAL_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
];

/// Those of [`LOCAL_VARIABLES`] that hold settings of the user's (`git -c`), not a repository's.
const SETTINGS: [&str; 2] = [PARAMETERS, "GIT_CONFIG_COUNT"];

/// Returns a git for the repository that the current folder and `GIT_DIR` name, for commands that only
/// read or edit configuration.
#[must_use]
pub fn about_current() -> Command {
    let mut git = git();
    git.args([
        // A pager is a program that the repository may name.
        "--no-pager",
        // So are these two, for commands that read the index or update references.
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
    ])
    // Allows no transport, which also rules out remote helpers, `ext::`, ssh
    // commands, credential helpers and the lazy fetch of a partial clone.
    .env("GIT_ALLOW_PROTOCOL", "none")
    // Would make `git config` use another file in place of the repository's.
    .env_remove("GIT_CONFIG");
    git
}

/// As [`about_current`], for the repository of `folder`, even if a hook's variables name another.
#[must_use]
pub fn about(folder: &Path) -> Command {
    let mut git = about_current();
    forget_repository(&mut git);
    // git goes there itself: in the folder of a stranger's clone, a relative entry of PATH would
    // find a git of theirs.
    git.arg("-C").arg(folder);
    git
}

/// Returns a git in `empty`, which [`create_empty`] has made, for commands that may run programs or
/// connect. It reads only the user's and the system's configuration.
#[must_use]
pub fn away(empty: &Path) -> Command {
    let mut git = git();
    forget_repository(&mut git);
    git.current_dir(empty)
        // Named, so that git looks for no repository in the folders above, and takes this one
        // whatever `safe.bareRepository` is.
        .env("GIT_DIR", empty)
        // The user did not type this command, so it must not prompt.
        .env("GIT_TERMINAL_PROMPT", "0");
    git
}

/// Returns git's transport for https, which lacks its arguments, with all of the repository's
/// configuration (git has called us there, and stock git would obey it too) and `settings`
/// (`key=value`), which win over everything else.
///
/// It is started without a `git` in front of it if the git that called us names its folder: one
/// process fewer.
#[must_use]
pub fn hand_off(settings: &[OsString]) -> Command {
    let mut command = match transport() {
        Some(transport) => command(transport.as_os_str()),
        None => {
            let mut git = git();
            git.arg("remote-https");
            git
        }
    };
    let mut parameters = env::var_os(PARAMETERS).unwrap_or_default();
    for setting in settings {
        // One space between two, and none at either end: git ends at anything else.
        if !parameters.is_empty() {
            parameters.push(" ");
        }
        parameters.push(shell::quoted(setting));
    }
    command.env(PARAMETERS, parameters);
    command
}

/// Where `git -c` has its settings, each as `'key=value'` (every version reads that form; git 2.31
/// and newer write `'key'='value'`).
const PARAMETERS: &str = "GIT_CONFIG_PARAMETERS";

/// Returns the `git-remote-https` of the git that called us. It has put its folder into our
/// environment (git 2.25 to 2.55, measured); nobody does when we are run by hand.
fn transport() -> Option<PathBuf> {
    let transport = Path::new(&env::var_os("GIT_EXEC_PATH")?).join("git-remote-https");
    (transport.is_absolute() && transport.is_file()).then_some(transport)
}

/// Makes an empty folder the smallest repository that git accepts (gitrepository-layout(5)), without
/// hooks or configuration. `git init` would use the user's templates.
///
/// # Errors
/// If the folder cannot be written.
pub fn create_empty(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder.join("objects"))?;
    fs::create_dir(folder.join("refs"))?;
    fs::write(folder.join("HEAD"), "ref: refs/heads/main\n")
}

/// Returns whether git reads a value as true (git-config(1), "boolean").
#[must_use]
pub fn is_true(value: &str) -> bool {
    url::is_one_of(value, &["true", "yes", "on", "1"])
}

/// Returns whether git reads a value as false.
#[must_use]
pub fn is_false(value: &str) -> bool {
    url::is_one_of(value, &["", "false", "no", "off", "0"])
}

fn forget_repository(git: &mut Command) {
    for name in LOCAL_VARIABLES {
        if !SETTINGS.contains(name) {
            git.env_remove(name);
        }
    }
}

fn git() -> Command {
    command(OsStr::new("git"))
}

#[expect(clippy::disallowed_methods, reason = "the one place")]
fn command(program: &OsStr) -> Command {
    Command::new(program)
}
