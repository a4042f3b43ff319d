//! `--verify`: asks Bitbucket through the URL that a remote is to have, before it has it: whatever
//! happens meanwhile, no repository is left with one that does not work.

use bbt::address::Address;

use super::sources::Reason;
use crate::git;

/// Runs ls-remote, away from the repository: it may be a stranger's, and its configuration could take
/// the token elsewhere, or run a program.
///
/// # Errors
/// What git says.
pub fn works(address: &Address) -> Result<(), Reason> {
    let url = format!("bbt::{address}");
    let outcome = git::away(["ls-remote", "--quiet", "--", &url, "HEAD"]);
    let why = match outcome {
        Ok(outcome) if outcome.succeeded => return Ok(()),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    Err(Reason::new(
        format!("it does not work: {why}"),
        format!("git bbt doctor {address}"),
    ))
}
