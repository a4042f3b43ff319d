//! A token in an environment variable.

use anyhow::Result;
use zeroize::Zeroizing;

use super::kinds::{Keeps, Written};
use crate::report::Failure;
use crate::token;

/// `token = { env = "NAME" }`
#[derive(Debug, Clone)]
pub struct Variable {
    /// Letters, digits and `_`.
    pub name: String,
}

impl Keeps for Variable {
    const FORM: &str = "{ env = \"NAME\" }";

    fn parse(written: &Written) -> Result<Self> {
        let Written {
            reader, key, value, ..
        } = written;
        let name = reader.string(key, value)?;
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        match name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit()) {
            true => Ok(Variable {
                name: name.to_owned(),
            }),
            // Not quoted: it may be the token.
            false => Err(reader
                .wrong(
                    value.span(),
                    "env is no name of a variable (letters, digits and \"_\")",
                )
                .hint("write the variable's name, not the token: token = { env = \"ACME_TOKEN\" }")
                .into()),
        }
    }

    fn describe(&self) -> String {
        format!("environment variable {}", self.name)
    }

    fn check(&self) -> Result<(), Failure> {
        check(&self.name)
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        read(&self.name)
    }
}

/// That it is set and not blank.
///
/// # Errors
/// Names the variable. A blank one is an error: in CI it is a secret that was not handed to the job.
pub(super) fn check(name: &str) -> Result<(), Failure> {
    read(name).map(drop)
}

/// What it holds.
///
/// # Errors
/// As [`check`].
pub(super) fn read(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Some(value) = std::env::var_os(name) else {
        return Err(
            Failure::new(format!("the environment variable {name} is not set"))
                .hint(format!("export {name}=<token>")),
        );
    };
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    match token::is_blank(&bytes) {
        true => Err(
            Failure::new(format!("the environment variable {name} is set, but blank")).hint(
                format!(
                    "export {name}=<token>, or unset it (in CI: is the secret handed to this job?)"
                ),
            ),
        ),
        false => Ok(bytes),
    }
}
