//! Reading files that a stranger may have made: a repository can have a symbolic link to a device
//! that never ends where a file belongs, and an archive a pipe that nobody writes into.

use std::fs::File;
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::wiped;

/// What git or its user writes is nowhere near this; a larger one was made to keep us busy.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A regular file, or the one that a symbolic link leads to.
///
/// # Errors
/// It is something else, or the system does not open it.
pub fn open(path: &Path) -> io::Result<File> {
    // Before it is opened: to open a pipe would wait for somebody to write into it. Of a folder the
    // system says that it is one.
    let metadata = path.metadata()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::other("it is not a regular file"));
    }
    File::open(path)
}

/// What is in a file that can be [`open`]ed so, of no more than 8 MiB.
///
/// # Errors
/// As [`open`], and where it is larger.
pub fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let bytes = wiped::read(open(path)?, MAX_BYTES + 1)?;
    match bytes.len() > MAX_BYTES {
        true => Err(io::Error::other("it is larger than 8 MiB")),
        false => Ok(bytes),
    }
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], and where it is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| io::Error::other("it is not UTF-8"))?;
    Ok(text.to_owned())
}
