//! Reads and edits a file of git's configuration (git-config(1), "CONFIGURATION FILE"): gix parses and
//! edits it, so that comments and order stay, and it is replaced under git's own lock.
//!
//! gix reads more than git does. What git does not read is refused, and an edit counts only if reading
//! its result again shows what was changed and nothing else.

mod parse;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::git_lock::{self, GitLock};
use bbt::{child, clone_config, untrusted_file};
use bstr::{BStr, ByteSlice as _};
use gix_config::File;
use gix_config::file::SectionId;
use zeroize::Zeroizing;

use parse::{parse, settings};

/// How often the file may change between reading and locking.
const TRIES: usize = 5;

/// A file, and its settings in order.
pub struct GitConfigFile {
    bytes: Zeroizing<Vec<u8>>,
    file: File,
    settings: Vec<Setting>,
    /// To be written after all sections.
    appended: String,
    is_changed: bool,
}

/// One setting, and its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// In lower case, as is the key: git compares both so.
    pub section: String,
    pub subsection: Option<String>,
    pub key: String,
    /// Without quotes and escapes. What is not UTF-8 is replaced; no URL of ours has it.
    pub value: Zeroizing<String>,
    /// The key in the case in which it is written.
    written_key: String,
    /// A key without `=`, which means true.
    is_implicit: bool,
    is_removed: bool,
    id: SectionId,
    /// Which of the settings of its name it is, as gix counts them.
    nth: usize,
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

    /// Returns the value as git reads a boolean (git-config(1), "boolean").
    pub fn is_true(&self) -> bool {
        self.is_implicit || bbt::git::is_true(&self.value)
    }
}

impl GitConfigFile {
    /// Parses a file's content.
    ///
    /// # Errors
    /// The number of the first line that git does not read.
    pub fn parse(bytes: Zeroizing<Vec<u8>>) -> Result<GitConfigFile, usize> {
        let file = parse(&bytes)?;
        Ok(GitConfigFile {
            settings: settings(&file),
            bytes,
            file,
            appended: String::new(),
            is_changed: false,
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

    /// Returns the settings as edited, each with its index. Those that were added come last.
    pub fn settings(&self) -> impl DoubleEndedIterator<Item = (usize, &Setting)> {
        let settings = self.settings.iter().enumerate();
        settings.filter(|(_, setting)| !setting.is_removed)
    }

    /// Returns the setting at an index.
    pub fn setting(&self, at: usize) -> &Setting {
        &self.settings[at]
    }

    /// Returns the values of a variable, in order.
    pub fn values<'f>(
        &'f self,
        section: &'f str,
        subsection: Option<&'f str>,
        key: &'f str,
    ) -> impl DoubleEndedIterator<Item = &'f str> {
        let settings = self.settings();
        let named = settings.filter(move |(_, setting)| setting.is(section, subsection, key));
        named.map(|(_, setting)| setting.value.as_str())
    }

    /// Returns the value that counts, the last.
    pub fn value(&self, section: &str, subsection: Option<&str>, key: &str) -> Option<&str> {
        let mut settings = self.settings().rev();
        let (_, last) = settings.find(|(_, setting)| setting.is(section, subsection, key))?;
        Some(&last.value)
    }

    /// Returns whether it may include other files.
    pub fn includes_others(&self) -> bool {
        let mut names = self.settings().map(|(_, setting)| setting.section.as_str());
        names.any(|name| matches!(name, "include" | "includeif"))
    }

    /// Changes the value of the setting at an index.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]
    pub fn set(&mut self, at: usize, value: &str) -> Result<(), EditError> {
        let Setting {
            id,
            nth,
            written_key,
            ..
        } = &self.settings[at];
        let (name, subsection) = {
            let section = self.file.section_mut_by_id(*id).ok_or(EditError::Unsafe)?;
            let header = section.header();
            (
                header.name().to_string(),
                header.subsection_name().map(BStr::to_owned),
            )
        };
        let subsection = subsection.as_ref().map(|name| name.as_bstr());
        let values = self.file.raw_values_mut_by(name, subsection, written_key);
        let mut values = values.map_err(|_| EditError::Unsafe)?;
        if *nth >= values.len() {
            return Err(EditError::Unsafe);
        }
        values.set_at(*nth, value).map_err(|_| EditError::Unsafe)?;
        self.settings[at].value = Zeroizing::new(value.to_owned());
        self.is_changed = true;
        Ok(())
    }

    /// Adds a setting at the end of the section that the setting at an index is in.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]
    pub fn add_beside(&mut self, at: usize, key: &str, value: &str) -> Result<(), EditError> {
        let beside = self.settings[at].clone();
        let mut section = self
            .file
            .section_mut_by_id(beside.id)
            .ok_or(EditError::Unsafe)?;
        // At the end of a file, the last line may not be ended, or its value go on.
        let text = section.to_bstring();
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        let goes_on = line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\");
        for _ in 0..usize::from(!text.ends_with(b"\n")) + usize::from(goes_on) {
            section.push_newline().map_err(|_| EditError::Unsafe)?;
        }
        let pushed = section.push(key, Some(BStr::new(value)));
        pushed.map_err(|_| EditError::Unsafe)?;
        self.settings.push(Setting {
            key: key.to_ascii_lowercase(),
            written_key: key.to_owned(),
            value: Zeroizing::new(value.to_owned()),
            is_implicit: false,
            nth: 0,
            ..beside
        });
        self.is_changed = true;
        Ok(())
    }

    /// Removes the setting at an index, which was not added, and its section if that is empty then.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]
    pub fn remove(&mut self, at: usize) -> Result<(), EditError> {
        self.settings[at].is_removed = true;
        let Setting { id, key, .. } = &self.settings[at];
        let mut section = self.file.section_mut_by_id(*id).ok_or(EditError::Unsafe)?;
        // gix removes the last one of a key: those after it are put back.
        let rest = self.settings[at..].iter().take_while(|it| it.id == *id);
        let later: Vec<_> = rest.filter(|it| it.key == *key && !it.is_removed).collect();
        for _ in 0..=later.len() {
            section.remove(key).ok_or(EditError::Unsafe)?;
        }
        for setting in later {
            let value = BStr::new(setting.value.as_str());
            let pushed = section.push(&setting.written_key, Some(value));
            pushed.map_err(|_| EditError::Unsafe)?;
        }
        let (header, text) = (section.header().to_bstring(), section.to_bstring());
        let is_empty = text[header.len()..].trim_ascii().is_empty();
        if section.num_values() == 0 && is_empty {
            self.file.remove_section_by_id(*id);
        }
        self.is_changed = true;
        Ok(())
    }

    /// Appends the sections that are made of the content so far.
    pub fn append(&mut self, sections: impl FnOnce(&[u8]) -> String) {
        let mut content = Zeroizing::new(self.file.to_bstring().to_vec());
        let gap = clone_config::gap(&content);
        content.extend_from_slice(gap.as_bytes());
        let sections = sections(&content);
        if !sections.is_empty() {
            self.appended = format!("{gap}{sections}");
            self.is_changed = true;
        }
    }

    /// Returns the new content; `None` if nothing was changed.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]: read again, it is not what was meant.
    pub fn edited(&self) -> Result<Option<Zeroizing<Vec<u8>>>, EditError> {
        if !self.is_changed {
            return Ok(None);
        }
        let mut content = Zeroizing::new(self.file.to_bstring().to_vec());
        content.extend_from_slice(self.appended.as_bytes());
        let new = settings(&parse(&content).map_err(|_| EditError::Unsafe)?);
        let meant: Vec<&Setting> = self.settings().map(|(_, setting)| setting).collect();
        let count = new.len().min(meant.len());
        let is_meant = same_values(new[..count].iter(), meant.iter().copied());
        if is_meant && self.appended.is_empty() == (new.len() == count) {
            Ok(Some(content))
        } else {
            Err(EditError::Unsafe)
        }
    }
}

/// Returns whether both have the same values. gix may move a setting within its section.
fn same_values<'s>(
    one: impl Iterator<Item = &'s Setting>,
    other: impl Iterator<Item = &'s Setting>,
) -> bool {
    let mut one: Vec<_> = one.map(|it| (it.name(), it.value.as_str())).collect();
    let mut other: Vec<_> = other.map(|it| (it.name(), it.value.as_str())).collect();
    one.sort_unstable();
    other.sort_unstable();
    one == other
}

/// Edits the file at `path`, of which `file` was read, by what `plan` does to it; plans anew if the
/// file has changed meanwhile. A symbolic link is followed, as by git.
///
/// # Errors
/// See [`EditError`]; those of `plan`.
pub fn edit<P>(
    path: &Path,
    mut file: GitConfigFile,
    dry_run: bool,
    plan: impl Fn(&mut GitConfigFile) -> Result<P, EditError>,
) -> Result<P, EditError> {
    for _ in 0..TRIES {
        let planned = plan(&mut file)?;
        let Some(new) = file.edited()?.filter(|_| !dry_run) else {
            return Ok(planned);
        };
        if child::with_signals_deferred(|| replace(path, &file.bytes, &new))? {
            return Ok(planned);
        }
        file = GitConfigFile::read(path)?;
    }
    Err(EditError::KeepsChanging)
}

/// Replaces the file's content under git's lock. Returns whether it was still `old`.
fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<bool, EditError> {
    // Asking for every part of every path would take a tenth of a long run's time.
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let target = if is_link {
        dunce::canonicalize(path).map_err(EditError::Unreadable)?
    } else {
        path.to_owned()
    };
    let lock = match GitLock::take(&target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(EditError::Locked(git_lock::path_of(&target)));
        }
        lock => lock.map_err(EditError::Unwritable)?,
    };
    if *untrusted_file::read(&target).map_err(EditError::Unreadable)? != old {
        return Ok(false);
    }
    lock.replace(new).map_err(EditError::Unwritable)?;
    Ok(true)
}
