//! Where a submodule's own configuration is.

use std::path::{Path, PathBuf};

use super::gitmodules;
use crate::git_dir::{is_git_dir, module_folders};

/// The submodule's own configurations, where it has been cloned: in `.git/modules`, for each work
/// tree; or, by an old git, in its work tree.
pub fn configs(git_dir: &Path, work_tree: Option<&Path>, name: &str) -> Vec<PathBuf> {
    let is_inside = !name.split('/').any(|part| part == "..");
    let folders = module_folders(git_dir).map(|modules| modules.join(name));
    let mut folders: Vec<PathBuf> = folders
        .filter(|folder| is_inside && is_git_dir(folder))
        .collect();
    if folders.is_empty() {
        let old = inside(work_tree, name);
        folders.extend(old.filter(|folder| is_git_dir(folder)));
    }
    let configs = folders.into_iter().map(|folder| folder.join("config"));
    configs.collect()
}

/// What `.gitmodules` names, which a stranger may have written: not out of the work tree.
fn inside(work_tree: Option<&Path>, name: &str) -> Option<PathBuf> {
    let work_tree = dunce::canonicalize(work_tree?).ok()?;
    let gitmodules = gitmodules::read(&work_tree)?;
    let path = gitmodules.get("submodule", Some(name), "path")?;
    let folder = work_tree.join(path.as_str()).join(".git");
    let folder = dunce::canonicalize(folder).ok()?;
    folder.starts_with(&work_tree).then_some(folder)
}
