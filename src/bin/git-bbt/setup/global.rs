//! The user's git configuration: which file that is, and its change under git's lock.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bbt::child;
use bbt::report::Failure;
use bbt::shell;
use zeroize::Zeroizing;

use crate::git_config::ConfigText;
use crate::git_config::replace::{ConfigPath, Replaced, Trouble};

/// What is made of the file: its new content, where it changes, and what there is to tell of it.
type Change<T> = (Option<Zeroizing<Vec<u8>>>, T);

/// The file that `git config --global` writes (git-config(1), "FILES"), whether or not it is there.
///
/// # Errors
/// Where git has none.
pub fn file() -> Result<PathBuf> {
    let files = files()?;
    let there = files.iter().find(|file| file.exists());
    Ok(there.unwrap_or(&files[0]).clone())
}

/// Every file that it may be.
///
/// # Errors
/// As [`file`].
pub fn files() -> Result<Vec<PathBuf>> {
    if let Some(named) = env::var_os("GIT_CONFIG_GLOBAL") {
        let file = PathBuf::from(named);
        if file.as_os_str().is_empty() || file == Path::new("/dev/null") {
            return Err(Failure::new(
                "GIT_CONFIG_GLOBAL keeps git from having a global configuration",
            )
            .hint("unset GIT_CONFIG_GLOBAL, or have it name a file")
            .into());
        }
        if file.is_relative() {
            let what = format!(
                "GIT_CONFIG_GLOBAL is {}, which is another file in every folder",
                file.display()
            );
            return Err(Failure::new(what)
                .hint("export GIT_CONFIG_GLOBAL=/path/to/the/file")
                .into());
        }
        return Ok(vec![file]);
    }
    let home = home().ok_or_else(|| {
        Failure::new("HOME names no folder, so that git has no global configuration")
            .hint("export HOME, or GIT_CONFIG_GLOBAL=/path/to/a/file")
    })?;
    let xdg = env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
    let xdg = xdg.map_or_else(|| home.join(".config"), PathBuf::from);
    Ok(vec![home.join(".gitconfig"), xdg.join("git/config")])
}

/// Where git looks for it: other programs ask the system where nothing is set, and git does not.
fn home() -> Option<PathBuf> {
    match cfg!(windows) {
        true => dirs::home_dir(),
        false => env::var_os("HOME")
            .map(PathBuf::from)
            .filter(|home| home.is_absolute()),
    }
}

/// Reads the file, which is none where it is not there, plans, and writes it under git's lock; anew
/// where it has changed meanwhile.
///
/// # Errors
/// What stands in the way: the file is then as it was.
pub fn change<T>(
    file: &Path,
    dry_run: bool,
    plan: impl Fn(Option<&ConfigText>) -> Result<Change<T>>,
) -> Result<T> {
    let path = match ConfigPath::of(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        path => Some(path.with_context(|| format!("cannot read {}", file.display()))?),
    };
    let Some(path) = path else {
        let (new, told) = plan(None)?;
        return match new.filter(|_| !dry_run) {
            None => Ok(told),
            Some(new) => match create(file, &new)? {
                true => Ok(told),
                // Somebody else was faster.
                false => change(file, dry_run, plan),
            },
        };
    };
    if !dry_run {
        path.clean();
    }
    let text = path.text().map_err(|trouble| failure(file, trouble))?;
    let plan = |text: &ConfigText| plan(Some(text));
    let changed = path.change(text, dry_run, plan, |plan| plan.as_ref().ok()?.0.as_ref());
    let (_, told) = changed.map_err(|trouble| failure(path.path(), trouble))??;
    Ok(told)
}

/// Takes away what a killed run has left beside a file that is not there.
pub fn clean(file: &Path, dry_run: bool) {
    if !dry_run {
        ConfigPath::of_absent(file).clean();
    }
}

/// Removes the file, where nothing is in it: as it was before setup made it. A link stays, with what
/// it leads to: somebody keeps that on purpose.
///
/// # Errors
/// The system's.
pub fn remove_empty(file: &Path) -> Result<()> {
    if !file.is_symlink() {
        let removed = ConfigPath::of(file).and_then(|path| path.remove_empty());
        removed.with_context(|| format!("cannot remove {}", file.display()))?;
    }
    Ok(())
}

/// Whether it was not there.
fn create(file: &Path, new: &[u8]) -> Result<bool> {
    if let Ok(target) = fs::read_link(file) {
        let what = format!(
            "{} leads to {}, which is not there",
            file.display(),
            target.display()
        );
        return Err(Failure::new(what)
            .hint("make that file, or remove the link")
            .into());
    }
    let created = child::uninterrupted(|| ConfigPath::of_absent(file).create(new));
    match created.map_err(|error| not_written(file, &error))? {
        Replaced::Done => Ok(true),
        Replaced::Changed => Ok(false),
        Replaced::Locked(lock) => Err(failure(file, Trouble::Locked(lock)).into()),
    }
}

fn failure(file: &Path, trouble: Trouble) -> Failure {
    let name = file.display();
    match trouble {
        Trouble::Unreadable(error) => Failure::new(format!("cannot read {name}: {error}")),
        Trouble::Unwritable(error) => not_written(file, &error),
        Trouble::Broken(line) => {
            Failure::new(format!("{name} is broken at line {line}")).hint(format!(
                "edit it until git config --file {} --list reads it",
                shell::word(file)
            ))
        }
        Trouble::Locked(lock) => {
            Failure::new(format!("{name} is locked: {} is there", lock.display()))
                .hint("where no git is running, remove that file, and try again")
        }
        Trouble::KeepsChanging => {
            Failure::new(format!("{name} keeps changing")).hint("try again later")
        }
    }
}

fn not_written(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}", file.display()))
        .hint("git bbt setup --dry-run shows what to put there by other means")
}
