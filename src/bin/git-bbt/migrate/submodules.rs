//! Submodules: whether they are cloned, and the team's `.gitmodules`, which is read for advice and never
//! edited.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::untrusted_file;

use super::report::{Line, Name, State};
use super::repository::{File, is_own};
use crate::git_config_file::{GitConfigFile, Setting};
use crate::git_dir::{is_git_dir, module_folders};
use crate::remote_url::{Classifier, RemoteUrl};
use bbt::redact;

/// Returns whether a submodule is cloned: in `.git/modules`, for any work tree; or, by an old git, in its
/// work tree.
pub fn is_cloned(git_dir: &Path, work_tree: Option<&Path>, name: &str) -> bool {
    let in_work_tree = || {
        let (_, gitmodules) = read_file(work_tree?.join(".gitmodules"))?;
        let path = gitmodules.value("submodule", Some(name), "path")?;
        Some(work_tree?.join(path).join(".git"))
    };
    let mut in_modules = module_folders(git_dir).map(|modules| modules.join(name));
    in_modules.any(|folder| is_git_dir(&folder)) || in_work_tree().is_some_and(|it| is_git_dir(&it))
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
