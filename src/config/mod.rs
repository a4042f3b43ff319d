//! config.toml: which source holds which token, and where Bitbucket is reached.
//!
//! `file` finds the file and looks at its mode, `schema` and `entry` read it; here is what it says.

mod entry;
mod file;
pub(crate) mod reader;
mod schema;
mod service;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use time::Date;

use crate::address::Address;
use crate::source::{Source, variable};
use crate::token::Kind;

pub use service::Service;

/// What config.toml says; empty where there is none.
#[derive(Debug, Default)]
pub struct Config {
    path: Option<PathBuf>,
    service: Service,
    workspaces: Vec<Workspace>,
    /// Which of them has a name, in lower case, or a variable: looked up for each of thousands.
    index: HashMap<String, usize>,
    /// `lfs = false`
    without_lfs: bool,
}

/// `[workspace.<name>]`
#[derive(Debug)]
pub struct Workspace {
    /// The workspace ID as spelled there.
    pub name: String,
    /// The bot's commit identity.
    pub email: Option<String>,
    /// The token for all of the workspace.
    pub token: Option<Entry>,
    /// The tokens for some of its repositories.
    pub repositories: Vec<Repository>,
}

/// `[workspace.<name>.repository.<pattern>]`
#[derive(Debug)]
pub struct Repository {
    /// A slug, or a pattern in which `*` stands for any characters.
    pub pattern: String,
    /// The token for what it matches.
    pub token: Entry,
}

/// A `token = ...` and what stands beside it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the token is.
    pub source: Source,
    /// The table it stands in, `workspace.acme`.
    pub table: String,
    /// `kind`, where it is said.
    pub kind: Option<Kind>,
    /// `account`: whose API token it is, which REST wants to know.
    pub account: Option<String>,
    /// `expires`: its last day.
    pub expires: Option<Date>,
}

impl Entry {
    /// The source and where it is named, in `file`, for people.
    pub fn place(&self, file: Option<&Path>) -> String {
        let file = file.map_or("config.toml".into(), |file| file.display().to_string());
        format!("{} ([{}] in {file})", self.source, self.table)
    }
}

impl Config {
    /// Reads the file that `BBT_CONFIG` names, or `<config dir>/git-remote-bbt/config.toml`, which
    /// need not be there.
    ///
    /// # Errors
    /// Says file, line and key where the file is loose in its mode, unreadable or wrong. No message
    /// quotes a value, since any of them may be a token.
    pub fn read() -> Result<Config> {
        file::read()
    }

    /// Reads `text` as the content of `path`.
    ///
    /// # Errors
    /// As [`read`](Self::read), but for what is wrong with the file itself.
    pub fn parse(path: &Path, text: &str) -> Result<Config> {
        schema::parse(path, text)
    }

    /// The file that [`read`](Self::read) reads, whether or not it is there; none without a home
    /// directory.
    ///
    /// # Errors
    /// Where `BBT_CONFIG` is no absolute path.
    pub fn location() -> Result<Option<PathBuf>> {
        Ok(file::locate()?.map(|(path, _)| path))
    }

    /// Every workspace that has a table, in the file's order.
    pub fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// The file it was read from.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Where Bitbucket is reached.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Whether git-lfs may be told where a repository's content is.
    pub fn lfs(&self) -> bool {
        !self.without_lfs
    }

    /// The entry of the repository's own: the exact name, else the longest pattern that fits it,
    /// else nothing.
    pub fn repository(&self, address: &Address) -> impl Iterator<Item = &Entry> {
        let mut fitting: Vec<&Repository> = self
            .workspace(address.workspace())
            .into_iter()
            .flat_map(|workspace| &workspace.repositories)
            .filter(|repository| fits(&repository.pattern, address.repository()))
            .collect();
        fitting.sort_by_key(|repository| {
            let exact = !repository.pattern.contains('*');
            std::cmp::Reverse((exact, repository.pattern.len()))
        });
        fitting.into_iter().map(|repository| &repository.token)
    }

    /// The table of a workspace, however it is spelled.
    pub fn workspace(&self, name: &str) -> Option<&Workspace> {
        self.indexed(&name.to_ascii_lowercase())
    }

    /// The workspace of another name whose environment variable is also the one of `name`, as with
    /// `acme-inc` and `acme_inc`: that variable is named for the one that is configured.
    pub fn namesake(&self, name: &str) -> Option<&Workspace> {
        let namesake = self.indexed(&variable::of_workspace(name)?);
        namesake.filter(|workspace| !workspace.name.eq_ignore_ascii_case(name))
    }

    fn indexed(&self, key: &str) -> Option<&Workspace> {
        self.workspaces.get(*self.index.get(key)?)
    }
}

/// Whether a slug fits a pattern in which `*` stands for any characters, in any case.
fn fits(pattern: &str, slug: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let slug = slug.to_ascii_lowercase();
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = slug.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    // What stands between two stars may be taken at its first place: the later star makes up for it.
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, slug) in [
            ("widgets", "Widgets"),
            ("infra-*", "infra-"),
            ("infra-*", "infra-dns"),
            ("*-infra", "dns-infra"),
            ("a*b*c", "abbc"),
            ("a*b*c", "axxbyybzzc"),
            ("*", "anything"),
        ] {
            assert!(fits(pattern, slug), "{pattern} should fit {slug}");
        }
        for (pattern, slug) in [
            ("widgets", "widgets2"),
            ("infra-*", "infra"),
            ("a*b*c", "acb"),
            ("a*a", "a"),
            ("*b*", "acd"),
        ] {
            assert!(!fits(pattern, slug), "{pattern} should not fit {slug}");
        }
    }
}
