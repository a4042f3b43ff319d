//! Extracts a token from a pasted text: the clone command that Bitbucket shows beside a new token, a
//! header, an assignment, JSON. For login only; other sources contain nothing but the token.

mod text;

use bbt::config::Service;
use bbt::target::Target;
use bbt::token::{self, Flaw, Kind, Token};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::target::{from_path, path_below};
use text::{
    after_any, assigned, credential, has_prefix, json, netrc, pair, percent_decoded, unwrapped,
    url, url_of_command,
};

/// A token, and what the text around it reveals.
#[derive(Debug)]
pub struct Pasted {
    pub token: Token,
    /// What contained the token, such as "the clone command"; `None` if it was alone.
    pub taken_from: Option<&'static str>,
    /// The target of the URL around it.
    pub target: Option<Target>,
    /// The account of an API token.
    pub account: Option<String>,
}

/// Why a text contains no token. Never quotes the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Flaw(Flaw),
    /// The end of a sentence that starts with "the input".
    Other(&'static str),
}

const OTHER_HOST: Refusal = Refusal::Other("is for a host other than Bitbucket");
const NO_TOKEN: Refusal = Refusal::Other("is a URL without a token");
const PASSWORD: Refusal = Refusal::Other("is a URL with a password that is not a token");
const SEVERAL: Refusal = Refusal::Other("contains more than one token");

/// The most layers that are removed from around a token.
const LAYERS: usize = 12;

/// Extracts the token from `bytes`. A URL, a netrc line or a credential has to be for Bitbucket's host.
/// `kind` is the kind of a token whose prefix does not show it.
///
/// # Errors
/// Why the text contains no token.
pub fn read(
    bytes: Zeroizing<Vec<u8>>,
    service: &Service,
    kind: Option<Kind>,
) -> Result<Pasted, Refusal> {
    let bytes = token::without_utf16(bytes);
    let mut reader = Reader {
        service,
        layers: 0,
        kind,
        taken_from: None,
        target: None,
        account: None,
    };
    let token = match std::str::from_utf8(&bytes) {
        // A longer text was cut off, perhaps within the token.
        Ok(text) if bytes.len() <= token::MAX_BYTES => reader.read(text)?,
        _ => reader.token(&bytes)?,
    };
    let is_api = token.kind() == Kind::Api;
    Ok(Pasted {
        taken_from: reader.taken_from,
        target: reader.target,
        account: reader.account.filter(|_| is_api),
        token,
    })
}

struct Reader<'s> {
    service: &'s Service,
    layers: usize,
    kind: Option<Kind>,
    taken_from: Option<&'static str>,
    target: Option<Target>,
    account: Option<String>,
}

impl Reader<'_> {
    fn token(&self, bytes: &[u8]) -> Result<Token, Refusal> {
        let kind = self.kind.filter(|_| !token::has_known_prefix(bytes));
        Token::new(Zeroizing::new(bytes.to_vec()), kind).map_err(Refusal::Flaw)
    }

    /// Removes one layer after the other from around the token.
    fn read(&mut self, text: &str) -> Result<Token, Refusal> {
        let text = trimmed(text);
        self.layers += 1;
        if self.layers > LAYERS {
            return self.token(text.as_bytes());
        }
        if let Some(inner) = unwrapped(text) {
            return self.read(inner);
        }
        if let Some(url) = url_of_command(text) {
            return self.inside("the git command", url);
        }
        if let Some((userinfo, host, path)) = url(text) {
            return self.url(userinfo, host, path);
        }
        if let Some(rest) = after_any(text, &["-H ", "--header ", "Authorization:", "Bearer "]) {
            return self.inside("the header", rest);
        }
        if let Some((host, user, password)) = netrc(text).or_else(|| credential(text)) {
            self.target_at(host, "")?;
            self.user(user);
            return self.inside("the credential", password);
        }
        if let Some(found) = json(text) {
            return self.inside("the JSON", found?);
        }
        if let Some(value) = assigned(text) {
            return self.inside("the assignment", value);
        }
        if let Some((name, value)) = pair(text) {
            self.user(name);
            return self.inside("the pair of name and token", value);
        }
        if let Some(decoded) = percent_decoded(text) {
            return self.read(&decoded);
        }
        self.token(text.as_bytes())
    }

    fn inside(&mut self, name: &'static str, text: &str) -> Result<Token, Refusal> {
        self.taken_from.get_or_insert(name);
        self.read(text)
    }

    fn url(&mut self, userinfo: Option<&str>, host: &str, path: &str) -> Result<Token, Refusal> {
        self.target_at(host, path)?;
        let userinfo = userinfo.ok_or(NO_TOKEN)?;
        let Some((user, password)) = userinfo.split_once(':').filter(|(_, it)| !it.is_empty())
        else {
            // Other services have the token in place of the user name.
            let user = userinfo.strip_suffix(':').unwrap_or(userinfo);
            return if has_prefix(user) {
                self.inside("the URL", user)
            } else {
                Err(NO_TOKEN)
            };
        };
        self.user(user);
        let token = self.inside("the URL", password)?;
        let is_known = user == Kind::Access.git_user() || user == Kind::Api.git_user();
        if is_known || token.has_known_prefix() {
            Ok(token)
        } else {
            Err(PASSWORD)
        }
    }

    fn target_at(&mut self, host: &str, path: &str) -> Result<(), Refusal> {
        let is_api = host.eq_ignore_ascii_case("api.bitbucket.org");
        let path = path_below(self.service, host, path);
        if let Some(path) = path {
            self.target = from_path(path);
        }
        if path.is_some() || is_api {
            Ok(())
        } else {
            Err(OTHER_HOST)
        }
    }

    /// Records the kind and account that the user name reveals.
    fn user(&mut self, user: &str) {
        let user = percent_decode_str(user).decode_utf8_lossy();
        if user == Kind::Api.git_user() {
            self.kind = Some(Kind::Api);
        }
        if user.contains('@') {
            self.account = Some(user.into_owned());
        }
    }
}

fn trimmed(text: &str) -> &str {
    let bytes = token::trimmed(text.as_bytes());
    // Trimming does not split characters.
    std::str::from_utf8(bytes).unwrap_or(text)
}
