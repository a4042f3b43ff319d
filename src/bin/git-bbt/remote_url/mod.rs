//! What a remote's URL is, for migrate, which converts it, setup, which rewrites it, `url`, `api` and
//! doctor.

pub mod conditions;
mod forms;
mod rename;
mod secret;
mod split;

use bbt::address::Address;
use bbt::config::Service;
use bbt::instead_of::InsteadOf;
use bbt::redact;

pub use forms::bases;
pub use rename::{Rename, Renames};
pub use secret::UrlSecret;
pub use split::Server;
use split::{Scheme, Split, split};

/// The reason of [`RemoteUrl::Other`] if the URL has nothing to do with Bitbucket Cloud.
pub const NOT_ON_BITBUCKET: &str = "it is not on Bitbucket";

/// What a remote's URL is.
pub enum RemoteUrl {
    /// A repository on Bitbucket Cloud, by https or ssh.
    Bitbucket {
        address: Address,
        secret: Option<UrlSecret>,
    },
    /// A repository on the company's own server, which has moved to Bitbucket Cloud.
    Server {
        /// The project's key, or `~user`.
        project: String,
        repository: String,
        secret: Option<UrlSecret>,
    },
    /// A `bbt::` URL, or one that the user's `insteadOf` makes one.
    Bbt { address: Address },
    /// Anything else: why it is not converted, and what may help.
    Other { why: String, hint: Option<String> },
}

/// Classifies URLs.
pub struct Classifier<'a> {
    pub service: &'a Service,
    /// Hosts of the user's ssh configuration that are Bitbucket's.
    pub ssh_aliases: &'a [String],
    /// The company's own servers that have moved to Bitbucket Cloud.
    pub servers: &'a [Server],
}

impl<'a> Classifier<'a> {
    /// One without aliases and servers.
    pub fn new(service: &'a Service) -> Classifier<'a> {
        Classifier {
            service,
            ssh_aliases: &[],
            servers: &[],
        }
    }
}

impl Classifier<'_> {
    /// Classifies a URL as written, without any `insteadOf`.
    pub fn classify_as_written(&self, url: &str) -> RemoteUrl {
        if url.starts_with("bbt::") || url.starts_with("bbt://") {
            return match self.service.address(url) {
                Ok(address) => RemoteUrl::Bbt { address },
                Err(failure) => RemoteUrl::other(failure.to_string()),
            };
        }
        let url = match split(url) {
            Ok(url) => url,
            Err(why) => return RemoteUrl::other(why),
        };
        let is_here = |server: &&Server| server.has(&url);
        if let Some(server) = self.servers.iter().find(is_here) {
            return server.classify(&url);
        }
        match url.scheme {
            Scheme::Web => self.web(&url),
            Scheme::Ssh => self.ssh(&url),
            Scheme::Git if bbt::url::is_https_host(url.host) => {
                RemoteUrl::other("Bitbucket has ended git:// and Mercurial")
            }
            Scheme::Git | Scheme::Unknown => RemoteUrl::elsewhere(None),
        }
    }

    /// Classifies a URL by what git makes of it.
    pub fn classify(&self, url: &str, rules: &InsteadOf) -> RemoteUrl {
        let Some((rewritten, base)) = rules.apply(url) else {
            return self.classify_as_written(url);
        };
        match self.classify_as_written(&rewritten) {
            RemoteUrl::Other { why, hint } => RemoteUrl::Other {
                why: format!(
                    "{why} (it is rewritten by url.{}.insteadOf)",
                    redact::address(base)
                ),
                hint,
            },
            // A secret that a rule adds stays in the rule.
            RemoteUrl::Bitbucket { address, .. } if !url.contains('@') => RemoteUrl::Bitbucket {
                address,
                secret: None,
            },
            classified => classified,
        }
    }

    /// Returns whether a URL, as written, is Bitbucket's and contains a token.
    pub fn has_token(&self, url: &str) -> bool {
        matches!(
            self.classify_as_written(url),
            RemoteUrl::Bitbucket {
                secret: Some(UrlSecret::Token { .. }),
                ..
            }
        )
    }

    fn web(&self, url: &Split) -> RemoteUrl {
        let is_default = matches!(url.port, None | Some("443"));
        let host = match url.port {
            Some(port) if !is_default => format!("{}:{port}", url.host),
            _ => url.host.to_owned(),
        };
        let own_path = host
            .eq_ignore_ascii_case(self.service.host().trim_end_matches(":443"))
            .then(|| self.service.inner_path(&url.path))
            .flatten();
        let path = match own_path {
            Some(path) => path,
            None if !bbt::url::is_https_host(url.host) => return RemoteUrl::elsewhere(None),
            None if is_default || url.port == Some("80") => &url.path,
            None => return RemoteUrl::other("it names a port that Bitbucket does not have"),
        };
        at_path(path, url)
    }

    fn ssh(&self, url: &Split) -> RemoteUrl {
        let name = url.host;
        if !self.ssh_aliases.iter().any(|alias| alias == name) {
            if !bbt::url::is_ssh_host(name) {
                let lower = name.to_ascii_lowercase();
                let may_be_alias = !name.contains('.') && lower.contains("bitbucket");
                return RemoteUrl::elsewhere(may_be_alias.then(|| {
                    format!("if {name} is Bitbucket in your ~/.ssh/config, add --ssh-alias {name}")
                }));
            }
            if !matches!(url.port, None | Some("22" | "443")) {
                return RemoteUrl::other("it names a port that Bitbucket does not have");
            }
        }
        if url.user.is_some_and(|user| user == "hg") {
            return RemoteUrl::other("Bitbucket has ended git:// and Mercurial");
        }
        at_path(&url.path, url)
    }
}

impl RemoteUrl {
    fn other(why: impl Into<String>) -> RemoteUrl {
        RemoteUrl::Other {
            why: why.into(),
            hint: None,
        }
    }

    fn elsewhere(hint: Option<String>) -> RemoteUrl {
        RemoteUrl::Other {
            why: NOT_ON_BITBUCKET.to_owned(),
            hint,
        }
    }
}

/// Reads `acme/widgets.git` with slashes around it, on Bitbucket.
fn at_path(path: &str, url: &Split) -> RemoteUrl {
    let path = path.trim_matches('/');
    let path = path.strip_suffix("/.git").unwrap_or(path);
    let why = match Address::parse(&format!("https://bitbucket.org/{path}")) {
        Ok(address) => {
            let secret = url.user.and_then(secret::in_userinfo);
            return RemoteUrl::Bitbucket { address, secret };
        }
        Err(failure) => failure.to_string(),
    };
    let kind = if path.starts_with("snippets/") {
        "snippet"
    } else if path.ends_with("/wiki") || path.ends_with("/wiki.git") {
        "wiki"
    } else {
        return RemoteUrl::other(why);
    };
    RemoteUrl::other(format!("access tokens do not work for a {kind}"))
}
