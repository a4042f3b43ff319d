//! `--import-tokens`: stores the tokens in URLs as login does, before the first URL is changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::target::Target;
use bbt::token::{Kind, Token};
use bbt::{lookup, variables};
use serde_json::{Value, json};

use super::candidate::{Candidate, EmbeddedToken, TokenStatus, by_workspace, statuses};
use super::report::Outcome;
use super::token_cache::TokenCache;
use crate::bitbucket::{API_TOKENS_PAGE, Bitbucket};
use crate::config_file::{ConfigFile, TokenMetadata, entry_of};
use crate::store::{Store, StoreLocation};

/// Which tokens are stored and for what, and which are not and why.
#[derive(Default)]
pub struct Imports {
    /// By the target's name in lower case: case does not matter to Bitbucket.
    stored: BTreeMap<String, Import>,
    others: Vec<(Address, Arc<Token>, Refusal)>,
}

/// Why a token is not imported.
pub enum Refusal {
    /// Bitbucket rejects it.
    Rejected,
    Other(Outcome),
}

/// A token that Bitbucket accepts, and what it is stored for.
pub struct Import {
    target: Target,
    pub token: Arc<Token>,
    account: Option<String>,
    /// The number of URLs that contain it.
    urls: usize,
}

impl Import {
    /// Returns the source that the repository will have.
    pub fn fields(&self) -> Value {
        json!({ "kind": "imported", "name": self.target.to_string() })
    }
}

impl Imports {
    /// Decides for every token that was found. A workspace's only valid token is stored for the
    /// workspace if that has no source yet; every other one for the repositories that it was found
    /// with. A token that is not known to work is never stored: it would be used for every clone of
    /// its repository. Nor is one that only submodules have: the author of `.gitmodules` chose it,
    /// and any account's token can read a public repository.
    pub fn plan(tokens: &TokenCache, found: Vec<EmbeddedToken>) -> Imports {
        let config = tokens.config;
        let mut imports = Imports::default();
        let mut bitbucket = Bitbucket::new(config).map_err(|error| format!("{error:#}"));
        for candidates in by_workspace(tokens, found).into_values() {
            let checked = candidates.into_iter().map(|candidate| {
                let statuses = statuses(&mut bitbucket, &candidate);
                let works = |status: &_| matches!(status, TokenStatus::Works { .. });
                let works = !candidate.is_of_submodule && statuses.iter().any(works);
                (works, candidate, statuses)
            });
            let mut checked: Vec<_> = checked.collect();
            checked.sort_by_key(|(works, ..)| !works);
            let count = checked.iter().filter(|(works, ..)| *works).count();
            for (works, candidate, statuses) in &checked {
                let working = if *works { count } else { 0 };
                for (address, status) in candidate.addresses.iter().zip(statuses) {
                    let mut import = || {
                        let target = imports.target(config, candidate, address, status, working)?;
                        imports.add(config, target, candidate)
                    };
                    let refusal = match status {
                        TokenStatus::Rejected if !works => Refusal::Rejected,
                        _ => match import() {
                            Ok(()) => continue,
                            Err(reason) => Refusal::Other(reason),
                        },
                    };
                    let token = Arc::clone(&candidate.token);
                    imports.others.push((address.clone(), token, refusal));
                }
            }
        }
        imports
    }

    /// Returns what a token is stored for because of a URL; `working` is the number of tokens that work
    /// in the workspace, 0 if this one does not.
    fn target(
        &self,
        config: &Config,
        candidate: &Candidate,
        address: &Address,
        status: &TokenStatus,
        working: usize,
    ) -> Result<Target, Outcome> {
        let source = self.source_of(config, address);
        let why = match status {
            TokenStatus::NotVisible if working == 0 => {
                return Err(Outcome::not_converted(
                    format!(
                        "the token in its URL is valid, but does not give access to {address}, or there is no such repository"
                    ),
                    format!("if it has another name now, add --rename {address}=<new name>"),
                ));
            }
            TokenStatus::Rejected | TokenStatus::NotVisible => {
                "Bitbucket rejects it for this repository"
            }
            _ if candidate.is_of_submodule => "only a submodule has it, perhaps from .gitmodules",
            TokenStatus::Unknown(why) => why,
            TokenStatus::Works {
                is_workspace_token,
                can_push,
            } => {
                // A source of the repository's own would come before the workspace's.
                let is_free = lookup::candidates(config, address).is_empty();
                if working == 1 && *is_workspace_token && is_free {
                    return Ok(Target::Workspace(address.workspace().to_owned()));
                }
                if *can_push || source.is_none() {
                    return Ok(Target::Repository(address.clone()));
                }
                "it can only read"
            }
        };
        Err(match source {
            Some(place) => Outcome::not_converted(
                format!("the token in its URL cannot replace {place}: {why}"),
                format!("remove it from the URL, or store it: git bbt login {address}"),
            ),
            None => Outcome::not_converted(
                format!("the token in its URL is not imported: {why}"),
                format!("if it is yours, store it: git bbt login {address}"),
            ),
        })
    }

    /// Adds an import, or counts one more URL of it.
    fn add(
        &mut self,
        config: &Config,
        target: Target,
        candidate: &Candidate,
    ) -> Result<(), Outcome> {
        let name = target.to_string().to_ascii_lowercase();
        let variable = target
            .repository()
            .and_then(|it| variables::of_repository(it.workspace(), it.repository()));
        let has_variable = variable.is_some_and(|name| std::env::var_os(name).is_some());
        let why = match self.stored.get_mut(&name) {
            Some(import) if import.token.is_same(&candidate.token) => {
                import.urls += 1;
                return Ok(());
            }
            Some(_) => format!(
                "another URL of {target} contains another token, which is the one that is imported"
            ),
            None if has_variable || entry_of(config, &target).is_some() => format!(
                "its URL contains another token than the one that is configured for {target}"
            ),
            None => {
                let import = Import {
                    token: Arc::clone(&candidate.token),
                    account: candidate.account.clone(),
                    urls: 1,
                    target,
                };
                self.stored.insert(name, import);
                return Ok(());
            }
        };
        let hint =
            "remove the token from the URL if it is not needed, and run git bbt migrate again";
        Err(Outcome::not_converted(why, hint))
    }

    /// The source that is used for a repository: a configured one, or a token that is about to be
    /// stored for its workspace.
    fn source_of(&self, config: &Config, address: &Address) -> Option<String> {
        let configured = lookup::candidates(config, address).into_iter().next();
        configured.map(|source| source.describe()).or_else(|| {
            let of_workspace = self.stored.get(&address.workspace().to_ascii_lowercase())?;
            Some(format!("the imported token for {}", of_workspace.target))
        })
    }

    /// Stores them as login does, each with its entry in config.toml. Returns what to say about them.
    ///
    /// # Errors
    /// The store's; what was stored before stays stored.
    pub fn store(&self, store: Option<Store>, dry_run: bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let mut file = if dry_run || self.stored.is_empty() {
            None
        } else {
            Some((
                ConfigFile::open()?,
                store.unwrap_or_else(|| Store::available().0),
            ))
        };
        for Import {
            target,
            token,
            account,
            urls,
        } in self.stored.values()
        {
            lines.push(if let Some((file, store)) = &mut file {
                let place = StoreLocation::new(target, *store, file.folder());
                let beside = TokenMetadata {
                    kind: (token.kind() == Kind::Api).then_some(Kind::Api),
                    account: account.as_deref(),
                    ..TokenMetadata::default()
                };
                file.set_token(target, place.to_source(), &beside)?;
                file.save_with(target, &place, token)?;
                format!("Stored the token for {target} in {}.", place.describe())
            } else {
                format!("Would store the token for {target}.")
            });
            let urls = match urls {
                1 => "a URL".to_owned(),
                count => format!("{count} URLs"),
            };
            let page = match token.kind() {
                Kind::Access => target.tokens_page(),
                Kind::Api => API_TOKENS_PAGE.to_owned(),
            };
            lines.push(format!(
                "It was in {urls} in plain text: create a new one at {page}, store that with 'git bbt login {target}', and revoke this one."
            ));
        }
        Ok(lines)
    }

    /// The import that a repository will use.
    pub fn used_for(&self, config: &Config, address: &Address) -> Option<&Import> {
        if let Some(import) = self.stored.get(&address.to_string().to_ascii_lowercase()) {
            return Some(import);
        }
        let of_workspace = self.stored.get(&address.workspace().to_ascii_lowercase())?;
        // A source of the repository's own comes before one of its workspace.
        let is_free = lookup::candidates(config, address).is_empty();
        is_free.then_some(of_workspace)
    }

    /// Returns why a token is not imported, if `--import-tokens` found it and is given.
    pub fn refusal(&self, address: &Address, token: &Token) -> Option<&Refusal> {
        let mut others = self.others.iter();
        let found = others.find(|(of, other, _)| of.is_same(address) && other.is_same(token));
        found.map(|(.., refusal)| refusal)
    }
}
