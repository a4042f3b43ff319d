//! The tokens that URLs contain, and what Bitbucket reports about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bbt::address::Address;
use bbt::target::Target;
use bbt::token::{Kind, Token};

use super::token_cache::TokenCache;
use crate::bitbucket::{Bitbucket, Refusal, Verdict, scopes};

/// A token in a URL of a repository.
pub struct EmbeddedToken {
    pub address: Address,
    pub token: Arc<Token>,
    /// The e-mail that the URL names with it.
    pub account: Option<String>,
    /// Whether the URL is a submodule's, which git has copied from a tracked `.gitmodules`.
    pub is_of_submodule: bool,
}

/// A token, and the repositories whose URLs contain it.
pub struct Candidate {
    pub token: Arc<Token>,
    pub account: Option<String>,
    pub addresses: Vec<Address>,
    /// Whether only URLs of submodules contain it.
    pub is_of_submodule: bool,
}

/// What Bitbucket reports about a token for a repository.
#[derive(Clone)]
pub enum TokenStatus {
    Works {
        is_workspace_token: bool,
        can_push: bool,
    },
    /// Bitbucket rejects it: revoked, expired, or never a token.
    Rejected,
    /// It is valid, and the repository is not visible to it.
    NotVisible,
    /// It could not be checked, and why.
    Unknown(String),
}

impl TokenStatus {
    /// Returns whether it is the same for all repositories of the workspace.
    fn is_for_all(&self) -> bool {
        match self {
            TokenStatus::Works {
                is_workspace_token, ..
            } => *is_workspace_token,
            status => matches!(status, TokenStatus::Rejected),
        }
    }
}

/// The tokens that their repositories do not use already, each once.
pub fn by_workspace(
    tokens: &TokenCache,
    found: Vec<EmbeddedToken>,
) -> BTreeMap<String, Vec<Candidate>> {
    let mut workspaces: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    for found in found {
        let configured = tokens.token(&found.address).and_then(Result::ok);
        if configured.is_some_and(|it| it.token.is_same(&found.token)) {
            continue;
        }
        // Case does not matter to Bitbucket.
        let workspace = found.address.workspace().to_ascii_lowercase();
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

/// Returns what Bitbucket reports about a token for each of its repositories. What is known for all
/// of them is asked once, and nothing once Bitbucket cannot be reached.
pub fn statuses(
    bitbucket: &mut Result<Bitbucket, String>,
    candidate: &Candidate,
) -> Vec<TokenStatus> {
    let mut statuses: Vec<TokenStatus> = Vec::new();
    for address in &candidate.addresses {
        let known = statuses.last().filter(|last| last.is_for_all()).cloned();
        let status = match (known, &*bitbucket) {
            (Some(known), _) => known,
            (None, Err(why)) => TokenStatus::Unknown(why.clone()),
            (None, Ok(reached)) => ask(reached, candidate, address).unwrap_or_else(|why| {
                *bitbucket = Err(why.clone());
                TokenStatus::Unknown(why)
            }),
        };
        statuses.push(status);
    }
    statuses
}

fn ask(
    bitbucket: &Bitbucket,
    candidate: &Candidate,
    address: &Address,
) -> Result<TokenStatus, String> {
    let Candidate { token, account, .. } = candidate;
    if token.kind() == Kind::Api && account.is_none() {
        let why = "Bitbucket cannot be asked about an API token without its account's e-mail";
        return Ok(TokenStatus::Unknown(why.to_owned()));
    }
    let target = Target::Repository(address.clone());
    let ask = || bitbucket.check(&target, token, account.as_deref());
    let verdict = match ask() {
        // Bitbucket rejects valid tokens at times (BCLOUD-24107): once is not enough to drop one.
        Ok(Verdict::Refused(Refusal::Rejected)) => ask(),
        verdict => verdict,
    };
    Ok(match verdict.map_err(|error| format!("{error:#}"))? {
        Verdict::Accepted(identity) => TokenStatus::Works {
            is_workspace_token: identity.credential.as_deref() == Some("workspace_access_token"),
            can_push: identity
                .scopes
                .is_none_or(|granted| scopes::include(&granted, scopes::PUSH)),
        },
        Verdict::Refused(Refusal::Rejected) => TokenStatus::Rejected,
        Verdict::Refused(Refusal::NotVisible) => TokenStatus::NotVisible,
        Verdict::Refused(refusal) => {
            let problem = refusal.problem(&target, token, &target.tokens_page());
            TokenStatus::Unknown(problem.message)
        }
    })
}
