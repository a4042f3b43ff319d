//! The files in which git, and its credential helper `store`, may have stored a token.

use std::collections::HashSet;
use std::iter;
use std::path::{Path, PathBuf};

use bbt::untrusted_file;

use crate::git_dir::{submodules, work_tree_git_dirs};
use crate::git_settings::{GitSetting, real};

/// Returns the file of `credential.helper = store --file <file>`.
pub fn credential_store_file(setting: &GitSetting, folder: &Path) -> Option<PathBuf> {
    if !setting.name.starts_with("credential.") || !setting.name.ends_with("helper") {
        return None;
    }
    let words = shlex::split(setting.value.trim_start_matches('!'))?;
    let is_store = |word: &String| word == "store" || word.ends_with("credential-store");
    words.iter().find(|word| is_store(word))?;
    let file = words
        .iter()
        .zip(words.iter().skip(1).map(Some).chain([None]));
    let file = file.filter_map(|(word, next)| match word.strip_prefix("--file") {
        Some("") => next.map(String::as_str),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    let file = file.last()?;
    let home = ["~/", "$HOME/", "${HOME}/"]
        .iter()
        .find_map(|home| file.strip_prefix(home));
    Some(match home {
        Some(rest) => dirs::home_dir()?.join(rest),
        None => folder.join(file),
    })
}

/// Returns the `.git` folder itself, and those of its linked worktrees and submodules, including what
/// remains of broken ones.
pub fn git_dirs(git_dir: &Path) -> Vec<PathBuf> {
    let inner = submodules(git_dir, |folder| folder.join("HEAD").exists());
    let all = iter::once(git_dir.to_owned()).chain(inner);
    all.flat_map(|git_dir| work_tree_git_dirs(&git_dir))
        .collect()
}

/// Returns the worktrees of a repository: `top`, the main one, and the linked ones. For a bare
/// repository, its own folder is the main one.
pub fn work_trees(git_dir: &Path, top: Option<PathBuf>) -> Vec<PathBuf> {
    let main = match git_dir.parent() {
        Some(parent) if git_dir.ends_with(".git") => parent,
        _ => git_dir,
    };
    let linked = work_tree_git_dirs(git_dir).into_iter().filter_map(|dir| {
        let file = untrusted_file::read_text(&dir.join("gitdir")).ok()?;
        Some(dir.join(file.trim_end()).parent()?.to_owned())
    });
    let all = top.into_iter().chain([main.to_owned()]).chain(linked);
    let mut seen = HashSet::new();
    all.map(|folder| real(&folder))
        .filter(|folder| seen.insert(folder.clone()))
        .collect()
}

/// Returns every file below a folder, without following symbolic links.
pub fn files_below(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build();
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    walk.flatten()
        .filter(is_file)
        .map(ignore::DirEntry::into_path)
}
