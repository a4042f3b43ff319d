//! The sources of tokens, each asked once however many repositories use it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup::{self, Candidate};
use bbt::source::Source;
use bbt::token::Token;
use serde::Serialize;

use super::report::Outcome;

/// A source, for `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceFields {
    Environment {
        name: String,
    },
    Keyring {
        name: String,
    },
    File {
        path: PathBuf,
    },
    Command {
        path: PathBuf,
    },
    /// The token itself is in config.toml.
    Value {
        path: PathBuf,
    },
    Imported {
        name: String,
    },
}

impl SourceFields {
    fn new(config: &Config, candidate: &Candidate) -> SourceFields {
        let source = candidate.entry().map(|entry| &entry.source);
        match (candidate.variable(), source) {
            (Some(name), _) => SourceFields::Environment {
                name: name.to_owned(),
            },
            (_, Some(Source::Env(name))) => SourceFields::Environment { name: name.clone() },
            (_, Some(Source::Keyring(item))) => SourceFields::Keyring {
                name: item.to_string(),
            },
            (_, Some(Source::File(path))) => SourceFields::File { path: path.clone() },
            (_, Some(Source::Command(command))) => SourceFields::Command {
                path: command.program.clone(),
            },
            (_, Some(Source::Value(_)) | None) => SourceFields::Value {
                path: config.path().unwrap_or(Path::new("")).to_owned(),
            },
        }
    }
}

/// The token that is configured for a repository.
pub struct Configured {
    pub token: Arc<Token>,
    /// Where it comes from, for people.
    pub source: String,
    pub fields: SourceFields,
}

/// What was found, by source.
type Results<T> = Mutex<HashMap<String, Result<T, Outcome>>>;

pub struct TokenCache<'a> {
    pub config: &'a Config,
    /// Returns whether the user has named this workspace, so that what is for any workspace is used for
    /// it.
    pub is_named: &'a (dyn Fn(&str) -> bool + Sync),
    checked: Results<()>,
    read: Results<Arc<Token>>,
}

impl<'a> TokenCache<'a> {
    pub fn new(config: &'a Config, is_named: &'a (dyn Fn(&str) -> bool + Sync)) -> Self {
        TokenCache {
            config,
            is_named,
            checked: Results::default(),
            read: Results::default(),
        }
    }

    /// Checks that a repository's token can be found, as far as possible without reading it. A source
    /// for any workspace is found for a stranger's, too, and a stranger's public repository works
    /// without it: so it counts only for workspaces that are named.
    ///
    /// # Errors
    /// Why it is not found.
    pub fn check(&self, address: &Address) -> Result<SourceFields, Outcome> {
        let source = lookup::choose(self.config, address);
        let source = source.map_err(|error| Outcome::of_error(&error))?;
        let workspace = address.workspace();
        if source.is_for_any_workspace() && !(self.is_named)(workspace) {
            let name = source.variable().unwrap_or("[workspace.\"*\"]");
            return Err(Outcome::not_converted(
                format!("{name} is used only for workspaces that are named"),
                format!("if {workspace} is yours, add --workspace {workspace}"),
            ));
        }
        once(&self.checked, &source, || source.check())?;
        Ok(SourceFields::new(self.config, &source))
    }

    /// Returns a repository's token; `None` if no source is configured.
    ///
    /// # Errors
    /// Why the source returned none.
    pub fn token(&self, address: &Address) -> Option<Result<Configured, Outcome>> {
        let candidates = lookup::candidates(self.config, address);
        let source = candidates.into_iter().next()?;
        let token = once(&self.read, &source, || source.token().map(Arc::new));
        Some(token.map(|token| Configured {
            token,
            source: source.describe(),
            fields: SourceFields::new(self.config, &source),
        }))
    }
}

fn once<T: Clone>(
    results: &Results<T>,
    source: &Candidate,
    ask: impl FnOnce() -> Result<T>,
) -> Result<T, Outcome> {
    // Held while the source is asked, so that no other thread asks it meanwhile.
    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = || ask().map_err(|error| Outcome::of_error(&error));
    results.entry(source.identity()).or_insert_with(ask).clone()
}
