//! URLs as they are written: their parts, and the hosts of Bitbucket Cloud.

/// The parts of a URL, without any decoding.
pub struct Url<'u> {
    /// `None` if the text has no `://`.
    pub scheme: Option<&'u str>,
    /// What precedes the last `@` before the path; it may hold a secret.
    pub userinfo: Option<&'u str>,
    /// The host, with its port if one is written.
    pub host: &'u str,
    /// The path without its first slash, and what follows it.
    pub path: &'u str,
}

impl<'u> Url<'u> {
    /// Splits a URL; one without a scheme starts with its host.
    pub fn split(text: &'u str) -> Url<'u> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (userinfo, host) = split_authority(authority);
        Url {
            scheme,
            userinfo,
            host,
            path,
        }
    }
}

/// Splits `user:password@host:port` into userinfo and host.
pub fn split_authority(authority: &str) -> (Option<&str>, &str) {
    match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    }
}

/// Returns the rest of a path below the path `base`; both without their first slash.
pub fn path_below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    match base {
        "" => Some(path),
        base => path.strip_prefix(base)?.strip_prefix('/'),
    }
}

/// Returns the host without its port.
pub fn without_port(host: &str) -> &str {
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// Returns the host without the port of https, which is the same host to git.
pub fn without_https_port(host: &str) -> &str {
    host.strip_suffix(":443").unwrap_or(host)
}

/// The host of Bitbucket Cloud.
pub const BITBUCKET: &str = "bitbucket.org";

/// The names under which Bitbucket Cloud is reached by https. Renovate, among others, reports
/// `bitbucket.com` in use.
pub const HTTPS_HOSTS: &[&str] = &[
    BITBUCKET,
    "www.bitbucket.org",
    "bitbucket.com",
    "www.bitbucket.com",
];
/// The names under which Bitbucket Cloud is, or was, reached by ssh: `bitbucket.org` itself until 12
/// November 2026, as most existing remotes have it.
pub const SSH_HOSTS: &[&str] = &[
    BITBUCKET,
    "ssh.bitbucket.org",
    "altssh.bitbucket.org",
    "bitbucket.com",
];

/// Returns whether Bitbucket Cloud is reached by https under this name.
pub fn is_https_host(host: &str) -> bool {
    is_one_of(host, HTTPS_HOSTS)
}

/// Returns whether Bitbucket Cloud is, or was, reached by ssh under this name.
pub fn is_ssh_host(host: &str) -> bool {
    is_one_of(host, SSH_HOSTS)
}

pub(crate) fn is_one_of(host: &str, known: &[&str]) -> bool {
    known.iter().any(|name| host.eq_ignore_ascii_case(name))
}
