//! A token in a file of its own, as Docker and Kubernetes mount them. Others may be able to read
//! it: that is how those mount it, and its mode is not ours to judge.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Result;
use zeroize::Zeroizing;

use super::kinds::{Keeps, Written};
use crate::report::Failure;
use crate::{token, wiped};

/// `token = { file = "path" }`
#[derive(Debug, Clone)]
pub struct TokenFile {
    /// Absolute, unless it starts with a variable that is not set.
    pub path: PathBuf,
}

impl Keeps for TokenFile {
    const FORM: &str = "{ file = \"path\" }";

    fn parse(written: &Written) -> Result<Self> {
        let Written {
            reader, key, value, ..
        } = written;
        let text = reader.string(key, value)?;
        if let Some((name, rest)) = variable(text) {
            // A variable that is not set is a mistake only if this is the source that is used.
            let folder = std::env::var_os(name).filter(|folder| Path::new(folder).is_absolute());
            let path = folder.map_or(text.into(), |folder| Path::new(&folder).join(rest));
            return Ok(TokenFile { path });
        }
        let path = reader.path_of(key, value, text)?;
        Ok(TokenFile { path })
    }

    fn describe(&self) -> String {
        format!("file {}", self.path.display())
    }

    /// That it is a file, can be opened, and is not empty.
    fn check(&self) -> Result<(), Failure> {
        open(&self.path).map(drop)
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let file = open(&self.path)?;
        // One byte more than a token and its line end can have, so that more is seen and not cut off.
        let read = wiped::read(file, token::MAX_BYTES + 2);
        read.map_err(|error| unreadable(&self.path, &error))
    }
}

/// The variable that a path starts with, and the rest: `$CREDENTIALS_DIRECTORY/acme`, as systemd
/// sets it for a service, or `${HOME}/acme`.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (start, rest) = text.strip_prefix('$')?.split_once('/')?;
    let name = start
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'));
    let name = name.unwrap_or(start);
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(in_name)).then_some((name, rest))
}

fn open(path: &Path) -> Result<File, Failure> {
    if let Some((name, _)) = path.to_str().and_then(variable) {
        return Err(
            Failure::new(format!("{name} is not set to an absolute path"))
                .hint(format!("{} starts with that variable", path.display())),
        );
    }
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
