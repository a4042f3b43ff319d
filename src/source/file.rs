//! A token in a file of its own, as Docker and Kubernetes mount them. Others may be able to read
//! it: that is how those mount it, and its mode is not ours to judge.

use std::fs::File;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::report::Failure;
use crate::{token, wiped};

/// The path that `text` means: `~/` is the home directory, and a relative path starts from `folder`.
///
/// # Errors
/// The end of a sentence that starts with the key.
pub fn expand(text: &str, folder: &Path) -> Result<PathBuf, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains('\0') {
        return Err("has a NUL character in it");
    }
    if let Some(rest) = text.strip_prefix('~') {
        let inner = rest
            .strip_prefix(std::path::is_separator)
            .ok_or("starts with \"~\", which is expanded only before a slash")?;
        let home = dirs::home_dir().ok_or("starts with \"~\", and there is no home directory")?;
        return Ok(home.join(inner));
    }
    // Joining an absolute path gives that path. The components leave "./" out, for messages.
    Ok(folder.join(text).components().collect())
}

/// That it is a file, can be opened, and is not empty.
///
/// # Errors
/// Names the file and the system's reason.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    open(path).map(drop)
}

/// What it holds.
///
/// # Errors
/// As [`check`].
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let file = open(path)?;
    // One byte more than a token and its line end can have, so that more is seen and not cut off.
    wiped::read(file, token::MAX_BYTES + 2).map_err(|error| unreadable(path, &error))
}

fn open(path: &Path) -> Result<File, Failure> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    // Before it is opened: to open a pipe would wait for somebody to write into it.
    let metadata = path.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::new(format!(
            "{} is not a regular file",
            path.display()
        )));
    }
    if metadata.len() == 0 {
        return Err(Failure::new(format!("{} is empty", path.display())));
    }
    File::open(path).map_err(failed)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}
