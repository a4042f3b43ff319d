//! The refusals of a repository's token. After a 401 git-lfs says `erase` and asks again, forever if it
//! gets the same answer (git-lfs issue 2833; measured with 3.3). Each request is a process of its own,
//! so a file counts the refusals, with a byte for each, and its age shows whether they are in a row.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{git_dir, state_folders};
use crate::address::Address;
use crate::{messages, untrusted_file};

/// git-lfs asks again at once. An older file was left by one that was killed.
const RECENT: Duration = Duration::from_secs(30);

/// The number of refusals in a row that are enough if the source returns a new token each time.
const LIMIT: usize = 10;

/// The files that may count them.
pub struct Refusals(Vec<PathBuf>);

impl Refusals {
    /// Returns those of a repository's token.
    pub fn of(address: &Address) -> Refusals {
        let name = address.full_name().replace('/', "+").to_ascii_lowercase();
        let file = |folder: PathBuf| folder.join(format!("bbt-refused-{name}"));
        Refusals(state_folders(&git_dir()).map(file).collect())
    }

    /// Counts one more, which `is_last` if git-lfs asked and would get the same token again.
    pub fn add(&self, is_last: bool) {
        let count = if is_last { LIMIT } else { self.count() + 1 };
        let is_written = self.0.iter().any(|file| write(file, count).is_ok());
        messages::trace(|| format!("refused: counted in a file: {is_written}"));
    }

    /// Returns whether another answer is useless. Forgets it then: the next command may succeed.
    pub fn are_enough(&self) -> bool {
        let are_enough = self.count() >= LIMIT;
        if are_enough {
            messages::trace(|| "refused a moment ago: no answer".to_owned());
            self.forget();
        }
        are_enough
    }

    /// Forgets all, after a token was accepted.
    pub fn forget(&self) {
        for file in &self.0 {
            let _ = fs::remove_file(file);
        }
    }

    fn count(&self) -> usize {
        let recent = |file: &PathBuf| {
            let metadata = file.symlink_metadata().ok()?;
            let age = SystemTime::now().duration_since(metadata.modified().ok()?);
            // The clock may have been set back.
            let is_recent = age.unwrap_or_else(|error| error.duration()) < RECENT;
            is_recent.then_some(metadata.len() as usize)
        };
        self.0.iter().filter_map(recent).max().unwrap_or_default()
    }
}

fn write(file: &Path, count: usize) -> io::Result<()> {
    fs::create_dir_all(file.parent().unwrap_or(file))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = untrusted_file::open_own(file, &mut options)?;
    file.write_all(&[b'.'; LIMIT][..count.min(LIMIT)])?;
    // By our own clock, and not by a file server's.
    file.set_modified(SystemTime::now())
}
