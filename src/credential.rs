//! Address + Token -> git's credential protocol (gitcredentials(7), git-credential(1)).
//!
//! Two programs answer: `git-remote-bbt --credential acme/widgets`, the helper that a hand-off
//! configures for its one repository, and `git-credential-bbt`, the user's credential helper for every
//! other program. For other repositories, the first fails and the second prints nothing.

mod request;

use std::fs::File;
use std::io::{self, Write};

use anyhow::Result;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::channel::{self, Event};
use crate::config::Config;
use crate::lfs::{self, Refusals};
use crate::lookup::{self, Candidate};
use crate::messages::{self, Failure};
use crate::token::{self, Token};
use crate::url;

pub use request::Request;

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
    if let Err(error) = answer(operation, request, config, address) {
        // It may have no token for this workspace, and another helper may have one.
        if !lookup::choose(config, address)?.is_rule() {
            return Err(error);
        }
        messages::warning(&format!("{error:#}"));
        return Ok(());
    }
    if operation == "erase" {
        // If the token has changed meanwhile, git-lfs gets the new one.
        let is_current = || {
            let token = lookup::choose(config, address)?.token()?;
            Ok::<_, anyhow::Error>(request.has_password(&token))
        };
        refusals.add(request.is_of_lfs() && is_current().unwrap_or(false));
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
