//! The secret in a URL.

use bbt::redact;
use bbt::token::{Flaw, Kind, Token};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// The password in a URL, or a token in place of the user.
pub enum UrlSecret {
    Token {
        token: Token,
        /// The user in the URL if it is an e-mail: the account of an API token.
        account: Option<String>,
    },
    /// An app password, which Bitbucket ended.
    AppPassword,
    /// A password that nothing is known about.
    Unknown,
}

/// Returns the secret before the `@`.
pub(super) fn in_userinfo(userinfo: &str) -> Option<UrlSecret> {
    let (user, password) = match userinfo.split_once(':') {
        Some((user, password)) => (user, password),
        // A token in place of the user, as on other services.
        None if redact::tokens(userinfo) != userinfo => ("", userinfo),
        None => return None,
    };
    if password.is_empty() {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(password.len()));
    bytes.extend(percent_decode_str(password));
    let is_known = ["ATCT", "ATAT", "ATBB"].map(|prefix| bytes.starts_with(prefix.as_bytes()));
    let kind = match user {
        user if user == Kind::Access.git_user() => None,
        user if user == Kind::Api.git_user() => Some(Kind::Api),
        _ if is_known.contains(&true) => None,
        _ => return Some(UrlSecret::Unknown),
    };
    Some(match Token::new(bytes, kind) {
        Ok(token) => UrlSecret::Token {
            account: account(user).filter(|_| token.kind() == Kind::Api),
            token,
        },
        Err(Flaw::AppPassword) => UrlSecret::AppPassword,
        Err(_) => UrlSecret::Unknown,
    })
}

fn account(user: &str) -> Option<String> {
    let user = percent_decode_str(user).decode_utf8().ok()?;
    // A colon would end the name in Basic authentication.
    let is_email = user.contains('@') && !user.contains(|c: char| c == ':' || c.is_control());
    is_email.then(|| user.into_owned())
}
