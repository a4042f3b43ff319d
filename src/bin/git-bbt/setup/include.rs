//! The one line in a configuration that is not ours: the include of the generated file.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::report::Failure;

use crate::git::{self, EmptyRepository};
use crate::git_settings::{self, GitSetting, shown};

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
        let folder = folder.ok_or_else(|| {
            Failure::new("HOME does not name a folder, so there is no configuration folder")
                .hint("export HOME")
        })?;
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
        self.refuse_special_files()?;
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

    /// git replaces the file that it edits: as root, /dev/null too.
    fn refuse_special_files(self) -> Result<(), String> {
        let files = match self {
            Level::System => vec![system_file().map_err(|error| error.to_string())?],
            Level::User => user_files(),
        };
        for file in files {
            if file.is_relative() {
                return Err("GIT_CONFIG_GLOBAL is not an absolute path".to_owned());
            }
            if fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file()) {
                return Err(format!("{} is not a regular file", file.display()));
            }
        }
        Ok(())
    }
}

/// Removes every line that includes `file`, whichever configuration it is in. Returns those
/// configurations.
///
/// # Errors
/// If git cannot write one of them: the hint is the line to remove.
pub fn remove(file: &Path) -> Result<Vec<String>> {
    let includes: Vec<GitSetting> = git_settings::of_user()?
        .into_iter()
        .filter(|setting| setting.name == "include.path")
        .filter(|setting| is_same(&included(setting), file))
        .collect();
    let mut changed = Vec::new();
    for include in &includes {
        let (Some(path), value) = (include.file(), include.value.as_str()) else {
            continue;
        };
        let file = &path.display().to_string();
        changed.push(file.clone());
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
            // A line that was there twice is gone already.
            Ok(outcome) if outcome.code == Some(5) => continue,
            Ok(outcome) => outcome.reason(),
            Err(error) => error.to_string(),
        };
        return Err(Failure::new(format!("cannot write {file}: {reason}"))
            .hint(format!("remove this line from it: path = {value}"))
            .into());
    }
    Ok(changed)
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

/// The files that `git config --global` may write (git-config(1), "FILES").
fn user_files() -> Vec<PathBuf> {
    if let Some(named) = env::var_os("GIT_CONFIG_GLOBAL") {
        return vec![named.into()];
    }
    let home = dirs::home_dir().unwrap_or_default();
    let xdg = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
    let xdg = xdg.map_or_else(|| home.join(".config"), PathBuf::from);
    vec![home.join(".gitconfig"), xdg.join("git/config")]
}

/// The file that `git config --system` writes. git names it to an editor.
fn system_file() -> Result<PathBuf> {
    let editor = [("GIT_EDITOR", "echo")];
    let asked = EmptyRepository::new()?.run_with(&editor, ["config", "--system", "--edit"]);
    let named = asked.ok().filter(|outcome| outcome.succeeded);
    let path = named.map(|outcome| PathBuf::from(outcome.stdout.trim_end()));
    Ok(path
        .filter(|path| path.is_absolute())
        .ok_or_else(|| Failure::new("git has no system-wide configuration"))?)
}
