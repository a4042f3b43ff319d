//! Opens files that a stranger may have made: in place of a file, a repository can have a symbolic link
//! to a device that never ends, and an archive a pipe that nobody writes to.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::zeroized;

/// Far larger than what git or its users write.
const MAX_BYTES: usize = 8 * 1024 * 1024;

const NOT_REGULAR: &str = "it is not a regular file";

/// Opens a regular file, or the one that a symbolic link points to, without blocking.
///
/// # Errors
/// If it is not a regular file, or cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    // Before it is opened, since opening a device can have effects.
    refuse_special(&path.metadata()?)?;
    let file = without_waiting(OpenOptions::new().read(true), Links::Follow).open(path)?;
    // Again, since it may have been replaced.
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Accepts folders, for which reading reports the error.
fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() || metadata.is_dir() {
        return Ok(());
    }
    Err(io::Error::other(NOT_REGULAR))
}

/// Opens a regular file of ours whose name others can predict (a lock, a draft, a generated file),
/// without following a symbolic link and without blocking.
///
/// # Errors
/// If it is not a regular file, or cannot be opened.
pub fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let refused = |what| Err(io::Error::other(what));
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => return refused("it is a symbolic link"),
        Ok(found) if !found.is_file() => return refused(NOT_REGULAR),
        _ => {}
    }
    let file = without_waiting(options, Links::Refuse).open(path)?;
    // It may have been created between the two calls.
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        refused(NOT_REGULAR)
    }
}

/// Reads a file that can be [`open`]ed.
///
/// # Errors
/// As [`open`], and if it is larger than 8 MiB.
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

/// What to do with a symbolic link in place of a file.
#[derive(PartialEq, Eq)]
enum Links {
    Follow,
    Refuse,
}

/// Opening a pipe would wait for its other end. On Windows, folders contain no pipes, and only
/// administrators make symbolic links.
#[cfg_attr(not(unix), expect(unused_variables, reason = "see above"))]
fn without_waiting(options: &mut OpenOptions, links: Links) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        flags.set(OFlags::NOFOLLOW, links == Links::Refuse);
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}
