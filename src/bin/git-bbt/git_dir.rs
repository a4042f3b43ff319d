//! What is where in a repository's own folder (gitrepository-layout(5)).

use std::fs;
use std::path::{Path, PathBuf};

/// Returns whether git takes a folder for a repository (`is_git_directory` in its setup.c), whatever
/// HEAD contains.
pub fn is_git_dir(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
}

/// Returns the folder itself, and those that its linked work trees have in it.
pub fn of_work_trees(git_dir: &Path) -> Vec<PathBuf> {
    let own = std::iter::once(git_dir.to_owned());
    own.chain(folders_in(&git_dir.join("worktrees"))).collect()
}

/// Returns the folders in which the repository keeps its submodules: each work tree has its own.
pub fn modules(git_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let of_work_trees = of_work_trees(git_dir).into_iter();
    of_work_trees.map(|folder| folder.join("modules"))
}

/// Returns the submodules' folders, which `is_one` recognizes, with those of their submodules. A name
/// may have slashes in it.
pub fn submodules(git_dir: &Path, is_one: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = modules(git_dir).collect();
    while let Some(folder) = folders.pop() {
        for inner in folders_in(&folder) {
            if is_one(&inner) {
                folders.extend(modules(&inner));
                found.push(inner);
            } else {
                folders.push(inner);
            }
        }
    }
    found
}

/// Returns the folders in a folder. Symbolic links are not followed, nor is the folder itself one.
pub fn folders_in(folder: &Path) -> Vec<PathBuf> {
    if !fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}
