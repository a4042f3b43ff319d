//! The sources of tokens, each asked once however many repositories use it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup::{self, Candidate};
use bbt::messages;
use bbt::source::Source;
use bbt::token::Token;
use serde::Serialize;

/// Why a URL is not converted, and what to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub message: String,
    pub hint: Option<String>,
}

impl Reason {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Reason {
        Reason {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    fn from_error(error: &anyhow::Error) -> Reason {
        Reason {
            message: format!("{error:#}"),
            hint: messages::hints_of(error).next().cloned(),
        }
    }
}

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

/// The outcomes by source.
type Outcomes<T> = Mutex<HashMap<String, Result<T, Reason>>>;

pub struct TokenCache<'a> {
    pub config: &'a Config,
    /// Returns whether the user has named this workspace, so that what is for any workspace is used for
    /// it.
    pub is_named: &'a (dyn Fn(&str) -> bool + Sync),
    checked: Outcomes<()>,
    read: Outcomes<Arc<Token>>,
}

impl<'a> TokenCache<'a> {
    pub fn new(config: &'a Config, is_named: &'a (dyn Fn(&str) -> bool + Sync)) -> Self {
        TokenCache {
            config,
            is_named,
            checked: Outcomes::default(),
            read: Outcomes::default(),
        }
    }

    /// Checks that a repository's token can be found, as far as possible without reading it.
    /// A source for any workspace is found for a stranger's, too, and a stranger's public repository works without it: so it
    /// counts only for workspaces that are named.
    ///
    /// # Errors
    /// Why it is not found.
    pub fn check(&self, address: &Address) -> Result<SourceFields, Reason> {
        let source = lookup::choose(self.config, address);
        let source = source.map_err(|error| Reason::from_error(&error))?;
        let workspace = address.workspace();
        if source.is_for_any_workspace() && !(self.is_named)(workspace) {
            let name = source.variable().unwrap_or("[workspace.\"*\"]");
            return Err(Reason::new(
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
    pub fn token(&self, address: &Address) -> Option<Result<Configured, Reason>> {
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
    outcomes: &Outcomes<T>,
    source: &Candidate,
    ask: impl FnOnce() -> Result<T>,
) -> Result<T, Reason> {
    let place = source.identity();
    // Held while the source is asked, so that no other thread asks it meanwhile.
    let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(outcome) = outcomes.get(&place) {
        return outcome.clone();
    }
    let outcome = ask().map_err(|error| Reason::from_error(&error));
    outcomes.insert(place, outcome.clone());
    outcome
}
