//! What goes along with a remote's URL, as a fetch writes it too (see `bbt::clone_config`): git-lfs's
//! endpoint, since git-lfs reads no `bbt::` URL, and the bot's e-mail.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use bbt::address::Address;
use bbt::clone_config::EMAIL_KEYS;
use bbt::lfs::{ENDPOINT_KEYS, settings_for, settings_with};
use bbt::untrusted_file;
use bstr::ByteSlice as _;

use crate::git_config_file::GitConfigFile;

/// Removes what we, or a fetch, have set for git-lfs and remotes, by name, that lead to these
/// repositories. What somebody else has set stays, and so does what another remote needs. Returns the
/// names.
pub fn remove_endpoints(file: &mut GitConfigFile, remotes: &[(String, Address)]) -> Vec<String> {
    let remotes = remotes.iter();
    let remotes = remotes.map(|(remote, address)| (remote, address.full_name().to_lowercase()));
    let remotes: HashSet<(&String, String)> = remotes.collect();
    if remotes.is_empty() {
        return Vec::new();
    }
    let mut ours = Vec::new();
    let mut needed = HashSet::new();
    let mut with_other = HashSet::new();
    // By their https URLs.
    let mut stale = BTreeSet::new();
    let mut others: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (at, setting) in file.settings() {
        let (value, key) = (setting.value.as_str(), setting.key.as_str());
        let Some(name) = &setting.subsection else {
            continue;
        };
        match setting.section.as_str() {
            "remote" if ENDPOINT_KEYS.contains(&key) => {
                let endpoint = settings_with(value, name);
                let url = endpoint.map(|[_, _, of, ..]| of.subsection);
                let is_stale = |url: &String| {
                    let repository = repository_of(url);
                    repository.is_some_and(|it| remotes.contains(&(name, it)))
                };
                if let Some(url) = url.filter(is_stale) {
                    ours.push((at, setting.name()));
                    stale.insert(url);
                } else {
                    needed.insert(value);
                    with_other.insert(name);
                }
            }
            section @ ("lfs" | "credential") => {
                others.entry((section, name)).or_default().push(at);
            }
            _ => {}
        }
    }
    let find = |setting: &bbt::lfs::Setting| {
        let mut all = others
            .get(&(setting.section, setting.subsection.as_str()))?
            .iter()
            .rev();
        let key = setting.key.to_ascii_lowercase();
        let is_same = |at: &&usize| {
            let found = file.setting(**at);
            found.key == key && *found.value == setting.value
        };
        all.find(is_same).copied()
    };
    // The endpoint may have given way to the team's: all others are there then.
    let without = remotes
        .iter()
        .filter(|(name, _)| !with_other.contains(name));
    let repositories: HashSet<&str> = without.map(|(_, it)| it.as_str()).collect();
    for (section, url) in others.keys() {
        let is_meant = || repository_of(url).is_some_and(|it| repositories.contains(it.as_str()));
        if *section == "credential" && is_meant() {
            let [_, rest @ ..] = &settings_for(url, "");
            if rest.iter().all(|setting| find(setting).is_some()) {
                stale.insert((*url).to_owned());
            }
        }
    }
    for url in stale {
        let [endpoint, rest @ ..] = &settings_for(&url, "");
        if !needed.contains(endpoint.value.as_str()) {
            ours.extend(rest.iter().filter_map(|it| Some((find(it)?, it.name()))));
        }
    }
    let (settings, mut names): (Vec<_>, Vec<_>) = ours.into_iter().unzip();
    for at in settings {
        file.remove(at);
    }
    names.dedup();
    names
}

/// Returns `acme/widgets` of the https URL of a repository at whatever service, in lower case.
fn repository_of(url: &str) -> Option<String> {
    let mut parts = url.strip_suffix(".git")?.rsplitn(3, '/');
    let (repository, workspace) = (parts.next()?, parts.next()?);
    Some(format!("{workspace}/{repository}").to_lowercase())
}

/// Returns whether a repository uses git-lfs, by what that leaves in it or by the attributes of what
/// is checked out, and nobody has set an endpoint for all remotes.
pub fn uses_lfs(file: &GitConfigFile, git_dir: &Path, work_tree: Option<&Path>) -> bool {
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

/// Sets the bot's e-mail, and the record of it, where they are set already; or removes them. Returns the
/// names. An e-mail that is not as we set it stays.
pub fn replace_email(file: &mut GitConfigFile, new: Option<&str>) -> Vec<String> {
    let last = |(section, key)| {
        let mut settings = file.settings().rev();
        settings
            .find(|(_, setting)| setting.is(section, None, key))
            .map(|(at, _)| at)
    };
    let [current, record] = EMAIL_KEYS.map(last);
    let Some(record) = record else {
        return Vec::new();
    };
    let is_ours =
        |at: &usize| new.is_some() || file.setting(*at).value == file.setting(record).value;
    let mut names = Vec::new();
    for at in current.filter(is_ours).into_iter().chain([record]) {
        names.push(file.setting(at).name());
        match new {
            Some(new) => file.set(at, new),
            None => file.remove(at),
        }
    }
    names
}
