//! What happens to one URL.

use bbt::address::Address;

use super::Planner;
use crate::migrate::migration::Migration;
use crate::migrate::report::Outcome;
use crate::migrate::token_cache::Reason;
use crate::migrate::verify;
use crate::remote_url::{RemoteUrl, UrlSecret};

impl Planner<'_> {
    /// Returns what happens to a URL; `None` if it is not asked about.
    pub(super) fn outcome(
        &self,
        url: &str,
        vcs: Option<&str>,
        pushed: Option<&str>,
    ) -> Option<Outcome> {
        let Migration {
            filter,
            classifier,
            renames,
            ..
        } = self.migration;
        let classified = classifier.classify(url, self.rules);
        if vcs.is_some_and(|vcs| vcs != "bbt") {
            return Some(Outcome::unchanged("it has a remote helper of its own"));
        }
        let (address, secret) = match classified {
            RemoteUrl::Other { why, hint } => {
                let outcome = Outcome::Unchanged { message: why, hint };
                return filter.workspaces.is_empty().then_some(outcome);
            }
            RemoteUrl::Bbt { address } => {
                let new = renames.apply(address.clone());
                let is_same = new.is_same(&address);
                return filter.has_workspace(new.workspace()).then(|| {
                    if is_same {
                        Outcome::Already
                    } else {
                        self.decided(&new, None)
                    }
                });
            }
            RemoteUrl::Bitbucket { address, secret } => (renames.apply(address), secret),
            RemoteUrl::Server {
                project,
                repository,
                secret,
            } => match renames.new_address(&project, &repository) {
                Some(address) => (address, secret),
                None if !filter.workspaces.is_empty() => return None,
                None => {
                    return Some(Outcome::not_converted(Reason::new(
                        format!("no --rename gives {project}/{repository} a new name"),
                        format!("add --rename {project}=<workspace>"),
                    )));
                }
            },
        };
        if !filter.has_workspace(address.workspace()) {
            return None;
        }
        let is_elsewhere = |url: &str| {
            let classified = classifier.classify_as_written(url);
            matches!(classified, RemoteUrl::Other { .. })
        };
        if pushed.is_some_and(is_elsewhere) {
            let message = "its pushes go elsewhere, by url.<base>.pushInsteadOf";
            return Some(Outcome::unchanged(message));
        }
        if vcs.is_some() {
            return Some(Outcome::Already);
        }
        Some(self.decided(&address, secret.as_ref()))
    }

    fn decided(&self, address: &Address, secret: Option<&UrlSecret>) -> Outcome {
        let Migration {
            policy,
            verify,
            dry_run,
            ..
        } = self.migration;
        let permit = match policy.decide(address, secret) {
            Ok(permit) => permit,
            Err(reason) => return Outcome::not_converted(reason),
        };
        // In a dry run, an imported token is not stored yet.
        let can_verify = !dry_run || !policy.is_imported(address);
        if *verify
            && can_verify
            && let Err(reason) = verify::works(address)
        {
            return Outcome::not_converted(reason);
        }
        Outcome::Converted {
            to: format!("bbt::{address}"),
            message: permit.message,
            source: permit.source,
        }
    }
}
