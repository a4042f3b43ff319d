//! Edits config.toml, keeping the user's comments and order.

mod tables;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bbt::child;
use bbt::config::{Config, TokenEntry};
use bbt::messages::{self, Failure};
use bbt::target::Target;
use bbt::token::{Kind, Token};
use bbt::untrusted_file;
use toml_edit::{Datetime, DocumentMut, InlineTable, TableLike};

use crate::store::StoreLocation;
use crate::write::{self, Mode};
use tables::{find_or_create, set};

/// How long to wait for another `git bbt` that has the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The file, locked against other `git bbt` processes until dropped.
pub struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
    config: Config,
    _lock: File,
}

/// The keys that describe a token in config.toml.
#[derive(Default)]
pub struct TokenMetadata<'a> {
    /// The account of an API token.
    pub account: Option<&'a str>,
    /// The token's last day.
    pub expires: Option<time::Date>,
    /// The kind, if the prefix does not show it.
    pub kind: Option<Kind>,
}

/// The keys of [`TokenMetadata`].
const METADATA: [&str; 3] = ["kind", "account", "expires"];

impl ConfigFile {
    /// Opens the file that the helper reads; [`save`](Self::save) creates it if it does not exist.
    ///
    /// # Errors
    /// If the helper would refuse it too, or another `git bbt` does not release the lock.
    pub fn open() -> Result<ConfigFile> {
        let path = Config::location()?.ok_or_else(|| {
            Failure::new("no home directory, so config.toml has no location")
                .hint("export BBT_CONFIG=/path/to/config.toml")
        })?;
        let lock = lock_beside(&path)?;
        write::clean(&path);
        let (config, text) = Config::read_with_text()?;
        let document = text
            .parse()
            .map_err(|_| Failure::new(format!("{} is not TOML", path.display())))?;
        Ok(ConfigFile {
            path,
            document,
            config,
            _lock: lock,
        })
    }

    /// Returns the file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file's content as it was opened.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the folder that relative paths in the file start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Sets the target's token and the keys that describe it, in place of the old ones.
    pub fn set_token(
        &mut self,
        target: &Target,
        source: InlineTable,
        metadata: &TokenMetadata,
    ) -> Result<()> {
        let table = self.table_of(target)?;
        set(table, "token", source.into());
        for key in METADATA {
            table.remove(key);
        }
        if let Some(kind) = metadata.kind {
            let name = match kind {
                Kind::Access => "access",
                Kind::Api => "api",
            };
            set(table, "kind", name.into());
        }
        if let Some(account) = metadata.account {
            set(table, "account", account.into());
        }
        if let Some(date) = metadata.expires {
            let day: Datetime = date.to_string().parse()?;
            set(table, "expires", day.into());
        }
        Ok(())
    }

    /// Sets the email of the bot that commits in a workspace.
    pub fn set_email(&mut self, workspace: &str, email: &str) -> Result<()> {
        let table = self.table_of(&Target::Workspace(workspace.to_owned()))?;
        set(table, "email", email.into());
        Ok(())
    }

    /// Removes the target's token and the keys that describe it, and tables that are empty then.
    pub fn remove_token(&mut self, target: &Target) {
        tables::remove(self.document.as_table_mut(), &path_of(target), &|table| {
            table.remove("token");
            for key in METADATA {
                table.remove(key);
            }
        });
    }

    /// Writes the file. Returns its new content.
    ///
    /// # Errors
    /// If the helper could not read the result, or the file cannot be written. It is unchanged then.
    pub fn save(&self) -> Result<Config> {
        let text = self.document.to_string();
        let config = Config::parse(&self.path, &text)
            .context("the result would not be a valid configuration")?;
        let before = Config::in_use()?.filter(|path| *path != self.path);
        write::replace(&self.path, text.as_bytes(), Mode::Unchanged)?;
        if let Some(before) = before {
            messages::warning(&format!(
                "{} is no longer read, since you have a file of your own now",
                before.display()
            ));
        }
        Ok(config)
    }

    /// Stores the token and then writes the file, whose entry names the token's location. Removes an
    /// older token that login stored for the target. Returns the file's new content.
    ///
    /// # Errors
    /// If the token cannot be stored, other users can write to the folder, or as [`save`](Self::save).
    /// The file and the older token are unchanged then.
    pub fn save_with(
        &self,
        target: &Target,
        location: &StoreLocation,
        token: &Token,
    ) -> Result<Config> {
        let real = write::real(&self.path);
        for folder in [&self.path, &real].iter().filter_map(|path| path.parent()) {
            write::refuse_shared(folder).context("the token was not stored")?;
        }
        let older = entry_of(&self.config, target)
            .and_then(|entry| StoreLocation::of_login(target, &entry.source, self.folder()));
        child::with_signals_deferred(|| {
            location.write(token)?;
            let config = self.save().inspect_err(|_| {
                // Without an entry, the new token would never be found again.
                if older.as_ref() != Some(location) {
                    let _ = location.remove();
                }
            })?;
            if let Some(older) = older.filter(|older| older != location)
                && let Err(error) = older.remove()
            {
                messages::warning(&format!(
                    "the older token for {target} could not be removed from {}: {error:#}",
                    older.describe()
                ));
            }
            Ok(config)
        })
    }

    /// Returns the target's table, created if it does not exist.
    fn table_of(&mut self, target: &Target) -> Result<&mut dyn TableLike> {
        let table = find_or_create(self.document.as_table_mut(), &path_of(target));
        Ok(table.ok_or_else(|| {
            let shown = self.path.display();
            Failure::new(format!("{shown} has a value in place of a table"))
        })?)
    }
}

/// Returns the names of the tables around and of a target's.
fn path_of(target: &Target) -> Vec<&str> {
    let mut path = vec!["workspace", target.workspace()];
    if let Some(address) = target.repository() {
        path.extend(["repository", address.repository()]);
    }
    path
}

/// Returns the entry for exactly this target: no pattern, and no wider scope.
pub fn entry_of<'c>(config: &'c Config, target: &Target) -> Option<&'c TokenEntry> {
    let workspace = config.workspace(target.workspace())?;
    let Some(address) = target.repository() else {
        return workspace.token.as_ref();
    };
    let mut repositories = workspace.repositories.iter();
    let exact = repositories.find(|repository| {
        repository
            .pattern
            .eq_ignore_ascii_case(address.repository())
    });
    exact.map(|repository| &repository.token)
}

/// The file that [`lock_beside`] creates.
pub const LOCK: &str = ".config.toml.lock";

/// Locks the folder of `path` against other `git bbt` processes, until the returned file is closed. The
/// lock is a file of its own, since every write replaces config.toml.
pub fn lock_beside(path: &Path) -> Result<File> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = folder.join(LOCK);
    let opened = write::create_private(folder)
        .and_then(|()| untrusted_file::open_own(&name, File::options().create(true).append(true)));
    let file = opened.with_context(|| format!("cannot write {}", name.display()))?;
    let started = Instant::now();
    while let Err(error) = file.try_lock() {
        match error {
            TryLockError::WouldBlock if started.elapsed() < LOCK_TIMEOUT => {
                std::thread::sleep(Duration::from_millis(20));
            }
            TryLockError::WouldBlock => {
                let what = format!("another git bbt is changing {}", path.display());
                return Err(Failure::new(what)
                    .hint("wait for it to end, then try again")
                    .into());
            }
            TryLockError::Error(error) => {
                return Err(error).with_context(|| format!("cannot lock {}", name.display()));
            }
        }
    }
    Ok(file)
}
