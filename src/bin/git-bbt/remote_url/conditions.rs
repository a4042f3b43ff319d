//! `includeIf "hasconfig:remote.*.url:<pattern>"` of the user's own. git compares the URL as it is
//! written, so that a pattern for an https or ssh URL stops applying, silently, when the remote
//! becomes a `bbt::` one: commits get another author, and no signature.

use std::collections::BTreeSet;

use bbt::address::{self, Address};
use bbt::config::Service;
use gix_glob::wildmatch;
use gix_glob::wildmatch::Mode;

use super::bases;
use crate::git_settings::GitSetting;
use crate::problem::Problem;

/// The conditions of a git configuration, and the aliases that its `insteadOf` rules make for URLs.
pub struct Conditions<'s> {
    /// Each with its pattern. The value is the file that it includes.
    conditions: Vec<(&'s str, &'s GitSetting)>,
    /// `url.<base>.insteadOf = <alias>`, as base and alias.
    aliases: Vec<(&'s str, &'s str)>,
}

impl<'s> Conditions<'s> {
    /// Finds the conditions among settings that are listed already.
    pub fn new(settings: &'s [GitSetting]) -> Conditions<'s> {
        let conditions = settings.iter().filter_map(|setting| {
            let condition = setting.subsection("includeif", "path")?;
            Some((condition.strip_prefix("hasconfig:remote.*.url:")?, setting))
        });
        let aliases = settings.iter().filter_map(|setting| {
            let base = setting.subsection("url", "insteadof")?;
            (!base.starts_with("bbt:")).then_some((base, setting.value.as_str()))
        });
        Conditions {
            conditions: conditions.collect(),
            aliases: aliases.collect(),
        }
    }

    /// Returns the conditions that apply to `old`, a URL of `address`, and not to `new`.
    pub fn lost(&self, address: &Address, old: &str, new: &str) -> BTreeSet<Problem> {
        let applies_to_new = |path: &str| {
            let mut conditions = self.conditions.iter();
            conditions.any(|(pattern, other)| *other.value == path && matches(pattern, new))
        };
        let conditions = self.conditions.iter();
        let lost = conditions
            .filter(|(pattern, setting)| matches(pattern, old) && !applies_to_new(&setting.value));
        let replaced = lost.map(|(pattern, setting)| {
            let replacement = rewritten(pattern, address, old)
                .filter(|pattern| matches(pattern, new))
                .unwrap_or_else(|| format!("bbt::{}/**", address.workspace()));
            let (origin, path) = (&setting.origin, setting.value.as_str());
            let condition =
                |pattern: &str| format!("includeIf \"hasconfig:remote.*.url:{pattern}\"");
            let (lost, added) = (condition(pattern), condition(&replacement));
            Problem::new(
                format!("{lost} {origin} does not apply to bbt:: URLs"),
                format!("add to that file: [{added}] path = {path}"),
            )
        });
        replaced.collect()
    }

    /// Returns the conditions that apply to any other form of `address` and not to `new`, a `bbt::`
    /// URL of it.
    pub fn lost_of_any_form(
        &self,
        service: &Service,
        address: &Address,
        new: &str,
    ) -> BTreeSet<Problem> {
        let names = both_cases(&address.full_name());
        let old = names.iter().flat_map(|name| self.forms(service, name));
        old.flat_map(|old| self.lost(address, &old, new)).collect()
    }

    /// Returns the conditions that apply to other forms of repositories of `workspace`, and not to
    /// `bbt::` ones, which have its name in the same case.
    pub fn lost_in_workspace(&self, service: &Service, workspace: &str) -> BTreeSet<Problem> {
        let patterns = self.conditions.iter().map(|(pattern, _)| pattern);
        let slugs: BTreeSet<&str> = patterns.map(|pattern| repository_in(pattern)).collect();
        let mut lost = BTreeSet::new();
        for workspace in both_cases(workspace) {
            for address in slugs
                .iter()
                .filter_map(|slug| Address::from_names(&workspace, slug))
            {
                let new = format!("bbt::{address}");
                let old = self.forms(service, &address.full_name());
                lost.extend(old.iter().flat_map(|old| self.lost(&address, old, &new)));
            }
        }
        lost
    }

    /// Returns every URL of the repository of this name, those through aliases too.
    fn forms(&self, service: &Service, name: &str) -> Vec<String> {
        let bases = bases(service).into_iter();
        let mut urls: Vec<String> = bases
            .flat_map(|base| ["", ".git"].map(|end| format!("{base}{name}{end}")))
            .collect();
        for (base, alias) in &self.aliases {
            let rests = urls.iter().filter_map(|url| url.strip_prefix(base));
            let through: Vec<String> = rests.map(|rest| format!("{alias}{rest}")).collect();
            urls.extend(through);
        }
        urls
    }
}

/// A name as it is, and in lower case, which Bitbucket's own are in.
fn both_cases(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned(), name.to_ascii_lowercase()];
    names.dedup();
    names
}

/// Returns whether git takes the URL for one of the pattern's (`WM_PATHNAME`).
fn matches(pattern: &str, url: &str) -> bool {
    wildmatch(pattern.into(), url.into(), Mode::NO_MATCH_SLASH_LITERAL)
}

/// Returns the pattern with `bbt::` for what `old` has before the workspace.
fn rewritten(pattern: &str, address: &Address, old: &str) -> Option<String> {
    let at = old
        .to_ascii_lowercase()
        .rfind(&address.full_name().to_ascii_lowercase())?;
    let rest = pattern.strip_prefix(&old[..at])?;
    Some(format!(
        "bbt::{}",
        rest.strip_suffix(".git").unwrap_or(rest)
    ))
}

/// Returns the name of the one repository that a pattern is for, or any name.
fn repository_in(pattern: &str) -> &str {
    let last = pattern.rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    if address::is_slug(name) {
        name
    } else {
        "repository"
    }
}
