//! What was refused a moment ago. After a 401 git-lfs says `erase` and asks again, without end where
//! it is given the same answer every time (git-lfs issue 2833; measured with 3.3). It runs us anew
//! for each, so that a note has to lie somewhere meanwhile. It says how often, and nothing of the
//! token.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::address::Address;
use crate::report;

/// git-lfs asks again at once. A note that is older was left by one that was killed.
const MOMENT: Duration = Duration::from_secs(30);

/// How many in a row may be refused where the last one is not known to be the last.
const ENOUGH: usize = 10;

/// What a note's name begins with.
const PREFIX: &str = "refused-";

/// The note for one repository, and for whoever works in this process group: a shell gives each
/// command that somebody types one of its own.
pub struct Refusals {
    name: String,
}

impl Refusals {
    /// Of a repository's token.
    pub fn of(address: &Address) -> Refusals {
        let (workspace, repository) = (address.workspace(), address.repository());
        let name = format!("{PREFIX}{}+{workspace}+{repository}", system::group());
        Refusals {
            name: name.to_ascii_lowercase(),
        }
    }

    /// Notes one more; `is_last` where it is git-lfs, and the source has no other token for it.
    pub fn note(&self, is_last: bool) {
        let count = if is_last { ENOUGH } else { 1 };
        let noted = folders().any(|folder| self.write(&folder, count).is_ok());
        report::trace(|| match noted {
            true => "refused: noted".to_owned(),
            false => "refused: there is no folder to note it in".to_owned(),
        });
    }

    /// Whether another answer would be of no use. Says so once, and then forgets: what is tried
    /// after that may have been mended.
    pub fn are_enough(&self) -> bool {
        let is_enough = self.notes().any(|note| {
            let metadata = note.metadata();
            metadata.is_ok_and(|note| is_recent(&note) && note.len() >= ENOUGH as u64)
        });
        if is_enough {
            report::trace(|| "refused: just now, so there is no use in it again".to_owned());
            self.forget();
        }
        is_enough
    }

    /// After a token that served.
    pub fn forget(&self) {
        for note in self.notes() {
            let _ = fs::remove_file(note);
        }
    }

    fn notes(&self) -> impl Iterator<Item = PathBuf> {
        let folders = folders().filter(|folder| system::is_ours(folder));
        folders.map(|folder| folder.join(&self.name))
    }

    fn write(&self, folder: &Path, count: usize) -> io::Result<()> {
        system::make_folder(folder)?;
        if !system::is_ours(folder) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        sweep(folder)?;
        let mut file = system::open(&folder.join(&self.name))?;
        file.write_all(&[b'.'; ENOUGH][..count])?;
        // By our own clock, and not by a file server's.
        file.set_modified(SystemTime::now())
    }
}

/// Where a note may lie, the best place first. The last is for machines on which nobody may write
/// into a home.
fn folders() -> impl Iterator<Item = PathBuf> {
    let of_user = [dirs::runtime_dir(), dirs::cache_dir()];
    let of_user = of_user.into_iter().flatten();
    let of_user = of_user.map(|folder| folder.join("git-remote-bbt"));
    of_user.chain([std::env::temp_dir().join(system::folder_among_others())])
}

/// Takes away the notes of those who asked no more.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        let is_note = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_note && entry.metadata().is_ok_and(|note| !is_recent(&note)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// A clock may have been set meanwhile, either way.
fn is_recent(note: &Metadata) -> bool {
    let now = SystemTime::now();
    note.modified().is_ok_and(|then| {
        let between = now.duration_since(then);
        between.unwrap_or_else(|error| error.duration()) < MOMENT
    })
}

#[cfg(unix)]
mod system {
    use std::fs::{DirBuilder, File, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use rustix::process::{geteuid, getpgrp};

    pub fn group() -> u32 {
        getpgrp().as_raw_nonzero().get().unsigned_abs()
    }

    /// Its name in a folder that is everybody's.
    pub fn folder_among_others() -> String {
        format!("git-remote-bbt-{}", geteuid().as_raw())
    }

    /// Whether nobody else can have put something there.
    pub fn is_ours(folder: &Path) -> bool {
        folder.symlink_metadata().is_ok_and(|metadata| {
            let (owner, mode) = (metadata.uid(), metadata.mode());
            metadata.is_dir() && owner == geteuid().as_raw() && mode & 0o022 == 0
        })
    }

    pub fn make_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    pub fn open(note: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600).open(note)
    }
}

/// All these folders are the user's alone there, and programs have no groups.
#[cfg(not(unix))]
mod system {
    use std::fs::{DirBuilder, File, OpenOptions};
    use std::io;
    use std::path::Path;

    pub fn group() -> u32 {
        0
    }

    pub fn folder_among_others() -> String {
        "git-remote-bbt".to_owned()
    }

    pub fn is_ours(folder: &Path) -> bool {
        folder.is_dir()
    }

    pub fn make_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).create(folder)
    }

    pub fn open(note: &Path) -> io::Result<File> {
        OpenOptions::new().append(true).create(true).open(note)
    }
}
