//! Secret Service, over the session's D-Bus: GNOME Keyring, KWallet, KeePassXC.
//!
//! Uses the library itself and not the keyring crates' store on top of it: that one opens a prompt for
//! a locked keyring and waits for it, and the library then prints to stdout, which is git's.

use std::collections::HashMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use dbus_secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use zeroize::Zeroizing;

use super::ELSEWHERE;
use crate::messages::Failure;

/// The names of the attributes, as in the keyring crates and Python's keyring.
const SERVICE: &str = "service";
const USER: &str = "username";

const OURS: &str = "git-remote-bbt";

pub(super) fn has(user: &str) -> Result<bool, Failure> {
    // No secret is transferred, so the connection needs no encryption.
    with_default(EncryptionType::Plain, |keyring| {
        Ok(single_item(keyring, user)?.is_some())
    })
}

pub(super) fn read(user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    with_default(EncryptionType::Dh, |keyring| {
        let item = single_item(keyring, user)?;
        item.map(|item| item.get_secret().map(Zeroizing::new).map_err(broken))
            .transpose()
    })
}

pub(super) fn write(user: &str, secret: &[u8]) -> Result<(), Failure> {
    const TYPE: &str = "application/octet-stream";
    with_default(EncryptionType::Dh, |keyring| {
        match single_item(keyring, user)? {
            // `create_item` would not replace an item that another program gave more attributes.
            Some(item) => item.set_secret(secret, TYPE).map_err(broken),
            None => keyring
                .create_item(
                    &format!("Bitbucket token for {user} ({OURS})"),
                    attributes(user),
                    secret,
                    true,
                    TYPE,
                )
                .map(drop)
                .map_err(broken),
        }
    })
}

pub(super) fn remove(user: &str) -> Result<bool, Failure> {
    with_default(EncryptionType::Plain, |keyring| {
        let items = items(keyring, user)?;
        items
            .iter()
            .try_for_each(|item| item.delete().map_err(broken))?;
        Ok(!items.is_empty())
    })
}

/// Opens the default keyring, which is "login" unless the user chose another. The one called
/// "session" ends with the session, and is never used.
fn with_default<T>(
    encryption: EncryptionType,
    work: impl FnOnce(&Collection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if !has_bus() {
        return Err(Failure::new(
            "no keyring: this session has no D-Bus (DBUS_SESSION_BUS_ADDRESS is not set)",
        )
        .hint(ELSEWHERE));
    }
    // With 0 s no prompt is opened: one that closes again after three seconds helps nobody.
    let service =
        SecretService::connect_with_max_prompt_timeout(encryption, 0).map_err(unreachable)?;
    let keyring = service
        .get_default_collection()
        .ok()
        .filter(|keyring| !keyring.path.ends_with("/session"))
        .ok_or_else(|| {
            Failure::new("no default keyring exists")
                .hint("log in to the desktop, or make one: gnome-keyring-daemon --unlock")
                .hint(ELSEWHERE)
        })?;
    // A keyring without a password is unlocked by the request.
    keyring.ensure_unlocked().map_err(|error| match error {
        Error::Prompt | Error::Locked => Failure::new("the keyring is locked")
            .hint(
                "unlock it: log in to the desktop, or gnome-keyring-daemon --unlock, which reads its password from stdin",
            )
            .hint(ELSEWHERE),
        other => broken(other),
    })?;
    work(&keyring)
}

/// Returns whether a bus is running, where libdbus would look for it. Otherwise libdbus would start
/// one (`dbus-launch`) and never stop it.
fn has_bus() -> bool {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if variable("DBUS_SESSION_BUS_ADDRESS").is_some() {
        return true;
    }
    variable("XDG_RUNTIME_DIR").is_some_and(|folder| {
        Path::new(&folder)
            .join("bus")
            .symlink_metadata()
            .is_ok_and(|bus| {
                bus.file_type().is_socket() && bus.uid() == rustix::process::getuid().as_raw()
            })
    })
}

fn single_item<'k>(keyring: &'k Collection, user: &str) -> Result<Option<Item<'k>>, Failure> {
    let mut items = items(keyring, user)?;
    match items.len() {
        0 | 1 => Ok(items.pop()),
        several => Err(Failure::new(format!(
            "the keyring has {several} items for {user}, and only one can be right"
        ))
        .hint("remove all but one: seahorse, or secret-tool clear service git-remote-bbt username <name>")),
    }
}

fn items<'k>(keyring: &'k Collection, user: &str) -> Result<Vec<Item<'k>>, Failure> {
    keyring.search_items(attributes(user)).map_err(broken)
}

fn attributes(user: &str) -> HashMap<&str, &str> {
    HashMap::from([(SERVICE, OURS), (USER, user)])
}

fn unreachable(error: Error) -> Failure {
    Failure::new(format!("no keyring answers: {error}")).hint(ELSEWHERE)
}

fn broken(error: Error) -> Failure {
    Failure::new(format!("the keyring failed: {error}")).hint(ELSEWHERE)
}
