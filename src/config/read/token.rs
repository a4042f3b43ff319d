//! `token = { ... }` and the keys beside it -> [`TokenEntry`].

use std::path::{Path, PathBuf};

use anyhow::Result;
use secrecy::SecretString;
use toml::de::{DeTable, DeValue};

use super::values::{Key, Reader, Value, in_order};
use crate::config::TokenEntry;
use crate::messages::Failure;
use crate::source::{Command, Source, command, file, keyring, placeholder};
use crate::token::Kind;

/// The keys in `token = { ... }`: one for each source, and the options of `command`.
pub(super) const KEYS: &[&str] = &[
    "env",
    "file",
    "command",
    "keyring",
    "value",
    "timeout",
    "first_line",
];
const COMMAND_OPTIONS: &[&str] = &["timeout", "first_line"];
const FORMS: &str = "it is one of { env = \"NAME\" }, { file = \"path\" }, { command = [\"program\", \"argument\"] }, { keyring = true }, { value = \"...\" }";

impl Reader<'_> {
    /// Reads `token` and the keys that describe it; `None` if the table has none of them. `item` is
    /// the keyring's item for this table.
    pub(super) fn token_entry(
        &self,
        name: &Key,
        table: &DeTable,
        table_name: &str,
        known: &[&str],
        item: keyring::Item,
    ) -> Result<Option<TokenEntry>> {
        let (mut source, mut kind, mut account, mut expires) = (None, None, None, None);
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "token" => source = Some(self.token(key, value, &item)?),
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
            let what = format!("[{table_name}] has kind, account or expires, but no token");
            return Err(self
                .wrong(name.span(), &what)
                .hint("add token = { env = \"NAME\" }, or another source")
                .into());
        };
        Ok(Some(TokenEntry {
            source,
            table: table_name.to_owned(),
            kind,
            account,
            expires,
        }))
    }

    fn token(&self, key: &Key, value: &Value, item: &keyring::Item) -> Result<Source> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.expected(key, value, "a table").hint(FORMS).into());
        };
        let mut found: Option<(&str, Source)> = None;
        let mut option = None;
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let source = match name {
                "env" => Source::Env(self.variable(key, value)?),
                "file" => Source::File(self.file(key, value)?),
                "command" => Source::Command(self.command(key, value, table)?),
                "keyring" if value.get_ref().as_bool() == Some(true) => {
                    Source::Keyring(item.clone())
                }
                "keyring" => return Err(self.wrong(value.span(), "keyring has to be true").into()),
                "value" => Source::Value(SecretString::from(self.string(key, value)?)),
                _ if COMMAND_OPTIONS.contains(&name) => {
                    option = option.or(Some(key));
                    continue;
                }
                _ => return Err(self.unknown(key, "a token", KEYS).hint(FORMS).into()),
            };
            if found.replace((name, source)).is_some() {
                let what = format!("\"{name}\" is a second source of one token");
                let failure = self.wrong(key.span(), &what);
                return Err(failure.hint("keep one of them").into());
            }
        }
        match (found, option) {
            (Some((_, source @ Source::Command(_))), _) | (Some((_, source)), None) => Ok(source),
            (_, Some(key)) => {
                let what = format!("{} goes with command only", key.get_ref());
                Err(self.wrong(key.span(), &what).into())
            }
            (None, None) => Err(self
                .wrong(value.span(), "token has no source")
                .hint(FORMS)
                .into()),
        }
    }

    fn variable(&self, key: &Key, value: &Value) -> Result<String> {
        let name = self.string(key, value)?;
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        if name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit()) {
            return Ok(name.to_owned());
        }
        // Not quoted: it may be the token.
        let what = "env is not a variable's name (letters, digits and \"_\")";
        Err(self
            .wrong(value.span(), what)
            .hint("write the variable's name, not the token: token = { env = \"ACME_TOKEN\" }")
            .into())
    }

    fn file(&self, key: &Key, value: &Value) -> Result<PathBuf> {
        let text = self.string(key, value)?;
        self.refuse_mistyped(value, text)?;
        let Some((name, rest)) = file::leading_variable(text) else {
            return self.path(key, value, text);
        };
        // A variable that is not set is a mistake only if the token is needed.
        let folder = std::env::var_os(name).filter(|folder| Path::new(folder).is_absolute());
        Ok(folder.map_or(text.into(), |folder| Path::new(&folder).join(rest)))
    }

    fn command(&self, key: &Key, value: &Value, table: &DeTable) -> Result<Command> {
        let expected = || {
            let what = "an array of strings, as in [\"op\", \"read\", \"op://ci/acme/token\"]";
            self.expected(key, value, what)
        };
        let wrong = |what| self.wrong(value.span(), what);
        let DeValue::Array(array) = value.get_ref() else {
            return Err(expected().into());
        };
        let words = array
            .iter()
            .map(|word| {
                word.get_ref()
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(expected)
            })
            .collect::<Result<Vec<String>, Failure>>()?;
        let Some((program, arguments)) = words.split_first().filter(|(it, _)| !it.is_empty())
        else {
            return Err(wrong("command names no program").into());
        };
        if words.iter().any(|word| word.contains('\0')) {
            return Err(wrong("command has a NUL character in it").into());
        }
        for word in &words {
            self.refuse_mistyped(value, word)?;
        }
        if placeholder::is_in(program) {
            let what = "the program's own name has a placeholder in it";
            let hint = "arguments may have some, and a program finds the names in BBT_WORKSPACE and BBT_REPOSITORY";
            return Err(wrong(what).hint(hint).into());
        }
        // A bare name is looked up on the PATH. A path must not depend on the current repository.
        let is_path = program.contains(std::path::is_separator) || program.starts_with('~');
        let mut command = Command {
            program: if is_path {
                self.path(key, value, program)?
            } else {
                PathBuf::from(program)
            },
            arguments: arguments.to_vec(),
            folder: self.folder().to_owned(),
            timeout: command::TIMEOUT,
            first_line: false,
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "timeout" => command.timeout = self.seconds(key, value)?,
                "first_line" => command.first_line = self.boolean(key, value)?,
                _ => {}
            }
        }
        Ok(command)
    }

    fn refuse_mistyped(&self, value: &Value, text: &str) -> Result<()> {
        let Some((name, known)) = placeholder::mistyped(text) else {
            return Ok(());
        };
        let what = format!("unknown placeholder {{{name}}}");
        let failure = self.wrong(value.span(), &what);
        Err(failure.hint(format!("did you mean {{{known}}}?")).into())
    }

    fn kind(&self, key: &Key, value: &Value) -> Result<Kind> {
        match value.get_ref().as_str() {
            Some("access") => Ok(Kind::Access),
            Some("api") => Ok(Kind::Api),
            _ => Err(self.expected(key, value, "\"access\" or \"api\"").into()),
        }
    }
}
