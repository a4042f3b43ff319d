//! `--undo`: what migrate changed becomes what it was, but for secrets. What somebody has changed since
//! stays.

use std::collections::{HashMap, VecDeque};

use bbt::address::Address;

use super::clone_settings::{has_endpoints, remove_email, remove_endpoints};
use super::record::{self, Record};
use super::report::{Name, Outcome, Remote, Remotes, Url};
use crate::git_config_file::{GitConfigFile, Setting};
use bbt::redact;

/// Takes back all that is recorded in a file. Returns the outcome for each remote.
pub fn undo(file: &mut GitConfigFile) -> Vec<Remote> {
    let mut values: HashMap<(String, String), VecDeque<usize>> = HashMap::new();
    let mut records = Vec::new();
    for (at, setting) in file.settings() {
        match Record::read(setting) {
            Some(record) => records.push((at, record)),
            None => values
                .entry((setting.name(), setting.value.to_string()))
                .or_default()
                .push_back(at),
        }
    }
    let mut found = Vec::new();
    for (at, record) in records {
        let setting = file.setting(at);
        let key = record::changed_key(setting).unwrap_or_default();
        let name = setting.sibling_name(key);
        let value = values.get_mut(&(name, record.new.clone()));
        found.push((at, key, value.and_then(VecDeque::pop_front), record));
    }
    let (mut remotes, mut led_to) = (Remotes::default(), Vec::new());
    for (at, key, changed, record) in found {
        let setting = file.setting(at);
        let (setting_name, remote) = (
            name_of(setting, key),
            setting
                .subsection
                .clone()
                .filter(|_| setting.section == "remote"),
        );
        file.remove(at);
        let outcome = match (changed, &record.original) {
            (None, _) => Outcome::unchanged("it was changed since"),
            (Some(changed), None) => {
                file.remove(changed);
                remotes.add_removed(file.setting(changed).name());
                continue;
            }
            (Some(changed), Some(original)) => {
                file.set(changed, original);
                if let Some(remote) = remote
                    && let Ok(address) = Address::parse(&record.new)
                {
                    led_to.push((remote, address));
                }
                let message = "without its secret, which is not stored here".to_owned();
                Outcome::Restored {
                    to: original.clone(),
                    message: record.had_secret.then_some(message),
                }
            }
        };
        let url = Url {
            key,
            from: redact::url(&record.new),
            outcome,
        };
        remotes.get(setting_name).urls.push(url);
    }
    let has_endpoints = has_endpoints(file);
    for (remote, address) in led_to {
        let mut names = Vec::new();
        if has_endpoints {
            names = remove_endpoints(file, &remote, &address);
        }
        names.extend(remove_email(file, &remote));
        names.into_iter().for_each(|name| remotes.add_removed(name));
    }
    remotes.into_list()
}

/// Returns whether all that migrate changed in a file is that git may use `bbt::` in a submodule, which
/// it does on behalf of the repository that the submodule is in.
pub fn is_for_submodule_alone(file: &GitConfigFile) -> bool {
    let settings = file.settings().map(|(_, setting)| setting);
    let mut records = settings.filter(|it| Record::read(it).is_some()).peekable();
    records.peek().is_some() && records.all(|record| record.section == "protocol")
}

/// Returns what the value of a key belongs to.
pub fn name_of(setting: &Setting, key: &str) -> Name {
    let subsection = setting.subsection.clone();
    match (setting.section.as_str(), subsection) {
        ("remote", Some(name)) => Name::Remote(name),
        ("submodule", Some(name)) => Name::Submodule(name),
        ("branch", Some(name)) => Name::Branch(name),
        (section, _) => Name::Setting(format!("{section}.{key}")),
    }
}
