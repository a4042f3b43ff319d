//! A file to be, under a name of ours, and ours alone as long as it is open: held by a lock that ends
//! with the process, so that whoever finds one can tell whether somebody is at it.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bbt::untrusted_file;

/// The draft, which goes away with this.
pub struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    /// Makes one at `path`; none where somebody else has one. `lock` is the other name that one which
    /// is left over may have.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: PathBuf, lock: &Path) -> io::Result<Option<Draft>> {
        if !Draft::take_away(&path, lock)? {
            return Ok(None);
        }
        let mut options = imp::private();
        let file = match options.write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            file => file?,
        };
        // Between the two, somebody may have taken it for one that is left over.
        Ok(if is_held(&file)? && imp::is_same(&file, &path) {
            Some(Draft { file, path })
        } else {
            None
        })
    }

    /// Removes a draft that nobody holds, and git's lock where that is the same file. Never written
    /// to: it may be the configuration itself by now. Whether there is none any more.
    ///
    /// # Errors
    /// The system's.
    pub fn take_away(path: &Path, lock: &Path) -> io::Result<bool> {
        let file = match untrusted_file::open_own(path, OpenOptions::new().read(true)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            file => file?,
        };
        if !is_held(&file)? || !imp::is_same(&file, path) {
            return Ok(false);
        }
        if imp::is_same(&file, lock) {
            fs::remove_file(lock)?;
        }
        fs::remove_file(path)?;
        Ok(true)
    }

    /// Writes all that is in it.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, content: &[u8]) -> io::Result<()> {
        (&self.file).write_all(content)
    }

    /// Gives it a second name.
    ///
    /// # Errors
    /// The system's, such as that the name is taken.
    pub fn link(&self, name: &Path) -> io::Result<()> {
        fs::hard_link(&self.path, name)
    }

    /// Gives it owner and mode of another file, as git does.
    ///
    /// # Errors
    /// The system's.
    pub fn belong_as(&self, of: &Metadata) -> io::Result<()> {
        imp::keep_owner_and_mode(&self.file, of)
    }

    /// Before it is renamed: nobody else may be kept from reading what it becomes.
    ///
    /// # Errors
    /// The system's.
    pub fn let_others_read(&self) -> io::Result<()> {
        imp::let_others_read(&self.file)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether we hold it now.
fn is_held(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(unix)]
mod imp {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
    use std::path::Path;

    pub fn private() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.mode(0o600);
        options
    }

    pub fn is_same(file: &File, path: &Path) -> bool {
        let of_path = fs::symlink_metadata(path);
        file.metadata().is_ok_and(|one| {
            of_path.is_ok_and(|other| (one.dev(), one.ino()) == (other.dev(), other.ino()))
        })
    }

    /// git keeps the mode; where root changes what is somebody else's, it also stays theirs.
    pub fn keep_owner_and_mode(file: &File, of: &Metadata) -> io::Result<()> {
        let is = file.metadata()?;
        if (is.uid(), is.gid()) != (of.uid(), of.gid()) {
            // Only root may give a file away. Everybody else's is their own, and at most the group differs.
            let _ = fchown(file, Some(of.uid()), Some(of.gid()));
        }
        file.set_permissions(of.permissions())
    }

    /// A lock keeps nobody from reading here.
    pub fn let_others_read(_: &File) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub fn private() -> OpenOptions {
        OpenOptions::new()
    }

    /// Files have no number here that the standard library tells: a good guess, on which little rests,
    /// since Windows lets nobody remove or replace a file that is open, as a draft is while it is held.
    pub fn is_same(file: &File, path: &Path) -> bool {
        let contents = |metadata: Metadata| (metadata.len(), metadata.created().ok());
        let of_path = fs::symlink_metadata(path).map(contents);
        file.metadata()
            .is_ok_and(|one| of_path.is_ok_and(|other| contents(one) == other))
    }

    pub fn keep_owner_and_mode(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    /// A lock does here, and what is renamed goes on being locked.
    pub fn let_others_read(file: &File) -> io::Result<()> {
        file.unlock()
    }
}
