//! A token in a file of its own, as Docker and Kubernetes mount secrets. Those are often readable by
//! others, so the mode is not checked.

use std::fs::File;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::placeholder;
use crate::messages::Failure;
use crate::target::Target;
use crate::{token, zeroized};

/// Returns the path for a target. Only what comes from a variable may not be UTF-8, and is not filled in.
pub(super) fn path_for(path: &Path, target: &Target) -> Result<PathBuf, Failure> {
    match path.to_str() {
        Some(text) => Ok(placeholder::fill(text, target)?.into()),
        None => Ok(path.to_owned()),
    }
}

/// Reads the file, up to a little more than the longest token.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // Two bytes more than a token: a longer one, with its line end, is noticed and not cut off.
    let bytes = zeroized::read(open(path)?, token::MAX_BYTES + 2);
    bytes.map_err(|error| unreadable(path, &error))
}

/// Splits a path into the variable it starts with and the rest: `$CREDENTIALS_DIRECTORY/acme`, as
/// systemd sets it for a service, or `${HOME}/acme`.
pub(crate) fn leading_variable(path: &str) -> Option<(&str, &str)> {
    let (start, rest) = path.strip_prefix('$')?.split_once('/')?;
    let name = start
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or(start);
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(in_name)).then_some((name, rest))
}

/// Opens the file if it is a regular one and not empty.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let shown = path.display();
    if let Some((name, _)) = path.to_str().and_then(leading_variable) {
        return Err(
            Failure::new(format!("{name} is not set to an absolute path"))
                .hint(format!("{shown} starts with that variable")),
        );
    }
    let failed = |error: std::io::Error| unreadable(path, &error);
    // Checked before it is opened: opening a pipe would wait for a writer.
    let metadata = path.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::new(format!("{shown} is not a regular file")));
    }
    if metadata.len() == 0 {
        return Err(Failure::new(format!("{shown} is empty")));
    }
    File::open(path).map_err(failed)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}
