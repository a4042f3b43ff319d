//! Address + Token -> git's credential protocol (gitcredentials(7), git-credential(1)).
//!
//! Two programs answer: `git-remote-bbt --credential acme/widgets`, the helper that a hand-off
//! configures for its one repository, and `git-credential-bbt`, the user's credential helper for every
//! other program. For other repositories, the first fails and the second prints nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};

use anyhow::Result;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::channel::{self, Event};
use crate::config::Config;
use crate::lfs::{self, LFS, Refusals};
use crate::lookup::{self, Candidate};
use crate::messages::{self, Failure};
use crate::token::{self, Kind, Token};
use crate::{url, zeroized};

/// git sends a few lines. A larger request is refused.
const MAX_BYTES: usize = 64 * 1024;

/// Makes git stop in place of prompting (`quit` in git-credential(1)): a password typed at a prompt
/// would not fix our error.
const QUIT: &str = "quit=1\n";

/// Runs as the hand-off's credential helper for the address `text`. The operation is `get`, `store` or
/// `erase`.
///
/// # Errors
/// If there is no token or the request is for another repository. git stops then.
pub fn for_handoff(text: &str, operation: &str) -> Result<()> {
    let answered = quit_on_failure(operation, || {
        let address = Address::parse(text)?;
        let config = Config::read()?;
        let request = Request::read(unbuffered(&io::stdin())?)?;
        match request.address(&config) {
            Some(asked) if asked.is_same(&address) => {}
            _ => {
                return Err(Failure::new(format!(
                    "git asked for the credential of a repository other than {address}"
                ))
                .into());
            }
        }
        answer(operation, &request, &config, &address)
    });
    match &answered {
        Ok(event) => event.iter().copied().for_each(channel::send),
        Err(_) => channel::send(Event::Explained),
    }
    answered.map(|_| ())
}

/// Runs as a plain credential helper. Prints nothing if the request is for another host, names no
/// repository, or no token is configured for it: git then asks the next helper.
///
/// # Errors
/// If a token is configured and cannot be read. git stops then.
pub fn for_anyone(operation: &str) -> Result<()> {
    quit_on_failure(operation, || {
        let request = Request::read(unbuffered(&io::stdin())?)?;
        let config = match Config::read() {
            // The helper may be configured for all hosts: a mistake in config.toml must not stop git at others.
            Err(error) if !request.is_for(url::BITBUCKET) => {
                messages::warning(&format!("{error:#}"));
                return Ok(());
            }
            read => read?,
        };
        let Some(address) = request.address(&config) else {
            return Ok(());
        };
        if lookup::candidates(&config, &address).is_empty() {
            return Ok(());
        }
        // git sends `erase` to all helpers, whichever of them supplied the credential.
        match operation {
            "erase" if !request.names_our_user() => Ok(()),
            _ => answer_as_helper(operation, &request, &config, &address),
        }
    })
}

/// Makes git-lfs give up: after a 401 it would retry forever. The reason has been printed by then.
fn answer_as_helper(
    operation: &str,
    request: &Request,
    config: &Config,
    address: &Address,
) -> Result<()> {
    // An endpoint that the user configured does not have our user name.
    if operation == "get" && request.is_of_lfs() && request.names_our_user() {
        lfs::check(address, config.service())?;
    }
    let refusals = Refusals::of(address);
    match operation {
        "get" if refusals.are_enough() => return Ok(write_raw(QUIT.as_bytes())?),
        "store" => refusals.forget(),
        _ => {}
    }
    answer(operation, request, config, address)?;
    if operation == "erase" {
        // If the token has changed meanwhile, git-lfs gets the new one.
        let is_current = || {
            let token = lookup::choose(config, address)?.token()?;
            Ok::<_, anyhow::Error>(request.has_password(&token))
        };
        refusals.note(request.is_of_lfs() && is_current().unwrap_or(false));
    }
    Ok(())
}

/// Runs `work`, and makes git stop if that fails and git asked for a credential.
fn quit_on_failure<T>(operation: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    work().inspect_err(|_| {
        if operation == "get" {
            let _ = write_raw(QUIT.as_bytes());
        }
    })
}

fn answer(
    operation: &str,
    request: &Request,
    config: &Config,
    address: &Address,
) -> Result<Option<Event>> {
    let candidate = lookup::choose(config, address)?;
    match operation {
        "get" => {
            write_raw(&credential(&candidate.token()?))?;
            Ok(Some(Event::Given))
        }
        "erase" if request.holds_a_token_of(&candidate) => {
            explain_refusal(request, config, address, &candidate);
            Ok(Some(Event::Explained))
        }
        // `store` has nothing to do. Unknown operations must be ignored (gitcredentials(7)).
        _ => Ok(None),
    }
}

/// Explains a 401 in place of erasing: Bitbucket answers so for a mistyped repository, too, so the token
/// may be valid.
fn explain_refusal(request: &Request, config: &Config, address: &Address, candidate: &Candidate) {
    let host = config.service().host();
    let mut failure = Failure::new(format!(
        "{host} rejected the token for {address} from {}",
        candidate.describe()
    ));
    if request.has_password_without_known_prefix() {
        failure = failure.hint(token::UNKNOWN_PREFIX);
    }
    messages::failure(
        &failure
            .hint("try again first: Bitbucket sometimes rejects valid tokens, mostly those of parallel jobs")
            .hint("it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which")
            .hint(format!("run 'git bbt doctor {address}' to find out"))
            .into(),
    );
}

/// Returns `username` and `password`, not the newer `authtype` and `credential`: with those, git 2.46 to
/// 2.53 fails on a push over 1 MiB and then calls `erase` for a valid token (measured).
fn credential(token: &Token) -> Zeroizing<Vec<u8>> {
    let parts = [
        "username=",
        token.kind().git_user(),
        "\npassword=",
        token.expose(),
        "\n",
    ];
    // Allocated once: a growing `Vec` would leave unzeroed copies.
    let mut lines = Zeroizing::new(Vec::with_capacity(
        parts.iter().map(|part| part.len()).sum(),
    ));
    for part in parts {
        lines.extend_from_slice(part.as_bytes());
    }
    lines
}

/// Writes to stdout, without the buffer of the standard library.
///
/// # Errors
/// If nobody reads.
pub fn write_raw(lines: &[u8]) -> io::Result<()> {
    unbuffered(&io::stdout())?.write_all(lines)
}

/// Returns a pipe without the buffer of the standard library's stdin and stdout, which is not zeroed.
///
/// # Errors
/// If the descriptor cannot be duplicated.
#[cfg(unix)]
pub fn unbuffered(pipe: &impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(pipe.as_fd().try_clone_to_owned()?))
}

/// As on Unix.
///
/// # Errors
/// If the handle cannot be duplicated.
#[cfg(windows)]
pub fn unbuffered(pipe: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    Ok(File::from(pipe.as_handle().try_clone_to_owned()?))
}

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
        let lines = self.0.split(|byte| *byte == b'\n');
        lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| Some(&line[..line.iter().position(|byte| *byte == b'=')?]))
            .find(|key| !key.ends_with(b"[]") && !seen.insert(*key))
            .map(String::from_utf8_lossy)
    }

    /// Returns the last value of a key, as git does; `None` if a line is not `key=value`.
    fn get(&self, key: &str) -> Option<&str> {
        let mut value = None;
        for line in self.0.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                break;
            }
            let at = line.iter().position(|byte| *byte == b'=')?;
            if &line[..at] == key.as_bytes() {
                value = Some(&line[at + 1..]);
            }
        }
        std::str::from_utf8(value?).ok()
    }

    fn is_for(&self, host: &str) -> bool {
        let asked = self.get("host").map(url::without_https_port);
        asked.is_some_and(|asked| asked.eq_ignore_ascii_case(host))
    }

    fn names_our_user(&self) -> bool {
        let ours = [Kind::Access, Kind::Api].map(Kind::git_user);
        self.get("username")
            .is_some_and(|user| ours.contains(&user))
    }

    fn has_password_without_known_prefix(&self) -> bool {
        let password = self.get("password");
        password.is_some_and(|password| !token::has_known_prefix(password.as_bytes()))
    }

    fn has_password(&self, token: &Token) -> bool {
        self.get("password") == Some(token.expose())
    }

    /// Returns whether the rejected password came from us, and not from a URL. git-lfs calls `erase` only
    /// for a helper's password, even if the source has another token by now.
    fn holds_a_token_of(&self, candidate: &Candidate) -> bool {
        let is_current = || {
            candidate
                .token()
                .is_ok_and(|token| self.has_password(&token))
        };
        self.is_of_lfs() || is_current()
    }

    /// Returns whether git-lfs certainly asks; for a plain https remote its requests look like git's.
    fn is_of_lfs(&self) -> bool {
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
