//! What a clone's own configuration gets at contact: git-lfs's endpoint, since git-lfs reads no
//! `bbt::` URL, and the bot's e-mail, which Atlassian's page on access tokens sets there too. git
//! calls us when a new clone has its configuration and nothing is checked out yet, so that git-lfs's
//! content comes with no set-up.
//!
//! What is missing is appended in one edit. What we wrote is changed later by `git config`, if it is
//! still what we wrote; what the user has set stays. If everything is set, no process is started.

mod append;
mod email;
mod entries;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::address::Address;
use crate::config::Config;
use crate::lfs::{self, Remote, Setting, UrlHandoff};
use crate::{git, messages, untrusted_file};

pub use append::gap;
pub use email::{RECORD as EMAIL_RECORD, bot_email};
pub use entries::Entries;

/// The keys of a remote that hold git-lfs's endpoint: of everything, and of uploads if those go
/// elsewhere (git-lfs-config(5)).
pub const ENDPOINT_KEYS: [&str; 2] = ["lfsurl", "lfspushurl"];

/// Section and key of all that goes with an e-mail.
const EMAIL_KEYS: [(&str, &str); 2] = [("user", "email"), EMAIL_RECORD];

/// An e-mail, and the keys that are missing.
type Email<'e> = (&'e str, &'e [(&'e str, &'e str)]);

/// A repository's own configuration.
pub struct Clone {
    /// The folder that all its work trees share.
    pub git_dir: PathBuf,
    /// A scan of the configuration there.
    pub own: Entries,
}

impl Clone {
    /// Reads the configuration of the repository that `git_dir` belongs to, which may be a linked
    /// work tree's. `None` if it cannot be read.
    pub fn read(git_dir: &Path) -> Option<Clone> {
        let git_dir = common_dir(git_dir);
        let own = Entries::scan(&untrusted_file::read(&git_dir.join("config")).ok()?);
        Some(Clone { git_dir, own })
    }

    /// Returns all settings that belong to a remote's endpoint, if we have set it: an endpoint of the
    /// user's may look the same, but lacks the other settings.
    pub fn our_endpoint(&self, remote: &str, key: &'static str) -> Option<[Setting; 5]> {
        let endpoint = self.own.last("remote", Some(remote), key)?;
        let mut settings = lfs::settings_with(endpoint, remote)?;
        settings[0].key = key;
        let is_set = |setting: &Setting| self.own.values_of(setting).next().is_some();
        settings[1..].iter().all(is_set).then_some(settings)
    }

    /// Returns our endpoints of all remotes.
    pub fn our_endpoints(&self) -> Vec<[Setting; 5]> {
        let remotes = self.own.remotes().into_iter();
        let of_remote = |remote| ENDPOINT_KEYS.map(|key| self.our_endpoint(remote, key));
        remotes.flat_map(of_remote).flatten().collect()
    }

    /// Appends what is missing of these, in one edit.
    fn append(&self, endpoints: &[[Setting; 5]], email: Option<Email>) {
        let missing = |text: &[u8]| sections(&Entries::scan(text), endpoints, email);
        let result = append::append(&self.git_dir.join("config"), missing);
        messages::trace(|| match result {
            Ok(()) => {
                let names = endpoints.iter().map(|settings| settings[0].name());
                let keys = email.into_iter().flat_map(|(_, keys)| keys);
                let names = names.chain(keys.map(|(section, key)| format!("{section}.{key}")));
                format!("this clone: set {}", names.collect::<Vec<_>>().join(", "))
            }
            Err(error) => {
                format!("this clone: the configuration cannot be written, now: {error}")
            }
        });
    }
}

/// Returns the sections to append to `text`, a repository's own configuration, after its
/// [`gap`], so that it has these endpoints and this e-mail. What is set already stays, and is not repeated.
pub fn missing_sections(text: &[u8], endpoints: &[[Setting; 5]], email: Option<&str>) -> String {
    let email = email.map(|email| (email, &EMAIL_KEYS[..]));
    sections(&Entries::scan(text), endpoints, email)
}

/// Returns the folder of a repository that all its work trees share.
pub fn common_dir(git_dir: &Path) -> PathBuf {
    match untrusted_file::read_text(&git_dir.join("commondir")) {
        Ok(shared) => git_dir.join(shared.trim_end()),
        Err(_) => git_dir.to_owned(),
    }
}

/// Writes what the clone needs for `remote`, which git is about to use. If that cannot be done, the
/// next contact tries again; nothing fails for it, and only a trace shows it.
///
/// If git was given a URL in place of a remote, git-lfs gets no credential for another repository as
/// long as the return value is held.
pub fn at_contact(remote: &OsStr, address: &Address, config: &Config) -> Option<UrlHandoff> {
    let clone = current()?;
    let name = remote.to_str()?;
    if !clone.own.remotes().contains(&name) {
        return UrlHandoff::announce(&clone, name, address);
    }
    let remote = Remote::new(&clone, name, address, config);
    let needs_lfs = !remote.is_settled();
    let email = email::update(&clone, name, address, config);
    if !needs_lfs && email.is_none() {
        return None;
    }
    let Some(all) = Entries::from_git() else {
        messages::trace(|| "this clone: git cannot read the configuration".to_owned());
        return None;
    };
    let mut endpoints = Vec::new();
    if needs_lfs {
        let changes = remote.changes(&all);
        if changes
            .stale
            .iter()
            .all(|settings| remove(&clone, settings))
        {
            endpoints = changes.missing;
        }
    }
    // With an e-mail in a file that is included, the record alone, so that git is not asked again.
    let keys = &EMAIL_KEYS[usize::from(all.has_local_email())..];
    let email = email.map(|email| (email, keys));
    if !endpoints.is_empty() || email.is_some() {
        clone.append(&endpoints, email);
    }
    None
}

/// Removes our endpoint of `remote` if the remote leads elsewhere by now, to where there is no token:
/// git-lfs must not go on with the repository before.
pub fn at_failed_contact(remote: &OsStr, address: &Address, config: &Config) {
    let (Some(clone), Some(name)) = (current(), remote.to_str()) else {
        return;
    };
    let remote = Remote::new(&clone, name, address, config);
    if remote.has_our_endpoint()
        && !remote.is_settled()
        && let Some(all) = Entries::from_git()
    {
        for settings in remote.changes(&all).stale {
            remove(&clone, &settings);
        }
    }
}

/// The repository that git has called us in. git sets `GIT_DIR` if there is one.
fn current() -> Option<Clone> {
    Clone::read(&git_dir()?)
}

fn git_dir() -> Option<PathBuf> {
    std::env::var_os("GIT_DIR").map(PathBuf::from)
}

/// Removes our endpoint, and what belongs to it unless another remote needs that too. Returns whether
/// the endpoint is removed.
fn remove(clone: &Clone, settings: &[Setting; 5]) -> bool {
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
    let same = |other: &[Setting; 5]| other[0].value == endpoint.value;
    if is_removed && clone.our_endpoints().into_iter().filter(same).count() == 1 {
        for setting in rest {
            unset(setting);
        }
    }
    is_removed
}

/// Has `git config` edit this repository's own configuration. Returns whether it could.
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
fn sections(own: &Entries, endpoints: &[[Setting; 5]], email: Option<Email>) -> String {
    let mut sections = Sections::default();
    for settings in endpoints {
        let endpoint = &settings[0];
        let remotes = own.remotes();
        if remotes.contains(&endpoint.subsection.as_str())
            && own.values_of(endpoint).next().is_none()
        {
            sections.push(endpoint);
        }
        for setting in lfs::missing(settings, |setting| own.values_of(setting).collect()) {
            sections.push(setting);
        }
    }
    let is_set = |&(section, key): &_| own.last(section, None, key).is_some();
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
    header: String,
    text: String,
}

impl Sections {
    fn push(&mut self, setting: &Setting) {
        let header = entries::header(setting.section, &setting.subsection);
        self.add(header, setting.key, &setting.value);
    }

    fn add(&mut self, header: String, key: &str, value: &str) {
        if self.header != header {
            self.text.push_str(&header);
            self.text.push('\n');
            self.header = header;
        }
        let line = format!("\t{key} = {value}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}
