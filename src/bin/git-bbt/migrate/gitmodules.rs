//! `.gitmodules`, which is the team's file: read for advice, never edited.

use std::path::Path;

use bbt::address::Address;
use bbt::untrusted_file;

use super::report::Advice;
use crate::git_config_file::GitConfigFile;
use crate::remote_url::{Classifier, RemoteUrl};
use bbt::redact;

/// Returns the file of a work tree; `None` if it cannot be read.
pub fn read(work_tree: &Path) -> Option<GitConfigFile> {
    let bytes = untrusted_file::read(&work_tree.join(".gitmodules")).ok()?;
    GitConfigFile::parse(bytes).ok()
}

/// Returns a relative URL for every one on Bitbucket, in a repository that is cloned from `origin`:
/// git resolves `../` against the URL of the clone, of whatever form that is.
pub fn advice(work_tree: &Path, classifier: &Classifier, origin: &Address) -> Vec<Advice> {
    let Some(file) = read(work_tree) else {
        return Vec::new();
    };
    let settings = file.settings().map(|(_, setting)| setting);
    let urls = settings.filter(|it| it.section == "submodule" && it.key == "url");
    let advice = urls.filter_map(|setting| {
        let url = &setting.value;
        let RemoteUrl::Bitbucket { address, .. } = classifier.classify_as_written(url) else {
            return None;
        };
        let repository = address.repository();
        let relative = if address.workspace().eq_ignore_ascii_case(origin.workspace()) {
            format!("../{repository}.git")
        } else {
            format!("../../{}/{repository}.git", address.workspace())
        };
        Some(Advice {
            submodule: setting.subsection.clone().unwrap_or_default(),
            from: redact::url(url),
            relative,
        })
    });
    advice.collect()
}
