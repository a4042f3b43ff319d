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
    /// Absolute.
    pub path: PathBuf,
}

impl Keeps for TokenFile {
    const FORM: &str = "{ file = \"path\" }";

    fn parse(written: &Written) -> Result<Self> {
        let Written {
            reader, key, value, ..
        } = written;
        let path = reader.path_of(key, value, reader.string(key, value)?)?;
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
