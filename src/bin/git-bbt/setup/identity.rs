//! The commit identity of a workspace's bot, in a file of its own, which git includes in clones of
//! the workspace's repositories.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bbt::report::Failure;
use zeroize::Zeroizing;

use crate::git::{self, EmptyRepository};
use crate::git_config::{ConfigText, appended, header_of, quoted};
use crate::write;

/// Git looks at remotes from this version on (`hasconfig` in git's release notes for 2.36).
const HASCONFIG: (u32, u32) = (2, 36);

const COMMENT: &str = "# Written by git bbt setup: who commits in clones of this workspace.\n";

/// Which address, and the file that says so.
pub struct Identity {
    workspace: String,
    email: String,
    pub path: PathBuf,
}

impl Identity {
    /// # Errors
    /// Where there is no home directory.
    pub fn new(workspace: &str, email: &str) -> Result<Identity> {
        Ok(Identity {
            workspace: workspace.to_owned(),
            email: email.to_owned(),
            path: folder()?.join(format!("{}.gitconfig", workspace.to_ascii_lowercase())),
        })
    }

    /// Writes the file. What somebody has added to it stays.
    ///
    /// # Errors
    /// The system's, and that the file is no git configuration.
    pub fn write(&self) -> Result<()> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => COMMENT.as_bytes().to_vec(),
            bytes => bytes.with_context(|| format!("cannot read {}", self.path.display()))?,
        };
        let text = parsed(&self.path, bytes)?;
        let old = text.all("user", None, "email").next_back();
        let new = match old {
            Some(email) if text.value(email).is_some_and(|is| *is == self.email) => return Ok(()),
            Some(email) => text.edited(vec![text.with_value(email, &quoted(&self.email))]),
            None => {
                let user = (header_of("user", None), vec![("email", self.email.clone())]);
                appended(text.bytes().clone(), &[user])
            }
        };
        write::replace(&self.path, &new)
    }

    /// Why commits in the workspace's clones carry another address, where they do.
    fn is_beaten(&self, version: Option<(u32, u32)>) -> Option<String> {
        let workspace = &self.workspace;
        if let Some((major, minor)) = version.filter(|version| *version < HASCONFIG) {
            return Some(format!(
                "git {major}.{minor} does not look at remotes, so that commits in clones of {workspace} do not \
                 carry {}; git 2.36 does",
                self.email
            ));
        }
        let asked = EmptyRepository::new().and_then(|clone| {
            let url = format!("bbt::{workspace}/repository");
            clone.run(["config", "remote.origin.url", &url])?;
            let pattern = r"^(author|committer|user)\.email$";
            let arguments = ["config", "-z", "--show-origin", "--get-regexp", pattern];
            clone.run(arguments)
        });
        let answer = asked.ok()?.stdout;
        let fields: Vec<&str> = answer.split('\0').collect();
        let entries = fields.chunks_exact(2).filter_map(|entry| {
            let (name, email) = entry[1].split_once('\n')?;
            Some((entry[0].strip_prefix("file:")?, name, email))
        });
        let last = |name| entries.clone().rfind(|(_, is, _)| *is == name);
        // git takes the first two before the third (git-config(1), "user.email").
        ["author.email", "committer.email", "user.email"]
            .into_iter()
            .filter_map(last)
            .find(|(.., email)| *email != self.email)
            .map(|(file, name, email)| match name {
                "user.email" => format!(
                    "commits in clones of {workspace} carry {email}, since {file} says so further down; \
                     move it above what git bbt setup has added"
                ),
                _ => format!(
                    "commits in clones of {workspace} carry {email}, since git takes {name} in {file} \
                     before user.email; take it out, or call it user.email above ours"
                ),
            })
    }
}

/// Why commits carry other addresses than these, where they do.
pub fn beaten(identities: &[Identity]) -> Vec<String> {
    let version = match identities {
        [] => return Vec::new(),
        _ => git::version(),
    };
    let beaten = identities.iter();
    beaten
        .filter_map(|identity| identity.is_beaten(version))
        .collect()
}

/// Removes those of these files, as git's configuration has them, that hold nothing but what
/// [`Identity::write`] writes; gives them.
///
/// # Errors
/// The system's.
pub fn remove(included: &[String]) -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for path in included {
        let path = match (path.strip_prefix("~/"), dirs::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        };
        if fs::read(&path).is_ok_and(is_ours_alone) {
            write::remove(&path)?;
            removed.push(path);
        }
    }
    // It stays where something else is in it.
    let _ = fs::remove_dir(folder()?);
    Ok(removed)
}

fn is_ours_alone(bytes: Vec<u8>) -> bool {
    let Some(rest) = bytes.strip_prefix(COMMENT.as_bytes()) else {
        return false;
    };
    let Ok(text) = ConfigText::parse(Zeroizing::new(rest.to_vec())) else {
        return false;
    };
    let Some(email) = text.get("user", None, "email") else {
        return false;
    };
    let user = (header_of("user", None), vec![("email", email.to_string())]);
    *appended(Zeroizing::default(), &[user]) == rest
}

/// Beside config.toml, where that is by itself: git's own configuration names it, whatever
/// `BBT_CONFIG` says today.
fn folder() -> Result<PathBuf> {
    let folder = dirs::config_dir().ok_or_else(|| {
        Failure::new("there is no home directory, so no place for a commit identity")
            .hint("export HOME")
    })?;
    Ok(folder.join("git-remote-bbt/identity"))
}

/// As git's configuration has it (git-config(1), "pathname"): from the home directory on where it is
/// in there, so that the file may be shared among machines.
///
/// # Errors
/// Where it is not UTF-8.
pub fn for_git(path: &Path) -> Result<String> {
    let home = dirs::home_dir().and_then(|home| path.strip_prefix(home).ok());
    let (start, rest) = home.map_or(("", path), |rest| ("~/", rest));
    let rest = rest.to_str().ok_or_else(|| {
        let what = format!("{} is not UTF-8", path.display());
        Failure::new(what).hint("name a folder that is in XDG_CONFIG_HOME")
    })?;
    Ok(match cfg!(windows) {
        true => format!("{start}{}", rest.replace('\\', "/")),
        false => format!("{start}{rest}"),
    })
}

fn parsed(path: &Path, bytes: Vec<u8>) -> Result<ConfigText> {
    ConfigText::parse(Zeroizing::new(bytes)).map_err(|line| {
        Failure::new(format!("{} is broken at line {line}", path.display()))
            .hint("remove it, and run this again")
            .into()
    })
}
