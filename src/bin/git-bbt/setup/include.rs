//! The one line in a configuration that is not ours: the include of the generated file.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::messages::Failure;

use crate::git;
use crate::git_settings::{self, GitSetting, real, shown};
use crate::setup_file::Level;
use crate::write::{self, Mode};

/// Includes the file, unless git reads it already. Returns git's configuration, which was `before`,
/// afterwards.
///
/// # Errors
/// If git cannot write that configuration: the hint is the line that has to be added.
pub fn add(level: Level, file: &Path, before: Vec<GitSetting>) -> Result<Vec<GitSetting>> {
    if is_read(&before, file) {
        return Ok(before);
    }
    // Every user's must not depend on a HOME.
    let path = match level {
        Level::User => shown(file),
        Level::System => file.display().to_string(),
    };
    append(level, &path).map_err(|reason| {
        let what = format!("cannot add the include to git's configuration: {reason}");
        let hint = format!("add it there, as the last section: [include] path = {path}");
        Failure::new(what).hint(hint)
    })?;
    git_settings::of_user()
}

/// A section of our own, renamed: `--add include.path` would write into an `[include]` that is
/// there already, in front of credential helpers that would then be given the token.
fn append(level: Level, path: &str) -> Result<(), String> {
    let file = level.git_file()?;
    let option = match level {
        Level::User => "--global",
        Level::System => "--system",
    };
    if level == Level::System && !file.exists() {
        // git would apply the umask, and one that they cannot read ends every other user's git.
        write::replace(&file, b"", Mode::Public).map_err(|error| format!("{error:#}"))?;
    }
    // Left by a run that was killed.
    let _ = edit(&[option, "--remove-section", "bbt-setup"]);
    edit(&[option, "--add", "bbt-setup.path", path])?;
    edit(&[option, "--rename-section", "bbt-setup", "include"])
}

fn edit(words: &[&str]) -> Result<(), String> {
    match git::away(["config"].iter().chain(words).copied()) {
        // 5: there is nothing to unset (git-config(1)).
        Ok(outcome) if outcome.succeeded || outcome.code == Some(5) => Ok(()),
        Ok(outcome) => Err(outcome.reason()),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns whether git reads the file.
pub fn is_read(settings: &[GitSetting], file: &Path) -> bool {
    let files: HashSet<&Path> = settings.iter().filter_map(GitSetting::file).collect();
    files.iter().any(|read| real(read) == real(file))
}

/// Finds every line that includes `file`: in which configuration it is, and its value.
pub fn find(file: &Path) -> Result<BTreeSet<(PathBuf, String)>> {
    let settings = git_settings::of_user()?;
    let includes = settings.iter().filter_map(|setting| {
        let config = setting.file().filter(|_| setting.name == "include.path")?;
        // git-config(1), "Includes"
        let path = config.with_file_name(git_settings::path_in(&setting.value));
        (real(&path) == real(file)).then(|| (config.to_owned(), setting.value.to_string()))
    });
    Ok(includes.collect())
}

/// Removes the lines that [`find`] has found.
///
/// # Errors
/// If git cannot write one of the configurations: the hint is the line to remove.
pub fn remove(includes: &BTreeSet<(PathBuf, String)>) -> Result<()> {
    for (config, value) in includes {
        let config = config.display().to_string();
        let words = ["--fixed-value", "--unset-all", "include.path", value];
        edit(&[&["--file", &config][..], &words].concat()).map_err(|reason| {
            Failure::new(format!("cannot write {config}: {reason}"))
                .hint(format!("remove this line from it: path = {value}"))
        })?;
    }
    Ok(())
}
