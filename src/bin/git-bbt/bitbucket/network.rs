//! git's network settings, so that REST works wherever git does: proxies, certificates and client
//! certificates from git's configuration and the environment. Never from a repository's
//! configuration, which must not decide where a token is sent.

mod proxy;
mod tls;

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use bbt::messages::Failure;
use reqwest::blocking::Client;
use reqwest::redirect;
use zeroize::Zeroizing;

use crate::{git, git_settings};

pub use proxy::Via;

/// The limit for opening a connection to a server or proxy.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The limit for the first byte of a response, and then for its body.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// Returns a client for the host of `url`, and its proxy, for messages.
///
/// # Errors
/// If git's settings for that host cannot be read or used.
pub fn client(url: &str) -> Result<(Client, Option<Via>)> {
    // Fails if one is installed already, which works as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::read(url)?;
    let mut builder = Client::builder()
        .user_agent(concat!("git-bbt/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(RESPONSE_TIMEOUT)
        // reqwest would send the token to another port of the same host.
        .redirect(redirect::Policy::none())
        .https_only(true)
        .no_proxy();
    let (via, proxy) = Via::from_settings(&settings)?.unzip();
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy);
    }
    builder = tls::trust(&settings, builder)?;
    builder = tls::client_certificate(&settings, builder)?;
    let client = builder
        .build()
        .context("git's network settings cannot be used")?;
    Ok((client, via))
}

/// The `http.*` settings of the user and the system for one URL, by their keys in lower case.
struct Settings(HashMap<String, Zeroizing<String>>);

impl Settings {
    fn read(url: &str) -> Result<Settings> {
        let asked = git::user_config(["-z", "--get-urlmatch", "http", url]);
        let outcome = asked.map_err(|error| {
            Failure::new(format!("cannot ask git for its http settings: {error}"))
                .hint("install git, or put it on the PATH")
        })?;
        // 1 if nothing is set.
        if !matches!(outcome.code, Some(0 | 1)) {
            let what = format!("git cannot read its http settings: {}", outcome.reason());
            return Err(Failure::new(what)
                .hint("git config --global --list shows the line")
                .into());
        }
        let settings = outcome.stdout.split('\0').map(|setting| {
            // A key without "=" means true.
            let (key, value) = setting.split_once('\n').unwrap_or((setting, "true"));
            (key.to_owned(), Zeroizing::new(value.to_owned()))
        });
        Ok(Settings(settings.collect()))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.as_str())
    }

    /// Returns the path of a file or folder and the name of its setting. As in git, the environment
    /// comes before the configuration.
    fn path(&self, variable: &'static str, key: &'static str) -> Option<(&'static str, PathBuf)> {
        if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) {
            return Some((variable, path.into()));
        }
        let text = self.get(&key.to_ascii_lowercase())?;
        (!text.is_empty()).then(|| (key, git_settings::path_in(text)))
    }
}
