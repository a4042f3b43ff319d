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

use std::collections::{HashMap, VecDeque};

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

/// Records that no value has yet, by the names of what was changed and the new values.
#[derive(Default)]
pub struct Records(HashMap<(String, String), VecDeque<(usize, Record)>>);

impl Records {
    pub fn add(&mut self, name: String, at: usize, record: Record) {
        let records = self.0.entry((name, record.new.clone())).or_default();
        records.push_back((at, record));
    }

    /// Takes the first record of this setting with this new value, with its index.
    pub fn take(&mut self, name: String, new: &str) -> Option<(usize, Record)> {
        self.0.get_mut(&(name, new.to_owned()))?.pop_front()
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
    let mut values: Vec<Value> = Vec::new();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut records = Records::default();
    for (at, setting) in file.settings() {
        if let Some((key, record_key)) = keys(setting) {
            by_name
                .entry(setting.name())
                .or_default()
                .push(values.len());
            values.push(Value {
                at,
                key,
                record_key,
                record: None,
            });
        } else if let (Some(key), Some(record)) = (changed_key(setting), Record::read(setting)) {
            let name = setting.sibling_name(key);
            let above = by_name.get(&name).into_iter().flatten().rev();
            let fits = |index: &&usize| *file.setting(values[**index].at).value == record.new;
            match above.copied().find(|index| fits(&index)) {
                Some(index) if values[index].record.is_none() => {
                    values[index].record = Some((at, record));
                }
                _ => records.add(name, at, record),
            }
        }
    }
    for value in values.iter_mut().filter(|value| value.record.is_none()) {
        let setting = file.setting(value.at);
        value.record = records.take(setting.name(), &setting.value);
    }
    (values, records)
}
