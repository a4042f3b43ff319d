//! What is where in a repository's own folder (gitrepository-layout(5)).

use std::fs;
use std::path::{Path, PathBuf};

/// As git tells (`is_git_directory` in its setup.c), but for what HEAD says.
pub fn is_git_dir(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
}

/// The folder itself, and those that its linked work trees have in it.
pub fn work_tree_git_dirs(git_dir: &Path) -> Vec<PathBuf> {
    let own = std::iter::once(git_dir.to_owned());
    own.chain(folders_in(&git_dir.join("worktrees"))).collect()
}

/// Where the repository keeps its submodules: each work tree has its own of them.
pub fn module_folders(git_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let git_dirs = work_tree_git_dirs(git_dir).into_iter();
    git_dirs.map(|folder| folder.join("modules"))
}

/// The submodules' folders, which `is_one` recognizes, with those of their submodules. A name may have
/// slashes in it.
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

/// The folders in a folder; symbolic links are not followed.
pub fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}
