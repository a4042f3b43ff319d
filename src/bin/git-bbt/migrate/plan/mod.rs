//! What is to change in one file of configuration, and what that means for each of its remotes.

mod apply;
mod outcome;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::instead_of::InsteadOf;

use super::migration::Migration;
use super::report::{LeftToken, Outcome, Remote, Remotes, Url};
use super::repository::Repository;
use super::token_cache::Reason;
use super::undo::name_of;
use super::{left_tokens, submodule};
use crate::git_config_file::GitConfigFile;
use crate::remote_url::conditions::Lost;
use bbt::redact;

/// The outcome for a file.
#[derive(Default)]
pub struct Plan {
    pub remotes: Vec<Remote>,
    pub tokens: Vec<LeftToken>,
    /// The submodules' configurations that have to let git use `bbt::`.
    pub submodules: Vec<PathBuf>,
    /// The user's conditions that stop applying.
    pub lost: BTreeSet<Lost>,
}

/// What lets git use `bbt::` in a submodule, with its record.
const ALLOW: &str = "[protocol \"bbt\"]\n\tallow = always\n\tbbtOriginalAllow = always\n";

/// Plans for one configuration of the repository, and changes `file` accordingly.
pub fn plan(
    migration: &Migration,
    repository: &Repository,
    work_tree: Option<&Path>,
    path: &Path,
    file: &mut GitConfigFile,
) -> Plan {
    let mut planner = Planner {
        migration,
        repository,
        work_tree,
        rules: &migration.user.rules_in(repository.path(), file),
        changes: Vec::new(),
        heads: Vec::new(),
        not_converted: HashSet::new(),
        remotes: Remotes::default(),
        plan: Plan::default(),
    };
    planner.urls(file);
    planner.apply(file);
    let Planner {
        not_converted,
        remotes,
        mut plan,
        ..
    } = planner;
    plan.remotes = remotes.into_list();
    let reported = |at| not_converted.contains(&at);
    plan.tokens = left_tokens::in_file(migration, path, file, reported);
    plan
}

/// Lets git use `bbt::` in a submodule, on behalf of the repository that it is in. Returns whether that
/// changes anything.
pub fn allow(file: &mut GitConfigFile) -> bool {
    let is_missing = file.value("protocol", Some("bbt"), "allow").is_none();
    if is_missing {
        file.append(|_| ALLOW.to_owned());
    }
    is_missing
}

/// A setting that gets another value.
struct Change {
    at: usize,
    to: String,
}

/// A remote's first URL, which decides about git-lfs's endpoint and the e-mail.
struct Head {
    remote: String,
    address: Address,
    /// What it was before, if it is converted.
    converted_from: Option<Option<Address>>,
}

struct Planner<'p> {
    migration: &'p Migration<'p>,
    repository: &'p Repository,
    work_tree: Option<&'p Path>,
    rules: &'p InsteadOf,
    changes: Vec<Change>,
    heads: Vec<Head>,
    /// The settings whose URLs are reported as not converted.
    not_converted: HashSet<usize>,
    remotes: Remotes,
    plan: Plan,
}

/// The settings of one subsection, by index.
type Group<'f> = (&'f str, Option<&'f str>, Vec<usize>);

/// Groups the settings of remotes, branches and submodules by their names, in this order.
fn groups(file: &GitConfigFile) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places = HashMap::new();
    for section in ["remote", "branch", "submodule"] {
        for (at, setting) in file.settings().filter(|(_, it)| it.section == section) {
            let name = setting.subsection.as_deref();
            let place = *places.entry((section, name)).or_insert_with(|| {
                groups.push((section, name, Vec::new()));
                groups.len() - 1
            });
            groups[place].2.push(at);
        }
    }
    groups
}

impl Planner<'_> {
    /// Decides about all URLs.
    fn urls(&mut self, file: &GitConfigFile) {
        let filter = &self.migration.filter;
        let groups = groups(file);
        let remotes: HashSet<&str> = groups
            .iter()
            .filter(|(section, ..)| *section == "remote")
            .filter_map(|(_, name, _)| *name)
            .collect();
        for (section, name, settings) in &groups {
            let with_key = |key: &str| -> Vec<usize> {
                let settings = settings.iter().copied();
                settings.filter(|at| file.setting(*at).key == key).collect()
            };
            match (*section, name) {
                ("remote", Some(name)) if filter.has_remote(name) => {
                    self.remote(file, name, &with_key);
                }
                ("submodule", Some(name)) if filter.has_all_remotes() => {
                    if let Some(at) = with_key("url").pop() {
                        self.submodule(file, name, at);
                    }
                }
                ("remote", None) | ("branch", Some(_)) if filter.has_all_remotes() => {
                    let keys = ["pushdefault", "remote", "pushremote"];
                    for (key, at) in keys.map(|key| (key, with_key(key))) {
                        // Most are the name of a remote.
                        let is_url =
                            |at: &usize| !remotes.contains(file.setting(*at).value.as_str());
                        for at in at.into_iter().filter(is_url) {
                            self.value_that_may_be_url(file, key, at);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn remote(&mut self, file: &GitConfigFile, name: &str, with_key: &dyn Fn(&str) -> Vec<usize>) {
        let vcs = with_key("vcs")
            .pop()
            .map(|at| file.setting(at).value.as_str());
        let pushurls = with_key("pushurl");
        let urls = with_key("url").into_iter().map(|at| ("url", at));
        let has_pushurl = !pushurls.is_empty();
        let mut has_head = false;
        for (key, at) in urls.chain(pushurls.into_iter().map(|at| ("pushurl", at))) {
            let url = file.setting(at).value.as_str();
            let pushed = if has_pushurl {
                None
            } else {
                self.rules.apply_to_push(url)
            };
            let Some(outcome) = self.outcome(url, vcs, pushed.as_deref()) else {
                continue;
            };
            let Some(new) = self.add(file, key, at, outcome) else {
                continue;
            };
            let service = self.migration.classifier.service;
            let is_converted = new != url;
            if is_converted
                && key == "url"
                && let Ok(address) = Address::parse(&new)
            {
                let lost = self.migration.conditions.lost(&address, url, &new);
                self.plan.lost.extend(lost);
            }
            if std::mem::replace(&mut has_head, true) {
                continue;
            }
            if let Ok(address) = service.address(&new) {
                self.heads.push(Head {
                    remote: name.to_owned(),
                    address,
                    converted_from: is_converted.then(|| service.address(url).ok()),
                });
            }
        }
    }

    fn submodule(&mut self, file: &GitConfigFile, name: &str, at: usize) {
        let url = &file.setting(at).value;
        let Some(mut outcome) = self.outcome(url, None, None) else {
            return;
        };
        let is_bbt = matches!(outcome, Outcome::Converted { .. } | Outcome::Already);
        if is_bbt && !self.migration.user.allows_bbt {
            let configs = submodule::configs(&self.repository.git_dir, self.work_tree, name);
            let is_converted = matches!(outcome, Outcome::Converted { .. });
            if configs.is_empty() && is_converted && !self.migration.policy.force {
                outcome = Outcome::not_converted(Reason::new(
                    "it is not cloned yet, and git would refuse bbt:: for it",
                    "git bbt setup",
                ));
            }
            self.plan.submodules.extend(configs);
        }
        self.add(file, "url", at, outcome);
    }

    /// `git push -u <URL>` sets a URL where a remote's name is expected.
    fn value_that_may_be_url(&mut self, file: &GitConfigFile, key: &'static str, at: usize) {
        let value = &file.setting(at).value;
        match self.outcome(value, None, None) {
            None | Some(Outcome::Unchanged { .. } | Outcome::Already) => {}
            Some(outcome) => drop(self.add(file, key, at, outcome)),
        }
    }

    /// Adds an outcome to the report and to the changes. Returns the `bbt::` URL that the value is or
    /// becomes.
    fn add(
        &mut self,
        file: &GitConfigFile,
        key: &'static str,
        at: usize,
        outcome: Outcome,
    ) -> Option<String> {
        let setting = file.setting(at);
        match &outcome {
            Outcome::Converted { to, .. } => self.changes.push(Change { at, to: to.clone() }),
            Outcome::NotConverted { .. } => drop(self.not_converted.insert(at)),
            _ => {}
        }
        let url = Url {
            key,
            from: redact::url(&setting.value),
            outcome,
        };
        let new = match &url.outcome {
            Outcome::Converted { to, .. } => Some(to.clone()),
            Outcome::Already => Some(setting.value.to_string()),
            _ => None,
        };
        self.remotes.get(name_of(setting, key)).urls.push(url);
        new
    }
}
