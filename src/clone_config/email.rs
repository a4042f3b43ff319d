//! The bot's e-mail in a clone: `user.email`, and beside it a record that it is ours.

use super::{Clone, Entries, configure};
use crate::address::Address;
use crate::config::Config;
use crate::untrusted_file;

/// Section and key of what records the e-mail that we wrote, or did not write because a file that the
/// clone includes has one: `bbt.email`.
pub const RECORD: (&str, &str) = ("bbt", "email");

/// Returns the e-mail that commits to a repository should have, from config.toml.
pub fn bot_email<'c>(config: &'c Config, address: &Address) -> Option<&'c str> {
    config.workspace(address.workspace())?.email.as_deref()
}

/// Changes the clone's e-mail to that of config.toml if it is still as we wrote it. Returns the one to
/// append if there is none. Only `origin`, or the only remote, decides.
pub(super) fn update<'c>(
    clone: &Clone,
    remote: &str,
    address: &Address,
    config: &'c Config,
) -> Option<&'c str> {
    let own = &clone.own;
    if remote != "origin" && own.remotes() != [remote] {
        return None;
    }
    let fetched = own.fetched(remote, config.service());
    let address = fetched.as_ref().unwrap_or(address);
    // Another machine that shares the clone may know nothing of the workspace.
    config.workspace(address.workspace())?;
    let email = bot_email(config, address);
    let current = own.last("user", None, "email");
    match own.last(RECORD.0, None, RECORD.1) {
        None => email.filter(|_| current.is_none() && !work_tree_has_email(clone)),
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

/// Whether the work tree at hand has an e-mail of its own (git-worktree(1), "CONFIGURATION FILE").
/// Another one of the clone may need the bot's.
fn work_tree_has_email(clone: &Clone) -> bool {
    let is_read = clone.own.last("extensions", None, "worktreeconfig");
    let read = || untrusted_file::read(&super::git_dir()?.join("config.worktree")).ok();
    is_read.is_some() && read().is_some_and(|text| Entries::scan(&text).has_local_email())
}

fn change(name: &str, email: Option<&str>) {
    match email {
        Some(email) => configure(&[name, email]),
        None => configure(&["--unset", name]),
    };
}
