//! The one line in a configuration that is not ours: the include of the generated file.

use std::collections::{BTreeSet, HashSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::messages::Failure;
use bbt::shell;

use crate::git::{self, EmptyRepository};
use crate::git_settings::{self, GitSetting, shown};
use crate::write;

/// Whose configuration it is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    User,
    /// Everybody's on this machine.
    System,
}

impl Level {
    fn option(self) -> &'static str {
        match self {
            Level::User => "--global",
            Level::System => "--system",
        }
    }

    /// Checks, before anything is written, that git has a configuration of the user's.
    ///
    /// # Errors
    /// If `HOME` is not an absolute path: git does not look into the password file instead. On
    /// Windows git sets it.
    pub fn check(self) -> Result<()> {
        let is_absolute = |home| Path::new(&home).is_absolute();
        let is_set = cfg!(windows) || env::var_os("HOME").is_some_and(is_absolute);
        if self == Level::User && !is_set {
            return Err(no_home().into());
        }
        Ok(())
    }

    /// Where the generated file is: the user's next to config.toml, whatever `BBT_CONFIG` is, and
    /// the system's next to git's own configuration.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn generated_file(self) -> Result<PathBuf> {
        let folder = match self {
            Level::User => dirs::config_dir().filter(|folder| folder.is_absolute()),
            Level::System => system_file()?.parent().map(Path::to_owned),
        };
        let folder = folder.ok_or_else(no_home)?;
        Ok(folder.join("git-remote-bbt").join("setup.gitconfig"))
    }

    /// Includes the file, unless git reads it already. Returns git's configuration afterwards.
    ///
    /// # Errors
    /// If git cannot write that configuration: the hint is the line that has to be added.
    pub fn include(self, file: &Path) -> Result<Vec<GitSetting>> {
        let before = git_settings::of_user()?;
        if is_read(&before, file) {
            return Ok(before);
        }
        self.append(file).map_err(|reason| {
            Failure::new(format!(
                "cannot add the include to git's configuration: {reason}"
            ))
            .hint(format!(
                "add it there, as the last section: [include] path = {}",
                self.path_for_git(file)
            ))
        })?;
        git_settings::of_user()
    }

    /// A section of our own, renamed: `--add include.path` would write into an `[include]` that is
    /// there already, in front of credential helpers that would then be given the token.
    fn append(self, file: &Path) -> Result<(), String> {
        match self {
            Level::User => refuse_special(&user_file(), "GIT_CONFIG_GLOBAL")?,
            Level::System => create_system_file().map_err(|error| format!("{error:#}"))?,
        }
        let path = self.path_for_git(file);
        // What a run that was killed has left.
        let _ = self.edit(&["--remove-section", "bbt-setup"]);
        self.edit(&["--add", "bbt-setup.path", &path])?;
        self.edit(&["--rename-section", "bbt-setup", "include"])
    }

    /// Everybody's must not depend on a HOME.
    fn path_for_git(self, file: &Path) -> String {
        match self {
            Level::User => shown(file),
            Level::System => file.display().to_string(),
        }
    }

    fn edit(self, words: &[&str]) -> Result<(), String> {
        let words = ["config", self.option()]
            .into_iter()
            .chain(words.iter().copied());
        match git::away(words) {
            Ok(outcome) if outcome.succeeded => Ok(()),
            Ok(outcome) => Err(outcome.reason()),
            Err(error) => Err(error.to_string()),
        }
    }
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

fn no_home() -> Failure {
    let home = dirs::home_dir().filter(|home| home.is_absolute());
    let home = home.unwrap_or_else(|| "/path/to/your/home".into());
    Failure::new("HOME is not set to an absolute path, so git reads no configuration of yours")
        .hint(format!("export HOME={}", shell::word(home)))
}

/// Finds every line that includes `file`: in which configuration it is, and its value.
///
/// # Errors
/// As [`git_settings::of_user`].
pub fn find(file: &Path) -> Result<BTreeSet<(String, String)>> {
    let includes = git_settings::of_user()?
        .into_iter()
        .filter(|setting| setting.name == "include.path")
        .filter(|setting| is_same(&included(setting), file));
    let lines = includes.filter_map(|setting| {
        let file = setting.file()?.display().to_string();
        Some((file, setting.value.to_string()))
    });
    Ok(lines.collect())
}

/// Removes the lines that [`find`] has found.
///
/// # Errors
/// If git cannot write one of the configurations: the hint is the line to remove.
pub fn remove(includes: &BTreeSet<(String, String)>) -> Result<()> {
    for (file, value) in includes {
        let unset = [
            "config",
            "--file",
            file,
            "--fixed-value",
            "--unset-all",
            "include.path",
            value,
        ];
        let reason = match git::away(unset) {
            Ok(outcome) if outcome.succeeded => continue,
            // It is gone already.
            Ok(outcome) if outcome.code == Some(5) => continue,
            Ok(outcome) => outcome.reason(),
            Err(error) => error.to_string(),
        };
        return Err(Failure::new(format!("cannot write {file}: {reason}"))
            .hint(format!("remove this line from it: path = {value}"))
            .into());
    }
    Ok(())
}

/// Whether git reads the file.
pub fn is_read(settings: &[GitSetting], file: &Path) -> bool {
    let files: HashSet<&Path> = settings.iter().filter_map(GitSetting::file).collect();
    files.iter().any(|read| is_same(read, file))
}

/// Whether both are names of the same file, which need not exist.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| dunce::canonicalize(path).ok();
    one == other
        || (one.file_name() == other.file_name()
            && real(one).is_some_and(|one| Some(one) == real(other)))
}

/// What an `include.path` leads to (git-config(1), "Includes").
fn included(setting: &GitSetting) -> PathBuf {
    match (setting.value.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => setting
            .file()
            .unwrap_or(Path::new(""))
            .with_file_name(&*setting.value),
    }
}

/// The file that `git config --global` writes (git-config(1), "FILES").
fn user_file() -> PathBuf {
    if let Some(named) = env::var_os("GIT_CONFIG_GLOBAL") {
        return named.into();
    }
    let home = dirs::home_dir().unwrap_or_default();
    let xdg = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
    let xdg = xdg.map_or_else(|| home.join(".config"), PathBuf::from);
    let (own, xdg) = (home.join(".gitconfig"), xdg.join("git/config"));
    // A relative one would start from the empty folder that git is run in.
    if !own.exists() && xdg.is_absolute() && xdg.exists() {
        xdg
    } else {
        own
    }
}

/// Creates the file that `git config --system` writes, if it does not exist: git would apply the
/// umask, and a configuration that they cannot read ends every other user's git.
fn create_system_file() -> Result<()> {
    let file = system_file()?;
    if file.exists() {
        return Ok(());
    }
    write::public(&file, b"")
}

/// The file that `git config --system` writes, with its links resolved. git names it to an editor.
///
/// # Errors
/// If git cannot write it: it is not a regular file, or its folder does not exist.
fn system_file() -> Result<PathBuf> {
    let failure = |reason: String| {
        Failure::new(format!(
            "cannot write git's system-wide configuration: {reason}"
        ))
    };
    if let Some(named) = env::var_os("GIT_CONFIG_SYSTEM") {
        refuse_special(Path::new(&named), "GIT_CONFIG_SYSTEM")
            .map_err(|reason| failure(reason).hint("unset GIT_CONFIG_SYSTEM"))?;
    }
    let editor = [("GIT_EDITOR", "echo")];
    let asked = EmptyRepository::new()?.run_with(&editor, ["config", "--system", "--edit"])?;
    if !asked.succeeded {
        let reason = asked.reason();
        // Invalid path '/usr/local/etc': No such file or directory
        let folder = reason.split('\'').nth(1).map(shell::word);
        let failure = failure(reason);
        return Err(match folder {
            Some(folder) => failure.hint(format!("mkdir -m 755 {folder}")),
            None => failure,
        }
        .into());
    }
    let path = PathBuf::from(asked.stdout.trim_end());
    refuse_special(&path, "").map_err(failure)?;
    Ok(path)
}
