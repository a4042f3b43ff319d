//! A token in the platform's keyring: Secret Service on Linux and BSD, the Keychain on macOS, the
//! Credential Manager on Windows. The kernel's keyutils are not used, since a restart empties them.
//!
//! No call prompts the user, if the platform allows that to be ruled out, and none takes longer than
//! [`TIMEOUT`]: git is waiting, often unattended.

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

use zeroize::Zeroizing;

use crate::messages::Failure;
use crate::shell;
use crate::token::Token;

/// The time limit of a call to the keyring.
pub const TIMEOUT: Duration = Duration::from_secs(3);

/// The hint for a machine without a usable keyring.
const ELSEWHERE: &str =
    "without a keyring, use another source in config.toml: env, file or command";

/// One token's item: its service is "git-remote-bbt", its user name the workspace or repository that
/// the token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    user: String,
}

impl Item {
    /// Returns the item for `[workspace.<workspace>]`, or for
    /// `[workspace.<workspace>.repository.<pattern>]`. Its name is in lower case: keyrings compare
    /// case, and Bitbucket does not.
    pub fn new(workspace: &str, pattern: Option<&str>) -> Item {
        let name = match pattern {
            None => workspace.to_owned(),
            Some(pattern) => format!("{workspace}/{pattern}"),
        };
        Item {
            user: name.to_ascii_lowercase(),
        }
    }

    /// Stores a token, in place of an older one.
    ///
    /// # Errors
    /// The keyring is missing, locked or full, or does not answer in time.
    pub fn write(&self, token: &Token) -> Result<(), Failure> {
        let secret = Zeroizing::new(token.expose().as_bytes().to_vec());
        self.ask(move |user| store::write(user, &secret))
    }

    /// Removes the item. Returns whether it existed.
    ///
    /// # Errors
    /// The keyring is missing or locked, or does not answer in time.
    pub fn remove(&self) -> Result<bool, Failure> {
        self.ask(store::remove)
    }

    /// Checks that the keyring answers, is unlocked and has the item, except on platforms where that
    /// would already ask for the secret.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.ask(store::has)? {
            return Ok(());
        }
        Err(self.missing())
    }

    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.ask(store::read)?.ok_or_else(|| self.missing())
    }

    /// Runs `call` in a thread and waits for it, up to [`TIMEOUT`]. A thread that still waits for the
    /// keyring then ends with the process.
    fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce(&str) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let user = self.user.clone();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(call(&user)));
        receiver.recv_timeout(TIMEOUT).unwrap_or_else(|_| {
            let seconds = TIMEOUT.as_secs();
            let what = format!("the keyring did not answer within {seconds} s");
            Err(Failure::new(what)
                .hint("if it is asking for something, answer it there, and try again")
                .hint(ELSEWHERE))
        })
    }

    fn missing(&self) -> Failure {
        Failure::new(format!("the keyring has no item for {self}")).hint(format!(
            "store it: git bbt login {}",
            shell::word(&self.user)
        ))
    }
}

/// `acme`, or `acme/widgets`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)
    }
}

/// Checks that a keyring exists and is unlocked, so that a token can be stored. Creates nothing and
/// does not prompt.
///
/// # Errors
/// Why not, and what to do about it.
pub fn available() -> Result<(), Failure> {
    // Looks for an item that nobody has.
    Item::new("", None).ask(store::has).map(drop)
}
