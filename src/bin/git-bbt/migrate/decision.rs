//! Whether a URL is converted: only if its token is found without it, so that nobody is left worse off.

use std::path::Path;

use bbt::address::Address;
use bbt::instead_of::InsteadOf;
use bbt::redact;
use bbt::token::Token;
use serde_json::Value;

use super::import::{Import, Refusal};
use super::migration::Migration;
use super::report::{Outcome, State};
use super::token_cache::Configured;
use crate::remote_url::{NOT_ON_BITBUCKET, RemoteUrl, UrlSecret};
use crate::{git, hint};

impl Migration<'_> {
    /// Decides about a URL in the configuration of `folder`; `None` if it is not asked about. `vcs` is the
    /// remote helper that is set for it; `has_push_rules` is true if `pushInsteadOf` applies to it.
    pub fn outcome(
        &self,
        url: &str,
        rules: &InsteadOf,
        vcs: Option<&str>,
        has_push_rules: bool,
        folder: &Path,
    ) -> Option<Outcome> {
        if vcs.is_some_and(|vcs| vcs != "bbt") {
            return Some(Outcome::unchanged("it has a remote helper of its own"));
        }
        let has_filter = !self.args.workspaces.is_empty();
        let (address, secret, is_bbt) = match self.classifier.classify(url, rules) {
            RemoteUrl::Other { .. } if has_filter => return None,
            RemoteUrl::Other { why, hint } => {
                let is_elsewhere = why.starts_with(NOT_ON_BITBUCKET);
                return Some(Outcome {
                    state: if is_elsewhere {
                        State::NotOnBitbucket
                    } else {
                        State::Unchanged
                    },
                    hint,
                    ..Outcome::unchanged(why)
                });
            }
            RemoteUrl::Bbt { address } => {
                let new = self.renames.apply(address.clone());
                let is_same = new.is_same(&address);
                (new, None, is_same)
            }
            RemoteUrl::Bitbucket { address, secret } => {
                (self.renames.apply(address), secret, vcs.is_some())
            }
            RemoteUrl::Server {
                project,
                repository,
                secret,
            } => match self.renames.new_address(&project, &repository) {
                Some(address) => (address, secret, vcs.is_some()),
                None if has_filter => return None,
                None => {
                    let message = format!("no --rename gives {project}/{repository} a new name");
                    let hint = format!("add --rename {project}=<workspace>");
                    return Some(Outcome::not_converted(message, hint));
                }
            },
        };
        if !self.has_workspace(address.workspace()) {
            return None;
        }
        if is_bbt {
            return Some(Outcome::new(State::Already));
        }
        let is_elsewhere = |url: &str| {
            let classified = self.classifier.classify_as_written(url);
            matches!(classified, RemoteUrl::Other { .. })
        };
        let pushed = rules.apply_to_push(url).filter(|_| has_push_rules);
        if pushed.is_some_and(|pushed| is_elsewhere(&pushed)) {
            let message = "its pushes go elsewhere, by url.<base>.pushInsteadOf";
            return Some(Outcome::unchanged(message));
        }
        // The user's rules count for the new URL, too.
        let new = format!("bbt::{address}");
        let rewritten = |rules: &InsteadOf| {
            let is_another = |url: &String| *url != new;
            let fetched = rules.apply(&new).map(|(url, _)| url).filter(is_another);
            let pushed = || rules.apply_to_push(&new).filter(|_| has_push_rules);
            fetched.or_else(|| pushed().filter(is_another))
        };
        if let Some(url) = rewritten(rules) {
            let message = format!("git would rewrite {new} to {}", redact::url(&url));
            let place = if rewritten(&self.user.rules).as_ref() == Some(&url) {
                String::new()
            } else {
                format!(" -C {}", hint::word(folder))
            };
            let hint = format!("git{place} config --show-origin --get-regexp 'insteadof$'");
            return Some(Outcome::not_converted(message, hint));
        }
        let decided = self.decide(&address, secret.as_ref());
        Some(decided.unwrap_or_else(|it| it))
    }

    /// Returns what becomes of a URL that is to be converted. The error is the outcome of one that is not.
    fn decide(&self, address: &Address, secret: Option<&UrlSecret>) -> Result<Outcome, Outcome> {
        let (message, source) = match secret {
            None => (None, self.source(address)?),
            Some(UrlSecret::AppPassword) => {
                let message = "without its app password, which Bitbucket has ended";
                (Some(message.to_owned()), self.source(address)?)
            }
            Some(UrlSecret::Unknown) => {
                return Err(Outcome::not_converted(
                    "its URL contains a password that may be stored nowhere else",
                    "remove the password from the URL, and run git bbt migrate again",
                ));
            }
            Some(UrlSecret::Token { token, .. }) => {
                let (message, source) = self.source_of_same(address, token)?;
                (Some(message), Some(source))
            }
        };
        // In a dry run, an imported token is not stored yet.
        if self.args.verify && !(self.args.dry_run && self.import(address).is_some()) {
            verify(address)?;
        }
        Ok(Outcome {
            to: Some(format!("bbt::{address}")),
            message,
            source: source.map(Box::new),
            ..Outcome::new(State::Converted)
        })
    }

    fn import(&self, address: &Address) -> Option<&Import> {
        self.imports.used_for(self.tokens.config, address)
    }

    /// Returns where the repository's token comes from; with `--force`, it may come from nowhere.
    fn source(&self, address: &Address) -> Result<Option<Value>, Outcome> {
        let source = match self.import(address) {
            Some(import) => Ok(import.fields()),
            None => self.tokens.check(address),
        };
        match source {
            Err(_) if self.args.force => Ok(None),
            source => source.map(Some),
        }
    }

    /// Requires that the token in a URL is not lost with it. Returns what to say about it, and where the
    /// repository's token comes from.
    fn source_of_same(&self, address: &Address, token: &Token) -> Result<(String, Value), Outcome> {
        if let Some(import) = self.import(address)
            && import.token.is_same(token)
        {
            return Ok(("its token is imported".to_owned(), import.fields()));
        }
        let configured = self.tokens.token(address).transpose()?;
        let message = match (configured, self.imports.refusal(address, token)) {
            (Some(configured), _) if configured.token.is_same(token) => {
                let message = format!("its token is also in {}", configured.source);
                return Ok((message, configured.fields));
            }
            (Some(configured), Some(Refusal::Rejected)) => {
                let message = "without its token, which Bitbucket rejects";
                return Ok((message.to_owned(), configured.fields));
            }
            (None, Some(Refusal::Rejected)) => {
                return Err(Outcome::not_converted(
                    "Bitbucket rejects the token in its URL, and no other is configured",
                    format!("git bbt login {}", address.workspace()),
                ));
            }
            (_, Some(Refusal::Other(reason))) => return Err(reason.clone()),
            (Some(Configured { source, .. }), None) => {
                format!("its URL contains another token than {source}")
            }
            (None, None) => "its URL contains a token that is stored nowhere else".to_owned(),
        };
        Err(Outcome::not_converted(
            message,
            "git bbt migrate --import-tokens",
        ))
    }
}

/// Asks Bitbucket through the URL that a remote is to have, before it has it. Runs ls-remote away from the
/// repository: its configuration, which may be a stranger's, could take the token elsewhere or run a
/// program.
fn verify(address: &Address) -> Result<(), Outcome> {
    let url = format!("bbt::{address}");
    let message = match git::away(["ls-remote", "--quiet", "--", &url, "HEAD"]) {
        Ok(outcome) if outcome.succeeded => return Ok(()),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    Err(Outcome::not_converted(
        format!("the new URL does not work: {message}"),
        format!("git bbt doctor {address}"),
    ))
}
