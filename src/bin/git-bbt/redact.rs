//! URLs without the secrets that they may contain.

use bbt::address;
use bbt::token;

/// Returns a URL of Bitbucket, or of a server of the company's own, without its password, for a record
/// that others can read. The user stays, if it is a name.
pub fn without_secret(url: &str) -> String {
    with_password(url, "", true)
}

/// Returns a URL for people: `***` in place of a secret, and of whatever may be one.
pub fn url(url: &str) -> String {
    if let Some((helper, rest)) = url.split_once("::")
        && !helper.contains(['/', '@'])
        && helper != "bbt"
    {
        // Another helper's arguments may be anything.
        let rest = if rest.contains([' ', '@']) {
            "***"
        } else {
            rest
        };
        return format!("{helper}::{rest}");
    }
    let shown = with_password(url, ":***", false);
    let end = shown.find(['?', '#']).unwrap_or(shown.len());
    let query = if end < shown.len() { "?***" } else { "" };
    let shown = &shown[..end];
    let (scheme, rest) = shown.split_at(shown.find("://").map_or(0, |at| at + 3));
    let path = rest.find('/').unwrap_or(rest.len());
    match rest.rsplit_once('@') {
        // A password that has a slash in it, or one where scp's form has none.
        Some((before, host))
            if before.len() > path || (scheme.is_empty() && before.contains(':')) =>
        {
            format!("{scheme}***@{host}{query}")
        }
        _ => token::masked(shown) + query,
    }
}

fn with_password(url: &str, instead: &str, is_known_host: bool) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((userinfo, host)) = authority.rsplit_once('@') else {
        return url.to_owned();
    };
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let is_ours = is_known_host || address::is_https_host(name) || address::is_ssh_host(name);
    let (user, password) = userinfo
        .split_once(':')
        .map_or((userinfo, None), |(user, password)| (user, Some(password)));
    let is_name = token::masked(user) == user && (is_ours || user == "git" || password.is_some());
    let shown = match (is_name, password) {
        (true, Some(password)) if !password.is_empty() => format!("{user}{instead}@"),
        (true, _) => format!("{user}@"),
        (false, _) if instead.is_empty() => String::new(),
        (false, _) => "***@".to_owned(),
    };
    format!("{scheme}://{shown}{host}{path}")
}
