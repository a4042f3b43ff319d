//! The changes in a file, with their records and what goes along.

use std::collections::{HashMap, VecDeque};

use bbt::{clone_config, lfs};

use super::{ALLOW, Change, Head, Planner};
use crate::git_config_file::GitConfigFile;
use crate::migrate::clone_settings::{
    self, EmailChange, has_endpoints, lacks_endpoint, remove_endpoints, uses_lfs,
};
use crate::migrate::record::{self, Record};
use crate::migrate::report::Name;

impl Planner<'_> {
    /// Makes the changes, with their records and what goes along.
    pub(super) fn apply(&mut self, file: &mut GitConfigFile) {
        let mut records: HashMap<_, VecDeque<usize>> = HashMap::new();
        for (at, setting) in file.settings() {
            if let Some(record) = Record::read(setting) {
                let name = (setting.name(), record.new);
                records.entry(name).or_default().push_back(at);
            }
        }
        let mut record_of = |name: &str, new: &str| {
            let records = records.get_mut(&(name.to_owned(), new.to_owned()))?;
            records.pop_front()
        };
        for Change { at, to } in &self.changes {
            let setting = file.setting(*at);
            let Some(key) = record::key_for(&setting.section, &setting.key) else {
                continue;
            };
            let name = setting.sibling_name(key);
            let earlier = record_of(&name, &setting.value);
            let record = match earlier.and_then(|at| Record::read(file.setting(at))) {
                Some(record) => Record {
                    new: to.clone(),
                    ..record
                },
                None => Record::of_url(to, &setting.value),
            };
            file.set(*at, to);
            match earlier.or_else(|| record_of(&name, to)) {
                Some(at) => file.set(at, &record.value()),
                None => file.add_below(*at, key, record.value()),
            }
        }
        let mut endpoints = Vec::new();
        let mut email = None;
        let mut uses = None;
        let has_endpoints = has_endpoints(file);
        for head in std::mem::take(&mut self.heads) {
            let Head {
                remote, address, ..
            } = &head;
            let mut also = Vec::new();
            if let Some(old) = &head.converted_from {
                let removed = match old {
                    Some(old) if has_endpoints && !old.is_same(address) => {
                        remove_endpoints(file, remote, old)
                    }
                    _ => Vec::new(),
                };
                let (git_dir, work_tree) = (&self.repository.git_dir, self.work_tree);
                let uses = *uses.get_or_insert_with(|| uses_lfs(git_dir, work_tree));
                if (uses || !removed.is_empty()) && lacks_endpoint(file, remote) {
                    let service = self.migration.classifier.service;
                    endpoints.push(lfs::settings(service, remote, address));
                    also.push(format!("git-lfs's endpoint is set: remote.{remote}.lfsurl"));
                }
            }
            let config = self.migration.policy.tokens.config;
            match clone_settings::email(file, remote, address, config) {
                EmailChange::None => {}
                EmailChange::Add(new) => {
                    email = Some(new);
                    also.push("user.email is set to the bot's".to_owned());
                }
                EmailChange::Changed => also.push("user.email follows config.toml".to_owned()),
            }
            self.remotes
                .get(Name::Remote(remote.clone()))
                .also
                .extend(also);
        }
        let allows = self.repository.is_submodule()
            && !self.migration.user.allows_bbt
            && self.remotes.has_bbt()
            && file.value("protocol", Some("bbt"), "allow").is_none();
        if allows {
            let name = Name::Setting("protocol.bbt.allow".to_owned());
            self.remotes.get(name).also = vec!["set, for git submodule update".to_owned()];
        }
        if allows || email.is_some() || !endpoints.is_empty() {
            file.append(|content| {
                // One at a time: two remotes of one repository share most of it.
                let mut all = content.to_vec();
                for endpoint in endpoints {
                    let sections = clone_config::missing_sections(&all, &[endpoint], None);
                    all.extend_from_slice(sections.as_bytes());
                }
                all.extend_from_slice(clone_config::missing_sections(&all, &[], email).as_bytes());
                let sections = String::from_utf8_lossy(&all[content.len()..]);
                format!("{sections}{}", if allows { ALLOW } else { "" })
            });
        }
    }
}
