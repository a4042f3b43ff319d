//! Writes files atomically: other programs see the old or the new content, never half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
#[cfg(unix)]
use bbt::messages::Failure;
#[cfg(unix)]
use bbt::shell;
use bbt::untrusted_file;
use tempfile::NamedTempFile;

/// Who may read a file that is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The users who could read the old one; only the user if it is new.
    Unchanged,
    /// Only the user, whatever the mode was: for a secret.
    Private,
    /// Every user, in a folder that every user can enter.
    Public,
}

/// Replaces a file's content. Follows a symbolic link, but for a public file.
///
/// # Errors
/// If it cannot be written; the file is unchanged then.
pub fn replace(path: &Path, content: &[u8], mode: Mode) -> Result<()> {
    let real = if mode == Mode::Public {
        path.to_owned()
    } else {
        real(path)
    };
    write(&real, content, mode).with_context(|| format!("cannot write {}", path.display()))
}

/// The prefix of a draft's name, and the number of random characters that follow.
const DRAFT: (&str, usize) = (".git-bbt-draft-", 6);

/// How often another process may mistake a new draft for an abandoned one.
const TRIES: usize = 5;

/// Removes the drafts of killed processes, which may contain a secret, from the folder of `path` and of
/// the file that it points to.
pub fn clean(path: &Path) {
    let real = real(path);
    for folder in [path, &real].iter().filter_map(|path| path.parent()) {
        clean_folder(folder);
    }
}

/// Removes the drafts in a folder that no process has locked.
fn clean_folder(folder: &Path) {
    let is_draft = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(DRAFT.0));
        random.is_some_and(|random| random.len() == DRAFT.1)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for draft in entries.filter(is_draft).map(|entry| entry.path()) {
        let file = untrusted_file::open_own(&draft, OpenOptions::new().read(true));
        if file.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(draft);
        }
    }
}

/// Creates a draft, locked until it is closed.
fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(DRAFT.0).rand_bytes(DRAFT.1);
    for _ in 0..TRIES {
        let draft = builder.tempfile_in(folder)?;
        // Before it was locked, another process may have removed it as abandoned.
        if draft.as_file().try_lock().is_ok() && draft.path().exists() {
            return Ok(draft);
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Removes a file, and the symbolic link that points to it. Returns whether one existed.
pub fn remove(path: &Path) -> Result<bool> {
    let real = real(path);
    let mut existed = false;
    for path in [real.as_path(), path] {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => {
                removed.with_context(|| format!("cannot remove {}", path.display()))?;
                existed = true;
            }
        }
    }
    Ok(existed)
}

fn write(path: &Path, content: &[u8], mode: Mode) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    match mode {
        Mode::Public => create_public(folder)?,
        Mode::Unchanged | Mode::Private => create_private(folder)?,
    }
    clean_folder(folder);
    // In the same folder, so in the same file system: the rename is atomic.
    let mut file = draft(folder)?;
    file.write_all(content)?;
    if let Some(permissions) = permissions(mode, path) {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // Makes the rename survive a crash. Not every system can open a folder.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Returns the file that a symbolic link points to, even if it does not exist.
pub fn real(path: &Path) -> PathBuf {
    if let Ok(real) = dunce::canonicalize(path) {
        return real;
    }
    match (fs::read_link(path), path.parent()) {
        (Ok(target), Some(folder)) => folder.join(target),
        _ => path.to_owned(),
    }
}

/// Refuses a folder that other users can write to: they could replace the files in it.
///
/// # Errors
/// If other users can write to it, or its mode cannot be read.
#[cfg(unix)]
pub fn refuse_shared(folder: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let shown = folder.display();
    let metadata = fs::metadata(folder).with_context(|| format!("cannot read {shown}"))?;
    let (mode, group, owner) = (metadata.mode(), metadata.gid(), metadata.uid());
    let read = |file| fs::read_to_string(file).unwrap_or_default();
    // If every user has a group of their own, the umask is often 002.
    let is_private = || is_private_group(&read("/etc/passwd"), &read("/etc/group"), group, owner);
    if mode & 0o002 == 0 && (mode & 0o020 == 0 || is_private()) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "other users can write to {shown} (mode {:03o}) and could replace the files in it",
        mode & 0o777
    ))
    .hint(format!("chmod go-w {}", shell::path(folder)))
    .into())
}

/// Returns whether only `owner` is in the group, by the lines of /etc/passwd and /etc/group. A user of a
/// directory service is in neither, and has a group with the same ID.
#[cfg(unix)]
fn is_private_group(users: &str, groups: &str, group: u32, owner: u32) -> bool {
    let (group, owner) = (group.to_string(), owner.to_string());
    let users: Vec<Vec<&str>> = rows_with(users, 3, &group).collect();
    let is_owner = |user: &&Vec<&str>| user[2] == owner;
    let names: Vec<&str> = users.iter().filter(is_owner).map(|user| user[0]).collect();
    let mut members = rows_with(groups, 2, &group).flat_map(|row| row[3].split(','));
    users.len() == names.len()
        && (!names.is_empty() || group == owner)
        && members.all(|member| member.is_empty() || names.contains(&member))
}

/// Returns the lines of such a file with an ID in one of their fields.
#[cfg(unix)]
fn rows_with<'t>(text: &'t str, at: usize, id: &str) -> impl Iterator<Item = Vec<&'t str>> {
    let rows = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    rows.filter(move |row| row.len() > 3 && row[at] == id)
}

/// On Windows, a profile's folder is private without modes.
#[cfg(not(unix))]
pub fn refuse_shared(_: &Path) -> Result<()> {
    Ok(())
}

/// Creates a private folder, and those above it.
#[cfg(unix)]
pub fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Creates a folder that every user can enter, whatever the umask. An existing one is unchanged.
#[cfg(unix)]
pub fn create_public(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

/// Returns the permissions of a file in place of `path`; `None` for those of a draft, which is private.
#[cfg(unix)]
fn permissions(mode: Mode, path: &Path) -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    match mode {
        Mode::Unchanged => Some(fs::metadata(path).ok()?.permissions()),
        Mode::Private => None,
        Mode::Public => Some(fs::Permissions::from_mode(0o644)),
    }
}

/// Creates a folder, and those above it.
#[cfg(not(unix))]
pub fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
pub fn create_public(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn permissions(_: Mode, _: &Path) -> Option<fs::Permissions> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_private_group;

    #[test]
    fn a_private_group_has_only_its_owner() {
        let users = "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n\
                     you:x:1001:100::/:\nthem:x:1002:100::/:\nother:x:1003:1004::/:\n";
        let groups = "me:x:1000:me\nusers:x:100:\nteam:x:1004:me,other\nlent:x:2000:me\n";
        let is_private = |group, owner| is_private_group(users, groups, group, owner);
        assert!(is_private(0, 0) && is_private(1000, 1000));
        // A user who is in neither file.
        assert!(is_private(5000, 5000));
        for (group, owner) in [
            (100, 1001),
            (1004, 1003),
            (1000, 1001),
            (2000, 1000),
            (5000, 1000),
        ] {
            assert!(!is_private(group, owner), "{group} of {owner}");
        }
        assert!(!is_private_group("", "me:x:1000:you\n", 1000, 1000));
    }
}
