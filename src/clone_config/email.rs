//! The bot's e-mail in a clone: `user.email`, and beside it a record that it is ours.

use crate::address::Address;
use crate::config::Config;
use crate::git_settings::{GitSettings, LocalRepository};
use crate::untrusted_file;

use super::EMAIL_KEYS;

/// Section and key of what records the e-mail that we wrote, or did not write because a file that the
/// clone includes has one: `bbt.email`.
pub const RECORD: (&str, &str) = ("bbt", "email");

/// What has to be done about a clone's e-mail.
pub enum Change<'c> {
    /// It has none, and gets this one.
    Append(&'c str),
    /// It has one of ours, in place of which it gets this one or none.
    Replace(Option<&'c str>),
}

/// Returns the e-mail that commits to a repository should have, from config.toml.
pub fn bot_email<'c>(config: &'c Config, address: &Address) -> Option<&'c str> {
    config.workspace(address.workspace())?.email.as_deref()
}

/// Returns what has to be done about the e-mail at a contact through `remote`. Only `origin`, or the
/// only remote, decides; and only an e-mail that is still as we wrote it is replaced.
pub(super) fn change<'c>(
    repository: &LocalRepository,
    remote: &str,
    address: &Address,
    config: &'c Config,
) -> Option<Change<'c>> {
    let own = &repository.own;
    if remote != "origin" && own.remotes() != [remote] {
        return None;
    }
    let fetched = own.fetched(remote, config.service());
    let address = fetched.as_ref().unwrap_or(address);
    // Another machine that shares the clone may know nothing of the workspace.
    config.workspace(address.workspace())?;
    let last = |(section, key): (&str, &str)| own.last(&format!("{section}.{key}"));
    needed_change(last, bot_email(config, address), || {
        work_tree_has_email(own)
    })
}

/// Returns what has to be done so that a clone has `email`, by the `last` values of its own configuration
/// and by whether another file sets one.
pub fn needed_change<'f, 'c>(
    last: impl Fn((&'static str, &'static str)) -> Option<&'f str>,
    email: Option<&'c str>,
    has_other: impl FnOnce() -> bool,
) -> Option<Change<'c>> {
    let [current, ours] = EMAIL_KEYS.map(last);
    let Some(ours) = ours else {
        let is_missing = current.is_none() && !has_other();
        return email.filter(|_| is_missing).map(Change::Append);
    };
    // After a kill between the two, the record is old.
    let is_ours = current == Some(ours) || current == email;
    (email != Some(ours) && current.is_some() && is_ours).then_some(Change::Replace(email))
}

/// Returns whether the work tree at hand has an e-mail of its own (git-worktree(1), "CONFIGURATION
/// FILE"). Another one of the clone may need the bot's.
fn work_tree_has_email(own: &GitSettings) -> bool {
    let is_read = own.last("extensions.worktreeconfig").is_some();
    let read = || untrusted_file::read(&super::git_dir()?.join("config.worktree")).ok();
    is_read && read().is_some_and(|text| GitSettings::scan(&text).has_local_email())
}
