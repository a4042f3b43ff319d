//! A request of git's credential protocol.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;

use anyhow::Result;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::config::Config;
use crate::lfs::LFS;
use crate::lookup::Candidate;
use crate::messages::Failure;
use crate::token::{self, Kind, Token};
use crate::{url, zeroized};

/// git sends a few lines. A larger request is refused.
const MAX_BYTES: usize = 64 * 1024;

/// git's request for a credential. The password in `store` and `erase` stays in this buffer, which is
/// zeroed.
pub struct Request(Zeroizing<Vec<u8>>);

impl Request {
    /// Reads a request up to the empty line that ends it: the pipe may stay open until the answer.
    ///
    /// # Errors
    /// If it cannot be read, or git would never send it.
    pub fn read(input: impl Read) -> Result<Request> {
        let ends = |two: &[u8]| two == b"\n\n";
        let is_whole = |bytes: &[u8]| bytes.starts_with(b"\n") || bytes.windows(2).any(ends);
        let bytes = zeroized::read_until(input, MAX_BYTES + 1, is_whole)?;
        if bytes.len() > MAX_BYTES {
            let what = "the credential request is larger than 64 KiB, which git never sends";
            return Err(Failure::new(what).into());
        }
        let request = Request(bytes);
        if let Some(key) = request.repeated_key() {
            // Of two hosts, we might check one and git send the token to the other.
            let what = format!("the credential request has \"{key}\" twice, which git never sends");
            return Err(Failure::new(what).into());
        }
        Ok(request)
    }

    /// Returns a key that occurs more than once and is not that of a list, such as `wwwauth[]`.
    fn repeated_key(&self) -> Option<Cow<'_, str>> {
        let mut seen = HashSet::new();
        let mut keys = self.pairs().flatten().map(|(key, _)| key);
        keys.find(|key| !key.ends_with(b"[]") && !seen.insert(*key))
            .map(String::from_utf8_lossy)
    }

    /// Returns the last value of a key, as git does; `None` if a line is not `key=value`.
    fn get(&self, key: &str) -> Option<&str> {
        let lines: Option<Vec<_>> = self.pairs().collect();
        let mut lines = lines?.into_iter().rev();
        let (_, value) = lines.find(|(found, _)| *found == key.as_bytes())?;
        std::str::from_utf8(value).ok()
    }

    /// Returns key and value of each line up to the empty one; `None` for a line without `=`.
    fn pairs(&self) -> impl Iterator<Item = Option<(&[u8], &[u8])>> {
        let lines = self.0.split(|byte| *byte == b'\n');
        lines.take_while(|line| !line.is_empty()).map(|line| {
            let at = line.iter().position(|byte| *byte == b'=')?;
            Some((&line[..at], &line[at + 1..]))
        })
    }

    pub(super) fn is_for(&self, host: &str) -> bool {
        let asked = self.get("host").map(url::without_https_port);
        asked.is_some_and(|asked| asked.eq_ignore_ascii_case(host))
    }

    pub(super) fn names_our_user(&self) -> bool {
        let ours = [Kind::Access, Kind::Api].map(Kind::git_user);
        self.get("username")
            .is_some_and(|user| ours.contains(&user))
    }

    pub(super) fn has_password_without_known_prefix(&self) -> bool {
        let password = self.get("password");
        password.is_some_and(|password| !token::has_known_prefix(password.as_bytes()))
    }

    pub(super) fn has_password(&self, token: &Token) -> bool {
        self.get("password") == Some(token.expose())
    }

    /// Returns whether the rejected password came from us, and not from a URL. git-lfs calls `erase` only
    /// for a helper's password, even if the source has another token by now.
    pub(super) fn holds_a_token_of(&self, candidate: &Candidate) -> bool {
        let is_current = || {
            candidate
                .token()
                .is_ok_and(|token| self.has_password(&token))
        };
        self.is_of_lfs() || is_current()
    }

    /// Returns whether git-lfs certainly asks; for a plain https remote its requests look like git's.
    pub(super) fn is_of_lfs(&self) -> bool {
        self.get("path").is_some_and(|path| path.ends_with(LFS))
    }

    /// Returns the repository; `None` if the request is not for one on the configured host.
    pub fn address(&self, config: &Config) -> Option<Address> {
        let service = config.service();
        // git passes no `url` to helpers.
        if self.get("url").is_some() {
            return None;
        }
        if self.get("protocol") != Some("https") || !self.is_for(service.host()) {
            return None;
        }
        let path = service.inner_path(self.get("path")?)?;
        let path = path.strip_suffix(LFS).unwrap_or(path);
        Address::parse(path).ok()
    }
}
