//! Requests to the API: where they may go, how they log in, which redirects are followed.

use anyhow::{Context, Result};
use bbt::config::Config;
use bbt::messages::{self, Failure};
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
    /// Without a trailing slash.
    api_url: String,
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
        let (http, via) = network::client(&api_url)?;
        Ok(Bitbucket { http, via, api_url })
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

    /// Returns the URL of `path` below the API's.
    ///
    /// # Errors
    /// If `path` leads out of it, as `..` may.
    pub fn url(&self, path: &str) -> Result<Url> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let text = format!("{}/{path}", self.api_url);
        let url = Url::parse(&text).ok().filter(|url| self.contains(url));
        let failure = || Failure::new(format!("\"{path}\" is not a path below {}", self.api_url));
        url.ok_or_else(|| failure().hint("write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>").into())
    }

    /// Returns whether the URL is below the API's.
    pub fn contains(&self, url: &Url) -> bool {
        let rest = url.as_str().strip_prefix(&self.api_url);
        self.is_same_host(url) && rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// Returns whether the URL is on the API's host and port. No other is sent the token.
    pub fn is_same_host(&self, url: &Url) -> bool {
        Url::parse(&self.api_url).is_ok_and(|api| api.origin() == url.origin())
    }

    /// Returns the API's URL, without a trailing slash.
    pub fn api_url(&self) -> &str {
        &self.api_url
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
            let target = redirect_target(request.method(), &url, &response)?;
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

/// Returns where a response redirects a request for `url` that may be sent again.
pub fn redirect_target(
    method: &Method,
    url: &Url,
    response: &ResponseStream,
) -> Result<Option<Url>> {
    if !response.status().is_redirection() || !matches!(*method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let location = response.header("location");
    let target = location.and_then(|location| url.join(location).ok());
    let target = target.filter(|target| target.scheme() == "https");
    target.as_ref().map_or(Ok(()), refuse_login)?;
    Ok(target)
}

/// Refuses a URL in a response that would log in as another user.
///
/// # Errors
/// If it contains a user name or a password.
pub fn refuse_login(url: &Url) -> Result<()> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    let what = format!(
        "the response redirects to {} with a user name in the URL",
        host(url)
    );
    Err(Failure::new(what)
        .hint("Bitbucket sends no such URLs; check whether a proxy answers in its place")
        .into())
}
