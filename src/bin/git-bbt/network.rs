//! The network settings that git uses, so that REST goes wherever git goes: proxies, certificates,
//! client certificates, from git's configuration and the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result};
use bbt::report::{self, Failure};
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Certificate, Identity, NoProxy, Proxy, redirect};

/// How long a server or proxy has to take up a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it has to answer, and then how long to send a body.
pub const ANSWER: Duration = Duration::from_secs(60);

/// A client for `api_url`, and the proxy it goes through, for messages.
pub fn client(api_url: &str) -> Result<(Client, Option<Via>)> {
    // Fails where one is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::of_git(api_url)?;
    let mut builder = Client::builder()
        .user_agent(concat!("git-bbt/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        // reqwest would take a token along to the same host at another port.
        .redirect(redirect::Policy::none())
        .https_only(true)
        .no_proxy();
    let via = settings.proxy();
    if let Some(via) = &via {
        builder = builder.proxy(via.proxy()?);
    }
    builder = settings.trust(builder)?;
    builder = settings.client_certificate(builder)?;
    let client = builder
        .build()
        .context("git's network settings cannot be used")?;
    Ok((client, via))
}

/// What `git config` says of `http.*` for one URL, by the key's last part in lower case.
struct Settings(HashMap<String, String>);

impl Settings {
    fn of_git(url: &str) -> Result<Settings> {
        let output = bbt::git::about_current()
            .args(["config", "-z", "--get-urlmatch", "http", url])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| {
                Failure::new(format!("cannot ask git for its http settings: {error}"))
                    .hint("install git, or put it on the PATH")
            })?;
        // 1 is for nothing found.
        if !matches!(output.status.code(), Some(0 | 1)) {
            let failure = Failure::new("git cannot tell its http settings");
            return Err(failure.hint("see what it says: git config --list").into());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let settings = text.split('\0').filter_map(|setting| {
            // A key without "=" is git's way to say true.
            let (key, value) = setting.split_once('\n').unwrap_or((setting, "true"));
            Some((key.strip_prefix("http.")?.to_owned(), value.to_owned()))
        });
        Ok(Settings(settings.collect()))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// A file's or folder's name: the environment before the configuration, as git has it; with the
    /// place that names it.
    fn path(&self, variable: &'static str, key: &'static str) -> Option<(String, PathBuf)> {
        if let Some(path) = set(variable) {
            return Some((variable.to_owned(), path.into()));
        }
        let text = self.get(&key.to_ascii_lowercase())?;
        let path = match (text.strip_prefix("~/"), dirs::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        (!text.is_empty()).then(|| (format!("http.{key}"), path))
    }

    /// git's `http.proxy` before curl's variables; an empty one is none, whatever else there is.
    fn proxy(&self) -> Option<Via> {
        const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let of_git = self.get("proxy").map(|url| ("http.proxy", url.to_owned()));
        let named = |name: &&'static str| Some((*name, env::var(name).ok()?));
        let (place, url) = of_git.or_else(|| VARIABLES.iter().find_map(named))?;
        (!url.is_empty()).then_some(Via { place, url })
    }

    /// With a file of authorities named, only those count, as with curl. A folder adds to those of
    /// the platform, or of the file.
    fn trust(&self, builder: ClientBuilder) -> Result<ClientBuilder> {
        let is_off = self.get("sslverify").is_some_and(is_false);
        if is_off || env::var_os("GIT_SSL_NO_VERIFY").is_some() {
            report::trace(|| "certificates are not verified: git is told not to".to_owned());
            return Ok(builder.tls_danger_accept_invalid_certs(true));
        }
        let file = self.path("GIT_SSL_CAINFO", "sslCAInfo");
        let folder = self.path("GIT_SSL_CAPATH", "sslCAPath");
        let mut in_folder = Vec::new();
        if let Some((place, folder)) = folder {
            let entries =
                fs::read_dir(&folder).map_err(|error| unreadable(&place, &folder, error))?;
            // Such folders hold other things too: lists of revocations, read-mes.
            in_folder.extend(
                entries
                    .flatten()
                    .filter_map(|entry| fs::read(entry.path()).ok())
                    .filter_map(|pem| Certificate::from_pem_bundle(&pem).ok())
                    .flatten(),
            );
        }
        let Some((place, file)) = file else {
            return Ok(builder.tls_certs_merge(in_folder));
        };
        let pem = fs::read(&file).map_err(|error| unreadable(&place, &file, error))?;
        let mut trusted = Certificate::from_pem_bundle(&pem)
            .map_err(|_| unreadable(&place, &file, "it holds no certificates in PEM"))?;
        if trusted.is_empty() {
            return Err(unreadable(&place, &file, "it holds no certificates in PEM").into());
        }
        trusted.extend(in_folder);
        Ok(builder.tls_certs_only(trusted))
    }

    fn client_certificate(&self, builder: ClientBuilder) -> Result<ClientBuilder> {
        let Some((place, certificate)) = self.path("GIT_SSL_CERT", "sslCert") else {
            return Ok(builder);
        };
        let mut pem =
            fs::read(&certificate).map_err(|error| unreadable(&place, &certificate, error))?;
        if let Some((place, key)) = self.path("GIT_SSL_KEY", "sslKey") {
            pem.push(b'\n');
            pem.extend(fs::read(&key).map_err(|error| unreadable(&place, &key, error))?);
        }
        let identity = Identity::from_pem(&pem).map_err(|_| {
            let why = "there is no certificate with an unencrypted key, both in PEM";
            unreadable(&place, &certificate, why)
        })?;
        Ok(builder.identity(identity))
    }
}

fn unreadable(place: &str, path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot use {} of {place}: {why}", path.display()))
        .hint("git needs it too: git config --show-origin --get-regexp '^http\\.'")
}

/// A variable that is set and not blank.
fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn is_false(value: &str) -> bool {
    ["false", "no", "off", "0", ""]
        .iter()
        .any(|no| value.eq_ignore_ascii_case(no))
}

/// The proxy in between, and the setting that names it.
pub struct Via {
    pub place: &'static str,
    url: String,
}

impl Via {
    fn proxy(&self) -> Result<Proxy> {
        let proxy = Proxy::all(with_port(&self.url)).map_err(|_| {
            Failure::new(format!("{} is no proxy's URL", self.place))
                .hint("write http://<host>:<port>, https:// or socks5h://")
        })?;
        // curl takes blanks between them, too.
        let direct = ["no_proxy", "NO_PROXY"]
            .iter()
            .find_map(|name| env::var(name).ok());
        let direct = direct.map(|hosts| hosts.replace(char::is_whitespace, ","));
        Ok(proxy.no_proxy(direct.as_deref().and_then(NoProxy::from_string)))
    }

    /// `host:port`; the rest of the URL may hold a password.
    pub fn host(&self) -> &str {
        let (_, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host)
    }
}

/// curl's port for a proxy that names none, where reqwest would take 80.
fn with_port(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let names_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.contains(']'));
    let port = match names_port || scheme.eq_ignore_ascii_case("https") {
        true => "",
        false => ":1080",
    };
    format!("{scheme}://{authority}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_a_port_is_at_curls() {
        for (written, meant) in [
            ("proxy", "http://proxy:1080"),
            ("http://me:secret@proxy/", "http://me:secret@proxy:1080"),
            ("http://proxy:80", "http://proxy:80"),
            ("http://[::1]", "http://[::1]:1080"),
            ("socks5h://[::1]:9050", "socks5h://[::1]:9050"),
            ("https://proxy", "https://proxy"),
        ] {
            assert_eq!(with_port(written), meant);
        }
    }

    #[test]
    fn a_proxys_password_is_not_shown() {
        let via = |url: &str| Via {
            place: "http.proxy",
            url: url.to_owned(),
        };
        assert_eq!(via("http://me:p@ss@proxy:3128/").host(), "proxy:3128");
        assert_eq!(via("proxy").host(), "proxy");
    }
}
