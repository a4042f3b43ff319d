//! The folders in a `.git` folder (gitrepository-layout(5)).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::git_settings::shown;

/// Returns whether a folder is a `.git` folder, as git's `is_git_directory` (setup.c) does, but without
/// reading HEAD.
pub fn is_git_dir(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
}

/// Returns the path of a file of configuration in a `.git` folder, by its real path: with a symbolic
/// link resolved.
///
/// # Errors
/// The link is broken, or leads out of the folder: what is there is not the repository's.
pub fn config_file(git_dir: &Path, name: &str) -> io::Result<PathBuf> {
    let path = git_dir.join(name);
    if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Ok(path);
    }
    let target = dunce::canonicalize(&path)?;
    if target.starts_with(git_dir) {
        return Ok(target);
    }
    let what = format!(
        "it is a symbolic link to {}, outside of the repository",
        shown(&target)
    );
    Err(io::Error::other(what))
}

/// Returns the `.git` folder itself, and those of its linked worktrees.
pub fn work_tree_git_dirs(git_dir: &Path) -> Vec<PathBuf> {
    let own = std::iter::once(git_dir.to_owned());
    own.chain(folders_in(&git_dir.join("worktrees"))).collect()
}

/// Returns the folders that contain submodules, one for each worktree.
pub fn module_folders(git_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let git_dirs = work_tree_git_dirs(git_dir).into_iter();
    git_dirs.map(|folder| folder.join("modules"))
}

/// Returns the `.git` folders of submodules, and of their submodules. `is_one` recognizes them: a
/// submodule's name may have slashes in it.
pub fn submodules(git_dir: &Path, is_one: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = module_folders(git_dir).collect();
    while let Some(folder) = folders.pop() {
        for inner in folders_in(&folder) {
            if is_one(&inner) {
                folders.extend(module_folders(&inner));
                found.push(inner);
            } else {
                folders.push(inner);
            }
        }
    }
    found
}

/// Returns the folders in a folder. Symbolic links are not followed, nor may the folder itself be one.
pub fn folders_in(folder: &Path) -> Vec<PathBuf> {
    if !fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}
