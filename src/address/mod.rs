//! Every form of a Bitbucket repository's address -> [`Address`].
//!
//! An address may be hostile: git passes us the content of a cloned repository's `.gitmodules`. So
//! this is an allow-list, and nothing is sent for any other address.

mod part;
mod wrong;

use std::fmt;

use crate::messages::Failure;
use crate::url::{self, HTTPS_HOSTS, SSH_HOSTS, Url, is_https_host, is_ssh_host};
use part::{REPOSITORY, WORKSPACE};
use wrong::{Why, Wrong};

pub use part::{is_slug, is_workspace};
pub use wrong::PAGES;

/// A repository on Bitbucket Cloud: workspace and repository slug, as the user wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    workspace: String,
    repository: String,
}

impl Address {
    /// Reads `acme/widgets`, `bbt://acme/widgets`, or any https or ssh URL that people paste.
    ///
    /// One leading slash (from `git@bitbucket.org:/acme/...` under `insteadOf`), one trailing slash
    /// and one final `.git` are dropped; Bitbucket has slugs with `.git` inside.
    ///
    /// # Errors
    /// What is wrong with the text, and the address that was probably meant. Neither quotes a user name
    /// or password.
    pub fn parse(text: &str) -> Result<Address, Failure> {
        Address::parse_with(text, GIT_URL)
    }

    /// As [`parse`](Self::parse), and reads https URLs below `git_url` too:
    /// `https://<host>[:<port>][/<path>]`, the address that config.toml sets for Bitbucket.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, git_url: &str) -> Result<Address, Failure> {
        read(text, git_url).map_err(|wrong| wrong.failure(text))
    }

    /// Returns the address that a text was probably meant to be, if [`parse`](Self::parse) refuses it.
    pub fn guess(text: &str) -> Option<Address> {
        read(text, GIT_URL).err()?.meant
    }

    /// Returns the repository with these names; `None` if they are invalid.
    pub fn from_names(workspace: &str, repository: &str) -> Option<Address> {
        Address::new(workspace, repository).ok()
    }

    /// Returns the workspace ID.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Returns the repository slug, without `.git`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns `acme/widgets`, as in Bitbucket's own paths.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.workspace, self.repository)
    }

    /// Returns whether both name the same repository. Case does not matter.
    pub fn is_same(&self, other: &Address) -> bool {
        self.workspace.eq_ignore_ascii_case(&other.workspace)
            && self.repository.eq_ignore_ascii_case(&other.repository)
    }

    fn new(workspace: &str, repository: &str) -> Result<Address, Why> {
        part::check(WORKSPACE, workspace)?;
        part::check(REPOSITORY, repository)?;
        Ok(Address {
            workspace: workspace.to_owned(),
            repository: repository.to_owned(),
        })
    }
}

/// As [`Address::parse`] reads it, which drops one `.git`: a name that ends so gets another.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = if self.repository.ends_with(".git") {
            ".git"
        } else {
            ""
        };
        write!(f, "{}/{}{again}", self.workspace, self.repository)
    }
}

/// git's base URL, unless config.toml sets another.
const GIT_URL: &str = "https://bitbucket.org";

/// Recognizes the form, then the host, then workspace and slug.
fn read(text: &str, git_url: &str) -> Result<Address, Wrong> {
    if text.is_empty() {
        return Err(Wrong::plain("it is empty"));
    }
    if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(Wrong {
            why: match odd {
                ' ' => "it has a space in it".to_owned(),
                odd if odd.is_ascii() => "it has a control character in it".to_owned(),
                _ => "it has a character beyond ASCII in it".to_owned(),
            },
            meant: in_clone_command(text, git_url),
        });
    }
    let text = text.strip_prefix("bbt::").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("bbt://") {
        return without_host(rest, git_url);
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        return at_host(scheme, authority, path, git_url);
    }
    // scp's form, `git@bitbucket.org:acme/widgets.git`, and npm's, `bitbucket:acme/widgets`.
    if let Some((host, path)) = text.split_once(':')
        && !host.contains('/')
    {
        return match host {
            "bitbucket" => in_path(path).map_err(|wrong| wrong.guess(path)),
            "bbt" => Err(Wrong::plain("it has one colon after bbt, not two").guess(path)),
            _ => at_host("ssh", host, path, git_url),
        };
    }
    // kustomize's and terraform's forms, which leave the scheme out.
    if let Some((host, path)) = text.split_once('/') {
        if host.contains('@') {
            return at_host("ssh", host, path, git_url);
        }
        if is_https_host(host) || below(git_url, host, path).is_some() {
            return at_host("https", host, path, git_url);
        }
    }
    in_path(text)
}

/// Reads `bbt://acme/widgets`. A host before the workspace is an error: it could be a workspace's name.
fn without_host(rest: &str, git_url: &str) -> Result<Address, Wrong> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (_, host) = url::split_authority(authority);
    let name = url::without_port(host);
    let own = below(git_url, host, path);
    let has_host = own.is_some() || is_https_host(name) || is_ssh_host(name);
    in_path(rest).map_err(|wrong| match wrong {
        _ if has_host => Wrong::plain("bbt:// is followed by the workspace, not by a host")
            .guess(own.unwrap_or(path)),
        wrong => wrong,
    })
}

/// Returns the repository of `git clone <url> ...`, the command that Bitbucket's pages offer to copy.
fn in_clone_command(text: &str, git_url: &str) -> Option<Address> {
    let url = text.trim().strip_prefix("git clone ")?;
    let words = url.split_whitespace().filter(|word| !word.starts_with('-'));
    words
        .filter(|word| word.contains(':'))
        .find_map(|word| read(word, git_url).map_or_else(|wrong| wrong.meant, Some))
}

/// Returns the rest of `path` if `https://<host>/<path>` is below `git_url`.
fn below<'p>(git_url: &str, host: &str, path: &'p str) -> Option<&'p str> {
    let base = Url::split(git_url);
    let is_own = url::without_https_port(host).eq_ignore_ascii_case(base.host);
    url::path_below(base.path, path).filter(|_| is_own)
}

/// Reads `<scheme>://<authority>/<path>`, whichever form it was written in.
fn at_host(scheme: &str, authority: &str, path: &str, git_url: &str) -> Result<Address, Wrong> {
    let (user, host) = url::split_authority(authority);
    if scheme.eq_ignore_ascii_case("https")
        && let Some(inner) = below(git_url, host, path)
    {
        let read = match user {
            Some(_) => Err(Wrong::plain(NAMES_A_USER)),
            None => in_path(inner),
        };
        return read.map_err(|wrong| wrong.guess(inner));
    }
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    };
    let (hosts, ports, may_log_in): (_, &[&str], _) = match scheme.to_ascii_lowercase().as_str() {
        "https" | "git+https" => (HTTPS_HOSTS, &["443"], user.is_none()),
        "http" => (HTTPS_HOSTS, &["80"], user.is_none()),
        "ssh" | "git+ssh" => (
            SSH_HOSTS,
            &["22", "443"],
            matches!(user, None | Some("git")),
        ),
        _ => return Err(Wrong::plain("it is neither https nor ssh")),
    };
    if !url::is_one_of(host, hosts) {
        return Err(Wrong::plain("it is on another host than bitbucket.org"));
    }
    if port.is_some_and(|port| !ports.contains(&port)) {
        return Err(Wrong::plain("it names a port").guess(path));
    }
    if !may_log_in {
        return Err(Wrong::plain(NAMES_A_USER).guess(path));
    }
    in_path(path).map_err(|wrong| wrong.guess(path))
}

const NAMES_A_USER: &str =
    "it names a user, and may contain a secret; the token is looked up automatically";

/// Reads `acme/widgets`, with slashes around it and `.git`.
fn in_path(path: &str) -> Result<Address, Wrong> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let why = match inner.split('/').collect::<Vec<_>>()[..] {
        _ if path.contains(['?', '#']) => "it has a query or a fragment",
        _ if path.contains('%') => "it has a percent sign in it",
        [workspace, repository] => {
            let address = Address::new(workspace, without_git(repository));
            return address.map_err(Wrong::plain);
        }
        [""] => "it names no workspace and no repository",
        [_] => "it has one name in place of workspace and repository",
        _ => "it has more parts than workspace and repository",
    };
    Err(Wrong::plain(why))
}

fn without_git(slug: &str) -> &str {
    slug.strip_suffix(".git").unwrap_or(slug)
}
