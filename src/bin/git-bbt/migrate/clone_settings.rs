//! What goes along with a remote's URL, as a fetch writes it too (see `bbt::clone_config`): git-lfs's
//! endpoint, since git-lfs reads no `bbt::` URL, and the bot's e-mail.

use std::path::Path;

use bbt::address::Address;
use bbt::clone_config::{EMAIL_RECORD, bot_email};
use bbt::config::Config;
use bbt::lfs::{ENDPOINT_KEYS, Setting, settings_for, settings_with};
use bbt::untrusted_file;
use bstr::ByteSlice as _;

use crate::git_config_file::GitConfigFile;

/// Returns whether a file may have any endpoint of ours.
pub fn has_endpoints(file: &GitConfigFile) -> bool {
    file.settings().any(|(_, setting)| {
        setting.section == "credential" || ENDPOINT_KEYS.contains(&setting.key.as_str())
    })
}

/// Removes what we, or a fetch, have set for git-lfs and a remote that leads to `address`. What
/// somebody else has set stays, and so does what another remote needs. Returns the names.
pub fn remove_endpoints(file: &mut GitConfigFile, remote: &str, address: &Address) -> Vec<String> {
    let mut names = Vec::new();
    for key in ENDPOINT_KEYS {
        let endpoint = file.value("remote", Some(remote), key).map(str::to_owned);
        let settings = match &endpoint {
            None if key == ENDPOINT_KEYS[0] => without_endpoint(file, remote, address),
            None => None,
            Some(endpoint) => {
                let settings = settings_with(endpoint, remote);
                let mut settings = settings.filter(|[_, _, of, ..]| leads_to(of, address));
                if let Some([ours, ..]) = &mut settings {
                    ours.key = key;
                    names.extend(remove_last(file, ours));
                }
                settings
            }
        };
        let Some([endpoint, rest @ ..]) = settings else {
            continue;
        };
        let is_needed = file.settings().any(|(_, setting)| {
            setting.section == "remote"
                && ENDPOINT_KEYS.contains(&setting.key.as_str())
                && *setting.value == endpoint.value
        });
        if !is_needed {
            for setting in &rest {
                names.extend(remove_last(file, setting));
            }
        }
    }
    names.dedup();
    names
}

/// Removes the last setting that is as we set it. Returns its name if there is one.
fn remove_last(file: &mut GitConfigFile, ours: &Setting) -> Option<String> {
    let key = ours.key.to_ascii_lowercase();
    let is_ours = |setting: &crate::git_config_file::Setting| {
        setting.is(ours.section, Some(&ours.subsection), &key) && *setting.value == ours.value
    };
    let last = file.settings().rev().find(|(_, it)| is_ours(it));
    let at = last.map(|(at, _)| at)?;
    file.remove(at);
    Some(ours.name())
}

/// Returns our settings of a remote whose endpoint has given way to the team's, or was not written
/// yet, if all the others are set.
fn without_endpoint(file: &GitConfigFile, remote: &str, address: &Address) -> Option<[Setting; 5]> {
    let settings = file.settings().filter(|(_, it)| it.section == "credential");
    let repositories = settings.filter_map(|(_, setting)| setting.subsection.as_deref());
    let mut settings = repositories.map(|of| settings_for(of, remote));
    settings.find(|[_, rest @ ..]| {
        let is_set = |setting: &Setting| {
            let key = setting.key.to_ascii_lowercase();
            let mut values = file.values(setting.section, Some(&setting.subsection), &key);
            values.any(|value| value == setting.value)
        };
        leads_to(&rest[1], address) && rest.iter().all(is_set)
    })
}

/// Returns whether a setting for a repository's URL is for this one, at whatever service.
fn leads_to(setting: &Setting, address: &Address) -> bool {
    let (url, path) = (&setting.subsection, format!("/{}.git", address.full_name()));
    let start = url.len().checked_sub(path.len());
    let end = start.and_then(|start| url.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(&path))
}

/// Returns whether a remote needs an endpoint if the repository [`uses_lfs`]: it has none.
pub fn lacks_endpoint(file: &GitConfigFile, remote: &str) -> bool {
    let own = file.value("remote", Some(remote), "lfsurl");
    own.is_none() && file.value("lfs", None, "url").is_none()
}

/// Returns whether a repository uses git-lfs, by what that leaves in it or by the attributes of what
/// is checked out, and the team has not set an endpoint.
pub fn uses_lfs(git_dir: &Path, work_tree: Option<&Path>) -> bool {
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
    is_used && !in_work_tree(".lfsconfig", "url")
}

/// Returns the bot's e-mail if the repository has none, after changing one that we set and that is
/// not in config.toml any more. Only `origin`, or the only remote, decides. If other files are
/// included, a fetch finds out whether one of them has an e-mail.
pub fn email<'c>(
    file: &mut GitConfigFile,
    remote: &str,
    address: &Address,
    config: &'c Config,
) -> EmailChange<'c> {
    if !decides(file, remote) || config.workspace(address.workspace()).is_none() {
        return EmailChange::None;
    }
    let email = bot_email(config, address);
    let (section, key) = EMAIL_RECORD;
    let current = last(file, "user", "email");
    let Some(record) = last(file, section, key) else {
        let is_free = current.is_none() && !file.includes_others();
        return match email.filter(|_| is_free) {
            Some(email) => EmailChange::Add(email),
            None => EmailChange::None,
        };
    };
    let ours = file.setting(record).value.to_string();
    let Some(current) = current.filter(|at| *file.setting(*at).value == ours) else {
        return EmailChange::None;
    };
    match email {
        Some(email) if email == ours => return EmailChange::None,
        Some(email) => {
            file.set(current, email);
            file.set(record, email);
        }
        None => {
            file.remove(current);
            file.remove(record);
        }
    }
    EmailChange::Changed
}

pub enum EmailChange<'c> {
    None,
    /// It is to be appended.
    Add(&'c str),
    Changed,
}

/// Removes the bot's e-mail if `remote` is the one that decides and it is as we set it. Returns the
/// names.
pub fn remove_email(file: &mut GitConfigFile, remote: &str) -> Vec<String> {
    let (section, key) = EMAIL_RECORD;
    if !decides(file, remote) {
        return Vec::new();
    }
    let Some(record) = last(file, section, key) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let current = last(file, "user", "email");
    let is_ours = |at: &usize| file.setting(*at).value == file.setting(record).value;
    if let Some(current) = current.filter(is_ours) {
        names.push(file.setting(current).name());
        file.remove(current);
    }
    names.push(file.setting(record).name());
    file.remove(record);
    names
}

fn last(file: &GitConfigFile, section: &str, key: &str) -> Option<usize> {
    let mut settings = file.settings().rev();
    let found = settings.find(|(_, setting)| setting.is(section, None, key))?;
    Some(found.0)
}

fn decides(file: &GitConfigFile, remote: &str) -> bool {
    let mut settings = file.settings();
    remote == "origin"
        || settings.all(|(_, setting)| {
            setting.section != "remote"
                || setting
                    .subsection
                    .as_deref()
                    .is_none_or(|name| name == remote)
        })
}
