//! Reads and edits a file of git's configuration (git-config(1), "CONFIGURATION FILE"): gix parses it, an
//! edit replaces only the bytes of what changes, and the file is replaced under git's own lock.
//!
//! What git does not read is refused, and an edit counts only if reading its result again shows what was
//! changed and nothing else.

mod parse;

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
#[derive(Debug)]
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

#[derive(Debug, PartialEq, Eq)]
enum Change {
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

    /// Returns the value as git reads a boolean (git-config(1), "boolean").
    pub fn is_true(&self) -> bool {
        bbt::git::is_true(&self.value)
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

    /// Returns whether it may include other files.
    pub fn includes_others(&self) -> bool {
        let mut names = self.settings().map(|(_, setting)| setting.section.as_str());
        names.any(|name| matches!(name, "include" | "includeif"))
    }

    /// Returns the lines of such comments, counted from 1, and with the lines that are added.
    pub fn lines_of_comments(&self, is_meant: impl Fn(&[u8]) -> bool) -> Vec<usize> {
        let comments = self.parsed.comments.iter();
        let meant = comments.filter(|it| is_meant(&self.bytes[(*it).clone()]));
        let line = meant.map(|comment| {
            let settings = self.parsed.settings.iter();
            let before = settings.take_while(|it| it.range.start < comment.start);
            let added = before.filter(|it| it.below.is_some() && it.range.end < comment.start);
            line_at(&self.bytes, comment.start) + added.count()
        });
        line.collect()
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

    /// Returns the new content; `None` if nothing was changed.
    ///
    /// # Errors
    /// [`EditError::Unsafe`]: read again, it is not what was meant.
    pub fn edited(&self) -> Result<Option<Zeroizing<Vec<u8>>>, EditError> {
        let mut settings = self.parsed.settings.iter();
        let is_changed = |it: &Setting| it.change != Change::None || it.below.is_some();
        if !settings.any(is_changed) && self.appended.is_empty() {
            return Ok(None);
        }
        let mut content = self.spliced();
        content.extend_from_slice(self.appended.as_bytes());
        let new = parse(&content).map_err(|_| EditError::Unsafe)?.settings;
        let meant = self.settings().flat_map(|(_, it)| {
            let below = it.below.as_ref();
            let below = below.map(|(key, value)| (it.sibling_name(key), value.as_str()));
            [(it.name(), it.value.as_str())].into_iter().chain(below)
        });
        let mut new = new.iter().map(|it| (it.name(), it.value.as_str()));
        let is_meant = meant.into_iter().all(|it| new.next() == Some(it));
        if is_meant && self.appended.is_empty() == new.next().is_none() {
            Ok(Some(content))
        } else {
            Err(EditError::Unsafe)
        }
    }

    /// Returns the content with all changes but what is appended.
    fn spliced(&self) -> Zeroizing<Vec<u8>> {
        let mut content = Zeroizing::new(Vec::with_capacity(2 * self.bytes.len()));
        let mut copied = 0;
        for (range, new) in self.replacements() {
            // What is removed with its section is not removed again.
            if range.start >= copied {
                content.extend_from_slice(&self.bytes[copied..range.start]);
                content.extend_from_slice(new.as_bytes());
                copied = range.end;
            }
        }
        content.extend_from_slice(&self.bytes[copied..]);
        content
    }

    /// Returns the ranges that are replaced, in order, and what with.
    fn replacements(&self) -> Vec<(Range<usize>, String)> {
        let emptied = self.emptied_sections().into_iter();
        let mut replacements: Vec<_> = emptied.map(|range| (range, String::new())).collect();
        for setting in &self.parsed.settings {
            if setting.change == Change::None && setting.below.is_none() {
                continue;
            }
            let line = self.line_around(&setting.range);
            if setting.change == Change::Set {
                replacements.push((setting.value_range.clone(), quoted(&setting.value)));
            } else if setting.change == Change::Removed {
                let is_blank = |range: Range<usize>| self.bytes[range].trim_ascii().is_empty();
                let is_alone = is_blank(line.start..setting.range.start)
                    && is_blank(setting.range.end..line.end);
                let range = if is_alone { &line } else { &setting.range };
                replacements.push((range.clone(), String::new()));
            }
            if let Some((key, value)) = &setting.below {
                let gap = clone_config::gap(&self.bytes[..line.end]);
                let new = format!("{gap}\t{key} = {}\n", quoted(value));
                replacements.push((line.end..line.end, new));
            }
        }
        replacements.sort_by_key(|(range, _)| range.start);
        replacements
    }

    /// Returns the sections that lose their last setting and have no comment. The empty one before such
    /// a section goes, too: git leaves it if a comment is above it.
    fn emptied_sections(&self) -> Vec<Range<usize>> {
        let sections = &self.parsed.sections;
        let mut loses_any = vec![false; sections.len()];
        let mut has_any = loses_any.clone();
        for setting in &self.parsed.settings {
            let is_removed = setting.change == Change::Removed;
            let flags = if is_removed {
                &mut loses_any
            } else {
                &mut has_any
            };
            flags[setting.section_number] = true;
        }
        for comment in &self.parsed.comments {
            let before = sections.partition_point(|section| section.start <= comment.start);
            if let Some(flag) = before.checked_sub(1).and_then(|at| has_any.get_mut(at)) {
                *flag = true;
            }
        }
        let mut emptied = Vec::new();
        let mut is_next_emptied = false;
        for number in (0..sections.len()).rev() {
            is_next_emptied = !has_any[number] && (loses_any[number] || is_next_emptied);
            emptied.extend(is_next_emptied.then(|| sections[number].clone()));
        }
        emptied
    }

    /// Returns the lines that a range is on, with their end.
    fn line_around(&self, range: &Range<usize>) -> Range<usize> {
        let is_end = |byte: &u8| *byte == b'\n';
        let start = self.bytes[..range.start].iter().rposition(is_end);
        let rest = self.bytes[range.end..].iter().position(is_end);
        start.map_or(0, |at| at + 1)..rest.map_or(self.bytes.len(), |at| range.end + at + 1)
    }
}

/// Returns a value as it is written: in quotes if git would read it otherwise.
fn quoted(value: &str) -> String {
    let is_special = |c: char| c.is_control() || matches!(c, '"' | '\\' | '#' | ';');
    if value.trim() == value && !value.contains(is_special) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
    format!("\"{}\"", escaped.replace('\n', r"\n").replace('\t', r"\t"))
}

/// Edits the file at `path`, of which `file` was read, by what `plan` does to it; plans anew if the
/// file has changed meanwhile. `path` must not be a symbolic link.
///
/// # Errors
/// See [`EditError`].
pub fn edit<P>(
    path: &Path,
    mut file: GitConfigFile,
    dry_run: bool,
    plan: impl Fn(&mut GitConfigFile) -> P,
) -> Result<P, EditError> {
    for _ in 0..TRIES {
        let planned = plan(&mut file);
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
