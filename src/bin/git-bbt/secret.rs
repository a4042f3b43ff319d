//! Recognizes tokens and passwords for Bitbucket in any text.

use bbt::config::Service;
use bbt::redact::TOKEN_PREFIXES;
use bbt::token::Kind;
use bbt::url::{self, Url};
use bstr::ByteSlice;

use crate::git_settings::GitSetting;

/// With fewer characters after the prefix, a word is not taken for a token.
const TOKEN_MIN: usize = 20;

/// The number of bytes before `@` that are searched for a user and password; the text may be hostile.
const USERINFO_MAX: usize = 1024;

/// How a secret was recognized.
pub enum Secret {
    /// By the prefix of a token.
    Token,
    /// By the user name for tokens, with a password.
    Login,
    /// By a URL of this host, with a password.
    Url { host: String },
}

impl Secret {
    /// Returns a POSIX extended regular expression that matches such a text and contains no secret.
    pub fn pattern(&self) -> String {
        match self {
            Secret::Token => format!("(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{{{TOKEN_MIN}}}"),
            Secret::Login => "x-(bitbucket-api-)?token-auth:".to_owned(),
            Secret::Url { host } => format!("://.*:.*@{}", host.replace('.', r"\.")),
        }
    }
}

/// The hosts whose passwords are secrets: Bitbucket's, those that config.toml sets, and added ones.
pub struct Hosts(Vec<String>);

impl Hosts {
    pub fn from_service(service: &Service) -> Hosts {
        let api = service.api_url();
        let api = api.strip_prefix("https://").unwrap_or(api);
        Hosts(
            [service.host(), api]
                .map(|url| host_in(url.as_bytes()))
                .into(),
        )
    }

    /// Adds a company's own server.
    pub fn add(&mut self, host: &str) {
        self.0.push(host_in(host.as_bytes()));
    }

    /// Returns whether a host is one of them, regardless of its port.
    pub fn contain(&self, host: &str) -> bool {
        let name = host_in(host.as_bytes());
        url::is_https_host(&name) || name == "api.bitbucket.org" || self.0.contains(&name)
    }

    /// Returns whether a setting for this URL, as in `http.<url>.extraHeader`, can apply to one of them.
    pub fn match_scope(&self, url: &str) -> bool {
        let host = Url::split(url).host;
        let matches = |known: &str| {
            let (pattern, known) = (host_in(host.as_bytes()), known.split('.'));
            pattern.split('.').count() == known.clone().count()
                && (pattern.split('.').zip(known)).all(|(part, name)| part == "*" || part == name)
        };
        self.contain(host) || self.0.iter().any(|known| matches(known))
    }

    /// Returns the name, as written, of a header in `http.<url>.extraHeader` that logs in to one of
    /// them.
    pub fn authorization<'s>(&self, setting: &'s GitSetting) -> Option<&'s str> {
        let scope = setting
            .name
            .strip_prefix("http.")?
            .strip_suffix("extraheader")?;
        let (header, _) = setting.value.split_once(':')?;
        let scope = scope.strip_suffix('.').unwrap_or(scope);
        let is_for_us = scope.is_empty() || self.match_scope(scope);
        (header.eq_ignore_ascii_case("authorization") && is_for_us).then_some(header)
    }

    /// Looks for a secret in a text. A token is known by its prefix: Atlassian documents no more.
    pub fn find(&self, text: &[u8]) -> Option<Secret> {
        let mut prefixes = TOKEN_PREFIXES.iter();
        if prefixes.any(|prefix| has_secret_after(text, prefix, b"-_=")) {
            return Some(Secret::Token);
        }
        let mut users = [Kind::Access, Kind::Api].iter().map(|kind| kind.git_user());
        if users.any(|user| has_secret_after(text, &format!("{user}:"), b"-_=%")) {
            return Some(Secret::Login);
        }
        let ats = (0..text.len()).filter(|at| text[*at] == b'@');
        let mut hosts = ats.map(|at| (at, host_in(&text[at + 1..])));
        let (_, host) =
            hosts.find(|(at, host)| self.contain(host) && ends_in_password(&text[..*at]))?;
        Some(Secret::Url { host })
    }
}

/// Returns whether at least [`TOKEN_MIN`] letters, digits and `marks` follow `prefix` somewhere in the text.
fn has_secret_after(text: &[u8], prefix: &str, marks: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || marks.contains(byte);
    text.find_iter(prefix).any(|at| {
        let secret = text[at + prefix.len()..].get(..TOKEN_MIN);
        secret.is_some_and(|secret| secret.iter().all(is_part))
    })
}

/// Returns whether a text ends in `://<user>:<password>`.
fn ends_in_password(text: &[u8]) -> bool {
    let text = &text[text.len().saturating_sub(USERINFO_MAX)..];
    let start = text.iter().rposition(u8::is_ascii_whitespace);
    let word = &text[start.map_or(0, |at| at + 1)..];
    let userinfo = word.split_once_str("://").map(|(_, userinfo)| userinfo);
    let password = userinfo.and_then(|userinfo| userinfo.split_once_str(":"));
    password.is_some_and(|(_, password)| !password.is_empty() && password != b"***")
}

/// Returns the host at the beginning of a text, in lower case and without its port.
fn host_in(text: &[u8]) -> String {
    // DNS names are no longer.
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-*".contains(byte);
    let host = text.iter().take(253).take_while(is_part);
    host.map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passwords_for_bitbucket_are_found() {
        let hosts = Hosts::from_service(&Service::default());
        let word = "A".repeat(TOKEN_MIN);
        for (text, is_secret) in [
            (format!("ATCT{word}"), true),
            (format!("echo password=ATAT{word}; #"), true),
            (format!("ATCT{}", &word[1..]), false),
            (
                format!("https://x-token-auth:%41{word}@git.example.com/a"),
                true,
            ),
            ("x-token-auth:<token>@".to_owned(), false),
            (
                "clone: from https://bob:hunter2@bitbucket.org/acme/w".to_owned(),
                true,
            ),
            (
                "https://bob:p@ss/word@BitBucket.org:443/acme/w".to_owned(),
                true,
            ),
            ("https://bob:x@api.bitbucket.org".to_owned(), true),
            ("https://bob:***@bitbucket.org/acme/w".to_owned(), false),
            ("https://bob@bitbucket.org/acme/w".to_owned(), false),
            ("ssh://git@bitbucket.org:7999/acme/w".to_owned(), false),
            ("git@bitbucket.org:acme/w.git".to_owned(), false),
            (
                "https://bob:hunter2@example.com/?at=me@bitbucket.org.example.com".to_owned(),
                false,
            ),
            ("http://me:secret@proxy:3128".to_owned(), false),
        ] {
            assert_eq!(hosts.find(text.as_bytes()).is_some(), is_secret, "{text}");
        }
    }

    #[test]
    fn scopes_are_matched_as_in_git() {
        let hosts = Hosts::from_service(&Service::default());
        for (scope, is_matched) in [
            ("https://bitbucket.org", true),
            ("https://me@BitBucket.org:443/acme/", true),
            ("https://*.org", true),
            ("https://api.bitbucket.org/2.0", true),
            ("https://git.example.com", false),
            ("https://bitbucket.org.example.com/", false),
        ] {
            assert_eq!(hosts.match_scope(scope), is_matched, "{scope}");
        }
    }
}
