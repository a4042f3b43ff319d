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

use std::collections::HashMap;

use crate::git_config_file::{GitConfigFile, Setting};
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

/// A record that was read, or is to be written.
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
        let parts = |separator| value.split_once(separator);
        let (new, original, had_secret) = match (parts(WAS), parts(HAD_TOKEN)) {
            (Some((new, original)), _) => (new, Some(original), false),
            (None, Some((new, original))) => (new, Some(original), true),
            (None, None) => (value, None, false),
        };
        Some(Record {
            new: new.to_owned(),
            original: original.map(str::to_owned),
            had_secret,
        })
    }

    /// Returns the value to write.
    pub fn value(&self) -> String {
        let separator = if self.had_secret { HAD_TOKEN } else { WAS };
        let original = self.original.as_ref();
        let original = original.map(|original| format!("{separator}{original}"));
        format!("{}{}", self.new, original.unwrap_or_default())
    }
}

/// Returns the key that a record is about, in lower case; `None` if the setting is no record.
pub fn changed_key(setting: &Setting) -> Option<&'static str> {
    let is_record = |record: &str| setting.key.eq_ignore_ascii_case(record);
    find(setting, |_, record| is_record(record)).map(|(key, _)| key)
}

/// Returns the key of a setting that migrate may change, and that of its record.
pub fn keys(setting: &Setting) -> Option<(&'static str, &'static str)> {
    find(setting, |key, _| setting.key == key)
}

fn find(
    setting: &Setting,
    is_meant: impl Fn(&str, &str) -> bool,
) -> Option<(&'static str, &'static str)> {
    let mut keys = KEYS.iter();
    let found = keys.find(|(section, key, record, has_subsection)| {
        setting.section == *section
            && setting.subsection.is_some() == *has_subsection
            && is_meant(key, record)
    });
    found.map(|(_, key, record, _)| (*key, *record))
}

/// Records that no value has yet, by the names of what was changed and the new values, in order.
pub struct Records(HashMap<(String, String), Vec<(usize, Record)>>);

impl Records {
    fn read(file: &GitConfigFile) -> Records {
        let mut records: HashMap<_, Vec<_>> = HashMap::new();
        for (at, setting) in file.settings() {
            if let (Some(key), Some(record)) = (changed_key(setting), Record::read(setting)) {
                let changed = (setting.sibling_name(key), record.new.clone());
                records.entry(changed).or_default().push((at, record));
            }
        }
        Records(records)
    }

    /// Takes the last record of a setting with this new value, if its index is not before `from`.
    pub fn take(&mut self, name: String, new: &str, from: usize) -> Option<(usize, Record)> {
        let records = self.0.get_mut(&(name, new.to_owned()))?;
        records.pop_if(|(at, _)| *at >= from)
    }

    /// Returns those that were not taken, in order.
    pub fn rest(self) -> Vec<(usize, Record)> {
        let mut rest: Vec<_> = self.0.into_values().flatten().collect();
        rest.sort_by_key(|(at, _)| *at);
        rest
    }
}

/// A setting that migrate may change, and its record if it has changed it.
pub struct Value {
    pub at: usize,
    pub key: &'static str,
    pub record_key: &'static str,
    pub record: Option<(usize, Record)>,
}

/// Returns the settings that migrate may change, each with its record, and the records that are left. A
/// record belongs to the last value above it that is equal to its new one: of two equal values, the user
/// may have written one.
pub fn values(file: &GitConfigFile) -> (Vec<Value>, Records) {
    let mut records = Records::read(file);
    let values = file.settings().filter_map(|(at, setting)| {
        let (key, record_key) = keys(setting)?;
        Some(Value {
            at,
            key,
            record_key,
            record: None,
        })
    });
    let mut values: Vec<Value> = values.collect();
    for is_above in [true, false] {
        let without = values.iter_mut().filter(|value| value.record.is_none());
        for value in without.rev() {
            let setting = file.setting(value.at);
            let from = if is_above { value.at } else { 0 };
            value.record = records.take(setting.name(), &setting.value, from);
        }
    }
    (values, records)
}
