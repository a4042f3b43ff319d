//! Finds config.toml and checks its owner and mode.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use zeroize::Zeroizing;

use super::{Config, read};
use crate::messages::{self, Failure};
use crate::source::Source;
use crate::{shell, token, variables, zeroized};

/// A larger file is refused.
const MAX_BYTES: usize = 1024 * 1024;

/// The file for all users of a machine. Other systems have no such place that only an administrator
/// can create.
const OF_MACHINE: Option<&str> = if cfg!(target_os = "linux") {
    Some("/etc/git-remote-bbt/config.toml")
} else {
    None
};

/// What helps a user if the file for all users cannot be read.
const OWN_FILE: &str = "or have your own file, or name one in BBT_CONFIG";

/// Whose file it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The user's, by its name in `BBT_CONFIG`.
    Named,
    /// The user's, in the usual place.
    User,
    /// The machine's.
    Machine,
}

impl Config {
    /// Reads the file that `BBT_CONFIG` names, or `<config dir>/git-remote-bbt/config.toml`, or else, on
    /// Linux, `/etc/git-remote-bbt/config.toml`. None of the last two need exist.
    ///
    /// # Errors
    /// The file can be changed by others, is unreadable or invalid. Messages name the file, line and
    /// key, and never quote a value, since any value may be a token.
    pub fn read() -> Result<Config> {
        Ok(read_file(in_use()?, false)?.0)
    }

    /// As [`read`](Self::read), for commands that may create the file that `BBT_CONFIG` names: it need
    /// not exist.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_if_exists() -> Result<Config> {
        Ok(read_file(in_use()?, true)?.0)
    }

    /// Reads the file that commands write, at [`location`](Self::location), which need not exist.
    /// Returns its text, too.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with_text() -> Result<(Config, Zeroizing<String>)> {
        let (config, bytes) = read_file(own()?, true)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok((config, Zeroizing::new(text)))
    }

    /// Parses `text`, the content of `path`.
    ///
    /// # Errors
    /// As [`read`](Self::read), for invalid text.
    pub fn parse(path: &Path, text: &str) -> Result<Config> {
        Ok(read::parse(path, text)?)
    }

    /// Returns the file that commands write, whether or not it exists: the one that `BBT_CONFIG` names,
    /// or the user's own. `None` without a home directory.
    ///
    /// # Errors
    /// `BBT_CONFIG` is not an absolute path.
    pub fn location() -> Result<Option<PathBuf>> {
        Ok(own()?.map(|(path, _)| path))
    }

    /// Returns the file that [`read`](Self::read) reads.
    ///
    /// # Errors
    /// As [`location`](Self::location).
    pub fn in_use() -> Result<Option<PathBuf>> {
        Ok(in_use()?.map(|(path, _)| path))
    }

    fn has_value(&self) -> bool {
        let mut entries = self.workspaces.iter().flat_map(|workspace| {
            let repositories = workspace.repositories.iter().map(|it| &it.token);
            workspace.token.iter().chain(repositories)
        });
        entries.any(|entry| matches!(entry.source, Source::Value(_)))
    }
}

/// Returns the file that is read: the user's own, or the machine's if that exists and the user has none.
fn in_use() -> Result<Option<(PathBuf, Owner)>, Failure> {
    let own = own()?;
    let is_absent = |path: &Path| path.metadata().is_err_and(|error| is_missing(&error));
    let is_replaced = match &own {
        Some((_, Owner::Named)) => false,
        Some((path, _)) => is_absent(path),
        None => true,
    };
    let machine = OF_MACHINE.map(Path::new).filter(|_| is_replaced);
    let machine = machine.filter(|path| !is_absent(path));
    Ok(machine.map_or(own, |path| Some((path.to_owned(), Owner::Machine))))
}

/// Returns the file that commands write.
fn own() -> Result<Option<(PathBuf, Owner)>, Failure> {
    let Some(named) = std::env::var_os(variables::CONFIG) else {
        let path = dirs::config_dir().map(|dir| dir.join("git-remote-bbt").join("config.toml"));
        return Ok(path.map(|path| (path, Owner::User)));
    };
    let path = PathBuf::from(named);
    if !path.is_absolute() {
        // git changes to the top of the work tree before it runs us.
        return Err(Failure::new(format!(
            "BBT_CONFIG is \"{}\", and has to be an absolute path: git changes folders before it reads it",
            path.display()
        ))
        .hint("export BBT_CONFIG=/path/to/config.toml, or unset it"));
    }
    Ok(Some((path, Owner::Named)))
}

/// Reads a file. Returns its content, too.
fn read_file(
    file: Option<(PathBuf, Owner)>,
    may_be_missing: bool,
) -> Result<(Config, Zeroizing<Vec<u8>>), Failure> {
    let Some((path, owner)) = file else {
        messages::trace(|| "config: no home directory, so no config.toml".to_owned());
        return Ok(Default::default());
    };
    let shown = path.display();
    let is_special = |metadata: Metadata| !metadata.is_file() && path != Path::new("/dev/null");
    // Opening a pipe would wait for a writer. Errors are left to `open`.
    if path.metadata().is_ok_and(is_special) {
        return Err(Failure::new(format!("{shown} is not a regular file")));
    }
    let may_be_missing = may_be_missing || owner != Owner::Named;
    let failed = |error| unreadable(&path, &error);
    let file = match File::open(&path) {
        Err(error) if is_missing(&error) && may_be_missing => {
            messages::trace(|| format!("config: no {shown}"));
            return Ok(Default::default());
        }
        Err(error) if owner == Owner::Named => {
            return Err(failed(error).hint("BBT_CONFIG names this file; fix it, or unset it"));
        }
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied && owner == Owner::Machine =>
        {
            let folder = path.parent().unwrap_or(&path).display();
            return Err(failed(error)
                .hint(format!(
                    "as root, if it contains no token: chmod a+rX {folder} {shown}"
                ))
                .hint(OWN_FILE));
        }
        opened => opened.map_err(failed)?,
    };
    messages::trace(|| format!("config: {shown}"));
    if owner == Owner::Machine {
        refuse_unless_roots(&path)?;
    }

    // Of the open file: the path may name another one by now.
    let metadata = file.metadata().map_err(failed)?;
    refuse_if_others_write(&path, &metadata)?;
    let bytes = zeroized::read(file, MAX_BYTES + 1).map_err(failed)?;
    if bytes.len() > MAX_BYTES {
        return Err(failed(io::Error::other("it is larger than 1 MiB")));
    }
    let is_utf16 = token::is_utf16(&bytes);
    let text = str::from_utf8(&bytes).ok().filter(|_| !is_utf16);
    let text = text.ok_or_else(|| {
        let found = if is_utf16 { "UTF-16, not" } else { "not" };
        Failure::new(format!("{shown} is {found} UTF-8")).hint(
            "save it as UTF-8 in your editor, or in PowerShell with: Set-Content -Encoding utf8",
        )
    })?;
    let config = read::parse(&path, text)?;
    if config.has_value() {
        refuse_if_others_read(&path, &metadata)?;
    }
    Ok((config, bytes))
}

/// Services without a home have one that does not exist, or is /dev/null.
fn is_missing(error: &io::Error) -> bool {
    let missing = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    missing.contains(&error.kind())
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}

/// Refuses a file that other users can change: they could name a command, which would run as us.
fn refuse_if_others_write(path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    // /dev/null is writable for all, and empty.
    if !metadata.is_file() {
        return Ok(());
    }
    let shown = path.display();
    let Access { owner, user, mode } = Access::from_metadata(metadata);
    if owner != 0 && owner != user {
        let what = format!(
            "{shown} belongs to another user (uid {owner}), who could name a command in it"
        );
        return Err(Failure::new(what).hint(format!("chown {user} {}", shell::path(path))));
    }
    if mode & 0o022 != 0 {
        let what = format!(
            "{shown} can be written by others (mode {mode:03o}), who could name a command in it"
        );
        return Err(Failure::new(what).hint(format!("chmod go-w {}", shell::path(path))));
    }
    Ok(())
}

/// Refuses a file for all users, or a folder above it, that others than root can change.
fn refuse_unless_roots(path: &Path) -> Result<(), Failure> {
    let failed = |error| unreadable(path, &error);
    // A link can lead elsewhere.
    let real = path.canonicalize().map_err(failed)?;
    for part in path.ancestors().chain(real.ancestors()) {
        let Access { owner, mode, .. } = Access::from_metadata(&part.metadata().map_err(failed)?);
        if owner != 0 || mode & 0o022 != 0 {
            let what = "can be changed by others than root, who could name a command for all users";
            let shown = shell::path(part);
            return Err(Failure::new(format!("{} {what}", part.display()))
                .hint(format!("as root: chown root {shown} && chmod go-w {shown}"))
                .hint(OWN_FILE));
        }
    }
    Ok(())
}

/// Refuses a file with a token in it that other users can read, as ssh does with a private key.
fn refuse_if_others_read(path: &Path, metadata: &Metadata) -> Result<(), Failure> {
    let mode = Access::from_metadata(metadata).mode;
    if mode & 0o044 == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} holds a token (value = ...) and can be read by others (mode {mode:03o})",
        path.display()
    ))
    .hint(format!("chmod 600 {}", shell::path(path))))
}

/// Who may use a file. Windows has no modes, and a profile's folder is accessible only to its user.
#[derive(Default)]
struct Access {
    owner: u32,
    /// The user that we run as.
    user: u32,
    mode: u32,
}

impl Access {
    #[cfg(unix)]
    fn from_metadata(metadata: &Metadata) -> Access {
        use std::os::unix::fs::MetadataExt;

        Access {
            owner: metadata.uid(),
            user: rustix::process::geteuid().as_raw(),
            mode: metadata.mode() & 0o777,
        }
    }

    #[cfg(not(unix))]
    fn from_metadata(_: &Metadata) -> Access {
        Access::default()
    }
}
