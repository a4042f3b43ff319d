//! `.gitmodules` is the team's file, and never edited: what in it would work from everywhere is
//! said.

use std::path::Path;

use bbt::address::Address;
use bbt::{redact, untrusted_file};

use super::origin::{Origin, Recognizer};
use super::report::Advice;
use super::rewrite::Rewrites;
use crate::git_config::ConfigText;

/// The file of a work tree, where there is one that can be read.
pub fn read(work_tree: &Path) -> Option<ConfigText> {
    let bytes = untrusted_file::read(&work_tree.join(".gitmodules")).ok()?;
    ConfigText::parse(bytes).ok()
}

/// What to write in the place of every URL on Bitbucket, in a repository that is cloned from
/// `origin`: git resolves `../` against the URL of the clone, of whatever form that is.
pub fn advice(work_tree: &Path, recognizer: &Recognizer, origin: &Address) -> Vec<Advice> {
    let Some(text) = read(work_tree) else {
        return Vec::new();
    };
    let urls = text
        .named("submodule")
        .filter(|(_, variable)| variable.key == "url");
    let advice = urls.filter_map(|(submodule, variable)| {
        let url = text.value(variable)?;
        let Origin::Bitbucket { address, .. } = recognizer.origin(&url, &Rewrites::default())
        else {
            return None;
        };
        let repository = address.repository();
        let relative = if address.workspace().eq_ignore_ascii_case(origin.workspace()) {
            format!("../{repository}.git")
        } else {
            format!("../../{}/{repository}.git", address.workspace())
        };
        Some(Advice {
            submodule: submodule.unwrap_or_default().to_owned(),
            from: redact::url(&url),
            relative,
        })
    });
    advice.collect()
}
