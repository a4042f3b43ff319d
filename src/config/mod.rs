//! config.toml: which source holds which token, and where Bitbucket is reached.
//!
//! `file` finds the file and checks its mode, `read` parses it; this module has the types.

mod file;
mod read;
mod service;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use time::Date;

use crate::address::Address;
use crate::source::Source;
use crate::token::Kind;
use crate::variables;

pub use service::Service;

/// The content of config.toml; empty if the file does not exist.
#[derive(Debug, Default)]
pub struct Config {
    path: Option<PathBuf>,
    service: Service,
    workspaces: Vec<Workspace>,
    /// The workspace of each name, in lower case, and of each variable: `migrate` looks up thousands.
    index: HashMap<String, usize>,
    /// `[workspace."*"]`
    any_workspace: Option<TokenEntry>,
    /// `lfs = false`
    without_lfs: bool,
}

/// `[workspace.<name>]`
#[derive(Debug)]
pub struct Workspace {
    /// The workspace ID, as written there.
    pub name: String,
    /// The bot's commit identity, which [`is_email`].
    pub email: Option<String>,
    /// The token for the whole workspace.
    pub token: Option<TokenEntry>,
    /// The tokens for some of its repositories.
    pub repositories: Vec<Repository>,
}

/// `[workspace.<name>.repository.<pattern>]`
#[derive(Debug)]
pub struct Repository {
    /// A slug, or a pattern in which `*` stands for any characters.
    pub pattern: String,
    /// The token for the repositories that match.
    pub token: TokenEntry,
}

/// A `token = ...` with the keys that describe the token.
#[derive(Debug, Clone)]
pub struct TokenEntry {
    /// Where the token is stored.
    pub source: Source,
    /// The table that contains the entry, `workspace.acme`.
    pub table: String,
    /// `kind`; without it, the token's prefix decides.
    pub kind: Option<Kind>,
    /// `account`: the email of the account that owns an API token; REST needs it.
    pub account: Option<String>,
    /// `expires`: the token's last day.
    pub expires: Option<Date>,
}

impl TokenEntry {
    /// Describes the source and the table of `file` that names it, for messages.
    pub fn describe(&self, file: Option<&Path>) -> String {
        let file = file.map_or("config.toml".into(), |file| file.display().to_string());
        format!("{} ([{}] in {file})", self.source, self.table)
    }
}

impl Config {
    /// Returns every workspace that has a table, in the file's order.
    pub fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// Returns the rule for every workspace, `[workspace."*"]`: its source is used if nothing else is.
    pub fn any_workspace(&self) -> Option<&TokenEntry> {
        self.any_workspace.as_ref()
    }

    /// Returns the file that was read, if any.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns where Bitbucket is reached.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Returns whether git-lfs's endpoint may be configured in clones.
    pub fn lfs(&self) -> bool {
        !self.without_lfs
    }

    /// Returns the entries for one repository, the one that is used first: the exact name, then
    /// matching patterns, the longer before the shorter.
    pub fn repository(&self, address: &Address) -> impl Iterator<Item = &TokenEntry> {
        let mut matching: Vec<&Repository> = self
            .workspace(address.workspace())
            .into_iter()
            .flat_map(|workspace| &workspace.repositories)
            .filter(|it| matches(&it.pattern, address.repository()))
            .collect();
        matching.sort_by_key(|repository| {
            let exact = !repository.pattern.contains('*');
            std::cmp::Reverse((exact, repository.pattern.len()))
        });
        matching.into_iter().map(|repository| &repository.token)
    }

    /// Returns the table of a workspace; case does not matter.
    pub fn workspace(&self, name: &str) -> Option<&Workspace> {
        self.indexed(&name.to_ascii_lowercase())
    }

    /// Returns another configured workspace that maps to the same variable (`acme-inc`, `acme_inc`).
    /// The variable belongs to the configured one.
    pub fn shares_variable(&self, name: &str) -> Option<&Workspace> {
        let owner = self.indexed(&variables::of_workspace(name)?);
        owner.filter(|workspace| !workspace.name.eq_ignore_ascii_case(name))
    }

    fn indexed(&self, key: &str) -> Option<&Workspace> {
        self.workspaces.get(*self.index.get(key)?)
    }
}

/// Returns whether `text` can be a commit identity: an address that git records unchanged, and that
/// its configuration needs no quotes for. git drops `<`, `>` and line ends, and some punctuation at
/// both ends (strbuf_addstr_without_crud in its ident.c).
pub fn is_email(text: &str) -> bool {
    let is_refused = |c: char| c.is_whitespace() || c.is_control() || "<>\"\\#;".contains(c);
    let ends = ['@', '.', ',', ':', '\''];
    text.contains('@') && text.trim_matches(ends) == text && !text.contains(is_refused)
}

/// Returns whether a slug matches a pattern in which `*` stands for any characters; case does not
/// matter.
fn matches(pattern: &str, slug: &str) -> bool {
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
    // No backtracking: the first occurrence of a part between two stars will do, since the next star
    // matches what follows.
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
    use super::{is_email, matches};

    #[test]
    fn an_email_is_recorded_by_git_unchanged() {
        for email in [
            "52c1@bots.bitbucket.org",
            "o'neil+ci@example.com",
            "jürgen@exämple.de",
        ] {
            assert!(is_email(email), "{email}");
        }
        for text in [
            "",
            "@",
            "bot",
            "@example.com",
            "bot@",
            "a b@x",
            "<a@x>",
            "A <a@x>",
            "a@x\n",
            "'a@x'",
            "a#b@x",
            "a;b@x",
            "a\"b@x",
            "a\\b@x",
            " a@x",
            "a@x,",
            "a\u{7}@x",
        ] {
            assert!(!is_email(text), "{text:?}");
        }
    }

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
            let is_match = matches(pattern, slug);
            assert!(is_match, "{pattern} should match {slug}");
        }
        for (pattern, slug) in [
            ("widgets", "widgets2"),
            ("infra-*", "infra"),
            ("a*b*c", "acb"),
            ("a*a", "a"),
            ("*b*", "acd"),
        ] {
            let is_match = matches(pattern, slug);
            assert!(!is_match, "{pattern} should not match {slug}");
        }
    }
}
