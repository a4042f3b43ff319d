//! Where `git bbt login` keeps a token: the platform's keyring, or a private file beside
//! config.toml.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::source::{Source, keyring};
use bbt::token::Token;
use clap::ValueEnum;
use toml_edit::InlineTable;

use crate::git_settings::shown;
use crate::output::token_line;
use crate::target::Target;
use crate::write;

/// What `--store` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The platform's keyring
    Keyring,
    /// A file beside config.toml that you alone can read
    File,
}

impl Store {
    /// The keyring where one answers, else a file; with the reason why it is none.
    pub fn default_here() -> (Store, Option<String>) {
        match keyring::available() {
            Ok(()) => (Store::Keyring, None),
            Err(failure) => (Store::File, Some(failure.to_string())),
        }
    }
}

/// A place for one target's token.
#[derive(Debug, PartialEq, Eq)]
pub enum StoreLocation {
    Keyring(keyring::Item),
    File { path: PathBuf, name: String },
}

impl StoreLocation {
    /// Where `store` keeps the target's token; files are in `folder`.
    pub fn new(target: &Target, store: Store, folder: &Path) -> StoreLocation {
        match store {
            Store::Keyring => {
                let slug = target.repository().map(|address| address.repository());
                StoreLocation::Keyring(keyring::Item::new(target.workspace(), slug))
            }
            Store::File => {
                // No name has a plus in it, so no two targets share a file.
                let of = match target.repository() {
                    Some(address) => address.full_name().replace('/', "+"),
                    None => target.workspace().to_owned(),
                };
                let name = format!("{of}.token").to_lowercase();
                StoreLocation::File {
                    path: folder.join(&name),
                    name,
                }
            }
        }
    }

    /// The place that `source` is, where it is one of the target's that login makes.
    pub fn of_login(target: &Target, source: &Source, folder: &Path) -> Option<StoreLocation> {
        match source {
            Source::Keyring(_) => Some(StoreLocation::new(target, Store::Keyring, folder)),
            Source::File(named) => match StoreLocation::new(target, Store::File, folder) {
                StoreLocation::File { path, name } if path == *named => {
                    Some(StoreLocation::File { path, name })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Keeps the token there, in the place of an older one.
    ///
    /// # Errors
    /// The store's; the older one is then still there.
    pub fn write(&self, token: &Token) -> Result<()> {
        match self {
            StoreLocation::Keyring(item) => Ok(item.write(token)?),
            StoreLocation::File { path, .. } => write::private(path, &token_line(token)),
        }
    }

    /// Removes the token there; whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub fn remove(&self) -> Result<bool> {
        match self {
            StoreLocation::Keyring(item) => Ok(item.remove()?),
            StoreLocation::File { path, .. } => write::remove(path),
        }
    }

    /// As `token = ...` in config.toml.
    pub fn to_source(&self) -> InlineTable {
        let mut table = InlineTable::new();
        match self {
            StoreLocation::Keyring(_) => table.insert("keyring", true.into()),
            StoreLocation::File { name, .. } => table.insert("file", name.as_str().into()),
        };
        table
    }

    /// For people.
    pub fn describe(&self) -> String {
        match self {
            StoreLocation::Keyring(_) => "the keyring".to_owned(),
            StoreLocation::File { path, .. } => shown(path),
        }
    }
}
