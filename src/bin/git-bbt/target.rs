//! Reads a command's target: every form of a workspace or repository that people type or paste.

use bbt::address::{self, Address};
use bbt::config::{Config, Service};
use bbt::messages::Failure;
use bbt::redact;
use bbt::url::{self, Url};

use crate::current_repository;

pub use bbt::target::Target;

/// Reads an argument, for clap: `acme`, `acme/widgets`, `bbt::acme`, the URL of a repository, or of a
/// page of a workspace or repository, such as the one that lists its tokens.
///
/// # Errors
/// If it is none of those. Never quotes a secret.
pub fn parse(text: &str) -> Result<Target, Failure> {
    if let Some((userinfo, rest)) = web_parts(text) {
        let is_secret = |userinfo: &str| userinfo.contains(':') || redact::has_token(userinfo);
        if userinfo.is_some_and(is_secret) {
            return Err(Failure::new(format!(
                "{} contains a secret, and other users can see arguments; run git bbt login without it and paste it at the prompt",
                redact::address(text)
            )));
        }
        if let Some(path) = rest {
            return from_path(path).ok_or_else(|| {
                let shown = redact::address(text);
                Failure::new(format!(
                    "{shown} is not the URL of a workspace or repository"
                ))
            });
        }
    }
    let name = text.strip_prefix("bbt::").unwrap_or(text);
    let name = name.strip_prefix("bbt://").unwrap_or(name);
    let name = name.strip_prefix('/').unwrap_or(name);
    let name = name.strip_suffix('/').unwrap_or(name);
    if address::is_workspace(name) && !url::is_https_host(name) {
        return Ok(Target::Workspace(name.to_owned()));
    }
    let address = Address::parse(text).or_else(|failure| {
        let config = Config::read_if_exists().unwrap_or_default();
        config.service().address(text).map_err(|_| failure)
    });
    address.map(Target::Repository)
}

/// Returns the userinfo of a web URL, and its path if the host is Bitbucket's.
fn web_parts(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    let url = Url::split(text);
    let scheme = url.scheme.map(str::to_ascii_lowercase);
    if !matches!(scheme.as_deref(), None | Some("https" | "http")) {
        return None;
    }
    if is_bitbucket(url.host) {
        return Some((url.userinfo, Some(url.path)));
    }
    // config.toml is read only now, for a host that may be the one it sets.
    scheme?;
    let config = Config::read_if_exists().unwrap_or_default();
    let path = path_below(config.service(), url.host, url.path);
    Some((url.userinfo, path))
}

fn is_bitbucket(host: &str) -> bool {
    url::is_https_host(url::without_https_port(host))
}

/// Returns a URL's path below git's base URL; `None` if the host is not Bitbucket's.
pub fn path_below<'p>(service: &Service, host: &str, path: &'p str) -> Option<&'p str> {
    let host = url::without_https_port(host);
    if host.eq_ignore_ascii_case(service.host()) {
        return service.inner_path(path);
    }
    is_bitbucket(host).then_some(path)
}

/// Returns the target of a path on bitbucket.org: `acme`, `acme/workspace/settings/access-tokens`,
/// `acme/widgets.git`, `acme/widgets/admin/access-tokens`.
pub fn from_path(path: &str) -> Option<Target> {
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let workspace = parts.next().filter(|name| address::is_workspace(name))?;
    if address::PAGES.contains(&workspace) {
        return None;
    }
    match parts.next() {
        None | Some("workspace") => Some(Target::Workspace(workspace.to_owned())),
        Some(slug) => {
            let slug = slug.strip_suffix(".git").unwrap_or(slug);
            Address::from_names(workspace, slug).map(Target::Repository)
        }
    }
}

/// Returns a command's target: the argument, or else the repository of the current clone.
///
/// # Errors
/// If there is no argument, and no remote of the current folder is on Bitbucket.
pub fn or_current(named: Option<&Target>, config: &Config) -> Result<Target, Failure> {
    let current = || current_repository::find(config.service()).map(Target::Repository);
    named.cloned().or_else(current).ok_or_else(|| {
        Failure::new("no workspace or repository given, and no remote here is on Bitbucket")
            .hint("name one, as in acme or acme/widgets")
    })
}
