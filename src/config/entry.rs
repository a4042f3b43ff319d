//! `token = { ... }` and what stands beside it -> [`Entry`].

use std::path::PathBuf;

use anyhow::Result;
use secrecy::SecretString;
use toml::de::{DeTable, DeValue};

use super::Entry;
use super::reader::{Key, Reader, Value, in_order};
use crate::source::{Source, command, file, keyring};
use crate::token::Kind;

pub(super) const SOURCE_KEYS: &[&str] = &["env", "file", "command", "keyring", "value", "timeout"];

impl Reader<'_> {
    /// `token` and what stands beside it; nothing where there is no `token`. `item` is where the
    /// keyring has it.
    pub(super) fn entry(
        &self,
        name: &Key,
        table: &DeTable,
        table_name: &str,
        known: &[&str],
        item: keyring::Item,
    ) -> Result<Option<Entry>> {
        let (mut source, mut kind, mut account, mut expires) = (None, None, None, None);
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "token" => source = Some(self.source(key, value, &item)?),
                "kind" => kind = Some(self.kind(key, value)?),
                "account" => account = Some(self.string(key, value)?.to_owned()),
                "expires" => expires = Some(self.date(key, value)?),
                other if known.contains(&other) => {}
                _ => return Err(self.unknown(key, &format!("[{table_name}]"), known).into()),
            }
        }
        let Some(source) = source else {
            if kind.is_none() && account.is_none() && expires.is_none() {
                return Ok(None);
            }
            let what = format!(
                "[{table_name}] has kind, account or expires, but no token that they would be of"
            );
            return Err(self
                .wrong(name.span(), &what)
                .hint("add token = { env = \"NAME\" }, or another source")
                .into());
        };
        Ok(Some(Entry {
            source,
            table: table_name.to_owned(),
            kind,
            account,
            expires,
        }))
    }

    fn source(&self, key: &Key, value: &Value, item: &keyring::Item) -> Result<Source> {
        const FORMS: &str = "it is one of { env = \"NAME\" }, { file = \"path\" }, \
            { command = [\"program\", \"argument\"] }, { keyring = true }, { value = \"...\" }";
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.expected(key, value, "a table").hint(FORMS).into());
        };
        let mut source = None;
        let mut timeout = None;
        for (key, value) in in_order(table) {
            let found = match key.get_ref().as_ref() {
                "env" => Source::Env(self.variable_name(key, value)?),
                "file" => Source::File(self.path(key, value, self.string(key, value)?)?),
                "command" => Source::Command(self.command(key, value)?),
                "keyring" => match value.get_ref() {
                    DeValue::Boolean(true) => Source::Keyring(item.clone()),
                    _ => return Err(self.wrong(value.span(), "keyring has to be true").into()),
                },
                "value" => Source::Value(SecretString::new(Box::from(self.string(key, value)?))),
                "timeout" => {
                    timeout = Some((key, self.seconds(key, value)?));
                    continue;
                }
                _ => return Err(self.unknown(key, "a token", SOURCE_KEYS).hint(FORMS).into()),
            };
            if source.replace(found).is_some() {
                let what = format!("\"{}\" is a second source of one token", key.get_ref());
                return Err(self
                    .wrong(key.span(), &what)
                    .hint("keep one of them")
                    .into());
            }
        }
        match (&mut source, timeout) {
            (Some(Source::Command(command)), Some((_, limit))) => command.timeout = limit,
            (_, Some((key, _))) => {
                return Err(self
                    .wrong(key.span(), "timeout goes with command only")
                    .into());
            }
            _ => {}
        }
        source.ok_or_else(|| {
            self.wrong(value.span(), "token names no source")
                .hint(FORMS)
                .into()
        })
    }

    fn command(&self, key: &Key, value: &Value) -> Result<command::Command> {
        let refused = || {
            self.expected(
                key,
                value,
                "an array of strings, as in [\"op\", \"read\", \"op://ci/acme/token\"]",
            )
        };
        let DeValue::Array(array) = value.get_ref() else {
            return Err(refused().into());
        };
        let words: Option<Vec<String>> = array
            .iter()
            .map(|word| word.get_ref().as_str().map(str::to_owned))
            .collect();
        let words = words.ok_or_else(refused)?;
        let Some((program, arguments)) = words
            .split_first()
            .filter(|(program, _)| !program.is_empty())
        else {
            return Err(self.wrong(value.span(), "command names no program").into());
        };
        if words.iter().any(|word| word.contains('\0')) {
            return Err(self
                .wrong(value.span(), "command has a NUL character in it")
                .into());
        }
        // A bare name is looked up on the PATH. Anything else is a path, and not one that shifts
        // with the repository one stands in.
        let program = match program.contains(std::path::is_separator) || program.starts_with('~') {
            true => self.path(key, value, program)?,
            false => PathBuf::from(program),
        };
        Ok(command::Command {
            program,
            arguments: arguments.to_vec(),
            folder: self.folder().to_owned(),
            timeout: command::TIMEOUT,
        })
    }

    fn variable_name(&self, key: &Key, value: &Value) -> Result<String> {
        let name = self.string(key, value)?;
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        match name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit()) {
            true => Ok(name.to_owned()),
            // Not quoted: it may be the token.
            false => Err(self
                .wrong(
                    value.span(),
                    "env is no name of a variable (letters, digits and \"_\")",
                )
                .hint("write the variable's name, not the token: token = { env = \"ACME_TOKEN\" }")
                .into()),
        }
    }

    fn kind(&self, key: &Key, value: &Value) -> Result<Kind> {
        match value.get_ref().as_str() {
            Some("access") => Ok(Kind::Access),
            Some("api") => Ok(Kind::Api),
            _ => Err(self.expected(key, value, "\"access\" or \"api\"").into()),
        }
    }

    fn path(&self, key: &Key, value: &Value, text: &str) -> Result<PathBuf> {
        file::expand(text, self.folder()).map_err(|why| {
            let what = format!("{} {why}", key.get_ref());
            self.wrong(value.span(), &what).into()
        })
    }
}
