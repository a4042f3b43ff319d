//! `--import-tokens`: stores the tokens in URLs as login does, before the first URL is changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::token::{Kind, Token};
use bbt::{lookup, variables};

use super::probe::{Candidate, Probe, TokenStatus};
use super::token_cache::{Reason, SourceFields, TokenCache};
use crate::bitbucket::API_TOKENS_PAGE;
use crate::config_file::{ConfigFile, TokenMetadata, entry_of};
use crate::store::{Store, StoreLocation};
use bbt::target::Target;

/// A token in a URL of a repository.
pub struct EmbeddedToken {
    pub address: Address,
    pub token: Arc<Token>,
    /// The e-mail that the URL names with it.
    pub account: Option<String>,
    /// Whether the URL is a submodule's, which git has copied from a tracked `.gitmodules`.
    pub is_of_submodule: bool,
}

/// Which tokens are stored and for what, and which are not and why.
#[derive(Default)]
pub struct Imports {
    /// By the target's name in lower case: case does not matter to Bitbucket.
    stored: BTreeMap<String, Import>,
    revoked: Vec<Arc<Token>>,
    /// By the address in lower case.
    refused: HashMap<String, Vec<(Arc<Token>, Reason)>>,
}

/// A token that Bitbucket accepts, and what it is stored for.
pub struct Import {
    pub target: Target,
    pub token: Arc<Token>,
    account: Option<String>,
    /// The number of URLs that contain it.
    pub urls: usize,
}

impl Import {
    /// Returns the source that the repository will have.
    pub fn source_fields(&self) -> SourceFields {
        SourceFields::Imported {
            name: self.target.to_string(),
        }
    }

    /// Returns the page on which such a token is created and revoked.
    pub fn tokens_page(&self) -> String {
        match self.token.kind() {
            Kind::Access => self.target.tokens_page(),
            Kind::Api => API_TOKENS_PAGE.to_owned(),
        }
    }
}

impl Imports {
    /// Decides for every token that was found. A workspace's only valid token is stored for the
    /// workspace if that has no source yet; every other one for the repositories that it was found
    /// with. A token that is not known to work is never stored: it would be used for every clone of
    /// its repository. Nor is one that only submodules have: the author of `.gitmodules` chose it,
    /// and any account's token can read a public repository.
    pub fn plan(tokens: &TokenCache, found: Vec<EmbeddedToken>) -> Imports {
        let mut imports = Imports::default();
        let mut probe = Probe::new(tokens.config);
        for candidates in by_workspace(tokens, found).into_values() {
            let (mut working, mut unknown) = (Vec::new(), Vec::new());
            for candidate in candidates {
                match probe.status(&candidate) {
                    TokenStatus::Works { .. } | TokenStatus::Unknown(_)
                        if candidate.is_of_submodule =>
                    {
                        let why = "only a submodule has it, perhaps from .gitmodules";
                        unknown.push((candidate, why.to_owned()));
                    }
                    TokenStatus::Works {
                        is_workspace_token, ..
                    } => working.push((candidate, is_workspace_token)),
                    TokenStatus::Unknown(why) => unknown.push((candidate, why)),
                    TokenStatus::Rejected => imports.revoked.push(candidate.token),
                    TokenStatus::NotVisible => {
                        for address in &candidate.addresses {
                            imports.refuse(address, &candidate.token, Reason::new(
                                format!("the token in its URL is valid, but does not give access to {address}, or there is no such repository"),
                                format!("if it has another name now, add --rename {address}=<new name>"),
                            ));
                        }
                    }
                }
            }
            imports.store_working(tokens.config, &mut probe, &working);
            for (candidate, why) in &unknown {
                for address in &candidate.addresses {
                    imports.refuse_unusable(tokens.config, address, candidate, why);
                }
            }
        }
        imports
    }

    fn store_working(&mut self, config: &Config, probe: &mut Probe, working: &[(Candidate, bool)]) {
        for (candidate, is_workspace_token) in working {
            let Some(workspace) = candidate.addresses.first().map(Address::workspace) else {
                continue;
            };
            let is_free =
                lookup::candidates(config, Target::Workspace(workspace.to_owned())).is_empty();
            // A repository's own source comes before the workspace's.
            let is_wide = working.len() == 1 && is_free && *is_workspace_token;
            let (covered, own): (Vec<_>, Vec<_>) = candidate
                .addresses
                .iter()
                .partition(|address| is_wide && lookup::candidates(config, *address).is_empty());
            if !covered.is_empty() {
                let target = Target::Workspace(workspace.to_owned());
                self.add(target, candidate, covered.len());
            }
            for address in own {
                let has_source = self.source_of(config, address).is_some();
                let why = match probe.ask(candidate, address) {
                    TokenStatus::Works { can_push, .. } if can_push || !has_source => {
                        self.add_for_repository(config, address, candidate);
                        continue;
                    }
                    TokenStatus::Works { .. } => "it can only read".to_owned(),
                    TokenStatus::Unknown(why) => why,
                    TokenStatus::Rejected | TokenStatus::NotVisible => {
                        "Bitbucket rejects it for this repository".to_owned()
                    }
                };
                self.refuse_unusable(config, address, candidate, &why);
            }
        }
    }

    /// The source that is used for a repository: a configured one, or a token that is about to be
    /// stored for its workspace.
    fn source_of(&self, config: &Config, address: &Address) -> Option<String> {
        let configured = lookup::candidates(config, address).into_iter().next();
        configured.map(|source| source.describe()).or_else(|| {
            let of_workspace = self.stored.get(&lower(address.workspace()))?;
            Some(format!("the imported token for {}", of_workspace.target))
        })
    }

    fn refuse_unusable(
        &mut self,
        config: &Config,
        address: &Address,
        candidate: &Candidate,
        why: &str,
    ) {
        let reason = match self.source_of(config, address) {
            Some(place) => Reason::new(
                format!("the token in its URL cannot replace {place}: {why}"),
                format!("remove it from the URL, or store it: git bbt login {address}"),
            ),
            None => Reason::new(
                format!("the token in its URL is not imported: {why}"),
                format!("if it is yours, store it: git bbt login {address}"),
            ),
        };
        self.refuse(address, &candidate.token, reason);
    }

    fn add_for_repository(&mut self, config: &Config, address: &Address, candidate: &Candidate) {
        let target = Target::Repository(address.clone());
        let variable = variables::of_repository(address.workspace(), address.repository());
        let has_variable = variable.is_some_and(|name| std::env::var_os(name).is_some());
        let why = match self.stored.get_mut(&lower(&target.to_string())) {
            Some(import) if import.token.is_same(&candidate.token) => {
                import.urls += 1;
                return;
            }
            Some(_) => format!(
                "another URL of {address} contains another token, which is the one that is imported"
            ),
            None if has_variable || entry_of(config, &target).is_some() => {
                format!(
                    "its URL contains another token than the one that is configured for {address}"
                )
            }
            None => return self.add(target, candidate, 1),
        };
        let hint =
            "remove the token from the URL if it is not needed, and run git bbt migrate again";
        self.refuse(address, &candidate.token, Reason::new(why, hint));
    }

    fn add(&mut self, target: Target, candidate: &Candidate, urls: usize) {
        let import = Import {
            token: Arc::clone(&candidate.token),
            account: candidate.account.clone(),
            urls,
            target,
        };
        self.stored
            .insert(lower(&import.target.to_string()), import);
    }

    fn refuse(&mut self, address: &Address, token: &Arc<Token>, reason: Reason) {
        let refused = self.refused.entry(lower(&address.to_string())).or_default();
        refused.push((Arc::clone(token), reason));
    }

    /// Stores them as login does, each with its entry in config.toml; calls `stored` for each with
    /// the place.
    ///
    /// # Errors
    /// The store's; what was stored before stays stored.
    pub fn store(
        &self,
        store: Option<Store>,
        mut stored: impl FnMut(&Import, &StoreLocation),
    ) -> Result<()> {
        if self.stored.is_empty() {
            return Ok(());
        }
        let store = store.unwrap_or_else(|| Store::available().0);
        let mut file = ConfigFile::open()?;
        for import in self.stored.values() {
            let place = StoreLocation::new(&import.target, store, file.folder());
            let beside = TokenMetadata {
                kind: (import.token.kind() == Kind::Api).then_some(Kind::Api),
                account: import.account.as_deref(),
                ..TokenMetadata::default()
            };
            file.set_token(&import.target, place.to_source(), &beside)?;
            file.save_with(&import.target, &place, &import.token)?;
            stored(import, &place);
        }
        Ok(())
    }

    /// Returns the imports, by name.
    pub fn all(&self) -> impl Iterator<Item = &Import> {
        self.stored.values()
    }

    /// The import that a repository will use.
    pub fn used_for(&self, config: &Config, address: &Address) -> Option<&Import> {
        if let Some(import) = self.stored.get(&lower(&address.to_string())) {
            return Some(import);
        }
        let of_workspace = self.stored.get(&lower(address.workspace()))?;
        // A source of the repository's own comes before one of its workspace.
        let is_free = lookup::candidates(config, address).is_empty();
        is_free.then_some(of_workspace)
    }

    /// Returns whether Bitbucket rejects a token.
    pub fn is_revoked(&self, token: &Token) -> bool {
        self.revoked.iter().any(|revoked| revoked.is_same(token))
    }

    /// Returns why a token is not imported.
    pub fn refusal(&self, address: &Address, token: &Token) -> Option<&Reason> {
        let refused = self.refused.get(&lower(&address.to_string()))?;
        let found = refused.iter().find(|(refused, _)| refused.is_same(token));
        found.map(|(_, reason)| reason)
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The tokens that their repositories do not use already, each once.
fn by_workspace(
    tokens: &TokenCache,
    found: Vec<EmbeddedToken>,
) -> BTreeMap<String, Vec<Candidate>> {
    let mut workspaces: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    for found in found {
        let configured = tokens.token(&found.address).and_then(Result::ok);
        if configured.is_some_and(|it| it.token.is_same(&found.token)) {
            continue;
        }
        let workspace = lower(found.address.workspace());
        let known = workspaces.entry(workspace).or_default();
        match known.iter_mut().find(|one| one.token.is_same(&found.token)) {
            Some(one) => {
                one.addresses.push(found.address);
                one.is_of_submodule &= found.is_of_submodule;
                one.account = one.account.take().or(found.account);
            }
            None => known.push(Candidate {
                token: found.token,
                account: found.account,
                addresses: vec![found.address],
                is_of_submodule: found.is_of_submodule,
            }),
        }
    }
    workspaces
}
