//! The bot's e-mail in a clone: `user.email`, and beside it a record that it is ours.

use super::{Entries, configure};
use crate::address::Address;
use crate::config::Config;

/// Section and key of what records the e-mail that we wrote: `bbt.email`.
pub const RECORD: (&str, &str) = ("bbt", "email");

/// Returns the e-mail that commits to a repository should have, from config.toml. git would need
/// quotes for some characters; no e-mail of a bot has them.
pub fn bot_email<'c>(config: &'c Config, address: &Address) -> Option<&'c str> {
    let email = config.workspace(address.workspace())?.email.as_deref()?;
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '#' | ';');
    email.chars().all(is_plain).then_some(email)
}

/// Changes the clone's e-mail to that of config.toml if it is still as we wrote it. Returns the one to
/// append if there is none. Only `origin`, or the only remote, decides.
pub(super) fn update<'c>(
    own: &Entries,
    remote: &str,
    address: &Address,
    config: &'c Config,
) -> Option<&'c str> {
    if remote != "origin" && own.remotes() != [remote] {
        return None;
    }
    let fetched = own.fetched(remote);
    let address = fetched.as_ref().unwrap_or(address);
    // Another machine that shares the clone may know nothing of the workspace.
    config.workspace(address.workspace())?;
    let email = bot_email(config, address);
    let current = own.last("user", None, "email");
    match own.last(RECORD.0, None, RECORD.1) {
        None => email.filter(|_| current.is_none()),
        Some(ours) => {
            // The record comes last: after a kill in between, the next contact goes on.
            let is_ours = current == Some(ours) || current == email;
            if email != Some(ours) && current.is_some() && is_ours {
                change("user.email", email);
                change("bbt.email", email);
            }
            None
        }
    }
}

fn change(name: &str, email: Option<&str>) {
    match email {
        Some(email) => configure(&[name, email]),
        None => configure(&["--unset", name]),
    };
}
