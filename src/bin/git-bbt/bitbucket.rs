//! Bitbucket's REST API, version 2.0.

use anyhow::Result;
use bbt::config::Config;
use bbt::report::{self, Failure};
use bbt::token::{Kind, Token};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use crate::answer::Verdict;
use crate::network::{self, Via};
use crate::reply::Reply;
use crate::target::Target;
use crate::unreachable;

/// A connection to the API, through the network settings that git uses.
pub struct Bitbucket {
    http: Client,
    via: Option<Via>,
    /// Without a slash at its end.
    api_url: String,
}

/// One request; where it goes has been looked at already.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A GET of nothing but the URL.
    pub fn get(url: Url) -> Request {
        Request {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
        }
    }
}

/// How often an answer may send us on.
const REDIRECTS: usize = 5;

impl Bitbucket {
    /// Connects to the API that config.toml names, and warns if it names git's address only.
    ///
    /// # Errors
    /// If git's network settings cannot be read or used.
    pub fn new(config: &Config) -> Result<Bitbucket> {
        let api_url = config.service().api_url();
        if config.service().lacks_api_url() {
            report::warning(&format!(
                "config.toml sets git_url and no api_url, so this asks {api_url}; set api_url beside it"
            ));
        }
        let (http, via) = network::client(&api_url)?;
        Ok(Bitbucket { http, via, api_url })
    }

    /// Asks for the target with the token and reads the answer's headers. `account` is the e-mail
    /// that an API token needs.
    ///
    /// # Errors
    /// Where there is no answer: the network, TLS, a broken answer.
    pub fn check(&self, target: &Target, token: &Token, account: Option<&str>) -> Result<Verdict> {
        // Not /user: access tokens are nobody there.
        let url = match target {
            Target::Workspace(name) => self.url(&format!("repositories/{name}?pagelen=1"))?,
            Target::Repository(address) => {
                self.url(&format!("repositories/{}", address.full_name()))?
            }
        };
        let reply = self.send(&Request::get(url), token, account)?;
        Ok(reply.whole()?.verdict())
    }

    /// What `path` means below the API's address; `..` does not lead out of it.
    ///
    /// # Errors
    /// Where it does not stay there.
    pub fn url(&self, path: &str) -> Result<Url> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let text = format!("{}/{path}", self.api_url);
        let url = Url::parse(&text).ok().filter(|url| self.holds(url));
        let failure = || Failure::new(format!("\"{path}\" is no path below {}", self.api_url));
        url.ok_or_else(|| failure().hint("write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>").into())
    }

    /// Whether the URL is below the API's address.
    pub fn holds(&self, url: &Url) -> bool {
        let rest = url.as_str().strip_prefix(&self.api_url);
        self.serves(url) && rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether the URL is on the API's own host and port, which alone gets the token.
    pub fn serves(&self, url: &Url) -> bool {
        Url::parse(&self.api_url).is_ok_and(|api| api.origin() == url.origin())
    }

    /// Without a slash at its end.
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Sends a request with the token. Redirects of a GET are followed on the same host; one that
    /// leads elsewhere is the answer.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where the URL is on another host.
    pub fn send(&self, request: &Request, token: &Token, account: Option<&str>) -> Result<Reply> {
        let mut request = request.clone();
        for _ in 0..=REDIRECTS {
            if !self.serves(&request.url) {
                let host = host(&request.url);
                return Err(Failure::new(format!(
                    "{host} is not Bitbucket's API, and gets no token"
                ))
                .into());
            }
            let signed = self.signed(&request, token, account)?;
            let reply = exchange(signed, &request.url, self.via.as_ref())?;
            match onward(&request, &reply)?.filter(|url| self.serves(url)) {
                Some(url) => request.url = url,
                None => return Ok(reply),
            }
        }
        let what = format!(
            "{} redirects more than {REDIRECTS} times",
            host(&request.url)
        );
        Err(Failure::new(what).hint("try again later").into())
    }

    /// Fetches what an answer redirects to on another host, without the token or anything else of
    /// the request's.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn fetch_without_token(&self, url: Url) -> Result<Reply> {
        // Under git's settings for that host: those for Bitbucket's are not for others. And without the
        // rest of the URL, which may be a secret by itself, in git's arguments.
        let (http, via) = network::client(&url.origin().ascii_serialization())?;
        exchange(http.get(url.clone()), &url, via.as_ref())
    }

    fn signed(
        &self,
        request: &Request,
        token: &Token,
        account: Option<&str>,
    ) -> Result<RequestBuilder> {
        let Request {
            method,
            url,
            headers,
            body,
        } = request;
        let mut builder = self
            .http
            .request(method.clone(), url.clone())
            .headers(headers.clone());
        if let Some(body) = body {
            builder = builder.body(body.clone());
        }
        // Both mark the header as sensitive.
        Ok(match (token.kind(), account) {
            (Kind::Access, _) => builder.bearer_auth(token.expose()),
            (Kind::Api, Some(account)) => builder.basic_auth(account, Some(token.expose())),
            (Kind::Api, None) => {
                return Err(Failure::new(
                    "an API token logs in to REST with its account's e-mail, and none is named",
                )
                .hint("add account = \"you@example.com\" beside token in config.toml")
                .into());
            }
        })
    }
}

fn exchange(request: RequestBuilder, url: &Url, via: Option<&Via>) -> Result<Reply> {
    let host = host(url);
    let sent = request.send();
    let response = sent.map_err(|error| unreachable::failure(&error, &host, via))?;
    report::trace(|| format!("REST: {host} {}: {}", url.path(), response.status()));
    Ok(Reply::new(response, host, via.cloned()))
}

/// Returns where a reply redirects a request that may be sent again.
///
/// # Errors
/// As [`refuse_login`].
pub fn onward(request: &Request, reply: &Reply) -> Result<Option<Url>> {
    let may_follow = matches!(request.method, Method::GET | Method::HEAD);
    let location = reply.header("location");
    let url = location.and_then(|location| request.url.join(location).ok());
    let is_due = may_follow && reply.status().is_redirection();
    let url = url.filter(|url| is_due && url.scheme() == "https");
    url.as_ref().map_or(Ok(()), refuse_login)?;
    Ok(url)
}

/// Refuses a URL of a reply that would have us log in as somebody else.
///
/// # Errors
/// It has a user name or a password in it.
pub fn refuse_login(url: &Url) -> Result<()> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    let what = format!(
        "the reply leads to {} with a user name in the URL",
        host(url)
    );
    Err(Failure::new(what)
        .hint("Bitbucket has no such URLs; is something else answering in its place?")
        .into())
}

/// Host, and port where one is named.
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
