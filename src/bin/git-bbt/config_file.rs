//! config.toml, changed where a command says so, with the user's comments and order.

mod tables;

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bbt::child;
use bbt::config::{Config, TokenEntry};
use bbt::messages::{self, Failure};
use bbt::token::{Kind, Token};
use bbt::untrusted_file;
use toml_edit::{DocumentMut, InlineTable, TableLike, Value};

use crate::store::StoreLocation;
use crate::target::Target;
use crate::write;
use tables::{child, clear_token, made, remove_if_empty, set};

/// How long another `git bbt` may take with the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// The file, locked against other `git bbt` as long as this lives.
pub struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
    config: Config,
    _lock: File,
}

/// What stands beside a token and tells of it.
#[derive(Default)]
pub struct TokenMetadata<'a> {
    /// An API token's e-mail.
    pub account: Option<&'a str>,
    /// Its last day.
    pub expires: Option<toml_edit::Date>,
    /// Where its prefix does not tell.
    pub kind: Option<Kind>,
}

impl ConfigFile {
    /// Opens the file that the helper reads; one that is not there is made by [`save`](Self::save).
    ///
    /// # Errors
    /// Where the helper would refuse it too, or another `git bbt` does not let go of it.
    pub fn open() -> Result<ConfigFile> {
        let path = Config::location()?.ok_or_else(|| {
            Failure::new("there is no home directory, so no place for config.toml")
                .hint("export BBT_CONFIG=/path/to/config.toml")
        })?;
        let lock = lock_beside(&path)?;
        write::clean(&path);
        let config = read_config()?;
        let text = match untrusted_file::read_text(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let document = text
            .parse()
            .map_err(|_| Failure::new(format!("{} is no TOML", path.display())))?;
        Ok(ConfigFile {
            path,
            document,
            config,
            _lock: lock,
        })
    }

    /// The entry of just this target, when it was opened: no pattern, and no wider scope.
    pub fn entry_of(&self, target: &Target) -> Option<&TokenEntry> {
        entry_of(&self.config, target)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it said when it was opened.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The folder that relative paths in it start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Puts the source of the target's token, and what is known of that token, in the place of what
    /// was known of the old one.
    pub fn set_token(
        &mut self,
        target: &Target,
        source: InlineTable,
        beside: &TokenMetadata,
    ) -> Result<()> {
        let table = self.table_of(target)?;
        set(table, "token", Value::InlineTable(source));
        for key in ["kind", "account", "expires"] {
            table.remove(key);
        }
        if let Some(kind) = beside.kind {
            let name = match kind {
                Kind::Access => "access",
                Kind::Api => "api",
            };
            set(table, "kind", name.into());
        }
        if let Some(account) = beside.account {
            set(table, "account", account.into());
        }
        if let Some(date) = beside.expires {
            let day = toml_edit::Datetime {
                date: Some(date),
                time: None,
                offset: None,
            };
            set(table, "expires", day.into());
        }
        Ok(())
    }

    /// Records the bot's address for commits in a workspace.
    pub fn set_email(&mut self, workspace: &str, email: &str) -> Result<()> {
        let table = self.table_of(&Target::Workspace(workspace.to_owned()))?;
        set(table, "email", email.into());
        Ok(())
    }

    /// Takes out the target's token and what was known of it, and the table where nothing else is in
    /// it.
    pub fn remove_token(&mut self, target: &Target) {
        let Some(workspaces) = child(self.document.as_table_mut(), "workspace") else {
            return;
        };
        let Some(workspace) = child(workspaces, target.workspace()) else {
            return;
        };
        match target.repository() {
            None => clear_token(workspace),
            Some(address) => {
                if let Some(repositories) = child(workspace, "repository") {
                    if let Some(repository) = child(repositories, address.repository()) {
                        clear_token(repository);
                    }
                    remove_if_empty(repositories, address.repository());
                }
                remove_if_empty(workspace, "repository");
            }
        }
        remove_if_empty(workspaces, target.workspace());
        remove_if_empty(self.document.as_table_mut(), "workspace");
    }

    /// Writes it.
    ///
    /// # Errors
    /// Where the helper would not read what would be written, or the system does not let us. The
    /// file is then as it was.
    pub fn save(&self) -> Result<()> {
        let text = self.document.to_string();
        Config::parse(&self.path, &text).context("this would not be a configuration any more")?;
        write::replace(&self.path, text.as_bytes())
    }

    /// Puts the token into its place and then writes the file, whose entry names that place. What
    /// login made for an older token of the target is removed.
    ///
    /// # Errors
    /// The store's, those of [`save`](Self::save), and that other users can write to the folder. The
    /// file is then as it was, and so is its token.
    pub fn save_with(&self, target: &Target, place: &StoreLocation, token: &Token) -> Result<()> {
        let real = write::real(&self.path);
        for folder in [&self.path, &real].iter().filter_map(|path| path.parent()) {
            write::refuse_shared(folder).context("the token was not stored")?;
        }
        child::with_signals_deferred(|| self.put_and_save(target, place, token))
    }

    fn put_and_save(&self, target: &Target, place: &StoreLocation, token: &Token) -> Result<()> {
        let older = self
            .entry_of(target)
            .and_then(|entry| StoreLocation::of_login(target, &entry.source, self.folder()));
        place.write(token)?;
        self.save().inspect_err(|_| {
            // Without an entry nobody would find it again. Where an older one stood, its entry does.
            if older.as_ref() != Some(place) {
                let _ = place.remove();
            }
        })?;
        if let Some(older) = older.filter(|older| older != place)
            && let Err(error) = older.remove()
        {
            messages::warning(&format!(
                "the older token for {target} stays in {}: {error:#}",
                older.describe()
            ));
        }
        Ok(())
    }

    /// The table of the target, made where it is not there.
    fn table_of(&mut self, target: &Target) -> Result<&mut dyn TableLike> {
        let path = &self.path;
        let wrong = || Failure::new(format!("{} has no table where one belongs", path.display()));
        let workspaces = made(self.document.as_table_mut(), "workspace", true).ok_or_else(wrong)?;
        let Some(address) = target.repository() else {
            return Ok(made(workspaces, target.workspace(), false).ok_or_else(wrong)?);
        };
        let workspace = made(workspaces, target.workspace(), true).ok_or_else(wrong)?;
        let repositories = made(workspace, "repository", true).ok_or_else(wrong)?;
        Ok(made(repositories, address.repository(), false).ok_or_else(wrong)?)
    }
}

/// What the helper would read, and nothing where the file is not there yet, which is no mistake of
/// a command that makes it.
///
/// # Errors
/// What is wrong with it, as the helper says it.
pub fn read_config() -> Result<Config> {
    if Config::location()?.is_some_and(|path| path.exists()) {
        Config::read()
    } else {
        Ok(Config::default())
    }
}

/// The entry of just this target: no pattern, and no wider scope.
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

/// What [`lock_beside`] creates.
pub const LOCK: &str = ".config.toml.lock";

/// A file of its own: config.toml itself is another one after every write.
pub fn lock_beside(path: &Path) -> Result<File> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = folder.join(LOCK);
    let opened = write::create_private(folder)
        .and_then(|()| untrusted_file::open_own(&name, File::options().create(true).append(true)));
    let file = opened.with_context(|| format!("cannot write {}", name.display()))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", name.display()));
            }
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(format!(
                    "another git bbt is changing {}",
                    path.display()
                ))
                .hint("wait for it to end, and try again")
                .into());
            }
        }
    }
}
