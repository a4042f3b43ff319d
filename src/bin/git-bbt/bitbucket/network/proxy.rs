//! The proxy of git's settings or curl's variables, and its password.

use std::env;
use std::io::{Seek, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use bbt::child;
use bbt::messages::{self, Failure};
use bbt::url;
use percent_encoding::percent_decode_str;
use reqwest::{NoProxy, Proxy, Url};
use zeroize::Zeroizing;

use super::Settings;

/// The limit for a credential helper.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(1);
/// The most bytes that are read from git.
const MAX_OUTPUT: usize = 64 * 1024;

/// A proxy.
pub struct Via {
    /// The name of the setting.
    pub setting: &'static str,
    /// `host:port` as written. The rest of the URL may contain a password.
    pub host: String,
    /// As written, without the helper's password.
    url: Url,
    /// Whether a credential helper supplied the password.
    has_helpers_password: bool,
}

impl Via {
    /// Returns the proxy of git's `http.proxy`, else of curl's variables; an empty `http.proxy` means no
    /// proxy, whatever the variables are. If its URL names a user and no password, git's credential
    /// helpers are asked for that, as git itself does.
    ///
    /// # Errors
    /// If the setting is not a proxy's URL.
    pub(super) fn from_settings(settings: &Settings) -> Result<Option<(Via, Proxy)>> {
        const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let of_git = settings.get("http.proxy");
        let of_git = of_git.map(|url| ("http.proxy", url.to_owned()));
        let named = |name: &&'static str| Some((*name, env::var(name).ok()?));
        let set = of_git.or_else(|| VARIABLES.iter().find_map(named));
        let Some((setting, text)) = set.filter(|(_, text)| !text.is_empty()) else {
            return Ok(None);
        };
        let via = Via::new(setting, &text).ok_or_else(|| {
            Failure::new(format!("{setting} is not a proxy's URL"))
                .hint("write http://<host>:<port>, https:// or socks5h://")
        })?;
        Ok(Some(via))
    }

    fn new(setting: &'static str, text: &str) -> Option<(Via, Proxy)> {
        let url = parse(text)?;
        let host = url::Url::split(text).host.to_owned();
        let mut proxy = Proxy::all(url.clone()).ok()?;
        let mut has_helpers_password = false;
        if let (Some(user), None) = (user(&url), url.password()) {
            let password = ask_password(url.scheme(), &host, &user).unwrap_or_else(|error| {
                messages::trace(|| format!("no password for the proxy: {error:#}"));
                None
            });
            if let Some(password) = password {
                // A "%" stays one; as libcurl for git, reqwest decodes "%41".
                proxy = proxy.basic_auth(&user, &password);
                has_helpers_password = true;
            }
        }
        // curl also accepts blanks as separators.
        let direct = ["no_proxy", "NO_PROXY"]
            .iter()
            .find_map(|name| env::var(name).ok());
        let direct = direct.map(|hosts| hosts.replace(char::is_whitespace, ","));
        let direct = direct.as_deref().and_then(NoProxy::from_string);
        let via = Via {
            setting,
            host,
            url,
            has_helpers_password,
        };
        Some((via, proxy.no_proxy(direct)))
    }

    /// Returns what to do about a 407.
    pub fn login_hint(&self) -> String {
        let setting = self.setting;
        let Some(user) = user(&self.url) else {
            let set = match setting {
                "http.proxy" => "git config --global http.proxy ".to_owned(),
                variable => format!("export {variable}="),
            };
            let (scheme, host) = (self.url.scheme(), &self.host);
            return format!(
                "add your user name, and git's credential helper supplies the password: {set}{scheme}://<user>@{host}"
            );
        };
        if self.url.password().is_none() && !self.has_helpers_password {
            return format!(
                "git's credential helper has no password for {user}; to store one, run git once: git ls-remote https://bitbucket.org/<workspace>/<repository>"
            );
        }
        let source = if self.has_helpers_password {
            "git's credential helper"
        } else {
            setting
        };
        format!(
            "{source} has a wrong password for {user}, or the proxy does not accept Basic authentication"
        )
    }
}

/// Reads a proxy's URL; `None` if it is not a URL. Without a port it gets curl's default, as reqwest's is
/// 80.
fn parse(text: &str) -> Option<Url> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let mut url = Url::parse(&text).ok()?;
    let port = url::Url::split(&text).host.rsplit_once(':');
    let names_port = port.is_some_and(|(_, port)| !port.contains(']'));
    if !names_port && url.scheme() != "https" {
        url.set_port(Some(1080)).ok()?;
    }
    Some(url)
}

/// Returns the user's name in a proxy's URL.
fn user(url: &Url) -> Option<String> {
    let user = percent_decode_str(url.username()).decode_utf8().ok()?;
    let is_name = !user.is_empty() && !user.contains(char::is_control);
    is_name.then(|| user.into_owned())
}

/// Asks git's credential helpers, outside any repository. Never prompts.
fn ask_password(scheme: &str, host: &str, user: &str) -> Result<Option<Zeroizing<String>>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_a_port_gets_curls_default() {
        for (written, port) in [
            ("proxy", 1080),
            ("http://me:secret@proxy/", 1080),
            ("http://proxy:80", 80),
            ("http://[::1]", 1080),
            ("socks5h://[::1]:9050", 9050),
            ("https://proxy", 443),
        ] {
            let port_of = |url: Url| url.port_or_known_default();
            assert_eq!(parse(written).and_then(port_of), Some(port), "{written}");
        }
    }

    #[test]
    fn a_proxys_password_is_not_shown() {
        for text in ["me:p@ss@proxy:3128", "http://me:p@ss@proxy:3128/"] {
            let (via, _) = Via::new("http.proxy", text).expect("it is a URL");
            assert_eq!(via.host, "proxy:3128");
            assert!(!via.login_hint().contains("@s"), "{}", via.login_hint());
        }
    }

    #[test]
    fn a_proxys_user_is_decoded() {
        let user = |text| user(&parse(text).expect("it is a URL"));
        assert_eq!(user("proxy"), None);
        assert_eq!(user("http://@proxy"), None);
        assert_eq!(user("d%5Cme@proxy").as_deref(), Some(r"d\me"));
        assert_eq!(user("me:p@ss@proxy").as_deref(), Some("me"));
        assert_eq!(user("a%0ahost=x@proxy"), None);
    }
}
