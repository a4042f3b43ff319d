//! The sources of tokens, each asked once however many repositories use it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup::{self, Candidate};
use bbt::source::Source;
use bbt::token::Token;

use serde_json::{Value, json};

use super::report::Outcome;

/// Returns a source for `--json`: its kind, with a name or a path.
fn fields(config: &Config, candidate: &Candidate) -> Value {
    let source = candidate.entry().map(|entry| &entry.source);
    let (kind, key, value) = match (candidate.variable(), source) {
        (Some(name), _) => ("environment", "name", name.into()),
        (_, Some(Source::Env(name))) => ("environment", "name", name.into()),
        (_, Some(Source::Keyring(item))) => ("keyring", "name", item.to_string().into()),
        (_, Some(Source::File(path))) => ("file", "path", path.to_string_lossy()),
        (_, Some(Source::Command(command))) => {
            ("command", "path", command.program.to_string_lossy())
        }
        // The token itself is in config.toml.
        (_, Some(Source::Value(_)) | None) => (
            "value",
            "path",
            config.path().unwrap_or(Path::new("")).to_string_lossy(),
        ),
    };
    json!({ "kind": kind, key: value })
}

/// The token that is configured for a repository.
pub struct Configured {
    pub token: Arc<Token>,
    /// Where it comes from, for people.
    pub source: String,
    pub fields: Value,
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
    pub fn check(&self, address: &Address) -> Result<Value, Outcome> {
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
        Ok(fields(self.config, &source))
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
            fields: fields(self.config, &source),
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
