//! Extracts a token from a pasted text: the clone command that Bitbucket shows beside a new token, a
//! header, an assignment, JSON. For login only; other sources contain nothing but the token.

use bbt::config::Service;
use bbt::target::Target;
use bbt::token::{self, Flaw, Kind, Token};
use bbt::url::split_authority;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::target::{from_path, path_below};

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
        Ok(text) => reader.read(text)?,
        Err(_) => reader.token(&bytes)?,
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

/// Removes quotes or brackets, punctuation at the end, or a shell's prompt; `None` if there are none.
fn unwrapped(text: &str) -> Option<&str> {
    const PAIRS: [(&str, &str); 16] = [
        ("\x1b[200~", "\x1b[201~"),
        ("```", "```"),
        ("\"", "\""),
        ("'", "'"),
        ("`", "`"),
        ("“", "”"),
        ("”", "”"),
        ("„", "“"),
        ("‘", "’"),
        ("’", "’"),
        ("‚", "‘"),
        ("«", "»"),
        ("»", "«"),
        ("‹", "›"),
        ("<", ">"),
        ("(", ")"),
    ];
    let paired = PAIRS.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        // `<token>` is a placeholder, and `"name": "token"` is not one quoted text.
        let is_placeholder = *open == "<" && !inner.contains("ATCT") && !inner.contains("ATAT");
        let is_one = open != close || !inner.contains(open);
        (!inner.is_empty() && is_one && !is_placeholder).then_some(inner)
    });
    let prompt = || after_any(text, &["$ ", "% ", "# ", "> "]);
    paired
        .or_else(|| text.strip_suffix([',', ';']))
        .or_else(prompt)
}

/// Returns the URL in a git command.
fn url_of_command(text: &str) -> Option<&str> {
    after_any(text, &["git "])?
        .split_whitespace()
        .find(|word| word.contains("://"))
}

/// Returns the userinfo, host and path of a web URL.
fn url(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let text = after_any(text, &["bbt::", "url=", "url ="])
        .unwrap_or(text)
        .trim_start();
    let rest = after_any(text, &["https://", "http://", "git+https://"])?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (userinfo, host) = split_authority(authority);
    Some((userinfo, host, path))
}

/// Returns the host, user and password of a line of `~/.netrc`.
fn netrc(text: &str) -> Option<(&str, &str, &str)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let after = |key| Some(*words.iter().skip_while(|word| **word != key).nth(1)?);
    let host = words
        .first()
        .filter(|word| **word == "machine")
        .and(after("machine"))?;
    Some((host, after("login").unwrap_or_default(), after("password")?))
}

/// Returns the same from what `git credential fill` prints.
fn credential(text: &str) -> Option<(&str, &str, &str)> {
    let after = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key));
    Some((
        after("host=")?,
        after("username=").unwrap_or_default(),
        after("password=")?,
    ))
}

/// Returns the one string in JSON that is a Bitbucket token, or the `access_token` of an OAuth response.
/// Looks between the quotes: a parsed document would leave unzeroed copies.
fn json(text: &str) -> Option<Result<&str, Refusal>> {
    let is_json =
        text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if !is_json {
        return None;
    }
    let strings = || text.split('"').skip(1).step_by(2);
    let mut tokens = strings().filter(|string| has_prefix(string) && string.len() > 8);
    let token = tokens.next();
    let is_another = |other: &str| token.is_some_and(|token| token != other);
    Some(match (token, tokens.any(is_another)) {
        (Some(token), false) => Ok(token),
        (Some(_), true) => Err(SEVERAL),
        (None, _) => strings()
            .skip_while(|string| *string != "access_token")
            .nth(1)
            .ok_or(Refusal::Flaw(Flaw::JSON)),
    })
}

/// Returns the value of `NAME=value`, in the forms of shells, PowerShell and systemd.
fn assigned(text: &str) -> Option<&str> {
    const BEFORE: [&str; 7] = [
        "export ",
        "declare -x ",
        "env ",
        "set ",
        "setx ",
        "$env:",
        "- ",
    ];
    let (declared, rest) = match after_any(text, &BEFORE) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let name = rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .len();
    let (name, value) = rest.split_at(name);
    let value = value.trim_start();
    let value = match value.strip_prefix('=') {
        Some(value) => value,
        None if declared && !value.starts_with(':') => value,
        None => return None,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    // The "=" of a token is before its checksum, or padding at its end.
    let is_assignment =
        is_name && !has_prefix(name) && !value.is_empty() && !value.starts_with('=');
    is_assignment.then_some(value)
}

/// Splits `user:token` and `name: token`. Without a known prefix, the name has to be one of git's users.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let name = name.trim_matches(['"', '\'', ' ']);
    let value = value.trim_start();
    let is_user = name == Kind::Access.git_user() || name == Kind::Api.git_user();
    let inner = value.trim_start_matches(['"', '\'']);
    (is_user || has_prefix(inner) || inner.starts_with("ATBB")).then_some((name, value))
}

/// Decodes percent-encoding; `None` if the text has none.
fn percent_decoded(text: &str) -> Option<Zeroizing<String>> {
    let is_encoded = text
        .as_bytes()
        .windows(3)
        .any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit));
    if !is_encoded {
        return None;
    }
    // Allocated once: a growing `Vec` would leave unzeroed copies.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent_decode_str(text));
    let decoded = std::str::from_utf8(&bytes).ok()?;
    Some(Zeroizing::new(decoded.to_owned()))
}

fn has_prefix(text: &str) -> bool {
    token::has_known_prefix(text.as_bytes())
}

/// Returns what follows one of the beginnings; case does not matter.
fn after_any<'t>(text: &'t str, beginnings: &[&str]) -> Option<&'t str> {
    beginnings.iter().find_map(|start| {
        let (head, rest) = text.split_at_checked(start.len())?;
        head.eq_ignore_ascii_case(start).then_some(rest)
    })
}
