//! Requests to the API: where they may go, how they log in, which redirects are followed.

use anyhow::{Context, Result};
use bbt::config::Config;
use bbt::messages::{self, Failure};
use bbt::redact;
use bbt::token::{Kind, Token};
use reqwest::blocking::{Client, Request, RequestBuilder};
use reqwest::{Method, Url};

use super::error;
use super::network::{self, Via};
use super::stream::{ResponseStream, host};
use super::verdict::Verdict;
use crate::target::Target;

/// A client for the API, with the network settings that git uses.
pub struct Bitbucket {
    http: Client,
    via: Option<Via>,
    /// With a slash at its end.
    api: Url,
}

/// The most redirects that are followed for one request.
const MAX_REDIRECTS: usize = 5;

impl Bitbucket {
    /// Returns a client for the API that config.toml names; warns if it sets only `git_url`.
    ///
    /// # Errors
    /// If git's network settings cannot be read or used.
    pub fn new(config: &Config) -> Result<Bitbucket> {
        let api_url = config.service().api_url();
        if config.service().lacks_api_url() {
            messages::warning(&format!(
                "config.toml sets git_url but not api_url, so {api_url} is used; set api_url too"
            ));
        }
        let (http, via) = network::client(api_url)?;
        let api = Url::parse(&format!("{api_url}/"))?;
        Ok(Bitbucket { http, via, api })
    }

    /// Requests `target` and returns what the response means for the token. `account` is the email
    /// that an API token needs.
    ///
    /// # Errors
    /// If there is no whole response: network, TLS, a response that ends early.
    pub fn check(&self, target: &Target, token: &Token, account: Option<&str>) -> Result<Verdict> {
        // Not /user, which rejects access tokens.
        let url = match target {
            Target::Workspace(name) => self.url(&format!("repositories/{name}?pagelen=1"))?,
            Target::Repository(address) => {
                self.url(&format!("repositories/{}", address.full_name()))?
            }
        };
        let response = self.send(&Request::new(Method::GET, url), token, account)?;
        Ok(response.read()?.verdict())
    }

    /// Returns the URL of `path` below the API's. A whole URL is accepted, too.
    ///
    /// # Errors
    /// If it leads elsewhere, as `..` may.
    pub fn url(&self, path: &str) -> Result<Url> {
        let url = self.api.join(path.strip_prefix('/').unwrap_or(path)).ok();
        let url = url.filter(|url| self.path_of(url).is_some());
        url.ok_or_else(|| {
            let shown = redact::address(path);
            let hint = if path.contains("://") {
                "the token is not sent elsewhere"
            } else {
                "write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>"
            };
            Failure::new(format!("\"{shown}\" is not a path below {}", self.api))
                .hint(hint)
                .into()
        })
    }

    /// Returns the part of a URL behind the API's; `None` for a URL elsewhere.
    pub fn path_of<'u>(&self, url: &'u Url) -> Option<&'u str> {
        url.as_str().strip_prefix(self.api.as_str())
    }

    /// Returns whether the URL is on the API's host and port. No other is sent the token.
    pub fn is_same_host(&self, url: &Url) -> bool {
        self.api.origin() == url.origin()
    }

    /// Sends a request with the token. Redirects of a GET to the same host are followed; a redirect
    /// to another host is returned.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if the URL is on another host.
    pub fn send(
        &self,
        request: &Request,
        token: &Token,
        account: Option<&str>,
    ) -> Result<ResponseStream> {
        let mut url = request.url().clone();
        for _ in 0..=MAX_REDIRECTS {
            if !self.is_same_host(&url) {
                let host = host(&url);
                return Err(Failure::new(format!(
                    "{host} is not Bitbucket's API; the token is not sent to it"
                ))
                .into());
            }
            let mut again = request.try_clone().context("the body is a stream")?;
            *again.url_mut() = url.clone();
            let builder = RequestBuilder::from_parts(self.http.clone(), again);
            let builder = with_login(builder, token, account)?;
            let response = exchange(builder, &url, self.via.as_ref())?;
            let target = response.redirect_target(request.method())?;
            match target.filter(|target| self.is_same_host(target)) {
                Some(target) => url = target,
                None => return Ok(response),
            }
        }
        let message = format!("{} redirected more than {MAX_REDIRECTS} times", host(&url));
        Err(Failure::new(message).hint("try again later").into())
    }

    /// Fetches what a response redirects to on another host, without the token or anything else of
    /// the request.
    pub fn fetch_without_token(&self, url: Url) -> Result<ResponseStream> {
        // With git's settings for that host. The rest of the URL may be a secret, so that git's
        // arguments must not contain it.
        let (http, via) = network::client(&url.origin().ascii_serialization())?;
        exchange(http.get(url.clone()), &url, via.as_ref())
    }
}

fn with_login(
    request: RequestBuilder,
    token: &Token,
    account: Option<&str>,
) -> Result<RequestBuilder> {
    // Both mark the header as sensitive.
    Ok(match (token.kind(), account) {
        (Kind::Access, _) => request.bearer_auth(token.expose()),
        (Kind::Api, Some(account)) => request.basic_auth(account, Some(token.expose())),
        (Kind::Api, None) => {
            return Err(Failure::new(
                "an API token needs its account's email for REST, and none is configured",
            )
            .hint("set account = \"you@example.com\" for the token in config.toml")
            .into());
        }
    })
}

fn exchange(request: RequestBuilder, url: &Url, via: Option<&Via>) -> Result<ResponseStream> {
    let host = host(url);
    let sent = request.send();
    let response = sent.map_err(|error| error::failure(&error, &host, via))?;
    messages::trace(|| format!("REST: {host} {}: {}", url.path(), response.status()));
    Ok(ResponseStream(response))
}
