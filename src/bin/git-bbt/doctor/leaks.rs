//! Tokens where they do not belong. None is ever shown.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::check::Check;
use super::git;
use super::place::Place;

/// The rest of a larger file is not looked at.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
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
    if let Some(git_dir) = &place.git_dir {
        let config = ["config", "config.worktree"].map(|name| git_dir.join(name));
        look(
            config.into(),
            "git remote set-url <remote> bbt::<workspace>/<repository>",
        );
        look(
            under(&git_dir.join("logs")),
            "git reflog expire --expire=now --all",
        );
        look(vec![git_dir.join("FETCH_HEAD")], "remove FETCH_HEAD");
    }
    if let Some(home) = dirs::home_dir() {
        let stored = [".git-credentials", ".config/git/credentials"].map(|name| home.join(name));
        look(stored.into(), "take the line out of git's credential store");
        let config = [".gitconfig", ".config/git/config"].map(|name| home.join(name));
        look(config.into(), "git config --global --edit, and take it out");
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
    let mut bytes = Zeroizing::new(Vec::new());
    let opened = File::open(file).map(|file| file.take(MAX_BYTES));
    opened.is_ok_and(|mut file| file.read_to_end(&mut bytes).is_ok()) && is_in(&bytes)
}

/// By the prefixes that Atlassian's tokens have, or as the password of access tokens' user.
fn is_in(bytes: &[u8]) -> bool {
    let long = |rest: &[u8]| {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
        rest.iter().take_while(is_part).count() >= TOKEN_MIN
    };
    let prefixes: [&[u8]; 4] = [b"ATCT", b"ATAT", b"ATBB", b"x-token-auth:"];
    (0..bytes.len()).any(|at| {
        let rest = &bytes[at..];
        prefixes
            .iter()
            .any(|prefix| rest.strip_prefix(*prefix).is_some_and(long))
    })
}
