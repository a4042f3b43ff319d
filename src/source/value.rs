//! A token in config.toml itself, which has to be its reader's alone then.

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::kinds::{Keeps, Written};
use crate::report::Failure;
use crate::token;

/// `token = { value = "..." }`
#[derive(Debug, Clone)]
pub struct Value {
    token: SecretString,
}

impl Keeps for Value {
    const FORM: &str = "{ value = \"...\" }";

    fn parse(written: &Written) -> Result<Self> {
        let Written {
            reader, key, value, ..
        } = written;
        let token = SecretString::new(Box::from(reader.string(key, value)?));
        Ok(Value { token })
    }

    fn describe(&self) -> String {
        "value".to_owned()
    }

    fn check(&self) -> Result<(), Failure> {
        match token::is_blank(self.token.expose_secret().as_bytes()) {
            true => Err(Failure::new("value is blank")),
            false => Ok(()),
        }
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        Ok(Zeroizing::new(
            self.token.expose_secret().as_bytes().to_vec(),
        ))
    }
}
