//! A token in the platform's keyring: Secret Service on Linux and BSD, the Keychain on macOS, the
//! Credential Manager on Windows. Never the kernel's keyutils, which a restart empties.
//!
//! Nothing here prompts where the platform lets us say so, and nothing takes longer than
//! [`TIMEOUT`]: git is waiting, often with nobody in front of it.

#[cfg_attr(not(feature = "keyring"), path = "absent.rs")]
#[cfg_attr(
    all(feature = "keyring", unix, not(target_os = "macos")),
    path = "secret_service.rs"
)]
#[cfg_attr(
    all(feature = "keyring", any(windows, target_os = "macos")),
    path = "native.rs"
)]
mod store;

use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Result;
use toml::de::DeValue;
use zeroize::Zeroizing;

use super::kinds::{Keeps, Written};
use crate::report::Failure;
use crate::shell;
use crate::token::Token;

/// How long a keyring may take to answer.
pub const TIMEOUT: Duration = Duration::from_secs(3);

/// What a machine without a keyring in reach does instead.
const ELSEWHERE: &str =
    "where there is no keyring, keep the token elsewhere: env, file or command in config.toml";

/// Where one token is kept: service "git-remote-bbt", and for a user name the workspace or
/// repository that the token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    user: String,
}

impl Item {
    /// The item of `[workspace.<workspace>]`, or of `[workspace.<workspace>.repository.<pattern>]`.
    /// Bitbucket minds no case in either, and keyrings do.
    pub fn new(workspace: &str, pattern: Option<&str>) -> Item {
        let name = match pattern {
            None => workspace.to_owned(),
            Some(pattern) => format!("{workspace}/{pattern}"),
        };
        Item {
            user: name.to_ascii_lowercase(),
        }
    }

    /// Puts a token there, in place of what was there before.
    ///
    /// # Errors
    /// The keyring does not answer in time, is locked, or is not there, or has no room for it.
    pub fn write(&self, token: &Token) -> Result<(), Failure> {
        let user = self.user.clone();
        let secret = Zeroizing::new(token.expose().as_bytes().to_vec());
        bounded(move || store::write(&user, &secret))
    }

    /// Takes it out; whether it was there.
    ///
    /// # Errors
    /// The keyring does not answer in time, is locked, or is not there.
    pub fn remove(&self) -> Result<bool, Failure> {
        let user = self.user.clone();
        bounded(move || store::remove(&user))
    }

    fn missing(&self) -> Failure {
        Failure::new(format!("the keyring has no item for {self}")).hint(format!(
            "store it: git bbt login {}",
            shell::word(&self.user)
        ))
    }
}

impl Keeps for Item {
    const FORM: &str = "{ keyring = true }";

    fn parse(written: &Written) -> Result<Self> {
        match written.value.get_ref() {
            DeValue::Boolean(true) => Ok(written.item.clone()),
            _ => Err(written
                .reader
                .wrong(written.value.span(), "keyring has to be true")
                .into()),
        }
    }

    fn describe(&self) -> String {
        format!("keyring item {self}")
    }

    /// That the keyring answers, is open, and has the item. Where looking would already ask for
    /// the secret, nothing is looked at.
    fn check(&self) -> Result<(), Failure> {
        let user = self.user.clone();
        match bounded(move || store::has(&user))? {
            true => Ok(()),
            false => Err(self.missing()),
        }
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let user = self.user.clone();
        bounded(move || store::read(&user))?.ok_or_else(|| self.missing())
    }
}

/// `acme`, or `acme/widgets`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)
    }
}

/// Whether a keyring is there and open, so that a token could be put into it. Makes nothing and
/// asks nobody.
///
/// # Errors
/// Why not, and what to do about it.
pub fn available() -> Result<(), Failure> {
    bounded(store::is_open)
}

/// Runs `call` beside, and waits no longer than [`TIMEOUT`] for it. What is then still waiting for
/// the keyring ends with the process.
fn bounded<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(call()));
    receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| {
        let seconds = TIMEOUT.as_secs();
        Err(
            Failure::new(format!("the keyring did not answer within {seconds} s"))
                .hint("if it is asking for something, answer it there, and try again")
                .hint(ELSEWHERE),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::Item;

    #[test]
    fn an_item_is_named_as_it_is_logged_in_to() {
        let item = |pattern| Item::new("Acme", pattern);
        assert_eq!(item(None).to_string(), "acme");
        assert_eq!(item(Some("Widgets")).to_string(), "acme/widgets");
        let missing = format!("{:?}", item(Some("infra-*")).missing());
        assert!(
            missing.contains("git bbt login 'acme/infra-*'"),
            "{missing}"
        );
    }
}
