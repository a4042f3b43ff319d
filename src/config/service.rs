//! Where Bitbucket is reached: bitbucket.org, or another host that `[bitbucket]` in config.toml sets,
//! such as a company's reverse proxy.

use crate::address::Address;
use crate::messages::Failure;
use crate::url::{BITBUCKET, without_https_port};

/// The two addresses of the service, https only and without a slash at their end.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) git: Base,
    /// `None` for Bitbucket's own.
    pub(super) api: Option<Base>,
}

/// `https://<host>[<path>]`
#[derive(Debug, Clone)]
pub(super) struct Base {
    host: String,
    path: String,
}

impl Default for Service {
    fn default() -> Service {
        let git = Base {
            host: BITBUCKET.to_owned(),
            path: String::new(),
        };
        Service { git, api: None }
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
        &self.git.host
    }

    /// Returns whether git uses another host than bitbucket.org.
    pub fn is_configured(&self) -> bool {
        self.git.host != BITBUCKET
    }

    /// Returns git's base URL, `https://bitbucket.org`; a repository's path follows.
    pub fn git_url(&self) -> String {
        format!("https://{}{}", self.git.host, self.git.path)
    }

    /// Reads an address as [`Address::parse`] does, and URLs below [`git_url`](Self::git_url) too.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn address(&self, text: &str) -> Result<Address, Failure> {
        Address::parse_with(text, &self.git_url())
    }

    /// Returns the base URL of the REST API, `https://api.bitbucket.org/2.0`.
    pub fn api_url(&self) -> String {
        match &self.api {
            Some(Base { host, path }) => format!("https://{host}{path}"),
            None => "https://api.bitbucket.org/2.0".to_owned(),
        }
    }

    /// Returns the repository's https URL for git, with `user` in it if given. It never contains a
    /// secret.
    pub fn url(&self, address: &Address, user: Option<&str>) -> String {
        let Base { host, path } = &self.git;
        let (user, at) = user.map_or(("", ""), |user| (user, "@"));
        format!("https://{user}{at}{host}{path}/{}.git", address.full_name())
    }

    /// Returns the part of a URL's path that follows the base URL's.
    pub fn inner_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let base = self.git.path.strip_prefix('/').unwrap_or_default();
        match base {
            "" => Some(path),
            base => path.strip_prefix(base)?.strip_prefix('/'),
        }
    }
}

impl Base {
    /// Reads `https://host[:port][/path]`.
    ///
    /// # Errors
    /// The rest of a sentence that starts with the key.
    pub(super) fn parse(url: &str) -> Result<Base, &'static str> {
        let rest = url
            .strip_prefix("https://")
            .ok_or("has to start with https://")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if host.contains('@') {
            return Err("names a user; the token is looked up automatically");
        }
        // 443 is the default, and git's credential protocol leaves it out.
        let host = without_https_port(host);
        let in_host =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let in_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
        if host.is_empty() || !host.chars().all(in_host) || !path.chars().all(in_path) {
            return Err("is not a plain https URL (https://<host>[:<port>][/<path>])");
        }
        Ok(Base {
            host: host.to_ascii_lowercase(),
            path: path.to_owned(),
        })
    }
}
