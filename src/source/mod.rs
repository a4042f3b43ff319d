//! The sources a token can be read from: an environment variable, a file, a command, the keyring, or
//! config.toml itself.

pub mod command;
pub(crate) mod env;
pub(crate) mod file;
pub mod keyring;
pub(crate) mod placeholder;

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::messages::Failure;
use crate::target::Target;
use crate::token;

pub use command::Command;

/// A source as config.toml names it, in `token = { ... }`.
#[derive(Debug, Clone)]
pub enum Source {
    /// `env`: the name of an environment variable.
    Env(String),
    /// `file`: the path of a file that contains nothing else. It is absolute, unless it starts with a
    /// variable that is not set.
    File(PathBuf),
    /// `command`: a program that prints the token.
    Command(Command),
    /// `keyring`: an item of the platform's keyring.
    Keyring(keyring::Item),
    /// `value`: the token itself.
    Value(SecretString),
}

impl Source {
    /// Checks what can be known without touching the secret: that a variable is not blank, that the
    /// target's file or a program exists.
    ///
    /// # Errors
    /// What is missing, and what to type.
    pub fn check(&self, target: &Target) -> Result<(), Failure> {
        match self {
            Source::Env(name) => env::read(name).map(drop),
            Source::File(path) => file::open(&file::path_for(path, target)?).map(drop),
            Source::Command(command) => command.check(target),
            Source::Keyring(item) => item.check(),
            Source::Value(token) if token::is_blank(token.expose_secret().as_bytes()) => {
                Err(Failure::new("value is blank"))
            }
            Source::Value(_) => Ok(()),
        }
    }

    /// Returns whether the target's names are filled in.
    pub fn has_placeholder(&self) -> bool {
        match self {
            Source::File(path) => path.to_str().is_some_and(placeholder::is_in),
            Source::Command(command) => command.arguments.iter().any(|it| placeholder::is_in(it)),
            _ => false,
        }
    }

    /// Returns the target's secret as the source has it, with what surrounds it.
    ///
    /// # Errors
    /// Why the source returned nothing.
    pub fn read(&self, target: &Target) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self {
            Source::Env(name) => env::read(name),
            Source::File(path) => file::read(&file::path_for(path, target)?),
            Source::Command(command) => command.read(target),
            Source::Keyring(item) => item.read(),
            Source::Value(token) => Ok(token.expose_secret().as_bytes().to_vec().into()),
        }
    }
}

/// For people. Never shows a secret, so no argument of a command either.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Env(name) => write!(f, "environment variable {name}"),
            Source::File(path) => write!(f, "file {}", path.display()),
            Source::Command(command) => write!(f, "command {}", command.program.display()),
            Source::Keyring(item) => write!(f, "keyring item {item}"),
            Source::Value(_) => write!(f, "value"),
        }
    }
}
