//! Asks Bitbucket about the tokens that URLs contain.

use std::sync::Arc;

use bbt::address::Address;
use bbt::config::Config;
use bbt::token::{Kind, Token};

use crate::bitbucket::{Bitbucket, Refusal, Verdict, scopes};
use crate::target::Target;

/// A token, and the repositories whose URLs contain it.
pub struct Candidate {
    pub token: Arc<Token>,
    pub account: Option<String>,
    pub addresses: Vec<Address>,
    /// Whether only URLs of submodules contain it.
    pub is_of_submodule: bool,
}

/// What Bitbucket reports about a token.
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

/// How many of a token's repositories are asked about if the first ones do not exist.
const ASKED: usize = 3;

/// Asks Bitbucket until it cannot be reached; then holds the reason.
pub struct Probe(Result<Bitbucket, String>);

impl Probe {
    pub fn new(config: &Config) -> Probe {
        Probe(Bitbucket::new(config).map_err(|error| format!("{error:#}")))
    }

    /// The status by the first of its repositories that is visible to the token.
    pub fn status(&mut self, candidate: &Candidate) -> TokenStatus {
        let asked = candidate.addresses.iter().take(ASKED);
        let mut status = TokenStatus::NotVisible;
        for address in asked {
            status = self.ask(candidate, address);
            if !matches!(status, TokenStatus::NotVisible) {
                break;
            }
        }
        status
    }

    /// The status for one repository.
    pub fn ask(&mut self, candidate: &Candidate, address: &Address) -> TokenStatus {
        let Candidate { token, account, .. } = candidate;
        if token.kind() == Kind::Api && account.is_none() {
            let why = "Bitbucket cannot be asked about an API token without its account's e-mail";
            return TokenStatus::Unknown(why.to_owned());
        }
        let bitbucket = match &self.0 {
            Ok(bitbucket) => bitbucket,
            Err(why) => return TokenStatus::Unknown(why.clone()),
        };
        let target = Target::Repository(address.clone());
        let ask = || bitbucket.check(&target, token, account.as_deref());
        let verdict = match ask() {
            // Bitbucket rejects valid tokens at times (BCLOUD-24107): once is not enough to drop one.
            Ok(Verdict::Refused(Refusal::Rejected)) => ask(),
            verdict => verdict,
        };
        match verdict {
            Ok(Verdict::Accepted(identity)) => TokenStatus::Works {
                is_workspace_token: identity.credential.as_deref()
                    == Some("workspace_access_token"),
                can_push: identity
                    .scopes
                    .is_none_or(|granted| scopes::include(&granted, scopes::PUSH)),
            },
            Ok(Verdict::Refused(Refusal::Rejected)) => TokenStatus::Rejected,
            Ok(Verdict::Refused(Refusal::NotVisible)) => TokenStatus::NotVisible,
            Ok(Verdict::Refused(refusal)) => {
                let problem = refusal.problem(&target, token, &target.tokens_page());
                TokenStatus::Unknown(problem.message)
            }
            Err(error) => {
                let why = format!("{error:#}");
                self.0 = Err(why.clone());
                TokenStatus::Unknown(why)
            }
        }
    }
}
