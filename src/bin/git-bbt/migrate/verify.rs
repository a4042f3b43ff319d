//! `--verify`: asks Bitbucket through the URL that a remote is to have, before it has it.

use bbt::address::Address;

use super::token_cache::Reason;
use crate::git;

/// Runs ls-remote away from the repository: its configuration, which may be a stranger's, could take
/// the token elsewhere or run a program.
///
/// # Errors
/// git's message.
pub fn works(address: &Address) -> Result<(), Reason> {
    let url = format!("bbt::{address}");
    let outcome = git::away(["ls-remote", "--quiet", "--", &url, "HEAD"]);
    let message = match outcome {
        Ok(outcome) if outcome.succeeded => return Ok(()),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    Err(Reason::new(
        format!("the new URL does not work: {message}"),
        format!("git bbt doctor {address}"),
    ))
}
