//! What a clone's own configuration gets at contact: git-lfs's endpoint, since git-lfs reads no
//! `bbt::` URL, and the bot's e-mail, which Atlassian's page on access tokens sets there too. git
//! calls us when a new clone has its configuration and nothing is checked out yet, so that git-lfs's
//! content comes with no set-up.
//!
//! What is missing is appended in one edit. What we wrote is changed later by `git config`, if it is
//! still what we wrote; what the user has set stays. If everything is set, no process is started.

mod append;
mod email;
mod endpoints;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Result;

pub use self::email::{Change as EmailChange, needed_change as email_change};
use self::endpoints::{Endpoint, Endpoints};
use crate::address::Address;
use crate::config::Config;
use crate::git_settings::{self, GitSettings, LocalRepository, Setting};
use crate::lfs::{self, UrlHandoff};
use crate::{git, messages};

pub use append::gap;
pub use email::bot_email;

/// Section and key of the settings for an e-mail: of git's own, and of the record that it is ours.
pub const EMAIL_KEYS: [(&str, &str); 2] = [("user", "email"), email::RECORD];

/// An e-mail, and the keys that are missing.
type Email<'e> = (&'e str, &'e [(&'e str, &'e str)]);

/// Returns the sections to append to `text`, a repository's own configuration, after its [`gap`], so
/// that it has these endpoints and this e-mail. What is set already stays, and is not repeated.
pub fn missing_sections(text: &[u8], endpoints: &[[Setting; 5]], email: Option<&str>) -> String {
    let email = email.map(|email| (email, &EMAIL_KEYS[..]));
    sections(&GitSettings::scan(text), endpoints, email)
}

/// Writes what the clone needs for `remote`, which git is about to use. If that cannot be done,
/// nothing fails, and the next contact tries again.
///
/// If git was given a URL in place of a remote, git-lfs gets no credential for another repository as
/// long as the return value is held.
///
/// # Errors
/// As [`UrlHandoff::announce`].
pub fn at_contact(
    remote: &OsStr,
    address: &Address,
    config: &Config,
) -> Result<Option<UrlHandoff>> {
    let (Some(repository), Some(remote)) = (current(), remote.to_str()) else {
        return Ok(None);
    };
    if repository.own.remotes().contains(&remote) {
        update(&repository, remote, address, config);
        Ok(None)
    } else {
        Ok(UrlHandoff::announce(&repository, remote, address)?)
    }
}

/// Removes our endpoint of `remote` if the remote leads elsewhere by now, to where there is no token:
/// git-lfs must not go on with the repository before.
pub fn at_failed_contact(remote: &OsStr, address: &Address, config: &Config) {
    let (Some(repository), Some(remote)) = (current(), remote.to_str()) else {
        return;
    };
    let endpoints = Endpoints::read(&repository, remote, config);
    if config.lfs()
        && endpoints.has_ours()
        && !endpoints.is_settled(address)
        && let Some(all) = GitSettings::from_git()
    {
        for endpoint in endpoints.changes(&all).stale {
            remove(&repository, &endpoint);
        }
    }
}

fn update(repository: &LocalRepository, remote: &str, address: &Address, config: &Config) {
    let unsettled = unsettled(repository, remote, address, config);
    let email = email::change(repository, remote, address, config);
    if unsettled.is_empty() && email.is_none() {
        return;
    }
    let file = repository.git_dir.join("config");
    if warn_of_abandoned_lock(&file) {
        return;
    }
    if let Some(EmailChange::Replace(email)) = email {
        // The record comes last: after a kill in between, the next contact goes on.
        for name in ["user.email", "bbt.email"] {
            configure(&email.map_or(vec!["--unset", name], |email| vec![name, email]));
        }
        if unsettled.is_empty() {
            return;
        }
    }
    let Some(all) = GitSettings::from_git() else {
        messages::trace(|| "this clone: git cannot read the configuration".to_owned());
        return;
    };
    let mut missing = Vec::new();
    for endpoints in unsettled {
        let changes = endpoints.changes(&all);
        if changes.stale.iter().all(|stale| remove(repository, stale)) {
            missing.extend(changes.missing);
        }
    }
    // With an e-mail in a file that is included, the record alone, so that git is not asked again.
    let keys = &EMAIL_KEYS[usize::from(all.has_local_email())..];
    let email = match email {
        Some(EmailChange::Append(email)) => Some((email, keys)),
        _ => None,
    };
    if !missing.is_empty() || email.is_some() {
        append(&file, &missing, email);
    }
}

/// Returns the endpoints that may have to be changed: those of `remote`, and of other remotes with the
/// same endpoint. git-lfs's request does not name the remote, so that one of those that leads elsewhere
/// would keep the content of this one from it.
fn unsettled<'c>(
    repository: &'c LocalRepository,
    remote: &'c str,
    address: &Address,
    config: &'c Config,
) -> Vec<Endpoints<'c>> {
    if !config.lfs() {
        return Vec::new();
    }
    let read = |remote| Endpoints::read(repository, remote, config);
    let [endpoint, ..] = lfs::settings(config.service(), remote, address);
    let others = repository.own.remotes_with(&endpoint.value);
    let others = others.filter(|other| *other != remote).map(read);
    let mut unsettled: Vec<_> = others.filter(Endpoints::may_be_stale).collect();
    unsettled.extend(Some(read(remote)).filter(|endpoints| !endpoints.is_settled(address)));
    unsettled
}

/// Reads the repository that git has called us in. git sets `GIT_DIR` if there is one.
fn current() -> Option<LocalRepository> {
    LocalRepository::read(&git_dir()?)
}

fn git_dir() -> Option<PathBuf> {
    std::env::var_os("GIT_DIR").map(PathBuf::from)
}

/// Removes our endpoint, and what belongs to it unless another remote needs that too. Returns whether
/// the endpoint is removed.
fn remove(repository: &LocalRepository, settings: &Endpoint) -> bool {
    let unset = |setting: &Setting| {
        let value = format!("^{}$", setting.value);
        configure(&["--unset", &setting.name(), &value])
    };
    let [endpoint, rest @ ..] = settings;
    let is_removed = unset(endpoint);
    messages::trace(|| {
        if is_removed {
            format!("this clone: removed {}", endpoint.name())
        } else {
            format!("this clone: {} cannot be removed now", endpoint.name())
        }
    });
    let now = LocalRepository::read(&repository.git_dir);
    let others = now.map_or_else(Vec::new, |now| lfs::our_endpoints(&now.own));
    if is_removed && !others.iter().any(|other| lfs::is_same(other, settings)) {
        for setting in rest {
            unset(setting);
        }
    }
    is_removed
}

/// Appends to a clone's configuration what is missing of these, in one edit.
fn append(file: &Path, endpoints: &[Endpoint], email: Option<Email>) {
    let missing = |text: &[u8]| sections(&GitSettings::scan(text), endpoints, email);
    if let Err(error) = append::append(file, missing) {
        warn_of_abandoned_lock(file);
        messages::trace(|| format!("this clone: the configuration cannot be written: {error}"));
        return;
    }
    messages::trace(|| {
        let names = endpoints.iter().map(|settings| settings[0].name());
        let keys = email.into_iter().flat_map(|(_, keys)| keys);
        let names = names.chain(keys.map(|(section, key)| format!("{section}.{key}")));
        format!("this clone: set {}", names.collect::<Vec<_>>().join(", "))
    });
}

/// Warns if nothing can be written because of a lock that was left behind, and returns whether it was.
fn warn_of_abandoned_lock(file: &Path) -> bool {
    let lock = append::abandoned_lock(file);
    if let Some(lock) = &lock {
        messages::warning(&format!(
            "cannot update this clone's configuration: {} exists; remove it if no other git command is running",
            lock.display()
        ));
    }
    lock.is_some()
}

/// Edits this repository's own configuration with `git config`. Returns whether it could.
fn configure(arguments: &[&str]) -> bool {
    let mut git = git::about_current();
    git.args(["config", "--local"]).args(arguments);
    git.stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    git.status().is_ok_and(|status| status.success())
}

/// Renders what is missing in `own` of these, as git writes it. An endpoint is a section of its
/// remote's name, which `git remote rename` and `remove` take along.
fn sections(own: &GitSettings, endpoints: &[Endpoint], email: Option<Email>) -> String {
    let mut sections = Sections::default();
    let remotes: HashSet<&str> = own.remotes().into_iter().collect();
    for settings in endpoints {
        let endpoint = &settings[0];
        if remotes.contains(&endpoint.subsection.as_str())
            && own.values_of(endpoint).next().is_none()
        {
            sections.set(endpoint);
        }
        for setting in lfs::missing(settings, own) {
            sections.set(setting);
        }
    }
    let is_set = |&(section, key): &_| own.last(&format!("{section}.{key}")).is_some();
    if let Some((email, keys)) = email.filter(|_| !EMAIL_KEYS.iter().any(is_set)) {
        for (section, key) in keys {
            sections.add(format!("[{section}]"), key, email);
        }
    }
    sections.text
}

/// Sections of git's configuration, each with as many lines as follow one another.
#[derive(Default)]
struct Sections {
    /// The lines with their headers.
    lines: HashSet<(String, String)>,
    header: String,
    text: String,
}

impl Sections {
    fn set(&mut self, setting: &Setting) {
        let header = git_settings::header(setting.section, &setting.subsection);
        self.add(header, setting.key, &setting.value);
    }

    /// Adds a line, once: remotes of one repository share most of their settings.
    fn add(&mut self, header: String, key: &str, value: &str) {
        let line = format!("\t{key} = {value}").trim_end().to_owned() + "\n";
        if !self.lines.insert((header.clone(), line.clone())) {
            return;
        }
        if self.header != header {
            self.text += &format!("{header}\n");
            self.header = header;
        }
        self.text += &line;
    }
}
