//! Tokens where they do not belong. None is ever shown.

use std::fs;
use std::path::{Path, PathBuf};

use bbt::{files, wiped};

use super::check::Check;
use super::place::Place;
use crate::git;
use crate::git_dir::folders_in;

/// The rest of a larger file is not looked at.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Shorter than this is a word that happens to begin so.
const TOKEN_MIN: usize = 20;

/// A configured `Authorization` goes along with plain https, and clashes with a credential.
pub fn headers(place: &Place, host: &str) -> Check {
    let pattern = r"^http\.(.*\.)?extraheader$";
    let set = git::says(&place.folder, ["config", "--get-regexp", pattern]).unwrap_or_default();
    let clashing = set.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        let is_everywhere = key.eq_ignore_ascii_case("http.extraheader");
        let is_authorization = value.to_ascii_lowercase().starts_with("authorization:");
        (is_authorization && (is_everywhere || key.contains(host))).then_some(key)
    });
    match clashing {
        None => Check::ok("headers", "no Authorization header is configured"),
        Some(key) => {
            // Its URL may hold a user name and more.
            let key = match key.rsplit_once('@') {
                Some((_, after)) => format!("http.https://***@{after}"),
                None => key.to_owned(),
            };
            Check::warning(
                "headers",
                format!("{key} holds an Authorization header, and clashes with plain https URLs"),
                "git config --show-origin --name-only --get-regexp extraheader tells where; take it out there",
            )
        }
    }
}

/// Looks through this clone and the files that git's `store` helper keeps.
pub fn tokens(place: &Place) -> Check {
    let mut found = Vec::new();
    let mut cures = Vec::new();
    let mut look = |files: Vec<PathBuf>, cure: &'static str| {
        let holding: Vec<_> = files.into_iter().filter(|file| holds_token(file)).collect();
        if !holding.is_empty() {
            cures.push(cure);
        }
        found.extend(holding);
    };
    let git_dirs = place.git_dir.iter().flat_map(|dir| git_dirs(dir));
    let git_dirs: Vec<PathBuf> = git_dirs.collect();
    let named = |name: &str| git_dirs.iter().map(|dir| dir.join(name)).collect();
    for name in ["config", "config.worktree"] {
        look(named(name), "git bbt migrate --import-tokens");
    }
    look(
        git_dirs
            .iter()
            .flat_map(|dir| under(&dir.join("logs")))
            .collect(),
        // Not `git reflog expire`, which would drop the stashes too.
        "edit those lines out of the logs",
    );
    look(
        named("FETCH_HEAD"),
        "remove FETCH_HEAD, which git makes anew",
    );
    if let Some(home) = dirs::home_dir() {
        let xdg = std::env::var_os("XDG_CONFIG_HOME").map_or(home.join(".config"), PathBuf::from);
        look(
            vec![home.join(".git-credentials"), xdg.join("git/credentials")],
            "take the line out of git's credential store",
        );
        look(
            vec![home.join(".gitconfig"), xdg.join("git/config")],
            "git config --global --edit, and take it out",
        );
    }
    if found.is_empty() {
        return Check::ok("stray tokens", "none in this clone or in git's own files");
    }
    let files: Vec<_> = found
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Check::problem(
        "stray tokens",
        format!("*** in {}", files.join(", ")),
        format!("{}; then revoke the token", cures.join("; ")),
    )
}

/// The folder itself, those of its linked worktrees, and those of its submodules with theirs; also
/// what is left of a broken one, where a token may lie as well.
fn git_dirs(git_dir: &Path) -> Vec<PathBuf> {
    let inner = |name: &str| folders_in(&git_dir.join(name));
    let modules = inner("modules").into_iter().flat_map(|dir| {
        // A submodule's name may have slashes in it.
        match dir.join("HEAD").exists() {
            true => git_dirs(&dir),
            false => folders_in(&dir)
                .iter()
                .flat_map(|dir| git_dirs(dir))
                .collect(),
        }
    });
    let own = std::iter::once(git_dir.to_owned());
    own.chain(inner("worktrees")).chain(modules).collect()
}

/// Every file below a folder. Links are not followed.
fn under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files = Vec::new();
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(under(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}

fn holds_token(file: &Path) -> bool {
    let read = files::open(file).and_then(|file| wiped::read(file, MAX_BYTES));
    read.is_ok_and(|bytes| is_in(&bytes))
}

/// By the prefixes that Atlassian's tokens have, or as the password of access tokens' user.
fn is_in(bytes: &[u8]) -> bool {
    let long = |rest: &[u8]| {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
        rest.iter().take_while(is_part).count() >= TOKEN_MIN
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    if lines.into_iter().any(has_password) {
        return true;
    }
    let prefixes: [&[u8]; 4] = [b"ATCT", b"ATAT", b"ATBB", b"x-token-auth:"];
    (0..bytes.len()).any(|at| {
        let rest = &bytes[at..];
        prefixes
            .iter()
            .any(|prefix| rest.strip_prefix(*prefix).is_some_and(long))
    })
}

/// Whether a URL on Bitbucket names a user and a password, of whatever form.
fn has_password(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let Some((before, _)) = line.split_once("@bitbucket.org") else {
        return false;
    };
    before
        .rsplit_once("://")
        .is_some_and(|(_, user)| user.contains(':'))
}
