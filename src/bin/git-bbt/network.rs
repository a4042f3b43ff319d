//! The network settings that git uses, so that REST goes wherever git goes: proxies, certificates,
//! client certificates, from git's configuration and the environment. Not from a repository's: what
//! came with a clone must not decide where a token goes.

mod proxy;
mod tls;

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use bbt::report::Failure;
use reqwest::blocking::Client;
use reqwest::redirect;
use zeroize::Zeroizing;

use crate::git;

pub use proxy::Via;

/// How long a server or proxy has to take up a connection.
pub const CONNECT: Duration = Duration::from_secs(10);
/// How long it has to answer, and then how long to send a body.
pub const ANSWER: Duration = Duration::from_secs(60);

/// Returns a client for the host of `url`, and the proxy it goes through, for messages.
///
/// # Errors
/// git's settings for that host cannot be read or used.
pub fn client(url: &str) -> Result<(Client, Option<Via>)> {
    // Fails where one is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings::of_git(url)?;
    let mut builder = Client::builder()
        .user_agent(concat!("git-bbt/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        // reqwest would take a token along to the same host at another port.
        .redirect(redirect::Policy::none())
        .https_only(true)
        .no_proxy();
    let via = Via::from_settings(&settings);
    if let Some(via) = &via {
        builder = builder.proxy(via.proxy()?);
    }
    builder = tls::trust(&settings, builder)?;
    builder = tls::client_certificate(&settings, builder)?;
    let client = builder
        .build()
        .context("git's network settings cannot be used")?;
    Ok((client, via))
}

/// What the user's and the system's configuration have in `http.*` for one URL, by the key's last
/// part in lower case.
struct Settings(HashMap<String, Zeroizing<String>>);

impl Settings {
    fn of_git(url: &str) -> Result<Settings> {
        let asked = git::user_config(["-z", "--get-urlmatch", "http", url]);
        let outcome = asked.map_err(|error| {
            Failure::new(format!("cannot ask git for its http settings: {error}"))
                .hint("install git, or put it on the PATH")
        })?;
        // 1 is for nothing found.
        if !matches!(outcome.code, Some(0 | 1)) {
            let what = format!("git cannot read its http settings: {}", outcome.reason());
            return Err(Failure::new(what)
                .hint("git config --global --list shows the line")
                .into());
        }
        let settings = outcome.stdout.split('\0').filter_map(|setting| {
            // A key without "=" is git's way to say true.
            let (key, value) = setting.split_once('\n').unwrap_or((setting, "true"));
            let value = Zeroizing::new(value.to_owned());
            Some((key.strip_prefix("http.")?.to_owned(), value))
        });
        Ok(Settings(settings.collect()))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.as_str())
    }

    /// A file's or folder's name: the environment before the configuration, as git has it; with the
    /// place that names it.
    fn path(&self, variable: &'static str, key: &'static str) -> Option<(String, PathBuf)> {
        if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) {
            return Some((variable.to_owned(), path.into()));
        }
        let text = self.get(&key.to_ascii_lowercase())?;
        let path = match (text.strip_prefix("~/"), dirs::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        (!text.is_empty()).then(|| (format!("http.{key}"), path))
    }
}
