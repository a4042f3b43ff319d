//! What happens to the values in one file of configuration, and the edits: the URLs with their records,
//! and what goes along with them.

mod clone_settings;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::instead_of::InsteadOf;
use bbt::shell;

use super::migration::Migration;
use super::record::{self, Record, Value, values};
use super::report::{Name, Outcome, Report, State};
use super::repository::Repository;
use super::submodules;
use crate::git_config_file::{GitConfigFile, Setting};
use crate::git_environment;
use clone_settings::{deciding_remote, remove_endpoints, replace_email};

pub use clone_settings::allow;

/// One file of a repository's configuration.
pub struct Planner<'p> {
    pub migration: &'p Migration<'p>,
    pub repository: &'p Repository,
    pub work_tree: Option<&'p Path>,
    pub path: &'p Path,
    pub rules: &'p InsteadOf,
    /// Whether this file is where the bot's e-mail goes if it has none.
    pub may_add_email: bool,
}

impl Planner<'_> {
    /// Converts the URLs in a file.
    pub fn convert(&self, file: &mut GitConfigFile) -> Report {
        let mut report = Report::default();
        let (values, mut records) = values(file);
        let remotes = remotes(file);
        let refusal = self.refusal(file);
        for value in values {
            let (at, setting) = (value.at, file.setting(value.at));
            let Some(mut outcome) = self.outcome(setting, &remotes) else {
                continue;
            };
            if let (State::Converted, Some(refused)) = (outcome.state, &refusal) {
                outcome = refused.clone();
            }
            let (name, new) = (setting.name(), outcome.to.clone());
            let old = setting.value.clone();
            report.add_url(name_of(setting, value.key), value.key, &old, outcome);
            let Some(new) = new else {
                continue;
            };
            if let ("url", Ok(address)) = (value.key, Address::parse(&new)) {
                let lost = self.migration.conditions.lost(&address, &old, &new);
                report.lost.extend(lost);
            }
            let (record_at, record) = value.record.unzip();
            let record = Record {
                new: new.clone(),
                ..record.unwrap_or_else(|| Record::of_url(&new, &old))
            };
            file.set(at, &new);
            match record_at.or_else(|| records.take(name, &new, 0).map(|(at, _)| at)) {
                Some(at) => file.set(at, &record.value()),
                None => file.add_below(at, value.record_key, record.value()),
            }
        }
        self.add_clone_settings(file, &mut report);
        let is_bbt = |state| matches!(state, State::Converted | State::Already);
        self.add_submodules(&mut report, |state| {
            !self.migration.user.allows_bbt && is_bbt(state)
        });
        report
    }

    /// Adds the submodules in which git has to be allowed to use `bbt::`, or no longer.
    fn add_submodules(&self, report: &mut Report, is_meant: impl Fn(State) -> bool) {
        let lines = report.lines.iter().filter(|line| is_meant(line.state));
        let configs = lines.filter_map(|line| match &line.name {
            Some(Name::Submodule(name)) => Some(self.submodule_configs(name)),
            _ => None,
        });
        report.submodules = configs.flatten().collect();
    }

    fn submodule_configs(&self, name: &str) -> Vec<PathBuf> {
        submodules::configs(&self.repository.git_dir, self.work_tree, name)
    }

    /// Returns why git would refuse `bbt::` in this repository, if it would and `--force` is not given.
    fn refusal(&self, file: &GitConfigFile) -> Option<Outcome> {
        if self.migration.args.force {
            return None;
        }
        if let Some(problem) = git_environment::allowed_protocols() {
            return Some(Outcome::not_converted(problem.message, problem.hint));
        }
        let user = &self.migration.user;
        let (own, general) = (
            file.value("protocol", Some("bbt"), "allow"),
            file.value("protocol", None, "allow"),
        );
        let policy = own.or(user.bbt_policy.as_deref()).or(general);
        let policy = policy.or(user.policy.as_deref())?;
        let hint = if own.or(general).is_some() {
            let git_dir = shell::path(&self.repository.git_dir);
            format!("git -C {git_dir} config protocol.bbt.allow always")
        } else {
            // Once for all repositories.
            "git bbt setup".to_owned()
        };
        let message = "git is configured to refuse bbt:: (protocol.allow)";
        let is_refused = policy.eq_ignore_ascii_case("never");
        is_refused.then(|| Outcome::not_converted(message, hint))
    }

    /// Returns what happens to a value; `None` if it is not asked about, or no URL.
    fn outcome(
        &self,
        setting: &Setting,
        remotes: &HashMap<String, RemoteSettings>,
    ) -> Option<Outcome> {
        let migration = self.migration;
        let folder = self.path.parent().unwrap_or(self.path);
        let outcome = |vcs, has_push_rules| {
            migration.outcome(&setting.value, self.rules, vcs, has_push_rules, folder)
        };
        match (setting.section.as_str(), &setting.subsection) {
            ("remote", Some(name)) if migration.has_remote(name) => {
                let remote = remotes.get(name)?;
                outcome(remote.vcs.as_deref(), !remote.has_pushurl)
            }
            ("submodule", Some(name)) if migration.has_all_remotes() => {
                let outcome = outcome(None, true)?;
                if outcome.state == State::Converted
                    && !migration.user.allows_bbt
                    && !migration.args.force
                    && self.submodule_configs(name).is_empty()
                {
                    let message = "it is not cloned yet, and git would refuse bbt:: for it";
                    return Some(Outcome::not_converted(message, "git bbt setup"));
                }
                Some(outcome)
            }
            // `git push -u <URL>` sets a URL where a remote's name is expected.
            ("remote", None) | ("branch", _)
                if migration.has_all_remotes() && !remotes.contains_key(setting.value.as_str()) =>
            {
                let is_url =
                    |it: &Outcome| matches!(it.state, State::Converted | State::NotConverted);
                outcome(None, true).filter(is_url)
            }
            _ => None,
        }
    }

    /// Takes back all that is recorded in a file. What somebody has changed since stays.
    pub fn undo(&self, file: &mut GitConfigFile) -> Report {
        let mut report = Report::default();
        let (values, records) = values(file);
        let mut restored = Vec::new();
        for Value {
            at, key, record, ..
        } in values
        {
            let Some((record_at, record)) = record else {
                continue;
            };
            file.remove(record_at);
            let Some(original) = record.original else {
                report.add_setting(file.setting(at).name(), "removed");
                file.remove(at);
                continue;
            };
            file.set(at, &original);
            let name = name_of(file.setting(at), key);
            if let (Name::Remote(remote), Ok(address)) = (&name, Address::parse(&record.new)) {
                restored.push((remote.clone(), address));
            }
            let message = "without its secret, which is not stored here".to_owned();
            let outcome = Outcome {
                to: Some(original),
                message: record.had_secret.then_some(message),
                ..Outcome::new(State::Restored)
            };
            report.add_url(name, key, &record.new, outcome);
        }
        let message = if self.migration.args.dry_run {
            "it was changed since; its record would be removed"
        } else {
            "it was changed since; its record is removed"
        };
        for (at, record) in records.rest() {
            let setting = file.setting(at);
            let key = record::changed_key(setting).unwrap_or_default();
            let outcome = Outcome::unchanged(message);
            report.add_url(name_of(setting, key), key, &record.new, outcome);
            file.remove(at);
        }
        let is_restored = |remote: &str| restored.iter().any(|(it, _)| it == remote);
        let mut removed = remove_endpoints(file, &restored);
        if deciding_remote(file).is_some_and(is_restored) {
            removed.extend(replace_email(file, None));
        }
        for name in removed {
            report.add_setting(name, "removed");
        }
        self.add_submodules(&mut report, |_| true);
        report
    }
}

/// What a remote has beside its URLs.
#[derive(Default)]
struct RemoteSettings {
    vcs: Option<String>,
    has_pushurl: bool,
}

/// Returns the remotes in a file by their names.
fn remotes(file: &GitConfigFile) -> HashMap<String, RemoteSettings> {
    let mut remotes: HashMap<_, RemoteSettings> = HashMap::new();
    for (_, setting) in file.settings().filter(|(_, it)| it.section == "remote") {
        if let Some(name) = &setting.subsection {
            let remote = remotes.entry(name.clone()).or_default();
            match setting.key.as_str() {
                "vcs" => remote.vcs = Some(setting.value.to_string()),
                "pushurl" => remote.has_pushurl = true,
                _ => {}
            }
        }
    }
    remotes
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
