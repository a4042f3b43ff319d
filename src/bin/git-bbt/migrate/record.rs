//! The record of a change, by which `--undo` takes it back: a key beside the one that was changed, in
//! the same section, so that git renames and removes both together. Contains no secret.
//!
//! ```text
//! [remote "origin"]
//!     url = bbt::acme/widgets
//!     bbtOriginalUrl = bbt::acme/widgets was git@bitbucket.org:acme/widgets.git
//! ```
//!
//! The new value is repeated, so that one that somebody has changed since is not taken for ours.

use crate::git_config_file::Setting;
use bbt::redact;

/// The changed keys, each with its section, its record, and whether the section has a subsection.
const KEYS: [(&str, &str, &str, bool); 7] = [
    ("remote", "url", "bbtOriginalUrl", true),
    ("remote", "pushurl", "bbtOriginalPushUrl", true),
    ("remote", "pushdefault", "bbtOriginalPushDefault", false),
    ("submodule", "url", "bbtOriginalUrl", true),
    ("branch", "remote", "bbtOriginalRemote", true),
    ("branch", "pushremote", "bbtOriginalPushRemote", true),
    ("protocol", "allow", "bbtOriginalAllow", true),
];

const WAS: &str = " was ";
const HAD_TOKEN: &str = " had a secret in ";

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub new: String,
    /// `None` if nothing was set.
    pub original: Option<String>,
    /// Whether the original contained a secret, too.
    pub had_secret: bool,
}

impl Record {
    /// Returns the record of a URL that is replaced.
    pub fn of_url(new: &str, original: &str) -> Record {
        let clean = redact::without_password(original);
        Record {
            new: new.to_owned(),
            had_secret: clean != original,
            original: Some(clean),
        }
    }

    /// Reads a record; `None` if the setting is none.
    pub fn read(setting: &Setting) -> Option<Record> {
        changed_key(setting)?;
        let value = setting.value.as_str();
        let (new, original, had_secret) = match value.split_once(WAS) {
            Some((new, original)) => (new, Some(original), false),
            None => match value.split_once(HAD_TOKEN) {
                Some((new, original)) => (new, Some(original), true),
                None => (value, None, false),
            },
        };
        Some(Record {
            new: new.to_owned(),
            original: original.map(str::to_owned),
            had_secret,
        })
    }

    /// Returns the value to write.
    pub fn value(&self) -> String {
        match (&self.original, self.had_secret) {
            (None, _) => self.new.clone(),
            (Some(original), false) => format!("{}{WAS}{original}", self.new),
            (Some(original), true) => format!("{}{HAD_TOKEN}{original}", self.new),
        }
    }
}

/// Returns the key that a record is about, in lower case; `None` if the setting is no record.
pub fn changed_key(setting: &Setting) -> Option<&'static str> {
    let mut keys = KEYS.iter();
    let found = keys.find(|(section, _, record, has_subsection)| {
        setting.section == *section
            && setting.key.eq_ignore_ascii_case(record)
            && setting.subsection.is_some() == *has_subsection
    });
    found.map(|(_, key, ..)| *key)
}

/// Returns the name of the record for a key of a section; `None` if migrate does not change it.
pub fn key_for(section: &str, key: &str) -> Option<&'static str> {
    let mut keys = KEYS.iter();
    let found = keys.find(|(of, changed, ..)| *of == section && *changed == key);
    found.map(|(_, _, record, _)| *record)
}
