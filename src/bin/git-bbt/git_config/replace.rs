//! Writing a file of git's configuration under git's own lock (`<file>.lock`, made by one and
//! renamed into its place), so that git and we never lose each other's changes, and what anybody
//! sees of the file is old or new and never half.
//!
//! A program that is killed leaves the lock behind, and then git refuses to write until somebody
//! removes it. So ours is first a draft under a name of our own, held by a lock that ends with the
//! process, and then gets the lock's name as a second one: whoever comes next can tell that the lock
//! is ours, and that nobody holds it.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bbt::{child, files};
use fs4::{FileExt, TryLockError};
use zeroize::Zeroizing;

use super::ConfigText;

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
        let file = match fs::symlink_metadata(path)?.is_symlink() {
            true => dunce::canonicalize(path)?,
            false => path.to_owned(),
        };
        Ok(ConfigPath { file })
    }

    /// One that is not there, for what may lie beside it.
    pub fn of_absent(path: &Path) -> ConfigPath {
        ConfigPath {
            file: path.to_owned(),
        }
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
        files::read(&self.file)
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
            let replaced = child::uninterrupted(|| self.replace(text.bytes(), new));
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
        self.instead_of(old, new, |lock| fs::rename(lock, &self.file))
    }

    /// Makes it, whole at once, with the mode that a file of the user's has; [`Replaced::Changed`] where
    /// it is there.
    ///
    /// # Errors
    /// The system's. There is then no such file.
    pub fn create(&self, new: &[u8]) -> io::Result<Replaced> {
        let Some(draft) = Draft::open(self, OpenOptions::new())? else {
            return Ok(Replaced::Locked(self.beside(".lock")));
        };
        let is_absent = || match fs::symlink_metadata(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            there => there.map(|_| false),
        };
        self.under_lock(&draft, new, is_absent, |lock| fs::rename(lock, &self.file))
    }

    /// Removes it, where nothing is in it.
    ///
    /// # Errors
    /// The system's.
    pub fn remove_empty(&self) -> io::Result<Replaced> {
        self.instead_of(b"", b"", |lock| {
            fs::remove_file(&self.file)?;
            fs::remove_file(lock)
        })
    }

    /// Does something to the file, as long as it is `old`, while git's lock, with `new` in it, is ours.
    fn instead_of(
        &self,
        old: &[u8],
        new: &[u8],
        work: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<Replaced> {
        let Some(draft) = Draft::open(self, private())? else {
            return Ok(Replaced::Locked(self.beside(".lock")));
        };
        keep_owner_and_mode(&draft.file, &fs::metadata(&self.file)?)?;
        self.under_lock(&draft, new, || Ok(*self.read()? == old), work)
    }

    /// Writes the draft, gives it the lock's name, and works, as long as the file is as it should be.
    fn under_lock(
        &self,
        draft: &Draft,
        new: &[u8],
        is_as_it_was: impl FnOnce() -> io::Result<bool>,
        work: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<Replaced> {
        let lock = self.beside(".lock");
        (&draft.file).write_all(new)?;
        match fs::hard_link(&draft.path, &lock) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Replaced::Locked(lock));
            }
            linked => linked?,
        }
        let replaced = is_as_it_was().and_then(|is| match is {
            true => let_others_read(&draft.file)
                .and_then(|()| work(&lock))
                .map(|()| Replaced::Done),
            false => Ok(Replaced::Changed),
        });
        if !matches!(replaced, Ok(Replaced::Done)) {
            let _ = fs::remove_file(&lock);
        }
        replaced
    }

    /// Takes away what a killed run has left beside the file.
    pub fn clean(&self) {
        let _ = Draft::take_away(self);
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(&self.file);
        name.push(ending);
        PathBuf::from(name)
    }
}

/// The file to be, under a name of ours, and ours alone as long as this lives.
struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    /// None where somebody else has one.
    fn open(config: &ConfigPath, mut mode: OpenOptions) -> io::Result<Option<Draft>> {
        let path = config.beside(".bbt");
        if !Draft::take_away(config)? {
            return Ok(None);
        }
        let file = match mode.write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            file => file?,
        };
        // Between the two, somebody may have taken it for one that is left over.
        Ok(match is_held(&file)? && is_same(&file, &path) {
            true => Some(Draft { file, path }),
            false => None,
        })
    }

    /// Removes a draft that nobody holds, and git's lock where that is the same file. Never written
    /// to: it may be the configuration itself by now. Whether there is none any more.
    fn take_away(config: &ConfigPath) -> io::Result<bool> {
        let path = config.beside(".bbt");
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            file => file?,
        };
        if !is_held(&file)? || !is_same(&file, &path) {
            return Ok(false);
        }
        let lock = config.beside(".lock");
        if is_same(&file, &lock) {
            fs::remove_file(lock)?;
        }
        fs::remove_file(path)?;
        Ok(true)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether we hold it now.
fn is_held(file: &File) -> io::Result<bool> {
    match FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let of_path = fs::symlink_metadata(path);
    file.metadata().is_ok_and(|one| {
        of_path.is_ok_and(|other| (one.dev(), one.ino()) == (other.dev(), other.ino()))
    })
}

/// git keeps the mode; where root changes what is somebody else's, it also stays theirs.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, of: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is = file.metadata()?;
    if (is.uid(), is.gid()) != (of.uid(), of.gid()) {
        // Only root may give a file away. Everybody else's is their own, and at most the group differs.
        let _ = fchown(file, Some(of.uid()), Some(of.gid()));
    }
    file.set_permissions(of.permissions())
}

/// A lock keeps nobody from reading there.
#[cfg(unix)]
fn let_others_read(_: &File) -> io::Result<()> {
    Ok(())
}

/// There it does, and what is renamed goes on being locked.
#[cfg(not(unix))]
fn let_others_read(file: &File) -> io::Result<()> {
    FileExt::unlock(file)
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

/// Files have no number there that the standard library tells: a good guess, on which little rests,
/// since Windows lets nobody remove or replace a file that is open, as a draft is while it is held.
#[cfg(not(unix))]
fn is_same(file: &File, path: &Path) -> bool {
    let contents = |metadata: Metadata| (metadata.len(), metadata.created().ok());
    let of_path = fs::symlink_metadata(path).map(contents);
    file.metadata()
        .is_ok_and(|one| of_path.is_ok_and(|other| contents(one) == other))
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
