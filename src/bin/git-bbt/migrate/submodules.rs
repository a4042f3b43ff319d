//! Submodules: their own configurations, and the team's `.gitmodules`, which is read for advice and never
//! edited.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::untrusted_file;

use super::report::{Line, Name, State};
use super::repository::{File, is_own};
use crate::git_config_file::{GitConfigFile, Setting};
use crate::git_dir::{config_file, is_git_dir, module_folders};
use crate::remote_url::{Classifier, RemoteUrl};
use bbt::redact;

/// Returns a submodule's own configurations, if it is cloned: in `.git/modules`, for each work tree; or,
/// by an old git, in its work tree. The name and the path may be a stranger's: a folder that is not below
/// the repository is not the submodule's.
pub fn configs(git_dir: &Path, work_tree: Option<&Path>, name: &str) -> Vec<PathBuf> {
    let in_work_tree = |work_tree: &Path| {
        let (_, gitmodules) = read_file(work_tree.join(".gitmodules"))?;
        let path = gitmodules.value("submodule", Some(name), "path")?;
        below(work_tree, &work_tree.join(path).join(".git"))
    };
    let in_modules = module_folders(git_dir).filter_map(|it| below(git_dir, &it.join(name)));
    let mut folders: Vec<PathBuf> = in_modules.collect();
    if folders.is_empty() {
        folders.extend(work_tree.and_then(in_work_tree));
    }
    folders.retain(|folder| is_git_dir(folder));
    let configs = folders.iter().map(|it| config_file(it, "config"));
    configs.filter_map(Result::ok).collect()
}

/// Returns a folder by its real path, if that is below `parent`.
fn below(parent: &Path, folder: &Path) -> Option<PathBuf> {
    let parent = dunce::canonicalize(parent).ok()?;
    let folder = dunce::canonicalize(folder).ok()?;
    (folder.starts_with(&parent) && folder != parent).then_some(folder)
}

/// Returns whether a work tree is a submodule's by the `.gitmodules` of the work tree that it is in, if
/// that is the user's own.
pub fn is_named_above(work_tree: &Path) -> bool {
    let is_named_in = |folder: &Path| {
        let (_, file) = read_file(folder.join(".gitmodules"))?;
        let is_path = |it: &Setting| it.section == "submodule" && it.key == "path";
        let mut paths = file.settings().filter(|(_, it)| is_path(it));
        Some(paths.any(|(_, it)| folder.join(&*it.value) == work_tree))
    };
    let mut above = work_tree.ancestors().skip(1);
    let superproject = above.find(|folder| folder.join(".git").symlink_metadata().is_ok());
    superproject.is_some_and(|folder| is_own(folder) && is_named_in(folder) == Some(true))
}

/// Reads a file of a work tree; `None` if it cannot be read.
pub fn read_file(path: PathBuf) -> Option<File> {
    let file = GitConfigFile::parse(untrusted_file::read(&path).ok()?).ok()?;
    Some((path, file))
}

/// Returns a relative URL for every one on Bitbucket, in a repository that is cloned from `origin`:
/// git resolves `../` against the URL of the clone, of whatever form that is.
pub fn advice(file: &GitConfigFile, classifier: &Classifier, origin: &Address) -> Vec<Line> {
    let settings = file.settings().map(|(_, setting)| setting);
    let urls = settings.filter(|it| it.section == "submodule" && it.key == "url");
    let advice = urls.filter_map(|setting| {
        let RemoteUrl::Bitbucket { address, .. } = classifier.classify_as_written(&setting.value)
        else {
            return None;
        };
        let repository = address.repository();
        let relative = if address.workspace().eq_ignore_ascii_case(origin.workspace()) {
            format!("../{repository}.git")
        } else {
            format!("../../{}/{repository}.git", address.workspace())
        };
        let from = redact::url(&setting.value);
        Some(Line {
            state: State::Gitmodules,
            name: setting.subsection.clone().map(Name::Submodule),
            message: Some(format!(
                "{from} in .gitmodules: \"{relative}\" works wherever the repository is cloned from"
            )),
            from: Some(from),
            relative: Some(relative),
            ..Line::default()
        })
    });
    advice.collect()
}
