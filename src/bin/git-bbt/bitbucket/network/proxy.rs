//! The proxy of git's settings or curl's variables, and its password.

use std::env;
use std::io::{Seek, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use bbt::child;
use bbt::messages::{self, Failure};
use bbt::url::split_authority;
use percent_encoding::percent_decode_str;
use reqwest::{NoProxy, Proxy};
use zeroize::Zeroizing;

use super::Settings;

/// The limit for a credential helper.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(1);
/// The most bytes that are read from git.
const MAX_OUTPUT: usize = 64 * 1024;

/// A proxy, and the setting that names it.
#[derive(Clone)]
pub struct Via {
    setting: &'static str,
    url: String,
    /// From a credential helper.
    password: Option<Zeroizing<String>>,
}

impl Via {
    /// Returns the proxy of git's `http.proxy`, else of curl's variables; an empty `http.proxy` is
    /// none, whatever the variables are. If its URL names a user and no password, git's credential
    /// helpers are asked for that, as git itself does.
    pub(super) fn from_settings(settings: &Settings) -> Option<Via> {
        const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let of_git = settings.get("proxy");
        let of_git = of_git.map(|url| ("http.proxy", url.to_owned()));
        let named = |name: &&'static str| Some((*name, env::var(name).ok()?));
        let (setting, url) = of_git.or_else(|| VARIABLES.iter().find_map(named))?;
        let mut via = Via::new(setting, url)?;
        if let Some((user, false)) = via.user() {
            via.password = via.password_of(&user).unwrap_or_else(|error| {
                messages::trace(|| format!("no password for the proxy: {error:#}"));
                None
            });
        }
        Some(via)
    }

    fn new(setting: &'static str, url: String) -> Option<Via> {
        (!url.is_empty()).then_some(Via {
            setting,
            url,
            password: None,
        })
    }

    /// # Errors
    /// If the setting is not a proxy's URL.
    pub fn proxy(&self) -> Result<Proxy> {
        let mut proxy = Proxy::all(with_port(&self.url)).map_err(|_| {
            Failure::new(format!("{} is not a proxy's URL", self.setting))
                .hint("write http://<host>:<port>, https:// or socks5h://")
        })?;
        if let (Some((user, _)), Some(password)) = (self.user(), &self.password) {
            proxy = proxy.basic_auth(&user, password);
        }
        // curl also accepts blanks as separators.
        let direct = ["no_proxy", "NO_PROXY"]
            .iter()
            .find_map(|name| env::var(name).ok());
        let direct = direct.map(|hosts| hosts.replace(char::is_whitespace, ","));
        Ok(proxy.no_proxy(direct.as_deref().and_then(NoProxy::from_string)))
    }

    /// Returns `host:port`; the rest of the URL may hold a password.
    pub fn host(&self) -> &str {
        split_authority(self.split().1).1
    }

    /// Returns the name of the setting.
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// Returns what to do about a 407.
    pub fn login_hint(&self) -> String {
        let setting = self.setting;
        match (self.user(), &self.password) {
            (None, _) => {
                let set = match setting {
                    "http.proxy" => "git config --global http.proxy ".to_owned(),
                    variable => format!("export {variable}="),
                };
                let (scheme, host) = (self.split().0, self.host());
                format!(
                    "add your user name, and git's credential helper supplies the password: {set}{scheme}://<user>@{host}"
                )
            }
            (Some((user, true)), _) => {
                format!(
                    "{setting} has a wrong password for {user}, or the proxy does not accept Basic authentication"
                )
            }
            (Some((user, false)), Some(_)) => {
                format!(
                    "git's credential helper has a wrong password for {user}, or the proxy does not accept Basic authentication"
                )
            }
            (Some((user, false)), None) => format!(
                "git's credential helper has no password for {user}; to store one, run git once: git ls-remote https://bitbucket.org/<workspace>/<repository>"
            ),
        }
    }

    /// Returns the scheme, and `user:password@host:port`.
    fn split(&self) -> (&str, &str) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        (
            scheme,
            rest.split(['/', '?', '#']).next().unwrap_or_default(),
        )
    }

    /// Returns the user's name, and whether the URL has a password.
    fn user(&self) -> Option<(String, bool)> {
        let userinfo = split_authority(self.split().1).0?;
        let (user, password) = userinfo
            .split_once(':')
            .map_or((userinfo, None), |(user, password)| (user, Some(password)));
        let user = percent_decode_str(user).decode_utf8().ok()?.into_owned();
        let is_name = !user.is_empty() && !user.contains(char::is_control);
        is_name.then_some((user, password.is_some()))
    }

    /// Asks git's credential helpers, outside any repository. Never prompts.
    fn password_of(&self, user: &str) -> Result<Option<Zeroizing<String>>> {
        let (scheme, host) = (self.split().0, self.host());
        let mut question = tempfile::tempfile()?;
        writeln!(
            question,
            "protocol={scheme}\nhost={host}\nusername={user}\n"
        )?;
        question.rewind()?;
        let empty = tempfile::tempdir()?;
        bbt::git::create_empty(empty.path())?;
        let mut git = bbt::git::away(empty.path());
        git.args(["credential", "fill"])
            // Neither git nor a helper may prompt.
            .env("GIT_ASKPASS", "")
            .env("GCM_INTERACTIVE", "never")
            .stdin(question)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let git = child::Group::spawn(&mut git, GRACE)?;
        let output = git.output(HELPER_TIMEOUT, MAX_OUTPUT)?;
        let (output, _) = output.context("git credential fill took too long")?;
        let text = std::str::from_utf8(&output)?;
        let password = text.lines().find_map(|line| line.strip_prefix("password="));
        Ok(password.map(|password| Zeroizing::new(password.to_owned())))
    }
}

/// Returns the URL with curl's default port if it has none; reqwest's is 80.
fn with_port(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let (_, host) = split_authority(authority);
    let names_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.contains(']'));
    let port = if names_port || scheme.eq_ignore_ascii_case("https") {
        ""
    } else {
        ":1080"
    };
    format!("{scheme}://{authority}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_a_port_gets_curls_default() {
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
        let via = |url: &str| Via::new("http.proxy", url.to_owned()).expect("it is not empty");
        assert_eq!(via("http://me:p@ss@proxy:3128/").host(), "proxy:3128");
        assert_eq!(via("proxy").host(), "proxy");
        let user = |url| {
            via(url)
                .user()
                .map(|(user, has_password)| format!("{user} {has_password}"))
        };
        assert_eq!(user("proxy"), None);
        assert_eq!(user("http://@proxy"), None);
        assert_eq!(user("d%5Cme@proxy").as_deref(), Some(r"d\me false"));
        assert_eq!(user("me:p@ss@proxy").as_deref(), Some("me true"));
        assert_eq!(user("a%0ahost=x@proxy"), None);
    }
}
