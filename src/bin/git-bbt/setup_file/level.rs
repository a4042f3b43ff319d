//! The user's and the system's configuration: which file git writes, and which one we generate.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::messages::Failure;
use bbt::shell;

use crate::git::EmptyRepository;
use crate::git_settings::shown;

/// Whose configuration it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    User,
    /// Every user's of this machine.
    System,
}

impl Level {
    /// Returns the generated file: the user's next to config.toml, whatever `BBT_CONFIG` is, and the
    /// system's next to git's own configuration.
    ///
    /// # Errors
    /// If git has no such configuration, or cannot write the system's.
    pub fn generated_file(self) -> Result<PathBuf> {
        let folder = match self {
            // git does not look into the password file for a HOME. On Windows it sets one.
            Level::User => dirs::config_dir().filter(|_| cfg!(windows) || has_home()),
            Level::System => system_file()?.parent().map(Path::to_owned),
        };
        let folder = folder.ok_or_else(no_home)?;
        Ok(folder.join("git-remote-bbt").join("setup.gitconfig"))
    }

    /// Returns the file that `git config --global` (git-config(1), "FILES") or `--system` writes.
    ///
    /// # Errors
    /// The reason, if it is nothing that git may replace.
    pub fn git_file(self) -> Result<PathBuf, String> {
        if self == Level::System {
            return system_file().map_err(|error| format!("{error:#}"));
        }
        let home = dirs::home_dir().unwrap_or_default();
        let xdg = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
        let xdg = xdg.map_or_else(|| home.join(".config"), PathBuf::from);
        let (own, xdg) = (home.join(".gitconfig"), xdg.join("git/config"));
        let file = match env::var_os("GIT_CONFIG_GLOBAL") {
            Some(named) => named.into(),
            // A relative one would start from the empty folder that git is run in.
            None if !own.exists() && xdg.is_absolute() && xdg.exists() => xdg,
            None => own,
        };
        refuse_special(&file, "GIT_CONFIG_GLOBAL")?;
        Ok(file)
    }
}

fn has_home() -> bool {
    env::var_os("HOME").is_some_and(|home| Path::new(&home).is_absolute())
}

fn no_home() -> Failure {
    let home = dirs::home_dir().filter(|home| home.is_absolute());
    let home = home.unwrap_or_else(|| "/path/to/your/home".into());
    Failure::new("HOME is not set to an absolute path, so git reads no configuration of yours")
        .hint(format!("export HOME={}", shell::word(home)))
}

/// git replaces the file that it edits: as root, /dev/null too. A relative path can only come from
/// `variable`.
fn refuse_special(file: &Path, variable: &str) -> Result<(), String> {
    if file.is_relative() {
        return Err(format!("{variable} is not an absolute path"));
    }
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(format!("{} is not a regular file", shown(file)));
    }
    Ok(())
}

/// Returns the file that `git config --system` writes, with its links resolved.
fn system_file() -> Result<PathBuf> {
    let failure = |reason| {
        Failure::new(format!(
            "cannot write git's system-wide configuration: {reason}"
        ))
    };
    if let Some(named) = env::var_os("GIT_CONFIG_SYSTEM") {
        refuse_special(Path::new(&named), "GIT_CONFIG_SYSTEM")
            .map_err(|reason| failure(reason).hint("unset GIT_CONFIG_SYSTEM"))?;
    }
    let empty = EmptyRepository::new()?;
    let home = empty.folder().to_string_lossy();
    let variables = [
        // git names the file to it.
        ("GIT_EDITOR", "echo"),
        // The user's configuration may be one that git cannot read.
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("HOME", &home),
        ("XDG_CONFIG_HOME", &home),
    ];
    let asked = empty.run_with(&variables, ["config", "--system", "--edit"])?;
    if !asked.succeeded {
        let reason = asked.reason();
        // Invalid path '/usr/local/etc': No such file or directory
        let folder = reason.split('\'').nth(1).map(shell::word);
        let hint = folder.map(|folder| format!("mkdir -m 755 {folder}"));
        let failure = failure(reason);
        return Err(hint.into_iter().fold(failure, Failure::hint).into());
    }
    let path = PathBuf::from(asked.stdout.trim_end());
    refuse_special(&path, "").map_err(failure)?;
    Ok(path)
}
