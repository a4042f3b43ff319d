//! What goes along with a remote's URL, as a fetch writes it too (see `bbt::clone_config`): git-lfs's
//! endpoint, since git-lfs reads no `bbt::` URL, and the bot's e-mail.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use bbt::address::Address;
use bbt::clone_config::{self, EMAIL_KEYS, EmailChange};
use bbt::lfs::{self, ENDPOINT_KEYS};
use bbt::untrusted_file;
use bstr::ByteSlice as _;

use super::Planner;
use crate::git_config_file::{self, GitConfigFile, Setting};
use crate::migrate::migration::Migration;
use crate::migrate::record::{Value, values};
use crate::migrate::report::{Name, Problem, Report, State, shown_name};
use crate::migrate::repository::{Repository, problem};
use crate::migrate::submodules;

/// What lets git use `bbt::` in a submodule, with its record.
const ALLOW: &str = "[protocol \"bbt\"]\n\tallow = always\n\tbbtOriginalAllow = always\n";

impl Planner<'_> {
    /// Adds what the remotes need in a clone, and in a submodule, and removes what they needed before.
    pub(super) fn add_clone_settings(&self, file: &mut GitConfigFile, report: &mut Report) {
        let service = self.migration.classifier.service;
        let (mut moved, mut new, mut all) = (Vec::new(), Vec::new(), HashMap::new());
        for line in &report.lines {
            let (Some(Name::Remote(name)), Some((url, address))) =
                (&line.name, line.bbt_url(service))
            else {
                continue;
            };
            if url.outcome.state == State::Converted {
                let before = service.address(&url.from).ok();
                let before = before.filter(|before| !before.is_same(&address));
                moved.extend(before.map(|before| (name.clone(), before)));
                new.push((name.clone(), address.clone()));
            }
            all.insert(name.clone(), address);
        }
        let has_moved = !remove_endpoints(file, &moved).is_empty();
        let mut endpoints = Vec::new();
        if !new.is_empty()
            && (has_moved || uses_lfs(file, &self.repository.git_dir, self.work_tree))
        {
            let settings = file.settings().map(|(_, setting)| setting);
            let names = settings.filter(|it| it.key == "lfsurl");
            let have_one: HashSet<_> = names.filter_map(|it| it.subsection.clone()).collect();
            for (remote, address) in new.into_iter().filter(|(it, _)| !have_one.contains(it)) {
                endpoints.push(lfs::settings(service, &remote, &address));
                let shown = shown_name(&remote);
                let what = format!("git-lfs's endpoint is set: remote.{shown}.lfsurl");
                report.line(Name::Remote(remote)).also.push(what);
            }
        }
        let email = self.email(file, &all, report);
        let allow = if !all.is_empty() && self.has_to_allow(file) {
            report.add_setting("protocol.bbt.allow", "set, for git submodule update");
            ALLOW
        } else {
            ""
        };
        if email.is_some() || !endpoints.is_empty() || !allow.is_empty() {
            file.append(|content| {
                clone_config::missing_sections(content, &endpoints, email) + allow
            });
        }
    }

    /// Returns whether git refuses `bbt::` here because it is a submodule.
    fn has_to_allow(&self, file: &GitConfigFile) -> bool {
        let Repository { work_tree, .. } = self.repository;
        let is_submodule = || {
            self.repository.is_submodule()
                || work_tree.as_deref().is_some_and(submodules::is_named_above)
        };
        !self.migration.user.allows_bbt
            && file.value("protocol", Some("bbt"), "allow").is_none()
            && is_submodule()
    }

    /// Replaces an e-mail of ours that is not in config.toml any more. Returns one that is to be added.
    fn email(
        &self,
        file: &mut GitConfigFile,
        remotes: &HashMap<String, Address>,
        report: &mut Report,
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
        report.line(Name::Remote(remote)).also.push(what.to_owned());
        added
    }
}

/// Lets git use `bbt::` in a submodule, on behalf of the repository that it is in, or takes that back if
/// nothing else is recorded in the submodule. Returns whether that changes anything.
///
/// # Errors
/// The configuration cannot be read or changed.
pub fn allow(migration: &Migration, config: &Path) -> Result<bool, Problem> {
    let failed = |error| problem(config, error);
    let file = GitConfigFile::read(config).map_err(failed)?;
    let args = migration.args;
    let plan = if args.undo { remove_allow } else { add_allow };
    let edited = git_config_file::edit(config, file, args.dry_run, plan);
    edited.map(|(is_changed, _)| is_changed).map_err(failed)
}

fn add_allow(file: &mut GitConfigFile) -> bool {
    let is_missing = file.value("protocol", Some("bbt"), "allow").is_none();
    if is_missing {
        file.append(|_| ALLOW.to_owned());
    }
    is_missing
}

fn remove_allow(file: &mut GitConfigFile) -> bool {
    let (mut changed, records) = values(file);
    changed.retain(|value| value.record.is_some());
    let [
        Value {
            at,
            key: "allow",
            record: Some((record, _)),
            ..
        },
    ] = changed[..]
    else {
        return false;
    };
    let is_only = records.rest().is_empty();
    if is_only {
        file.remove(at);
        file.remove(record);
    }
    is_only
}

/// Removes what we, or a fetch, have set for git-lfs and remotes, by name, that lead to these
/// repositories. What somebody else has set stays, and so does what another remote needs. Returns the
/// names.
pub fn remove_endpoints(file: &mut GitConfigFile, remotes: &[(String, Address)]) -> Vec<String> {
    let remotes = remotes.iter();
    let remotes = remotes.map(|(name, it)| (name.as_str(), it.full_name().to_lowercase()));
    let remotes: HashSet<(&str, String)> = remotes.collect();
    let mut sections: HashMap<(&str, &str), Vec<(usize, &Setting)>> = HashMap::new();
    let mut found = Vec::new();
    // By their https URLs.
    let mut stale = BTreeSet::new();
    let (mut needed, mut with_other) = (HashSet::new(), HashSet::new());
    for (at, setting) in file.settings() {
        let Some(name) = setting.subsection.as_deref() else {
            continue;
        };
        let section = sections.entry((&setting.section, name)).or_default();
        section.push((at, setting));
        if setting.section != "remote" || !ENDPOINT_KEYS.contains(&setting.key.as_str()) {
            continue;
        }
        let endpoint = lfs::settings_with(&setting.value, name);
        let url = endpoint.map(|[_, _, credential, ..]| credential.subsection);
        let is_stale =
            |url: &String| repository_of(url).is_some_and(|it| remotes.contains(&(name, it)));
        if let Some(url) = url.filter(is_stale) {
            found.push((at, setting.name()));
            stale.insert(url);
        } else {
            needed.insert(setting.value.as_str());
            with_other.insert(name);
        }
    }
    let find = |wanted: &lfs::Setting| {
        let mut section = sections.get(&(wanted.section, &wanted.subsection))?.iter();
        let found = section
            .rfind(|(_, it)| it.key.eq_ignore_ascii_case(wanted.key) && *it.value == wanted.value);
        found.map(|(at, _)| (*at, wanted.name()))
    };
    // The endpoint may be gone: all the others are there then.
    let without = remotes
        .iter()
        .filter(|(name, _)| !with_other.contains(name));
    let without: HashSet<&str> = without.map(|(_, it)| it.as_str()).collect();
    let is_meant = |(section, url): &&(&str, &str)| {
        *section == "credential" && repository_of(url).is_some_and(|it| without.contains(&*it))
    };
    for (_, url) in sections.keys().filter(is_meant) {
        let [_, rest @ ..] = &lfs::settings_for(url, "");
        if rest.iter().all(|it| find(it).is_some()) {
            stale.insert((*url).to_owned());
        }
    }
    for url in stale {
        let [endpoint, rest @ ..] = &lfs::settings_for(&url, "");
        if !needed.contains(endpoint.value.as_str()) {
            found.extend(rest.iter().filter_map(find));
        }
    }
    replace(file, found, None)
}

/// Returns `acme/widgets` of the https URL of a repository at whatever service, in lower case.
fn repository_of(url: &str) -> Option<String> {
    let mut parts = url.strip_suffix(".git")?.rsplitn(3, '/');
    let (repository, workspace) = (parts.next()?, parts.next()?);
    Some(format!("{workspace}/{repository}").to_lowercase())
}

/// Sets settings to a value, or removes them. Returns their names.
fn replace(
    file: &mut GitConfigFile,
    settings: Vec<(usize, String)>,
    new: Option<&str>,
) -> Vec<String> {
    for (at, _) in &settings {
        match new {
            Some(new) => file.set(*at, new),
            None => file.remove(*at),
        }
    }
    let mut names: Vec<_> = settings.into_iter().map(|(_, name)| name).collect();
    names.dedup();
    names
}

/// Returns whether a repository uses git-lfs, by what that leaves in it or by the attributes of what
/// is checked out, and nobody has set an endpoint for all remotes.
fn uses_lfs(file: &GitConfigFile, git_dir: &Path, work_tree: Option<&Path>) -> bool {
    let contains = |path: &Path, text: &str| {
        let read = untrusted_file::read(path);
        read.is_ok_and(|read| read.to_ascii_lowercase().contains_str(text))
    };
    let in_work_tree = |name: &str, text: &str| {
        work_tree.is_some_and(|work_tree| contains(&work_tree.join(name), text))
    };
    let is_used = git_dir.join("lfs").is_dir()
        || contains(&git_dir.join("info/attributes"), "filter=lfs")
        || in_work_tree(".gitattributes", "filter=lfs");
    is_used && !in_work_tree(".lfsconfig", "url") && file.value("lfs", None, "url").is_none()
}

/// Returns the remote that decides about the bot's e-mail: `origin`, or the only one.
pub fn deciding_remote(file: &GitConfigFile) -> Option<&str> {
    let settings = file.settings().map(|(_, setting)| setting);
    let remotes = settings.filter(|setting| setting.section == "remote");
    let names: HashSet<&str> = remotes.filter_map(|it| it.subsection.as_deref()).collect();
    match names.get("origin") {
        None if names.len() == 1 => names.into_iter().next(),
        origin => origin.copied(),
    }
}

/// Replaces the e-mail that we, or a fetch, have set, and its record; or removes them. Returns the
/// names. Another e-mail stays.
pub fn replace_email(file: &mut GitConfigFile, new: Option<&str>) -> Vec<String> {
    let [_, (section, key)] = EMAIL_KEYS;
    let Some(ours) = file.value(section, None, key).map(str::to_owned) else {
        return Vec::new();
    };
    let is_key = |it: &Setting| {
        EMAIL_KEYS
            .iter()
            .any(|(section, key)| it.is(section, None, key))
    };
    let settings = file
        .settings()
        .filter(|(_, it)| is_key(it) && *it.value == ours);
    let settings = settings.map(|(at, it)| (at, it.name())).collect();
    replace(file, settings, new)
}
