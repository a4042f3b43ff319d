//! The list of the sources that a token can be kept in. Each is a file of its own, and a line here.

use std::fmt;

use anyhow::Result;
use toml::de::DeTable;
use zeroize::Zeroizing;

use super::keyring;
use crate::config::reader::{Key, Reader, Value};
use crate::report::Failure;

/// What a source has to do.
pub(super) trait Keeps: Sized {
    /// How it is written, for hints.
    const FORM: &str;

    /// Keys that say more of it, beside its own.
    const BESIDE: &[&str] = &[];

    /// Reads it from config.toml.
    ///
    /// # Errors
    /// File, line and key of what is wrong; never a value.
    fn parse(written: &Written) -> Result<Self>;

    /// What it is, for people; never a secret.
    fn describe(&self) -> String;

    /// What can be known without touching the secret.
    ///
    /// # Errors
    /// What is missing, and what to type.
    fn check(&self) -> Result<(), Failure>;

    /// The secret, as it is kept.
    ///
    /// # Errors
    /// What the source did instead of giving it.
    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure>;
}

/// A source as config.toml has it: `token = { <key> = <value> }`.
pub(crate) struct Written<'w, 'i> {
    /// The file.
    pub(crate) reader: &'w Reader<'w>,
    /// Which source it is.
    pub(crate) key: &'w Key<'i>,
    /// What is said of it.
    pub(crate) value: &'w Value<'i>,
    /// The whole of the braces.
    pub(crate) table: &'w DeTable<'i>,
    /// Where the keyring has the token, which only the table around it tells.
    pub(crate) item: &'w keyring::Item,
}

/// A line for each: what it is, its name, its key in config.toml, and its type, in the file of it.
macro_rules! sources {
    ($($(#[$about:meta])* $name:ident($key:literal, $module:ident::$kind:ident)),* $(,)?) => {
        /// Where a token is kept.
        #[derive(Debug, Clone)]
        pub enum Source {
            $($(#[$about])* $name(super::$module::$kind)),*
        }

        impl Source {
            /// The keys of all of them, with those that may stand beside.
            pub(crate) fn keys() -> Vec<&'static str> {
                let beside = [$(super::$module::$kind::BESIDE),*].concat();
                [$($key),*].into_iter().chain(beside).collect()
            }

            /// How each is written, for a hint.
            pub(crate) fn forms() -> String {
                format!("it is one of {}", [$(super::$module::$kind::FORM),*].join(", "))
            }

            /// The source whose key it is; none where it is of none.
            pub(crate) fn parse(written: &Written) -> Option<Result<Source>> {
                match written.key.get_ref().as_ref() {
                    $($key => Some(super::$module::$kind::parse(written).map(Source::$name)),)*
                    _ => None,
                }
            }

            /// The key of the source that `key` may stand beside.
            pub(crate) fn of_beside(key: &str) -> Option<&'static str> {
                let all = [$(($key, super::$module::$kind::BESIDE)),*];
                let found = all.into_iter().find(|(_, beside)| beside.contains(&key));
                found.map(|(owner, _)| owner)
            }

            pub(super) fn check(&self) -> Result<(), Failure> {
                match self {
                    $(Source::$name(source) => source.check(),)*
                }
            }

            pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
                match self {
                    $(Source::$name(source) => source.read(),)*
                }
            }
        }

        /// For people; never a secret.
        impl fmt::Display for Source {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&match self {
                    $(Source::$name(source) => source.describe(),)*
                })
            }
        }
    };
}

sources! {
    /// An environment variable.
    Env("env", env::Variable),
    /// A file that holds nothing else.
    File("file", file::TokenFile),
    /// A program that prints it.
    Command("command", command::Command),
    /// The platform's keyring.
    Keyring("keyring", keyring::Item),
    /// config.toml itself.
    Value("value", value::Value),
}
