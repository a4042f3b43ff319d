//! Opening files that a stranger may have made: a repository can have a symbolic link to a device
//! that never ends where a file belongs, and an archive a pipe that nobody writes into.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::zeroized;

/// What git or its user writes is nowhere near this; a larger one was made to keep us busy.
const MAX_BYTES: usize = 8 * 1024 * 1024;

const NOT_REGULAR: &str = "it is not a regular file";

/// Opens a regular file, or the one that a symbolic link leads to, without waiting for anything.
///
/// # Errors
/// It is something else, or the system does not open it.
pub fn open(path: &Path) -> io::Result<File> {
    // Before it is opened: opening a device may do something.
    refuse_special(&path.metadata()?)?;
    let file = flags::without_waiting(OpenOptions::new().read(true)).open(path)?;
    // Another one may have come into its place.
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Of a folder the system reports that it is one.
fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    Err(io::Error::other(NOT_REGULAR))
}

/// Opens a regular file that is ours and has a name that others know (a lock, a draft, a generated
/// file): a symbolic link there is not followed, and nothing is waited for.
///
/// # Errors
/// It is something else, or the system does not open it.
pub fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let refused = |what| Err(io::Error::other(what));
    match path.symlink_metadata() {
        Ok(there) if there.is_symlink() => return refused("it is a symbolic link"),
        Ok(there) if !there.is_file() => return refused(NOT_REGULAR),
        _ => {}
    }
    let file = flags::without_links(options).open(path)?;
    // It may have come between the two.
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        refused(NOT_REGULAR)
    }
}

/// Returns what is in a file that can be [`open`]ed so, at most 8 MiB.
///
/// # Errors
/// As [`open`], and if it is larger.
pub fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let bytes = zeroized::read(open(path)?, MAX_BYTES + 1)?;
    if bytes.len() > MAX_BYTES {
        Err(io::Error::other("it is larger than 8 MiB"))
    } else {
        Ok(bytes)
    }
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], and if it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| io::Error::other("it is not UTF-8"))?;
    Ok(text.to_owned())
}

#[cfg(unix)]
mod flags {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    /// A pipe would else wait for its other end.
    const NO_WAIT: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    pub fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
        options.custom_flags(NO_WAIT.bits().cast_signed())
    }

    pub fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
        let flags = NO_WAIT.union(OFlags::NOFOLLOW);
        options.custom_flags(flags.bits().cast_signed())
    }
}

/// No pipes have names in folders here, and links are for administrators to make.
#[cfg(not(unix))]
mod flags {
    use std::fs::OpenOptions;

    pub fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }

    pub fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }
}
