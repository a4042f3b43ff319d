//! Submodules: their own configurations, and the team's `.gitmodules`, which is read for advice and never
//! edited.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::untrusted_file;

use super::report::{Line, Name, State};
use super::repository::File;
use crate::git_config_file::GitConfigFile;
use crate::git_dir::{config_file, is_git_dir, module_folders};
use crate::remote_url::{Classifier, RemoteUrl};
use bbt::redact;

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
    let (_, gitmodules) = read_file(work_tree.join(".gitmodules"))?;
    let path = gitmodules.value("submodule", Some(name), "path")?;
    below(work_tree, &work_tree.join(path).join(".git"))
}

/// Returns a folder by its real path, if that is below `parent`.
fn below(parent: &Path, folder: &Path) -> Option<PathBuf> {
    let parent = dunce::canonicalize(parent).ok()?;
    let folder = dunce::canonicalize(folder).ok()?;
    (folder.starts_with(&parent) && folder != parent).then_some(folder)
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
