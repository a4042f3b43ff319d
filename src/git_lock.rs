//! git's own lock on a file of its configuration: `<file>.lock` beside it, created by one process and
//! renamed into the file's place. What others see of the file is old or new, never half. A kill leaves
//! the lock, as with git.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// git holds its lock for a few milliseconds and gives up at once if it is taken. Several of us may
/// be started together (`git fetch --all --jobs`), so each waits this long for the others. An older lock
/// was left by a command that was killed.
pub const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

/// The lock on a file, which is released on drop.
pub struct GitLock<'p> {
    target: &'p Path,
    file: File,
    path: PathBuf,
    is_renamed: bool,
}

impl<'p> GitLock<'p> {
    /// Takes the lock on `target`, which must not be a symbolic link: git locks what a link leads to.
    /// Waits up to a second for another process.
    ///
    /// # Errors
    /// The system's: [`io::ErrorKind::AlreadyExists`] if the lock is still taken.
    pub fn take(target: &'p Path) -> io::Result<GitLock<'p>> {
        let path = path_of(target);
        let start = Instant::now();
        loop {
            match private().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    return Ok(GitLock {
                        target,
                        file,
                        path,
                        is_renamed: false,
                    });
                }
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    /// Replaces the file, which keeps its owner and mode.
    ///
    /// # Errors
    /// The system's. The file is then unchanged.
    pub fn replace(mut self, content: &[u8]) -> io::Result<()> {
        keep_owner(&self.file, &fs::metadata(self.target)?)?;
        self.file
            .set_permissions(fs::metadata(self.target)?.permissions())?;
        (&self.file).write_all(content)?;
        fs::rename(&self.path, self.target)?;
        self.is_renamed = true;
        Ok(())
    }
}

impl Drop for GitLock<'_> {
    fn drop(&mut self) {
        if !self.is_renamed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Returns the name of the lock on a file.
pub fn path_of(target: &Path) -> PathBuf {
    let mut path = target.to_owned().into_os_string();
    path.push(".lock");
    PathBuf::from(path)
}

/// Until it has the mode of the file that it replaces.
#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Only root can give a file away, and must not take over what it edits. For everybody else at most
/// the group differs.
#[cfg(unix)]
fn keep_owner(file: &File, of: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};

    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (of.uid(), of.gid()) {
        let _ = fchown(file, Some(of.uid()), Some(of.gid()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
