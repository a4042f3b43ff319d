//! Finds config.toml and checks its owner and mode.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use zeroize::Zeroizing;

use super::{Config, read};
use crate::messages::{self, Failure};
#[cfg(unix)]
use crate::shell;
use crate::source::Source;
use crate::variables;

/// A larger file is refused.
const MAX_BYTES: u64 = 1024 * 1024;

/// The file for all users of a machine. Other systems have no such place that only an administrator
/// can create.
const OF_MACHINE: Option<&str> = if cfg!(target_os = "linux") {
    Some("/etc/git-remote-bbt/config.toml")
} else {
    None
};

/// What helps a user if the file for all users cannot be read.
const OWN_FILE: &str = "or have your own file, or name one in BBT_CONFIG";

/// A file that may be read, and whether `BBT_CONFIG` names it.
pub(super) type Location = Option<(PathBuf, bool)>;

/// Reads the file at `location`. Returns its content, too.
pub(super) fn read_config(
    location: Location,
    may_be_missing: bool,
) -> Result<(Config, Zeroizing<Vec<u8>>)> {
    let Some((path, is_named)) = location else {
        messages::trace(|| "config: no home directory, so no config.toml".to_owned());
        return Ok(Default::default());
    };
    let must_exist = is_named && !may_be_missing;
    let is_of_machine =
        !is_named && OF_MACHINE.is_some_and(|of_machine| path == Path::new(of_machine));
    refuse_pipe(&path)?;
    let unreadable =
        |error: io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let file = match File::open(&path) {
        Err(error) if is_missing(&error) && !must_exist => {
            messages::trace(|| format!("config: no {}", path.display()));
            return Ok(Default::default());
        }
        Err(error) if is_named => {
            return Err(unreadable(error)
                .hint("BBT_CONFIG names this file; fix it, or unset it")
                .into());
        }
        Err(error) if is_of_machine => {
            let folder = path.parent().unwrap_or(&path).display();
            return Err(unreadable(error)
                .hint(format!("as root: chmod a+rX {folder} {}", path.display()))
                .hint(OWN_FILE)
                .into());
        }
        opened => opened.map_err(unreadable)?,
    };
    messages::trace(|| format!("config: {}", path.display()));
    if is_of_machine {
        refuse_unless_roots(&path)?;
    }

    // Of the open file: the path may name another one by now.
    let metadata = file.metadata().map_err(unreadable)?;
    refuse_if_others_write(&path, &metadata)?;
    let bytes = read_bytes(file, metadata.len()).map_err(unreadable)?;
    let text = str::from_utf8(&bytes).ok().filter(|_| !is_utf16(&bytes));
    let text = text.ok_or_else(|| not_utf8(&path, &bytes))?;
    let config = read::parse(&path, text)?;
    if config.has_value() {
        refuse_if_others_read(&path, &metadata)?;
    }
    Ok((config, bytes))
}

/// Services without a home have one that does not exist, or is /dev/null.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Config {
    fn has_value(&self) -> bool {
        self.workspaces
            .iter()
            .flat_map(|workspace| {
                let repositories = workspace
                    .repositories
                    .iter()
                    .map(|repository| &repository.token);
                workspace.token.iter().chain(repositories)
            })
            .any(|entry| matches!(entry.source, Source::Value(_)))
    }
}

/// Returns the file that is read: the user's own, or the machine's if that exists and the user has none.
pub(super) fn in_use() -> Result<Location> {
    let own = own()?;
    if matches!(own, Some((_, true))) {
        return Ok(own);
    }
    let is_absent = |path: &Path| path.metadata().is_err_and(|error| is_missing(&error));
    // Most machines have none: one look at the disk.
    let Some(of_machine) = OF_MACHINE
        .map(PathBuf::from)
        .filter(|path| !is_absent(path))
    else {
        return Ok(own);
    };
    Ok(own
        .filter(|(path, _)| !is_absent(path))
        .or(Some((of_machine, false))))
}

/// Returns the file that commands write.
pub(super) fn own() -> Result<Location> {
    let Some(named) = std::env::var_os(variables::CONFIG) else {
        return Ok(
            dirs::config_dir().map(|dir| (dir.join("git-remote-bbt").join("config.toml"), false))
        );
    };
    let path = PathBuf::from(named);
    if !path.is_absolute() {
        // git changes to the top of the work tree before it runs us.
        return Err(Failure::new(format!(
            "BBT_CONFIG is \"{}\", and has to be an absolute path: git changes folders before it reads it",
            path.display()
        ))
        .hint("export BBT_CONFIG=/path/to/config.toml, or unset it")
        .into());
    }
    Ok(Some((path, true)))
}

fn read_bytes(file: File, size: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // Allocated once: a growing `Vec` would leave an unzeroed `value`.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.min(MAX_BYTES) as usize + 1));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// Recognizes UTF-16 by its mark, or by its first two characters if they are ASCII: PowerShell 5
/// writes it with `>`.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = bytes
        .get(..4)
        .map(|start| start.iter().map(|byte| *byte == 0));
    let is_ascii = zeros.is_some_and(|zeros| {
        zeros.clone().eq([true, false, true, false]) || zeros.eq([false, true, false, true])
    });
    is_ascii || bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

fn not_utf8(path: &Path, bytes: &[u8]) -> Failure {
    let what = if is_utf16(bytes) {
        "UTF-16, not UTF-8"
    } else {
        "not UTF-8"
    };
    Failure::new(format!("{} is {what}", path.display()))
        .hint("save it as UTF-8 in your editor, or in PowerShell with: Set-Content -Encoding utf8")
}

/// Refuses a pipe, since opening it would wait for a writer. Errors are left to `open`.
fn refuse_pipe(path: &Path) -> Result<()> {
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() && path != Path::new("/dev/null") => {
            Err(Failure::new(format!("{} is not a regular file", path.display())).into())
        }
        _ => Ok(()),
    }
}

/// Refuses a file that other users can change: they could name a command, which would run as us.
#[cfg(unix)]
fn refuse_if_others_write(path: &Path, metadata: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    // /dev/null is writable for all, and empty.
    if !metadata.is_file() {
        return Ok(());
    }
    let shown = path.display();
    let owner = metadata.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(Failure::new(format!(
            "{shown} belongs to another user (uid {owner}), who could name a command in it"
        ))
        .hint(format!(
            "chown {} {}",
            rustix::process::geteuid().as_raw(),
            shell::path(path)
        ))
        .into());
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(Failure::new(format!(
            "{shown} can be written by others (mode {:03o}), who could name a command in it",
            metadata.mode() & 0o777
        ))
        .hint(format!("chmod go-w {}", shell::path(path)))
        .into());
    }
    Ok(())
}

/// Refuses a file for all users, or a folder above it, that others than root can change.
#[cfg(unix)]
fn refuse_unless_roots(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let unreadable =
        |error: io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    // A link can lead elsewhere.
    let real = path.canonicalize().map_err(unreadable)?;
    for part in path.ancestors().chain(real.ancestors()) {
        let metadata = part.metadata().map_err(unreadable)?;
        if metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
            let what = "can be changed by others than root, who could name a command for all users";
            let shown = shell::path(part);
            return Err(Failure::new(format!("{} {what}", part.display()))
                .hint(format!("as root: chown root {shown} && chmod go-w {shown}"))
                .hint(OWN_FILE)
                .into());
        }
    }
    Ok(())
}

/// Refuses a file with a token in it that other users can read, as ssh does with a private key.
#[cfg(unix)]
fn refuse_if_others_read(path: &Path, metadata: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    if metadata.mode() & 0o044 == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(Failure::new(format!(
        "{shown} holds a token (value = ...) and can be read by others (mode {:03o})",
        metadata.mode() & 0o777
    ))
    .hint(format!("chmod 600 {}", shell::path(path)))
    .into())
}

/// Windows has no modes, and a profile's folder is accessible only to its user.
#[cfg(not(unix))]
fn refuse_if_others_write(_: &Path, _: &Metadata) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn refuse_unless_roots(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn refuse_if_others_read(_: &Path, _: &Metadata) -> Result<()> {
    Ok(())
}
