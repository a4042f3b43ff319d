//! Reads and edits a file of git's configuration (git-config(1), "CONFIGURATION FILE"): gix parses it, an
//! edit replaces only the bytes of what changes, and the file is replaced under git's own lock.
//!
//! What git does not read is refused, and an edit counts only if reading its result again shows what was
//! changed and nothing else.

mod parse;
mod splice;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bbt::git_lock::{self, GitLock};
use bbt::{child, clone_config, untrusted_file};
use zeroize::Zeroizing;

use parse::{Parsed, line_at, parse};

/// How often the file may change between reading and locking.
const TRIES: usize = 5;

/// A file, and its settings in order.
pub struct GitConfigFile {
    bytes: Zeroizing<Vec<u8>>,
    parsed: Parsed,
    /// To be written after all sections.
    appended: String,
}

/// One setting, and its place in the file.
#[derive(Debug, Default)]
pub struct Setting {
    /// In lower case, as is the key: git compares both so.
    pub section: String,
    pub subsection: Option<String>,
    pub key: String,
    /// Without quotes and escapes, and `true` for a key without `=`. What is not UTF-8 is replaced; no
    /// URL of ours has it.
    pub value: Zeroizing<String>,
    /// The number of its section.
    section_number: usize,
    /// From the key to the end of the value, and the value alone, as bytes.
    range: Range<usize>,
    value_range: Range<usize>,
    change: Change,
    /// Key and value of a setting that is added below.
    below: Option<(&'static str, String)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Change {
    #[default]
    None,
    Set,
    Removed,
}

/// Why a file was not read or edited. It is unchanged then.
#[derive(Debug)]
pub enum EditError {
    Unreadable(io::Error),
    /// git does not read this line.
    Broken(usize),
    /// The edit would have another effect as well.
    Unsafe,
    Unwritable(io::Error),
    /// Another process has this lock.
    Locked(PathBuf),
    KeepsChanging,
}

impl Setting {
    /// Returns the name as git prints it.
    pub fn name(&self) -> String {
        self.sibling_name(&self.key)
    }

    /// Returns the name of another key of the same section.
    pub fn sibling_name(&self, key: &str) -> String {
        let key = key.to_ascii_lowercase();
        match &self.subsection {
            Some(subsection) => format!("{}.{subsection}.{key}", self.section),
            None => format!("{}.{key}", self.section),
        }
    }

    /// Returns whether it is a value of this variable; section and key are given in lower case.
    pub fn is(&self, section: &str, subsection: Option<&str>, key: &str) -> bool {
        self.section == section && self.subsection.as_deref() == subsection && self.key == key
    }
}

impl GitConfigFile {
    /// Parses a file's content.
    ///
    /// # Errors
    /// The number of the first line that git does not read.
    pub fn parse(bytes: Zeroizing<Vec<u8>>) -> Result<GitConfigFile, usize> {
        Ok(GitConfigFile {
            parsed: parse(&bytes)?,
            bytes,
            appended: String::new(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not a regular file, cannot be read, or git does not read it.
    pub fn read(path: &Path) -> Result<GitConfigFile, EditError> {
        let bytes = untrusted_file::read(path).map_err(EditError::Unreadable)?;
        GitConfigFile::parse(bytes).map_err(EditError::Broken)
    }

    /// Returns the settings as edited, each with its index, without those that are added.
    pub fn settings(&self) -> impl DoubleEndedIterator<Item = (usize, &Setting)> {
        let settings = self.parsed.settings.iter().enumerate();
        settings.filter(|(_, setting)| setting.change != Change::Removed)
    }

    /// Returns the setting at an index.
    pub fn setting(&self, at: usize) -> &Setting {
        &self.parsed.settings[at]
    }

    /// Returns the value that counts, the last.
    pub fn value(&self, section: &str, subsection: Option<&str>, key: &str) -> Option<&str> {
        let mut settings = self.settings().rev();
        let (_, last) = settings.find(|(_, setting)| setting.is(section, subsection, key))?;
        Some(&last.value)
    }

    /// Returns the paths of other files that it includes, on whatever condition, as they are written.
    pub fn includes(&self) -> impl Iterator<Item = &str> {
        let settings = self.settings().map(|(_, setting)| setting);
        let is_include = |section: &str| matches!(section, "include" | "includeif");
        let includes = settings.filter(move |it| is_include(&it.section) && it.key == "path");
        includes.map(|it| it.value.as_str())
    }

    /// Returns the lines of such comments, counted from 1.
    pub fn lines_of_comments(&self, is_meant: impl Fn(&[u8]) -> bool) -> Vec<usize> {
        let comments = self.parsed.comments.iter();
        let meant = comments.filter(|it| is_meant(&self.bytes[(*it).clone()]));
        meant.map(|it| line_at(&self.bytes, it.start)).collect()
    }

    /// Changes the value of the setting at an index.
    pub fn set(&mut self, at: usize, value: &str) {
        let setting = &mut self.parsed.settings[at];
        setting.value = Zeroizing::new(value.to_owned());
        setting.change = Change::Set;
    }

    /// Adds a setting below the one at an index.
    pub fn add_below(&mut self, at: usize, key: &'static str, value: String) {
        self.parsed.settings[at].below = Some((key, value));
    }

    /// Removes the setting at an index, and its section if that is empty then.
    pub fn remove(&mut self, at: usize) {
        self.parsed.settings[at].change = Change::Removed;
    }

    /// Appends the sections that are made of the content so far.
    pub fn append(&mut self, sections: impl FnOnce(&[u8]) -> String) {
        let content = self.spliced();
        let gap = clone_config::gap(&content);
        let sections = sections(&content);
        if !sections.is_empty() {
            self.appended = format!("{gap}{sections}");
        }
    }

    /// Returns the file with its new content; `None` if nothing was changed.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]: read again, it is not what was meant.
    pub fn edited(&self) -> Result<Option<GitConfigFile>, EditError> {
        let mut settings = self.parsed.settings.iter();
        let is_changed = |it: &Setting| it.change != Change::None || it.below.is_some();
        if !settings.any(is_changed) && self.appended.is_empty() {
            return Ok(None);
        }
        let mut content = self.spliced();
        content.extend_from_slice(self.appended.as_bytes());
        let edited = GitConfigFile::parse(content).map_err(|_| EditError::Unsafe)?;
        let meant = self.settings().flat_map(|(_, it)| {
            let below = it.below.as_ref();
            let below = below.map(|(key, value)| (it.sibling_name(key), value.as_str()));
            [(it.name(), it.value.as_str())].into_iter().chain(below)
        });
        let mut new = edited
            .settings()
            .map(|(_, it)| (it.name(), it.value.as_str()));
        let is_meant = meant.into_iter().all(|it| new.next() == Some(it));
        if !is_meant || self.appended.is_empty() != new.next().is_none() {
            return Err(EditError::Unsafe);
        }
        drop(new);
        Ok(Some(edited))
    }
}

/// Edits the file at `path`, of which `file` was read, by what `plan` does to it; plans anew if the
/// file has changed meanwhile. `path` must not be a symbolic link. Returns the file as it is then, or
/// would be.
///
/// # Errors
/// See [`EditError`].
pub fn edit<P>(
    path: &Path,
    mut file: GitConfigFile,
    dry_run: bool,
    plan: impl Fn(&mut GitConfigFile) -> P,
) -> Result<(P, GitConfigFile), EditError> {
    for _ in 0..TRIES {
        let planned = plan(&mut file);
        let Some(new) = file.edited()? else {
            return Ok((planned, file));
        };
        let replace = || replace(path, &file.bytes, &new.bytes);
        if dry_run || child::with_signals_deferred(replace)? {
            return Ok((planned, new));
        }
        file = GitConfigFile::read(path)?;
    }
    Err(EditError::KeepsChanging)
}

/// Replaces the file's content under git's lock. Returns whether it was still `old`.
fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<bool, EditError> {
    let lock = match GitLock::take(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(EditError::Locked(git_lock::path_of(path)));
        }
        lock => lock.map_err(EditError::Unwritable)?,
    };
    if *untrusted_file::read(path).map_err(EditError::Unreadable)? != old {
        return Ok(false);
    }
    lock.replace(new).map_err(EditError::Unwritable)?;
    Ok(true)
}
