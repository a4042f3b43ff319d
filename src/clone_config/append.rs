//! One edit of a file of git's configuration: sections appended under git's own lock.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use zeroize::Zeroizing;

use crate::untrusted_file;

/// git holds its lock for a few milliseconds and gives up at once if it is taken. Several of us may
/// be started together (`git fetch --all --jobs`), so each waits for the others. An older lock was
/// left by a command that was killed.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

/// Returns git's lock on `config` if it was left behind, so that nothing can be written.
pub fn abandoned_lock(config: &Path) -> Option<PathBuf> {
    let lock = lock_path(&fs::canonicalize(config).ok()?);
    let modified = lock.symlink_metadata().ok()?.modified().ok()?;
    let age = SystemTime::now().duration_since(modified);
    // A clock that differs says nothing else about it.
    (age.unwrap_or_else(|error| error.duration()) > PATIENCE).then_some(lock)
}

/// Appends to `config` what `sections` returns for its content, which it reads under the lock. The
/// file keeps its mode, and is written through a symbolic link, as by git. If it returns nothing,
/// nothing is written. A kill leaves the file as it was, and the lock, as with git.
///
/// # Errors
/// The system's: the lock is taken, the folder may not be written to, the disk is full.
pub fn append(config: &Path, sections: impl FnOnce(&[u8]) -> String) -> io::Result<()> {
    let config = fs::canonicalize(config)?;
    let lock = Lock::take(&config)?;
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
    lock.file
        .set_permissions(fs::metadata(&config)?.permissions())?;
    (&lock.file).write_all(&whole)?;
    lock.rename_to(&config)
}

/// What has to come between the last line and a section: the rest of that line's end, and an empty
/// line if the value goes on after it.
fn gap(text: &[u8]) -> &'static str {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match (line.ends_with(b"\\"), text.ends_with(b"\n")) {
        (true, false) => "\n\n",
        (true, true) => "\n",
        (false, false) if !text.is_empty() => "\n",
        _ => "",
    }
}

fn lock_path(config: &Path) -> PathBuf {
    let mut path = config.as_os_str().to_owned();
    path.push(".lock");
    PathBuf::from(path)
}

/// git's own lock on a file: the file beside it that becomes the new one.
struct Lock {
    file: File,
    path: PathBuf,
    is_renamed: bool,
}

impl Lock {
    fn take(config: &Path) -> io::Result<Lock> {
        let path = lock_path(config);
        let mut options = OpenOptions::new();
        // Private until it has the mode of the file that it replaces.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.write(true).create_new(true);
        let start = Instant::now();
        loop {
            match options.open(&path) {
                Ok(file) => {
                    return Ok(Lock {
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

    fn rename_to(mut self, config: &Path) -> io::Result<()> {
        fs::rename(&self.path, config)?;
        self.is_renamed = true;
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_renamed {
            let _ = fs::remove_file(&self.path);
        }
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
