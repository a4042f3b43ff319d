//! The configurations of submodules.

use std::path::{Path, PathBuf};

use super::gitmodules;
use crate::git_dir::{config_file, is_git_dir, module_folders};

/// Returns a submodule's own configurations, if it is cloned: in `.git/modules`, for each work tree; or,
/// by an old git, in its work tree. The name and the path may be a stranger's: what is not below the
/// repository is not the submodule's.
pub fn configs(git_dir: &Path, work_tree: Option<&Path>, name: &str) -> Vec<PathBuf> {
    let in_modules =
        module_folders(git_dir).filter_map(|modules| below(git_dir, &modules.join(name)));
    let mut folders: Vec<PathBuf> = in_modules.collect();
    if folders.is_empty() {
        folders.extend(work_tree.and_then(|work_tree| in_work_tree(work_tree, name)));
    }
    folders.retain(|folder| is_git_dir(folder));
    let configs = folders
        .iter()
        .filter_map(|folder| config_file(folder, "config").ok());
    configs.collect()
}

fn in_work_tree(work_tree: &Path, name: &str) -> Option<PathBuf> {
    let gitmodules = gitmodules::read(work_tree)?;
    let path = gitmodules.value("submodule", Some(name), "path")?;
    below(work_tree, &work_tree.join(path).join(".git"))
}

/// Returns a folder by its real path, if that is below `parent`.
fn below(parent: &Path, folder: &Path) -> Option<PathBuf> {
    let parent = dunce::canonicalize(parent).ok()?;
    let folder = dunce::canonicalize(folder).ok()?;
    (folder.starts_with(&parent) && folder != parent).then_some(folder)
}
