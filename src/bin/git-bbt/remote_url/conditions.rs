//! `includeIf "hasconfig:remote.*.url:<pattern>"` of the user's own. git compares the URL as it is
//! written, so that a pattern for an https or ssh URL stops applying, silently, when the remote
//! becomes a `bbt::` one: commits get another author, and no signature.

use std::collections::BTreeSet;

use bbt::address::{self, Address};
use bbt::config::Service;
use gix_glob::wildmatch;
use gix_glob::wildmatch::Mode;

use super::bases;
use crate::git_settings::{GitSetting, Origin};

/// The conditions of a git configuration, and the aliases that its `insteadOf` rules make for URLs.
pub struct Conditions<'s> {
    conditions: Vec<Condition<'s>>,
    /// `url.<base>.insteadOf = <alias>`, as base and alias.
    aliases: Vec<(&'s str, &'s str)>,
}

struct Condition<'s> {
    pattern: &'s str,
    /// The file that it includes.
    path: &'s str,
    origin: &'s Origin,
}

/// A condition that does not apply to a `bbt::` URL, and what to add. Sorted by place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    origin: Origin,
    pattern: String,
    replacement: String,
    path: String,
}

impl<'s> Conditions<'s> {
    /// Those among `settings`.
    pub fn new(settings: &'s [GitSetting]) -> Conditions<'s> {
        let conditions = settings.iter().filter_map(|setting| {
            let condition = setting.subsection("includeif", "path")?;
            Some(Condition {
                pattern: condition.strip_prefix("hasconfig:remote.*.url:")?,
                path: &setting.value,
                origin: &setting.origin,
            })
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

    /// Those that apply to `old`, a URL of `address`, and not to `new`.
    pub fn lost(&self, address: &Address, old: &str, new: &str) -> BTreeSet<Lost> {
        let conditions = self.conditions.iter();
        conditions
            .filter_map(|condition| self.replacement(condition, address, old, new))
            .collect()
    }

    /// Those that apply to any other form of `address` and not to `new`, a `bbt::` URL of it.
    pub fn lost_of_any_form(
        &self,
        service: &Service,
        address: &Address,
        new: &str,
    ) -> BTreeSet<Lost> {
        if self.conditions.is_empty() {
            return BTreeSet::new();
        }
        let old = self.forms(service, address);
        old.iter()
            .flat_map(|old| self.lost(address, old, new))
            .collect()
    }

    /// Those that apply to other forms of repositories of `workspace`, and not to `bbt::` ones.
    pub fn lost_in_workspace(&self, service: &Service, workspace: &str) -> BTreeSet<Lost> {
        let mut lost = BTreeSet::new();
        for condition in &self.conditions {
            let Some(address) = Address::from_names(workspace, repository_in(condition.pattern))
            else {
                continue;
            };
            let new = format!("bbt::{address}");
            let old = self.forms(service, &address);
            lost.extend(
                old.iter()
                    .filter_map(|old| self.replacement(condition, &address, old, &new)),
            );
        }
        lost
    }

    fn replacement(
        &self,
        condition: &Condition,
        address: &Address,
        old: &str,
        new: &str,
    ) -> Option<Lost> {
        let replaces =
            |other: &Condition| other.path == condition.path && matches(other.pattern, new);
        if !matches(condition.pattern, old) || self.conditions.iter().any(replaces) {
            return None;
        }
        Some(Lost {
            origin: condition.origin.clone(),
            pattern: condition.pattern.to_owned(),
            replacement: rewritten(condition.pattern, address, old)
                .filter(|pattern| matches(pattern, new))
                .unwrap_or_else(|| format!("bbt::{}/**", address.workspace())),
            path: condition.path.to_owned(),
        })
    }

    /// Every URL of the repository, those through aliases too.
    fn forms(&self, service: &Service, address: &Address) -> Vec<String> {
        let mut names = vec![
            address.full_name(),
            address.full_name().to_ascii_lowercase(),
        ];
        names.dedup();
        let mut urls = Vec::new();
        for base in bases(service) {
            for name in &names {
                urls.extend(["", ".git"].map(|end| format!("{base}{name}{end}")));
            }
        }
        for (base, alias) in &self.aliases {
            let through = urls
                .iter()
                .filter_map(|url| Some(format!("{alias}{}", url.strip_prefix(base)?)));
            urls.extend(through.collect::<Vec<_>>());
        }
        urls
    }
}

impl Lost {
    /// What is lost, and in which file.
    pub fn message(&self) -> String {
        format!(
            "includeIf \"hasconfig:remote.*.url:{}\" {} does not apply to bbt:: URLs",
            self.pattern, self.origin
        )
    }

    /// The lines to add.
    pub fn hint(&self) -> String {
        format!(
            "add to that file: [includeIf \"hasconfig:remote.*.url:{}\"] path = {}",
            self.replacement, self.path
        )
    }
}

/// As git compares them (`WM_PATHNAME`).
fn matches(pattern: &str, url: &str) -> bool {
    wildmatch(pattern.into(), url.into(), Mode::NO_MATCH_SLASH_LITERAL)
}

/// The pattern with `bbt::` for what `old` has before the workspace.
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

/// The one repository that a pattern is for, or any name.
fn repository_in(pattern: &str) -> &str {
    let last = pattern.rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    if address::is_slug(name) {
        name
    } else {
        "repository"
    }
}
