//! A hand-off that was given a URL in place of a remote (`git push bbt::acme/parts`). git-lfs takes
//! such a URL for none and falls back to the endpoint of `origin`, so that its content would go to
//! another repository than the commits: until the hand-off ends, it gets no credential for one.
//!
//! Each hand-off has a file of its own in the repository, which holds the address, and is locked as
//! long as the hand-off runs, however that ends. git-lfs itself starts another hand-off for the same
//! URL, which ends first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::address::Address;
use crate::clone_config::{Clone, Entries};
use crate::{messages, untrusted_file};

const PREFIX: &str = "bbt-handoff-";

/// More than the longest address.
const MAX_BYTES: u64 = 1024;

/// Between a file's creation and its lock lies a moment. One that is not locked after this was left
/// by a hand-off that was killed.
const GRACE: Duration = Duration::from_secs(60);

/// Such a hand-off, under way as long as this is held.
pub struct UrlHandoff {
    path: PathBuf,
    lock: File,
}

impl UrlHandoff {
    /// Announces the hand-off to `address` in `clone`, which does not define `remote` in its own file.
    /// `None` if git-lfs has no endpoint of ours there that leads to another repository; if another
    /// file defines the remote, which git-lfs then reads too; or if that cannot be written, as in a read-only repository,
    /// into which git-lfs cannot write either.
    pub fn announce(clone: &Clone, remote: &str, address: &Address) -> Option<UrlHandoff> {
        let name = address.full_name();
        let leads_there = |url: &str| url.to_ascii_lowercase().ends_with(&suffix(&name));
        let endpoints = clone.our_endpoints();
        if endpoints
            .iter()
            .all(|[_, _, of, ..]| leads_there(&of.subsection))
        {
            return None;
        }
        if Entries::from_git().is_some_and(|all| all.remotes().contains(&remote)) {
            return None;
        }
        let created = create(&clone.git_dir, &name);
        messages::trace(|| match &created {
            Ok(_) => format!("git-lfs: only {name} gets a credential until this ends"),
            Err(error) => format!("git-lfs: {name} is not announced: {error}"),
        });
        created.ok()
    }

    /// Returns the full names of the repositories that hand-offs in a repository are under way to.
    pub fn under_way(git_dir: &Path) -> Vec<String> {
        let is_locked = |file: &File| matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        let locked = announcements(git_dir).filter_map(|path| open(&path).ok().filter(is_locked));
        let read = |mut file: File| {
            let mut name = String::new();
            (&mut file).take(MAX_BYTES).read_to_string(&mut name).ok()?;
            Some(name)
        };
        locked.filter_map(read).collect()
    }
}

impl Drop for UrlHandoff {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn suffix(full_name: &str) -> String {
    format!("/{}.git", full_name.to_ascii_lowercase())
}

fn create(git_dir: &Path, name: &str) -> io::Result<UrlHandoff> {
    for left in announcements(git_dir) {
        let Ok(file) = open(&left) else { continue };
        let modified = file.metadata().and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|then| then.elapsed().is_ok_and(|age| age > GRACE));
        if is_old && file.try_lock().is_ok() {
            let _ = fs::remove_file(&left);
        }
    }
    // Containers that share the repository may share process numbers.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let file = format!("{PREFIX}{}-{}", std::process::id(), now.as_nanos());
    let path = git_dir.join(file);
    let handoff = UrlHandoff {
        lock: OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?,
        path,
    };
    (&handoff.lock).write_all(name.as_bytes())?;
    // Shared, so that Windows lets others read it.
    handoff.lock.try_lock_shared()?;
    Ok(handoff)
}

fn open(announcement: &Path) -> io::Result<File> {
    untrusted_file::open_own(announcement, OpenOptions::new().read(true))
}

fn announcements(git_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(git_dir).into_iter().flatten().flatten();
    let is_ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(PREFIX);
    entries
        .filter(move |entry| is_ours(&entry.file_name()))
        .map(|entry| entry.path())
}
