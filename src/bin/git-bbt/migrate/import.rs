//! `--import-tokens`: the tokens that stand in URLs, into the store that login uses, before the
//! first URL is changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::source::{self, variable};
use bbt::token::{Kind, Token};

use super::sources::{Reason, Sources};
use crate::answer::Verdict;
use crate::bitbucket::Bitbucket;
use crate::config_file::{Beside, ConfigFile, entry_of};
use crate::store::{Place, Store};
use crate::target::Target;

/// A token in a URL of a repository.
pub type Found = (Address, Arc<Token>);

/// A token, and the repositories in whose URLs it stands.
type Standing = (Arc<Token>, Vec<Address>);

/// What is to be kept for whom, and what is not and why.
#[derive(Default)]
pub struct Imports {
    /// By the target's name in lower case, since Bitbucket minds none.
    kept: BTreeMap<String, Import>,
    dead: Vec<Arc<Token>>,
    /// By the address in lower case.
    refused: HashMap<String, Vec<(Arc<Token>, Reason)>>,
}

/// A token, and what it is kept for.
pub struct Import {
    pub target: Target,
    token: Arc<Token>,
    /// In how many URLs it stood.
    pub urls: usize,
}

/// What Bitbucket says of a token.
enum Fate {
    /// A workspace's: it serves the workspace.
    Wide,
    /// It serves the repositories that it was found with, and maybe no others.
    Narrow,
    Dead,
    /// It is known, and the repository is not.
    NotVisible,
}

/// How many of a token's repositories are asked about where the first ones are not there.
const ASKED: usize = 3;

impl Import {
    /// Where its like is created and revoked.
    pub fn tokens_page(&self) -> String {
        match self.token.kind() {
            Kind::Access => self.target.tokens_page(),
            Kind::Api => "https://id.atlassian.com/manage-profile/security/api-tokens".to_owned(),
        }
    }
}

impl Imports {
    /// Decides for every token that was found. A workspace that has one token, which serves it, and
    /// no source yet, gets it for all of its repositories; every other token is kept for those that
    /// it was found with.
    pub fn plan(sources: &Sources, found: Vec<Found>) -> Imports {
        let mut imports = Imports::default();
        let mut asking = Asking::new(sources.config);
        let mut workspaces: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
        for (address, token) in found {
            let configured = sources.token(&address).and_then(Result::ok);
            if configured.is_some_and(|(other, _)| other.is_same(&token)) {
                continue;
            }
            let tokens = workspaces.entry(lower(address.workspace())).or_default();
            match tokens.iter_mut().find(|(known, _)| known.is_same(&token)) {
                Some((_, addresses)) => addresses.push(address),
                None => tokens.push((token, vec![address])),
            }
        }
        for tokens in workspaces.into_values() {
            let mut alive = Vec::new();
            for (token, addresses) in tokens {
                match asking.fate_of(&token, &addresses) {
                    Fate::Dead => imports.dead.push(token),
                    Fate::NotVisible => {
                        for address in addresses {
                            imports.refuse(&address, &token, Reason::new(
                                format!("Bitbucket knows the token in its URL, and shows it no {address}"),
                                format!("where it has another name now: --rename {address}=<new name>"),
                            ));
                        }
                    }
                    fate => alive.push((token, addresses, fate)),
                }
            }
            imports.keep_all(sources.config, alive);
        }
        imports
    }

    fn keep_all(&mut self, config: &Config, alive: Vec<(Arc<Token>, Vec<Address>, Fate)>) {
        let is_alone = alive.len() == 1;
        for (token, addresses, fate) in alive {
            let Some(workspace) = addresses
                .first()
                .map(|address| address.workspace().to_owned())
            else {
                continue;
            };
            let is_free =
                source::candidates(config, source::Scope::Workspace(&workspace)).is_empty();
            // Where a repository has a source of its own, one of the workspace would not count.
            let is_wide = is_alone && is_free && matches!(fate, Fate::Wide);
            let (served, own): (Vec<_>, Vec<_>) = addresses
                .into_iter()
                .partition(|address| is_wide && source::candidates(config, address).is_empty());
            if !served.is_empty() {
                self.keep(Target::Workspace(workspace), &token, served.len());
            }
            for address in own {
                self.keep_for_repository(config, address, &token);
            }
        }
    }

    fn keep_for_repository(&mut self, config: &Config, address: Address, token: &Arc<Token>) {
        let target = Target::Repository(address.clone());
        let variable = variable::of_repository(&address);
        let has_variable = variable.is_some_and(|name| std::env::var_os(name).is_some());
        let why = match self.kept.get_mut(&lower(&target.to_string())) {
            Some(import) if import.token.is_same(token) => {
                import.urls += 1;
                return;
            }
            Some(_) => format!(
                "another clone of {address} holds another token, and that is the one to be kept"
            ),
            None if has_variable || entry_of(config, &target).is_some() => {
                format!("its URL holds another token than the one that is configured for {address}")
            }
            None => return self.keep(target, token, 1),
        };
        let cure = "take it out of the URL where it is not needed, and run this again";
        self.refuse(&address, token, Reason::new(why, cure));
    }

    fn keep(&mut self, target: Target, token: &Arc<Token>, urls: usize) {
        let import = Import {
            token: Arc::clone(token),
            urls,
            target,
        };
        self.kept.insert(lower(&import.target.to_string()), import);
    }

    fn refuse(&mut self, address: &Address, token: &Arc<Token>, reason: Reason) {
        let refused = self.refused.entry(lower(&address.to_string())).or_default();
        refused.push((Arc::clone(token), reason));
    }

    /// Puts them where login would, each with its entry in config.toml; calls `kept` for each with
    /// the place.
    ///
    /// # Errors
    /// The store's; what was kept before stays kept.
    pub fn store(&self, store: Option<Store>, mut kept: impl FnMut(&Import, &Place)) -> Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let store = store.unwrap_or_else(|| Store::default_here().0);
        let mut file = ConfigFile::open()?;
        for import in self.kept.values() {
            let place = Place::of(&import.target, store, file.folder());
            let beside = Beside {
                kind: (import.token.kind() == Kind::Api).then_some(Kind::Api),
                ..Beside::default()
            };
            file.set_token(&import.target, place.as_source(), &beside)?;
            file.save_with(&import.target, &place, &import.token)?;
            kept(import, &place);
        }
        Ok(())
    }

    /// What is to be kept, in the order of its names.
    pub fn kept(&self) -> impl Iterator<Item = &Import> {
        self.kept.values()
    }

    /// The token that is kept for a repository, where that is the one that will serve it.
    pub fn token_for(&self, config: &Config, address: &Address) -> Option<&Token> {
        if let Some(import) = self.kept.get(&lower(&address.to_string())) {
            return Some(&import.token);
        }
        let of_workspace = self.kept.get(&lower(address.workspace()))?;
        // A source of the repository's own comes before one of its workspace.
        let is_free = source::candidates(config, address).is_empty();
        is_free.then_some(&*of_workspace.token)
    }

    /// Whether Bitbucket refuses it.
    pub fn is_dead(&self, token: &Token) -> bool {
        self.dead.iter().any(|dead| dead.is_same(token))
    }

    /// Why a token is not kept.
    pub fn refusal(&self, address: &Address, token: &Token) -> Option<&Reason> {
        let refused = self.refused.get(&lower(&address.to_string()))?;
        let found = refused.iter().find(|(refused, _)| refused.is_same(token));
        found.map(|(_, reason)| reason)
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Bitbucket, as long as it answers.
struct Asking(Option<Bitbucket>);

impl Asking {
    fn new(config: &Config) -> Asking {
        Asking(Bitbucket::new(config).ok())
    }

    fn fate_of(&mut self, token: &Token, addresses: &[Address]) -> Fate {
        // REST wants an account with it that no URL names, so nobody can say whether it lives.
        if token.kind() == Kind::Api {
            return Fate::Narrow;
        }
        let mut fate = Fate::Narrow;
        for address in addresses.iter().take(ASKED) {
            let Some(bitbucket) = &self.0 else {
                return Fate::Narrow;
            };
            fate = match bitbucket.check(&Target::Repository(address.clone()), token, None) {
                Ok(Verdict::Accepted(identity) | Verdict::MissingScope { identity, .. }) => {
                    match identity.credential.as_deref() {
                        Some("workspace_access_token") => return Fate::Wide,
                        _ => return Fate::Narrow,
                    }
                }
                Ok(Verdict::Dead) => return Fate::Dead,
                Ok(Verdict::NotVisible(_)) => Fate::NotVisible,
                // Nothing is known of it, and for these repositories it has served so far.
                Ok(Verdict::RateLimited | Verdict::Unexpected(_)) => return Fate::Narrow,
                Err(_) => {
                    self.0 = None;
                    return Fate::Narrow;
                }
            };
        }
        fate
    }
}
