//! One edit of a file of git's configuration: sections appended under git's own lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::git_lock::{self, GitLock};
use crate::untrusted_file;

/// Returns git's lock on `config` if it was left behind, so that nothing can be written.
pub fn abandoned_lock(config: &Path) -> Option<PathBuf> {
    let lock = git_lock::path_of(&fs::canonicalize(config).ok()?);
    let modified = lock.symlink_metadata().ok()?.modified().ok()?;
    let age = SystemTime::now().duration_since(modified);
    // A clock that differs says nothing else about it.
    (age.unwrap_or_else(|error| error.duration()) > git_lock::PATIENCE).then_some(lock)
}

/// Appends to `config` what `sections` returns for its content, which it reads under the lock. The
/// file keeps its mode, and is written through a symbolic link, as by git. If it returns nothing,
/// nothing is written. A kill leaves the file as it was, and the lock, as with git.
///
/// # Errors
/// The system's: the lock is taken, the folder may not be written to, the disk is full.
pub fn append(config: &Path, sections: impl FnOnce(&[u8]) -> String) -> io::Result<()> {
    let config = fs::canonicalize(config)?;
    let lock = GitLock::take(&config)?;
    let text = untrusted_file::read(&config)?;
    let sections = sections(&text);
    if sections.is_empty() {
        return Ok(());
    }
    let gap = gap(&text);
    let mut whole = Zeroizing::new(Vec::with_capacity(text.len() + gap.len() + sections.len()));
    whole.extend_from_slice(&text);
    whole.extend_from_slice(gap.as_bytes());
    whole.extend_from_slice(sections.as_bytes());
    lock.replace(&whole)
}

/// Returns what has to come between the last line of `text` and a section: the rest of that line's end,
/// and an empty line if the value goes on after it.
pub fn gap(text: &[u8]) -> &'static str {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match (line.ends_with(b"\\"), text.ends_with(b"\n")) {
        (true, false) => "\n\n",
        (true, true) => "\n",
        (false, false) if !text.is_empty() => "\n",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::gap;

    #[test]
    fn a_section_starts_on_a_line_of_its_own() {
        for (text, expected) in [
            ("", ""),
            ("[a]\n", ""),
            ("[a]", "\n"),
            ("\tb = c\r\n", ""),
            ("\tb = c \\\n", "\n"),
            ("\tb = c \\\r\n", "\n"),
            ("\tb = c \\", "\n\n"),
            // One too many is no harm.
            ("# c \\\n", "\n"),
        ] {
            assert_eq!(gap(text.as_bytes()), expected, "{text:?}");
        }
    }
}
