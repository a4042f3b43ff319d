//! Address + Token -> git's credential protocol (gitcredentials(7), git-credential(1)).
//!
//! Two programs answer: `git-remote-bbt --credential acme/widgets`, the helper that a hand-off
//! configures for its one repository, and `git-credential-bbt`, for everything that asks git for a
//! credential by itself. They differ in what they do where they are not meant.

use std::fs::File;
use std::io::{self, Read, Write};

use anyhow::Result;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::config::Config;
use crate::handoff::reported;
use crate::report::{self, Failure};
use crate::source;
use crate::token::Token;

/// What git sends is a few lines. More is not git.
const MAX_BYTES: u64 = 64 * 1024;

/// git stops instead of prompting (`quit` in git-credential(1)). Whatever made us give up is an
/// error that the user has to see, and a password typed at a prompt would be the wrong answer to it.
const QUIT: &str = "quit=1\n";

/// Answers the hand-off for `text`, its address: `get`, `store` or `erase`.
///
/// # Errors
/// No token, or a request that is not for this repository. git has then been told to stop.
pub fn for_handoff(text: &str, operation: &str) -> Result<()> {
    or_quit(operation, || {
        let address = Address::parse(text)?;
        let config = Config::read()?;
        let request = Request::read(&config)?;
        match request.address {
            Some(asked) if asked.is_same(&address) => {}
            _ => {
                return Err(Failure::new(format!(
                    "git asked for a credential that is not {address}'s; it gets none"
                ))
                .into());
            }
        }
        serve(operation, &config, &address)
    })
}

/// Answers as a plain credential helper. Where the request is for another host, names no
/// repository, or is for one that nobody configured a token for, it says nothing, so that git goes
/// on to the next helper.
///
/// # Errors
/// No token though one is configured. git has then been told to stop.
pub fn for_anyone(operation: &str) -> Result<()> {
    or_quit(operation, || {
        let config = Config::read()?;
        let Some(address) = Request::read(&config)?.address else {
            return Ok(());
        };
        match source::candidates(&config, &address).is_empty() {
            true => Ok(()),
            false => serve(operation, &config, &address),
        }
    })
}

/// Runs `serve`, and has git stop where it was asked for a credential and none can be given.
fn or_quit(operation: &str, serve: impl FnOnce() -> Result<()>) -> Result<()> {
    serve().inspect_err(|_| {
        reported::tell();
        if operation == "get" {
            let _ = answer(QUIT.as_bytes());
        }
    })
}

fn serve(operation: &str, config: &Config, address: &Address) -> Result<()> {
    let candidate = source::choose(config, address)?;
    match operation {
        "get" => answer(&credential(&candidate.token()?))?,
        "erase" => explain_refusal(config, address, &candidate),
        // `store`: the token came from where it is kept. Others are to be ignored
        // (gitcredentials(7)).
        _ => {}
    }
    Ok(())
}

/// git says `erase` on every 401, and Bitbucket answers so for a mistyped repository as well as for
/// a dead token. So nothing is ever removed.
fn explain_refusal(config: &Config, address: &Address, candidate: &source::Candidate) {
    let host = config.service().host();
    reported::tell();
    report::failure(
        &Failure::new(format!("{host} refused the token for {address}, from {}", candidate.place()))
            .hint("the token is dead (expired, revoked, mistyped), or there is no such repository, or the token is not for it: the answer is the same")
            .hint(format!("git bbt doctor {address} tells which"))
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

/// Straight to the pipe: the standard library's stdout would keep a copy in its buffer.
fn answer(lines: &[u8]) -> io::Result<()> {
    pipe()?.write_all(lines)
}

#[cfg(unix)]
fn pipe() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn pipe() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}

/// What git wants a credential for, as far as it concerns us.
struct Request {
    /// The repository, where it is one on our host.
    address: Option<Address>,
}

impl Request {
    /// Reads the request from stdin, and forgets the password that `store` and `erase` carry.
    fn read(config: &Config) -> Result<Request> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
        io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Failure::new(
                "what git asked is more than 64 KiB; that is no question of git's",
            )
            .into());
        }
        Ok(Request {
            address: address_asked_for(&bytes, config),
        })
    }
}

fn address_asked_for(bytes: &[u8], config: &Config) -> Option<Address> {
    let service = config.service();
    let (mut protocol, mut host, mut path) = (None, None, None);
    for line in bytes
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.is_empty())
    {
        let Some((key, value)) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.split_once('='))
        else {
            continue;
        };
        match key {
            "protocol" => protocol = Some(value),
            "host" => host = Some(value),
            "path" => path = Some(value),
            _ => {}
        }
    }
    let host = host.map(|host| host.strip_suffix(":443").unwrap_or(host));
    if protocol != Some("https") || !host?.eq_ignore_ascii_case(service.host()) {
        return None;
    }
    let path = service.inner_path(path?)?;
    // git-lfs asks for the repository's LFS endpoint.
    let path = path.strip_suffix("/info/lfs").unwrap_or(path);
    Address::parse(path).ok()
}
