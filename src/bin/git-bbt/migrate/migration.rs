//! What is the same for all repositories of a run.

use bbt::address::Address;
use bbt::instead_of::InsteadOf;

use super::policy::Policy;
use super::user::UserSettings;
use crate::remote_url::conditions::Conditions;
use crate::remote_url::{Classifier, RemoteUrl, Renames};
use crate::secret::Hosts;

/// Which URLs are asked about.
pub struct Filter<'a> {
    pub remotes: &'a [String],
    pub workspaces: &'a [String],
}

impl Filter<'_> {
    /// Returns whether remotes of this name are asked about.
    pub fn has_remote(&self, name: &str) -> bool {
        self.remotes.is_empty() || self.remotes.iter().any(|wanted| wanted == name)
    }

    /// Returns whether URLs that are no remote's are asked about, too.
    pub fn has_all_remotes(&self) -> bool {
        self.remotes.is_empty()
    }

    /// Returns whether repositories of this workspace are asked about.
    pub fn has_workspace(&self, name: &str) -> bool {
        self.workspaces.is_empty() || contains(self.workspaces, name)
    }
}

/// Returns whether a workspace is among `workspaces`, whatever its case.
pub fn contains(workspaces: &[String], name: &str) -> bool {
    let mut workspaces = workspaces.iter();
    workspaces.any(|workspace| workspace.eq_ignore_ascii_case(name))
}

/// What is the same for all repositories.
pub struct Migration<'a> {
    pub filter: Filter<'a>,
    pub classifier: Classifier<'a>,
    pub renames: &'a Renames,
    pub user: &'a UserSettings,
    pub policy: Policy<'a>,
    /// What the user's configuration includes for some URLs.
    pub conditions: &'a Conditions<'a>,
    pub hosts: Hosts,
    pub verify: bool,
    pub undo: bool,
    pub dry_run: bool,
}

impl Migration<'_> {
    /// Returns the repository that a URL is to lead to, if it is one that would be converted.
    pub fn new_address(&self, url: &str, rules: &InsteadOf) -> Option<Address> {
        let address = match self.classifier.classify(url, rules) {
            RemoteUrl::Bitbucket { address, .. } => self.renames.apply(address),
            RemoteUrl::Server {
                project,
                repository,
                ..
            } => self.renames.new_address(&project, &repository)?,
            RemoteUrl::Bbt { .. } | RemoteUrl::Other { .. } => return None,
        };
        self.filter
            .has_workspace(address.workspace())
            .then_some(address)
    }
}
