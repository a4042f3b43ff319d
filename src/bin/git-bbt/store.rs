//! Where `git bbt login` stores a token: the platform's keyring, or a private file beside config.toml.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::source::{Source, keyring};
use bbt::target::Target;
use bbt::token::Token;
use clap::ValueEnum;
use toml_edit::{InlineTable, Value};

use crate::git_settings::shown;
use crate::output::token_line;
use crate::write::{self, Mode};

/// The values of `--store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The platform's keyring
    Keyring,
    /// A file beside config.toml that only you can read
    File,
}

impl Store {
    /// Returns the keyring if one is available, otherwise a file and why there is no keyring.
    pub fn available() -> (Store, Option<String>) {
        match keyring::available() {
            Ok(()) => (Store::Keyring, None),
            Err(failure) => (Store::File, Some(failure.to_string())),
        }
    }
}

/// Where one target's token is stored.
#[derive(Debug, PartialEq, Eq)]
pub enum StoreLocation {
    Keyring(keyring::Item),
    File(PathBuf),
}

impl StoreLocation {
    /// Returns where `store` has the target's token; files are in `folder`.
    pub fn new(target: &Target, store: Store, folder: &Path) -> StoreLocation {
        match store {
            Store::Keyring => {
                let slug = target.repository().map(|address| address.repository());
                StoreLocation::Keyring(keyring::Item::new(target.workspace(), slug))
            }
            Store::File => {
                // No name contains a plus, so no two targets share a file.
                let of = match target.repository() {
                    Some(address) => address.full_name().replace('/', "+"),
                    None => target.workspace().to_owned(),
                };
                StoreLocation::File(folder.join(format!("{of}.token").to_lowercase()))
            }
        }
    }

    /// Returns the location that `source` names; `None` if login did not store the target's token there.
    pub fn of_login(target: &Target, source: &Source, folder: &Path) -> Option<StoreLocation> {
        match source {
            Source::Keyring(_) => Some(StoreLocation::new(target, Store::Keyring, folder)),
            Source::File(path) => {
                let ours = StoreLocation::new(target, Store::File, folder);
                (ours == StoreLocation::File(path.clone())).then_some(ours)
            }
            _ => None,
        }
    }

    /// Stores the token, in place of an older one.
    ///
    /// # Errors
    /// If it cannot be stored; the older one is unchanged.
    pub fn write(&self, token: &Token) -> Result<()> {
        match self {
            StoreLocation::Keyring(item) => Ok(item.write(token)?),
            StoreLocation::File(path) => write::replace(path, &token_line(token), Mode::Private),
        }
    }

    /// Removes the token. Returns whether it existed.
    pub fn remove(&self) -> Result<bool> {
        match self {
            StoreLocation::Keyring(item) => Ok(item.remove()?),
            StoreLocation::File(path) => write::remove(path),
        }
    }

    /// Returns the value of `token = ...` in config.toml.
    pub fn to_source(&self) -> InlineTable {
        InlineTable::from_iter([match self {
            StoreLocation::Keyring(_) => ("keyring", Value::from(true)),
            StoreLocation::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                ("file", Value::from(name.into_owned()))
            }
        }])
    }

    /// Describes the location for messages.
    pub fn describe(&self) -> String {
        match self {
            StoreLocation::Keyring(_) => "the keyring".to_owned(),
            StoreLocation::File(path) => shown(path),
        }
    }
}
