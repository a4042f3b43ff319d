//! The Keychain on macOS, the Credential Manager on Windows.

use keyring_core::{Entry, Error, api::CredentialStoreApi};
use zeroize::Zeroizing;

use super::ELSEWHERE;
use crate::messages::Failure;

/// Returns `true` without looking: that would ask for the secret, and macOS may prompt then.
pub(super) fn has(_: &str) -> Result<bool, Failure> {
    Ok(true)
}

pub(super) fn read(user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let secret = entry(user).and_then(|entry| entry.get_secret());
    found(secret.map(Zeroizing::new))
}

pub(super) fn write(user: &str, secret: &[u8]) -> Result<(), Failure> {
    entry(user)
        .and_then(|entry| entry.set_secret(secret))
        .map_err(failed)
}

pub(super) fn remove(user: &str) -> Result<bool, Failure> {
    let removed = entry(user).and_then(|entry| entry.delete_credential());
    Ok(found(removed)?.is_some())
}

#[cfg(target_os = "macos")]
fn entry(user: &str) -> keyring_core::Result<Entry> {
    apple_native_keyring_store::keychain::Store::new()?.build("git-remote-bbt", user, None)
}

#[cfg(windows)]
fn entry(user: &str) -> keyring_core::Result<Entry> {
    // On this machine only: by default an item roams with the user through the domain.
    let local = std::collections::HashMap::from([("persistence", "Local")]);
    windows_native_keyring_store::Store::new()?.build("git-remote-bbt", user, Some(&local))
}

fn found<T>(result: keyring_core::Result<T>) -> Result<Option<T>, Failure> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Never quotes the keyring's data, which some of its errors contain.
fn failed(error: Error) -> Failure {
    match error {
        Error::NoStorageAccess(why) => {
            Failure::new(format!("the keyring is locked, or not open to us: {why}"))
                .hint("unlock it, and try again")
                .hint(ELSEWHERE)
        }
        Error::PlatformFailure(why) => {
            Failure::new(format!("the keyring failed: {why}")).hint(ELSEWHERE)
        }
        // The Credential Manager takes 2,560 bytes.
        Error::TooLong(_, limit) => Failure::new(format!(
            "the keyring has no room for it: it takes no more than {limit} bytes"
        ))
        .hint(
            "use git bbt login --store file: it stores the token in a file that only you can read",
        ),
        _ => Failure::new("the keyring failed").hint(ELSEWHERE),
    }
}
