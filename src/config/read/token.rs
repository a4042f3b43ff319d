//! `token = { ... }` and the keys beside it -> [`TokenEntry`].

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::field::{Field, Table};
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

/// The hint for a table without a token.
pub(super) const ADD: &str = "add token = { env = \"NAME\" }, or another source";

/// Reads `token` and the keys that describe it, in the table of `field`; `None` if it has none of them.
/// `item` is the keyring's item for this table, and `shown` the table's name.
pub(super) fn entry(
    field: Field,
    table: &Table,
    shown: &str,
    item: keyring::Item,
) -> Result<Option<TokenEntry>, Failure> {
    let source = table.get("token", |field| source(field, item))?;
    let kind = table.get("kind", kind)?;
    let account = table.get("account", Field::string)?;
    let expires = table.get("expires", Field::date)?;
    match source {
        Some(source) => Ok(Some(TokenEntry {
            source,
            table: shown.to_owned(),
            kind,
            account: account.map(str::to_owned),
            expires,
        })),
        None if kind.is_none() && account.is_none() && expires.is_none() => Ok(None),
        None => {
            let what = format!("[{shown}] has kind, account or expires, but no token");
            Err(field.error(what).hint(ADD))
        }
    }
}

fn source(field: Field, item: keyring::Item) -> Result<Source, Failure> {
    let table = field.table("a token", KEYS);
    let table = table.map_err(|failure| failure.hint(FORMS))?;
    let is_option = |field: &&Field| COMMAND_OPTIONS.contains(&field.name());
    let mut sources = table.0.iter().filter(|field| !is_option(field));
    match (
        sources.next(),
        sources.next(),
        table.0.iter().find(is_option),
    ) {
        (_, Some(second), _) => {
            let what = format!("\"{}\" is a second source of one token", second.name());
            Err(second.error(what).hint("keep one of them"))
        }
        (Some(field), _, option) if option.is_none() || field.name() == "command" => {
            Ok(match field.name() {
                "env" => Source::Env(variable(*field)?),
                "file" => Source::File(file(*field)?),
                "command" => Source::Command(command(*field, &table)?),
                "keyring" if field.boolean().is_ok_and(|it| it) => Source::Keyring(item),
                "keyring" => return Err(field.wrong("has to be true")),
                _ => Source::Value(SecretString::from(field.string()?)),
            })
        }
        (_, _, Some(option)) => Err(option.wrong("goes with command only")),
        _ => Err(field.wrong("has no source").hint(FORMS)),
    }
}

fn variable(field: Field) -> Result<String, Failure> {
    let name = field.string()?;
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit()) {
        return Ok(name.to_owned());
    }
    // Not quoted: it may be the token.
    Err(field
        .wrong("is not a variable's name (letters, digits and \"_\")")
        .hint("write the variable's name, not the token: token = { env = \"ACME_TOKEN\" }"))
}

fn file(field: Field) -> Result<PathBuf, Failure> {
    let text = field.string()?;
    refuse_mistyped(field, text)?;
    let Some((name, rest)) = file::leading_variable(text) else {
        return field.path(text);
    };
    // A variable that is not set is a mistake only if the token is needed.
    let folder = std::env::var_os(name).filter(|folder| Path::new(folder).is_absolute());
    Ok(folder.map_or(text.into(), |folder| Path::new(&folder).join(rest)))
}

fn command(field: Field, table: &Table) -> Result<Command, Failure> {
    let words = field.strings().ok_or_else(|| {
        field.expected("an array of strings, as in [\"op\", \"read\", \"op://ci/acme/token\"]")
    })?;
    let Some((program, arguments)) = words.split_first().filter(|(it, _)| !it.is_empty()) else {
        return Err(field.wrong("names no program"));
    };
    for word in &words {
        if word.contains('\0') {
            return Err(field.wrong("has a NUL character in it"));
        }
        refuse_mistyped(field, word)?;
    }
    if placeholder::is_in(program) {
        return Err(field
            .error("the program's own name has a placeholder in it")
            .hint("arguments may have some, and a program finds the names in BBT_WORKSPACE and BBT_REPOSITORY"));
    }
    // A bare name is looked up on the PATH. A path must not depend on the current repository.
    let is_path = program.contains(std::path::is_separator) || program.starts_with('~');
    Ok(Command {
        program: if is_path {
            field.path(program)?
        } else {
            PathBuf::from(program)
        },
        arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
        folder: field.folder().to_owned(),
        timeout: table
            .get("timeout", Field::seconds)?
            .unwrap_or(command::TIMEOUT),
        first_line: table.get("first_line", Field::boolean)?.unwrap_or_default(),
    })
}

fn refuse_mistyped(field: Field, text: &str) -> Result<(), Failure> {
    let Some((name, known)) = placeholder::mistyped(text) else {
        return Ok(());
    };
    let failure = field.error(format!("unknown placeholder {{{name}}}"));
    Err(failure.hint(format!("did you mean {{{known}}}?")))
}

fn kind(field: Field) -> Result<Kind, Failure> {
    match field.string() {
        Ok("access") => Ok(Kind::Access),
        Ok("api") => Ok(Kind::Api),
        _ => Err(field.expected("\"access\" or \"api\"")),
    }
}
