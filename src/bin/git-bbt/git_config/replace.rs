//! Writing a file of git's configuration under git's own lock (`<file>.lock`, made by one and
//! renamed into its place), so that git and we never lose each other's changes, and what anybody
//! sees of the file is old or new and never half.
//!
//! A program that is killed leaves the lock behind, and then git refuses to write until somebody
//! removes it. So ours is first a draft under a name of our own, held by a lock that ends with the
//! process, and then gets the lock's name as a second one: whoever comes next can tell that the lock
//! is ours, and that nobody holds it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::{child, untrusted_file};
use zeroize::Zeroizing;

use super::ConfigText;
use super::draft::Draft;

/// How often a file may change under our hands.
const TRIES: usize = 5;

/// A file of git's configuration, by the name that a symbolic link leads to.
pub struct ConfigPath {
    file: PathBuf,
}

/// How a replacement ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Replaced {
    Done,
    /// The file is not what it was any more: look again.
    Changed,
    /// git, or another `git bbt`, is at it.
    Locked(PathBuf),
}

/// What stands in the way of a change. The file is then as it was.
#[derive(Debug)]
pub enum Trouble {
    Unreadable(io::Error),
    /// The number of the first line that git could not read either.
    Broken(usize),
    Unwritable(io::Error),
    /// git, or another `git bbt`, is at it, and this is its lock.
    Locked(PathBuf),
    KeepsChanging,
}

impl ConfigPath {
    /// # Errors
    /// The system's, where there is no such file.
    pub fn of(path: &Path) -> io::Result<ConfigPath> {
        // Asking for every part of every path would take a tenth of a long run's time.
        let file = if fs::symlink_metadata(path)?.is_symlink() {
            dunce::canonicalize(path)?
        } else {
            path.to_owned()
        };
        Ok(ConfigPath { file })
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// What is in it.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        untrusted_file::read(&self.file)
    }

    /// What is in it, and what stands where.
    ///
    /// # Errors
    /// That it cannot be read, or is broken.
    pub fn text(&self) -> Result<ConfigText, Trouble> {
        ConfigText::parse(self.read().map_err(Trouble::Unreadable)?).map_err(Trouble::Broken)
    }

    /// Plans upon `text`, which is what was read of the file, and writes what the plan has for `new`
    /// content; anew where the file has changed meanwhile.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn change<P>(
        &self,
        mut text: ConfigText,
        dry_run: bool,
        plan: impl Fn(&ConfigText) -> P,
        new: impl Fn(&P) -> Option<&Zeroizing<Vec<u8>>>,
    ) -> Result<P, Trouble> {
        for _ in 0..TRIES {
            let plan = plan(&text);
            let Some(new) = new(&plan).filter(|_| !dry_run) else {
                return Ok(plan);
            };
            let replaced = child::with_signals_deferred(|| self.replace(text.bytes(), new));
            match replaced.map_err(Trouble::Unwritable)? {
                Replaced::Done => return Ok(plan),
                Replaced::Changed => text = self.text()?,
                Replaced::Locked(lock) => return Err(Trouble::Locked(lock)),
            }
        }
        Err(Trouble::KeepsChanging)
    }

    /// Puts `new` in the place of `old`.
    ///
    /// # Errors
    /// The system's. The file is then as it was.
    pub fn replace(&self, old: &[u8], new: &[u8]) -> io::Result<Replaced> {
        let Some(draft) = Draft::open(self.beside(".bbt"), &self.lock())? else {
            return Ok(Replaced::Locked(self.lock()));
        };
        draft.belong_as(&fs::metadata(&self.file)?)?;
        self.under_lock(&draft, new, || Ok(*self.read()? == old))
    }

    /// Writes the draft, gives it the lock's name, and then the file's, if that is as it should be.
    fn under_lock(
        &self,
        draft: &Draft,
        new: &[u8],
        is_as_it_was: impl FnOnce() -> io::Result<bool>,
    ) -> io::Result<Replaced> {
        let lock = self.lock();
        draft.write(new)?;
        match draft.link(&lock) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Replaced::Locked(lock));
            }
            linked => linked?,
        }
        let replaced = is_as_it_was().and_then(|is| {
            if is {
                draft
                    .let_others_read()
                    .and_then(|()| fs::rename(&lock, &self.file))
                    .map(|()| Replaced::Done)
            } else {
                Ok(Replaced::Changed)
            }
        });
        if !matches!(replaced, Ok(Replaced::Done)) {
            let _ = fs::remove_file(&lock);
        }
        replaced
    }

    /// Takes away what a killed run has left beside the file.
    pub fn clean(&self) {
        let _ = Draft::take_away(&self.beside(".bbt"), &self.lock());
    }

    /// As git names it.
    fn lock(&self) -> PathBuf {
        self.beside(".lock")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.file);
        name.push(ending);
        PathBuf::from(name)
    }
}
