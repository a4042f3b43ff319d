//! What a remote's URL is: a repository on Bitbucket, in whatever spelling, or something to leave
//! alone.

use std::borrow::Cow;

use bbt::address::Address;
use bbt::config::Service;
use bbt::token::{Flaw, Kind, Token};
use bbt::{redact, url};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::rename::Renames;
use super::rewrite::Rewrites;

/// What there is to do about a URL.
pub enum Origin {
    /// On Bitbucket by https or ssh.
    Bitbucket {
        address: Address,
        secret: Option<Secret>,
    },
    /// A `bbt::` URL, or one that a rule of the user's makes one; whether a rename makes it another.
    Bbt { address: Address, is_renamed: bool },
    /// Not for us, and why; what may help.
    Other { why: String, hint: Option<String> },
}

/// A password in a URL, or what stands in the place of a user and is a token.
pub enum Secret {
    Token {
        token: Token,
        /// The user that the URL names, if that is an e-mail: the account of an API token.
        account: Option<String>,
    },
    /// Bitbucket ended those.
    AppPassword,
    /// Nobody can tell what it is.
    Unknown,
}

/// Tells what URLs are.
pub struct Recognizer<'a> {
    pub service: &'a Service,
    /// Hosts of the user's ssh configuration that are Bitbucket's.
    pub ssh_aliases: &'a [String],
    pub renames: &'a Renames,
}

impl<'a> Recognizer<'a> {
    /// One that knows of no alias and no new name.
    pub fn of(service: &'a Service) -> Recognizer<'a> {
        static NONE: Renames = Renames(Vec::new());
        Recognizer {
            service,
            ssh_aliases: &[],
            renames: &NONE,
        }
    }
}

impl Recognizer<'_> {
    /// What a URL is, after the rules that git applies to it.
    pub fn origin(&self, url: &str, rewrites: &Rewrites) -> Origin {
        let (effective, rule) = rewrites.apply(url);
        match (self.read(&effective), rule) {
            (Origin::Bbt { address, .. }, Some(_)) => Origin::Bbt {
                address,
                is_renamed: false,
            },
            (Origin::Other { why, hint }, Some(rule)) => Origin::Other {
                why: format!(
                    "{why} (it is rewritten by url.{}.insteadOf)",
                    redact::address(rule)
                ),
                hint,
            },
            // What a rule brings along stays in the rule.
            (Origin::Bitbucket { address, .. }, Some(_)) if !url.contains('@') => {
                Origin::Bitbucket {
                    address,
                    secret: None,
                }
            }
            (origin, _) => origin,
        }
    }

    fn read(&self, url: &str) -> Origin {
        if url.starts_with("bbt::") || url.starts_with("bbt://") {
            return match self.service.address(url) {
                Ok(written) => {
                    let address = self.renames.apply(written.clone());
                    let is_renamed = !address.is_same(&written);
                    Origin::Bbt {
                        address,
                        is_renamed,
                    }
                }
                Err(failure) => Origin::other(failure.to_string()),
            };
        }
        let (scheme, rest) = match (url.split_once("://"), url.split_once(':')) {
            // gitremote-helpers(7): `<helper>::<address>`
            (_, Some((helper, rest))) if rest.starts_with(':') && !helper.contains(['/', '.']) => {
                return Origin::other("it has a remote helper of its own");
            }
            (Some((scheme, rest)), _) => (scheme.to_ascii_lowercase(), Cow::from(rest)),
            // scp's form: a colon before any slash.
            (None, Some((host, path))) if !host.contains('/') => (
                "ssh".to_owned(),
                Cow::from(format!("{host}/{}", path.strip_prefix('/').unwrap_or(path))),
            ),
            _ => return Origin::other("it is a folder on this machine"),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        match scheme.as_str() {
            "https" | "http" => self.web(&scheme, user, host, path),
            "ssh" | "git+ssh" | "ssh+git" => self.ssh(user, host, path),
            "git" if url::is_https_host(host) => {
                Origin::other("Bitbucket has ended git:// and Mercurial")
            }
            _ => Origin::elsewhere(),
        }
    }

    fn web(&self, scheme: &str, user: Option<&str>, host: &str, path: &str) -> Origin {
        let plain = host.strip_suffix(":443").unwrap_or(host);
        let is_ours = plain.eq_ignore_ascii_case(self.service.host());
        let inner = match self.service.inner_path(path) {
            Some(inner) if is_ours => inner,
            _ if url::is_https_host(host.split_once(':').map_or(host, |(name, _)| name)) => path,
            _ => return Origin::elsewhere(),
        };
        // A host of the user's own is on no list; that it is Bitbucket's has been seen to.
        let host = if is_ours { "bitbucket.org" } else { host };
        self.at(
            &format!("{scheme}://{host}/{inner}"),
            inner,
            user.and_then(secret),
        )
    }

    fn ssh(&self, user: Option<&str>, host: &str, path: &str) -> Origin {
        let (name, port) = host
            .split_once(':')
            .map_or((host, None), |(name, port)| (name, Some(port)));
        let is_alias = self.ssh_aliases.iter().any(|alias| alias == name);
        if !is_alias && !url::is_ssh_host(name) {
            let may_be_alias =
                !name.contains('.') && name.to_ascii_lowercase().contains("bitbucket");
            return Origin::Other {
                why: "it is not on Bitbucket".to_owned(),
                hint: may_be_alias.then(|| {
                    format!("where {name} is Bitbucket in your ~/.ssh/config: --ssh-alias {name}")
                }),
            };
        }
        if user.is_some_and(|user| user == "hg") {
            return Origin::other("Bitbucket has ended git:// and Mercurial");
        }
        let host = match (is_alias, port) {
            (true, _) => "bitbucket.org".to_owned(),
            (false, Some(port)) => format!("{name}:{port}"),
            (false, None) => name.to_owned(),
        };
        self.at(&format!("ssh://{host}/{path}"), path, user.and_then(secret))
    }

    fn at(&self, url: &str, path: &str, secret: Option<Secret>) -> Origin {
        match Address::parse(url) {
            Ok(address) => Origin::Bitbucket {
                address: self.renames.apply(address),
                secret,
            },
            Err(failure) => Origin::other(match kind_of(path) {
                Some(kind) => {
                    format!("it is {kind} on Bitbucket, for which access tokens have no scope")
                }
                None => failure.to_string(),
            }),
        }
    }
}

impl Origin {
    fn other(why: impl Into<String>) -> Origin {
        Origin::Other {
            why: why.into(),
            hint: None,
        }
    }

    fn elsewhere() -> Origin {
        Origin::other("it is not on Bitbucket")
    }
}

/// What has a repository of its own that is none of a workspace's.
fn kind_of(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    match () {
        () if path.starts_with("snippets/") => Some("a snippet"),
        () if path.ends_with("/wiki") || path.ends_with("/wiki.git") => Some("a wiki"),
        () => None,
    }
}

/// The secret in a URL's userinfo.
fn secret(userinfo: &str) -> Option<Secret> {
    let (user, password) = match userinfo.split_once(':') {
        Some((user, password)) => (user, password),
        // A token in the place of the user, as other services have it.
        None if redact::has_token(userinfo) => ("", userinfo),
        None => return None,
    };
    if password.is_empty() {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len()));
    bytes.extend(percent_decode_str(password));
    let is_known = bytes.starts_with(b"ATCT") || bytes.starts_with(b"ATAT");
    let kind = match user {
        user if user == Kind::Access.git_user() => None,
        user if user == Kind::Api.git_user() => Some(Kind::Api),
        _ if is_known || bytes.starts_with(b"ATBB") => None,
        _ => return Some(Secret::Unknown),
    };
    Some(match Token::new(bytes, kind) {
        Ok(token) => Secret::Token {
            account: account(user).filter(|_| token.kind() == Kind::Api),
            token,
        },
        Err(Flaw::AppPassword) => Secret::AppPassword,
        Err(_) => Secret::Unknown,
    })
}

fn account(user: &str) -> Option<String> {
    let user = percent_decode_str(user).decode_utf8().ok()?;
    // A colon would end the name in Basic authentication.
    let is_email = user.contains('@') && !user.contains(|c: char| c == ':' || c.is_control());
    is_email.then(|| user.into_owned())
}
