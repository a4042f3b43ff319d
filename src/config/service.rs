//! Where Bitbucket is reached: bitbucket.org, or another host that `[bitbucket]` in config.toml sets,
//! such as a company's reverse proxy.

use crate::address::Address;
use crate::messages::Failure;
use crate::url::{self, BITBUCKET, Url, without_https_port};

const SCHEME: &str = "https://";

/// The two addresses of the service.
#[derive(Debug, Clone)]
pub struct Service {
    /// A [`base_url`].
    pub(super) git: String,
    /// As `git`; `None` for Bitbucket's own.
    pub(super) api: Option<String>,
}

impl Default for Service {
    fn default() -> Service {
        Service {
            git: format!("{SCHEME}{BITBUCKET}"),
            api: None,
        }
    }
}

impl Service {
    /// Returns whether config.toml sets `git_url` and no `api_url`, so that REST requests go to Bitbucket
    /// itself.
    pub fn lacks_api_url(&self) -> bool {
        self.is_configured() && self.api.is_none()
    }

    /// Returns the host, with the port if one is set, as in git's credential protocol.
    pub fn host(&self) -> &str {
        Url::split(&self.git).host
    }

    /// Returns whether git uses another host than bitbucket.org.
    pub fn is_configured(&self) -> bool {
        self.host() != BITBUCKET
    }

    /// Returns git's base URL, `https://bitbucket.org`; a repository's path follows.
    pub fn git_url(&self) -> &str {
        &self.git
    }

    /// Reads an address as [`Address::parse`] does, and URLs below [`git_url`](Self::git_url) too.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn address(&self, text: &str) -> Result<Address, Failure> {
        Address::parse_with(text, &self.git)
    }

    /// Returns the base URL of the REST API, `https://api.bitbucket.org/2.0`.
    pub fn api_url(&self) -> &str {
        let api = self.api.as_deref();
        api.unwrap_or("https://api.bitbucket.org/2.0")
    }

    /// Returns the repository's https URL for git, with `user` in it if given. It never contains a
    /// secret.
    pub fn url(&self, address: &Address, user: Option<&str>) -> String {
        let base = self.git.strip_prefix(SCHEME).unwrap_or_default();
        let (user, at) = user.map_or(("", ""), |user| (user, "@"));
        format!("{SCHEME}{user}{at}{base}/{}.git", address.full_name())
    }

    /// Returns the part of a URL's path that follows the base URL's.
    pub fn inner_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        url::path_below(Url::split(&self.git).path, path)
    }
}

/// Reads `https://<host>[:<port>][/<path>]`. Returns it without a slash at its end, the host in lower
/// case.
///
/// # Errors
/// The rest of a sentence that starts with the key.
pub(super) fn base_url(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix(SCHEME);
    let rest = rest.ok_or("has to start with https://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('@') {
        return Err("names a user; the token is looked up automatically");
    }
    // 443 is the default, and git's credential protocol leaves it out.
    let host = without_https_port(host);
    let in_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let in_path = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
    if host.is_empty() || !host.chars().all(in_host) || !path.chars().all(in_path) {
        return Err("is not a plain https URL (https://<host>[:<port>][/<path>])");
    }
    Ok(format!("{SCHEME}{}{path}", host.to_ascii_lowercase()))
}
