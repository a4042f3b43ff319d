//! A hand-off that was given a URL in place of a remote (`git push bbt::acme/parts`). git-lfs takes
//! such a URL for none and falls back to the endpoint of `origin`, so that its content would go to
//! another repository than the commits: until the hand-off ends, it gets no credential for one.
//!
//! Each hand-off has a file of its own, which names the repository on Bitbucket and the one at hand,
//! and is locked as long as the hand-off runs, however that ends. git-lfs itself starts another
//! hand-off for the same URL, which ends first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Setting, our_endpoints, state_folders};
use crate::address::Address;
use crate::git_settings::{GitSettings, LocalRepository};
use crate::messages::{self, Failure};
use crate::untrusted_file;

const PREFIX: &str = "bbt-handoff-";

/// Between a file's creation and its lock lies a moment. One that is not locked after this was left
/// by a hand-off that was killed.
const GRACE: Duration = Duration::from_secs(60);

/// Such a hand-off, under way as long as this is held.
pub struct UrlHandoff {
    path: PathBuf,
    file: File,
}

impl UrlHandoff {
    /// Announces the hand-off to `address` in `repository`, whose own configuration does not define
    /// `remote`. `None` if no endpoint of ours there leads to another repository, or if another file
    /// defines the remote, which git-lfs reads too.
    ///
    /// # Errors
    /// It cannot be written anywhere, and so git-lfs's content could go elsewhere than the commits.
    pub fn announce(
        repository: &LocalRepository,
        remote: &str,
        address: &Address,
    ) -> Result<Option<UrlHandoff>, Failure> {
        let end = format!("/{}.git", address.full_name()).to_ascii_lowercase();
        let endpoints = our_endpoints(&repository.own);
        let leads_there = |[_, _, helper, ..]: &[Setting; 5]| {
            helper.subsection.to_ascii_lowercase().ends_with(&end)
        };
        if endpoints.iter().all(leads_there)
            || GitSettings::from_git().is_some_and(|all| all.remotes().contains(&remote))
        {
            return Ok(None);
        }
        let text = content(address, &repository.git_dir);
        let mut error = io::Error::from(io::ErrorKind::NotFound);
        for folder in state_folders(&repository.git_dir) {
            match create(&folder, &text) {
                Ok(handoff) => {
                    messages::trace(|| {
                        format!("git-lfs: only {address} gets a credential until this ends")
                    });
                    return Ok(Some(handoff));
                }
                Err(why) => error = why,
            }
        }
        Err(Failure::new(format!(
            "cannot use {address} by its URL: git-lfs content could go to another repository, and what prevents that cannot be written to this repository or the cache folder: {error}"
        ))
        .hint(format!("git remote add {} bbt::{address}", address.repository())))
    }

    /// Returns the repositories that hand-offs in a repository are under way to.
    pub fn under_way(git_dir: &Path) -> Vec<Address> {
        let read = |path: PathBuf| {
            let text = untrusted_file::read_text(&path).ok()?;
            let address = Address::parse(text.lines().next()?).ok()?;
            (text == content(&address, git_dir)).then_some(address)
        };
        let files = state_folders(git_dir).flat_map(|folder| announcements(&folder));
        files
            .filter(|path| is_locked(path))
            .filter_map(read)
            .collect()
    }
}

impl Drop for UrlHandoff {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What a hand-off's file contains. The cache folder has those of all repositories.
fn content(address: &Address, git_dir: &Path) -> String {
    let git_dir = fs::canonicalize(git_dir).unwrap_or_default();
    format!("{address}\n{}\n", git_dir.display())
}

fn create(folder: &Path, content: &str) -> io::Result<UrlHandoff> {
    fs::create_dir_all(folder)?;
    for left in announcements(folder) {
        let modified = left
            .symlink_metadata()
            .and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|then| then.elapsed().is_ok_and(|age| age > GRACE));
        if is_old && !is_locked(&left) {
            let _ = fs::remove_file(&left);
        }
    }
    // Containers that share the folder may share process numbers.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let path = folder.join(format!("{PREFIX}{}-{}", std::process::id(), now.as_nanos()));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    let handoff = UrlHandoff { path, file };
    (&handoff.file).write_all(content.as_bytes())?;
    // Shared, so that Windows lets others read it.
    handoff.file.try_lock_shared()?;
    Ok(handoff)
}

fn is_locked(announcement: &Path) -> bool {
    let file = untrusted_file::open_own(announcement, OpenOptions::new().read(true));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn announcements(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    entries.retain(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    entries.iter().map(fs::DirEntry::path).collect()
}
