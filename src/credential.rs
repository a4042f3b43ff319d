//! Address + Token -> git's credential protocol (gitcredentials(7), git-credential(1)).
//!
//! Two programs answer: `git-remote-bbt --credential acme/widgets`, the helper that a hand-off
//! configures for its one repository, and `git-credential-bbt`, for everything that asks git for a
//! credential by itself. They differ in what they do where they are not meant.

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

/// What git sends is a few lines. More is not git.
const MAX_BYTES: usize = 64 * 1024;

/// git stops instead of prompting (`quit` in git-credential(1)). Whatever made us give up is an
/// error that the user has to see, and a password typed at a prompt would be the wrong answer to it.
const QUIT: &str = "quit=1\n";

/// Answers the hand-off for `text`, its address: `get`, `store` or `erase`.
///
/// # Errors
/// No token, or a request that is not for this repository. git has then been told to stop.
pub fn for_handoff(text: &str, operation: &str) -> Result<()> {
    let served = or_quit(operation, || {
        let address = Address::parse(text)?;
        let config = Config::read()?;
        let request = Request::read(unbuffered(&io::stdin())?)?;
        match request.address(&config) {
            Some(asked) if asked.is_same(&address) => {}
            _ => {
                return Err(Failure::new(format!(
                    "git asked for a credential that is not {address}'s; it gets none"
                ))
                .into());
            }
        }
        serve(operation, &request, &config, &address)
    });
    match &served {
        Ok(event) => event.iter().copied().for_each(channel::send),
        Err(_) => channel::send(Event::Explained),
    }
    served.map(|_| ())
}

/// Answers as a plain credential helper. Where the request is for another host, names no
/// repository, or is for one that nobody configured a token for, it says nothing, so that git goes
/// on to the next helper.
///
/// # Errors
/// No token though one is configured. git has then been told to stop.
pub fn for_anyone(operation: &str) -> Result<()> {
    or_quit(operation, || {
        let request = Request::read(unbuffered(&io::stdin())?)?;
        let config = match Config::read() {
            // Configured for all hosts, a mistake in it is no reason to stop git at the others.
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
        // git tells all helpers of a refusal, also of what another one answered.
        match operation {
            "erase" if !request.names_our_user() => Ok(()),
            _ => serve_anyone(operation, &request, &config, &address),
        }
    })
}

/// Has git-lfs come to an end, which asks again for what was just refused. Why it was has then been
/// said.
fn serve_anyone(
    operation: &str,
    request: &Request,
    config: &Config,
    address: &Address,
) -> Result<()> {
    // The user's own endpoint names no user of ours.
    if operation == "get" && request.is_of_lfs() && request.names_our_user() {
        lfs::check(address, config.service())?;
    }
    let refusals = Refusals::of(address);
    match operation {
        "get" if refusals.are_enough() => return Ok(write_raw(QUIT.as_bytes())?),
        "store" => refusals.forget(),
        _ => {}
    }
    serve(operation, request, config, address)?;
    if operation == "erase" {
        // Where it was changed meanwhile, git-lfs gets the new one.
        let is_still_it = || {
            let token = lookup::choose(config, address)?.token()?;
            Ok::<_, anyhow::Error>(request.has_password(&token))
        };
        refusals.note(request.is_of_lfs() && is_still_it().unwrap_or(false));
    }
    Ok(())
}

/// Runs `serve`, and has git stop where it was asked for a credential and none can be given.
fn or_quit<T>(operation: &str, serve: impl FnOnce() -> Result<T>) -> Result<T> {
    serve().inspect_err(|_| {
        if operation == "get" {
            let _ = write_raw(QUIT.as_bytes());
        }
    })
}

fn serve(
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
        // `store`: the token came from where it is kept. Others are to be ignored
        // (gitcredentials(7)).
        _ => Ok(None),
    }
}

/// git calls `erase` on every 401, and Bitbucket answers so for a mistyped repository as well as for
/// a revoked token. So nothing is ever removed.
fn explain_refusal(request: &Request, config: &Config, address: &Address, candidate: &Candidate) {
    let host = config.service().host();
    let mut failure = Failure::new(format!(
        "{host} refused the token for {address}, from {}",
        candidate.describe()
    ));
    if request.has_password_without_known_prefix() {
        failure = failure.hint(token::UNKNOWN_PREFIX);
    }
    messages::failure(
        &failure
            .hint("try again first: Bitbucket refuses valid tokens at times, mostly those of parallel jobs")
            .hint("it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which")
            .hint(format!("run 'git bbt doctor {address}' to find out"))
            .into(),
    );
}

/// `username` and `password`, and never the newer `authtype` and `credential`: with those git 2.46
/// to 2.53 breaks on a push over 1 MiB and then says `erase` for a good token (measured).
fn credential(token: &Token) -> Zeroizing<Vec<u8>> {
    let parts = [
        "username=",
        token.kind().git_user(),
        "\npassword=",
        token.expose(),
        "\n",
    ];
    // Of its full size from the start: a vector that grows leaves copies behind.
    let mut lines = Zeroizing::new(Vec::with_capacity(
        parts.iter().map(|part| part.len()).sum(),
    ));
    for part in parts {
        lines.extend_from_slice(part.as_bytes());
    }
    lines
}

/// Straight to the pipe.
///
/// # Errors
/// The system's, where nobody reads.
pub fn write_raw(lines: &[u8]) -> io::Result<()> {
    unbuffered(&io::stdout())?.write_all(lines)
}

/// The pipe itself: the standard library's stdin and stdout would keep a copy in their buffers.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn unbuffered(pipe: &impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(pipe.as_fd().try_clone_to_owned()?))
}

/// As on Unix.
///
/// # Errors
/// The system's.
#[cfg(windows)]
pub fn unbuffered(pipe: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    Ok(File::from(pipe.as_handle().try_clone_to_owned()?))
}

/// What git wants a credential for. The password that `store` and `erase` carry stays in the buffer,
/// which is wiped.
pub struct Request(Zeroizing<Vec<u8>>);

impl Request {
    /// Reads it from `input`, up to the empty line that ends it; whoever asks may hold the pipe open
    /// and wait for the answer.
    ///
    /// # Errors
    /// It is no question of git's, or the system does not give it.
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
            // Of two hosts, one may be judged and the other be meant.
            let what = format!("the credential request has \"{key}\" twice, which git never sends");
            return Err(Failure::new(what).into());
        }
        Ok(request)
    }

    /// Returns a key that is there more than once and is not a list's, such as `wwwauth[]`.
    fn repeated_key(&self) -> Option<Cow<'_, str>> {
        let mut seen = HashSet::new();
        let lines = self.0.split(|byte| *byte == b'\n');
        lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| Some(&line[..line.iter().position(|byte| *byte == b'=')?]))
            .find(|key| !key.ends_with(b"[]") && !seen.insert(*key))
            .map(String::from_utf8_lossy)
    }

    /// The last value of a key, as git takes it; none where a line is not one of git's.
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

    /// Whether the refused password came from us, and not from a URL. git-lfs calls `erase` only for
    /// what a helper gave it; a source may have another token for it by now.
    fn holds_a_token_of(&self, candidate: &Candidate) -> bool {
        let is_current = || {
            candidate
                .token()
                .is_ok_and(|token| self.has_password(&token))
        };
        self.is_of_lfs() || is_current()
    }

    /// Whether it is git-lfs for sure: with a plain https remote it asks for the repository, as git
    /// does.
    fn is_of_lfs(&self) -> bool {
        self.get("path").is_some_and(|path| path.ends_with(LFS))
    }

    /// The repository, where it is one on the configured host.
    pub fn address(&self, config: &Config) -> Option<Address> {
        let service = config.service();
        // git takes a whole URL from whoever asks it, and hands none on to a helper.
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
