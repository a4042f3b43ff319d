//! The parts of a URL in the forms that git takes, and in those that package managers write.

use std::borrow::Cow;
use std::str::FromStr;

use super::{RemoteUrl, secret};

/// A URL in parts.
pub(super) struct Split<'u> {
    pub scheme: Scheme,
    /// What is before the `@`, with a password if there is one.
    pub user: Option<&'u str>,
    pub host: &'u str,
    pub port: Option<&'u str>,
    /// Without the slash in front.
    pub path: Cow<'u, str>,
}

pub(super) enum Scheme {
    Web,
    Ssh,
    Git,
    Unknown,
}

/// Splits `<scheme>://[<user>@]<host>[:<port>]/<path>`, or scp's form, `[<user>@]<host>:<path>`, in
/// which host and port may be in brackets (git-clone(1), "GIT URLS").
///
/// # Errors
/// Why it is not a URL of that kind.
pub(super) fn split(url: &str) -> Result<Split<'_>, &'static str> {
    // gitremote-helpers(7): `<helper>::<address>`
    if let Some((helper, _)) = url.split_once("::")
        && !helper.contains(['/', '.', '['])
    {
        return Err("it has a remote helper of its own");
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" | "http" | "git+https" | "git+http" => Scheme::Web,
            "ssh" | "git+ssh" | "ssh+git" => Scheme::Ssh,
            "git" => Scheme::Git,
            _ => Scheme::Unknown,
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = user_and_host(authority);
        let (host, port) = host_and_port(host);
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let (port, path) = match port {
            // `ssh://git@host:acme/widgets.git`, as npm and pnpm write it.
            Some(owner) if !is_port(owner) => (None, format!("{owner}/{path}").into()),
            port => (port.filter(|port| !port.is_empty()), path.into()),
        };
        return Ok(Split {
            scheme,
            user,
            host,
            port,
            path,
        });
    }
    let folder = "it is a folder on this machine";
    let (authority, path) = match url.split_once("]:") {
        Some((authority, path)) if authority.contains('[') => (authority, path),
        _ => url.split_once(':').ok_or(folder)?,
    };
    if authority.contains('/') {
        return Err(folder);
    }
    let (user, host) = user_and_host(authority.strip_prefix('[').unwrap_or(authority));
    let (host, port) = host_and_port(host.strip_prefix('[').unwrap_or(host));
    Ok(Split {
        scheme: Scheme::Ssh,
        user,
        host,
        port,
        path: path.strip_prefix('/').unwrap_or(path).into(),
    })
}

fn user_and_host(authority: &str) -> (Option<&str>, &str) {
    match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    }
}

fn host_and_port(host: &str) -> (&str, Option<&str>) {
    match host.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host, None),
    }
}

/// A Bitbucket Data Center or Server, by its address in a browser: `https://<host>[:<port>][/<path>]`.
#[derive(Debug, Clone)]
pub struct Server {
    host: String,
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Server, &'static str> {
        const FORM: &str = "expected a URL such as https://bitbucket.example.com";
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        match split(text) {
            Ok(url) if is_web && !url.host.is_empty() && url.user.is_none() => {
                if bbt::url::is_https_host(url.host) {
                    return Err("it is Bitbucket Cloud itself");
                }
                Ok(Server {
                    host: url.host.to_owned(),
                })
            }
            _ => Err(FORM),
        }
    }
}

impl Server {
    /// Returns its host, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn has(&self, url: &Split) -> bool {
        url.host.eq_ignore_ascii_case(&self.host) && !matches!(url.scheme, Scheme::Unknown)
    }

    /// Reads `[<context>/]scm/<project>/<repository>` of a web address, `<project>/<repository>` of
    /// ssh (Atlassian, "Clone a repository").
    pub(super) fn classify(&self, url: &Split) -> RemoteUrl {
        let path = url.path.trim_matches('/');
        let path = match url.scheme {
            Scheme::Web => format!("/{path}")
                .split_once("/scm/")
                .map(|(_, path)| path.to_owned()),
            _ => Some(path.to_owned()),
        };
        let path = path.unwrap_or_default();
        let path = path.strip_suffix(".git").unwrap_or(&path);
        match path.split_once('/') {
            Some((project, repository))
                if !project.is_empty() && !repository.is_empty() && !repository.contains('/') =>
            {
                RemoteUrl::Server {
                    project: project.to_owned(),
                    repository: repository.to_owned(),
                    secret: url.user.and_then(secret::in_userinfo),
                }
            }
            _ => RemoteUrl::other(format!("it is no repository of {}", self.host)),
        }
    }
}
