//! What goes along with the URLs in a file: git-lfs's endpoints, the bot's e-mail, and what lets git use
//! `bbt::` in a submodule.

use std::collections::{HashMap, HashSet};

use bbt::address::Address;
use bbt::clone_config::{self, EmailChange};
use bbt::lfs;

use super::{ALLOW, Plan, Planner};
use crate::git_config_file::GitConfigFile;
use crate::migrate::clone_settings::{deciding_remote, remove_endpoints, replace_email, uses_lfs};
use crate::migrate::report::{Name, State};

impl Planner<'_> {
    /// Adds what the remotes need in a clone, and in a submodule, and removes what they needed before.
    pub(super) fn add_clone_settings(&self, file: &mut GitConfigFile, plan: &mut Plan) {
        let service = self.migration.classifier.service;
        let (mut old, mut new, mut kept) = (Vec::new(), Vec::new(), HashMap::new());
        for remote in plan.remotes.iter() {
            let Name::Remote(name) = &remote.name else {
                continue;
            };
            let Some((url, address)) = remote.bbt_url(service) else {
                continue;
            };
            kept.insert(name.clone(), address.clone());
            if url.outcome.state == State::Converted {
                let before = service.address(&url.from).ok();
                let before = before.filter(|before| !before.is_same(&address));
                old.extend(before.map(|before| (name.clone(), before)));
                new.push((name.clone(), address));
            }
        }
        let has_endpoints = !remove_endpoints(file, &old).is_empty();
        let mut endpoints = Vec::new();
        if !new.is_empty()
            && (has_endpoints || uses_lfs(file, &self.repository.git_dir, self.work_tree))
        {
            let settings = file
                .settings()
                .filter(|(_, setting)| setting.key == "lfsurl");
            let names = settings.filter_map(|(_, setting)| setting.subsection.clone());
            let have_one: HashSet<String> = names.collect();
            for (remote, address) in new.iter().filter(|(remote, _)| !have_one.contains(remote)) {
                endpoints.push(lfs::settings(service, remote, address));
                let what = format!("git-lfs's endpoint is set: remote.{remote}.lfsurl");
                plan.remotes
                    .get(Name::Remote(remote.clone()))
                    .also
                    .push(what);
            }
        }
        let email = self.email(file, &kept, plan);
        let allows = self.repository.is_submodule()
            && !self.migration.user.allows_bbt
            && plan
                .remotes
                .iter()
                .any(|remote| remote.bbt_url(service).is_some())
            && file.value("protocol", Some("bbt"), "allow").is_none();
        if allows {
            plan.remotes
                .add_setting("protocol.bbt.allow", "set, for git submodule update");
        }
        if allows || email.is_some() || !endpoints.is_empty() {
            file.append(|content| {
                let sections = clone_config::missing_sections(content, &endpoints, email);
                format!("{sections}{}", if allows { ALLOW } else { "" })
            });
        }
    }

    /// Replaces an e-mail of ours that is not in config.toml any more. Returns one that is to be added.
    fn email(
        &self,
        file: &mut GitConfigFile,
        remotes: &HashMap<String, Address>,
        plan: &mut Plan,
    ) -> Option<&str> {
        let remote = deciding_remote(file)?.to_owned();
        let address = remotes.get(&remote)?;
        let config = self.migration.tokens.config;
        config.workspace(address.workspace())?;
        let last = |(section, key): (&str, &str)| file.value(section, None, key);
        let email = clone_config::bot_email(config, address);
        let change = clone_config::email_change(last, email, || !self.may_add_email)?;
        let (what, added) = match change {
            EmailChange::Append(email) => ("user.email is set to the bot's", Some(email)),
            EmailChange::Replace(new) => {
                replace_email(file, new);
                ("user.email follows config.toml", None)
            }
        };
        plan.remotes
            .get(Name::Remote(remote))
            .also
            .push(what.to_owned());
        added
    }
}
