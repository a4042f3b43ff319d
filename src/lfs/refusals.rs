//! What was refused a moment ago. After a 401 git-lfs says `erase` and asks again, forever if it is
//! given the same answer every time (git-lfs issue 2833; measured with 3.3). It runs us anew for each,
//! so that a file has to remember it meanwhile. Its size tells how often, and it holds nothing else.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::git_dir;
use crate::address::Address;
use crate::{messages, untrusted_file};

/// git-lfs asks again at once. An older file was left by one that was killed.
const MOMENT: Duration = Duration::from_secs(30);

/// How many in a row may be refused if the next answer may be another.
const ENOUGH: usize = 10;

/// The refusals of one repository's token, in one clone.
pub struct Refusals {
    name: String,
}

impl Refusals {
    /// Of a repository's token.
    pub fn of(address: &Address) -> Refusals {
        let name = address.full_name().replace('/', "+");
        Refusals {
            name: format!("bbt-refused-{}", name.to_ascii_lowercase()),
        }
    }

    /// Counts one more; `is_last` if it is git-lfs's, and the source has no other token for it.
    pub fn note(&self, is_last: bool) {
        let count = if is_last { ENOUGH } else { 1 };
        let noted = self.files().any(|file| append(&file, count).is_ok());
        messages::trace(|| {
            format!(
                "refused: {}",
                if noted { "noted" } else { "cannot be noted" }
            )
        });
    }

    /// Returns whether another answer would be of no use; once, since what is tried after that may
    /// have been fixed.
    pub fn are_enough(&self) -> bool {
        let is_enough = |file: Metadata| is_recent(&file) && file.len() >= ENOUGH as u64;
        let are_enough = self
            .files()
            .any(|file| file.metadata().is_ok_and(is_enough));
        if are_enough {
            messages::trace(|| "refused a moment ago: no use in the same answer".to_owned());
            self.forget();
        }
        are_enough
    }

    /// After a token that was accepted.
    pub fn forget(&self) {
        for file in self.files() {
            let _ = fs::remove_file(file);
        }
    }

    /// In the clone; or in the user's cache, if there is none or it is read-only.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let cache = dirs::cache_dir().map(|cache| cache.join("git-remote-bbt"));
        let clone = Some(git_dir()).filter(|folder| folder.is_dir());
        let folders = [clone, cache].into_iter().flatten();
        folders.map(|folder| folder.join(&self.name))
    }
}

fn append(file: &Path, count: usize) -> io::Result<()> {
    fs::create_dir_all(file.parent().unwrap_or(file))?;
    if file.metadata().is_ok_and(|old| !is_recent(&old)) {
        fs::remove_file(file)?;
    }
    let mut file = untrusted_file::open_own(file, OpenOptions::new().append(true).create(true))?;
    file.write_all(&[b'.'; ENOUGH][..count])?;
    // By our own clock, and not by a file server's.
    file.set_modified(SystemTime::now())
}

/// A clock may have been set meanwhile, either way.
fn is_recent(file: &Metadata) -> bool {
    let now = SystemTime::now();
    file.modified().is_ok_and(|then| {
        let between = now.duration_since(then);
        between.unwrap_or_else(|error| error.duration()) < MOMENT
    })
}
