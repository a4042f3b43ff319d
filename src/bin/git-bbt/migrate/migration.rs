//! What is the same for all repositories of a run.

use std::borrow::Cow;
use std::path::Path;

use bbt::address::Address;
use bbt::instead_of::InsteadOf;

use super::Args;
use super::import::Imports;
use super::report::Problem;
use super::repository::File;
use super::token_cache::TokenCache;
use crate::git_settings::{self, GitSetting, is_always};
use crate::hint;
use crate::remote_url::conditions::Conditions;
use crate::remote_url::{Classifier, RemoteUrl, Renames};
use crate::secret::Hosts;

pub struct Migration<'a> {
    pub args: &'a Args,
    pub classifier: Classifier<'a>,
    pub renames: &'a Renames,
    pub tokens: &'a TokenCache<'a>,
    pub imports: Imports,
    /// What the user's configuration includes for some URLs.
    pub conditions: Conditions<'a>,
    pub hosts: Hosts,
    pub user: UserSettings,
}

impl Migration<'_> {
    /// Returns whether remotes of this name are asked about.
    pub fn has_remote(&self, name: &str) -> bool {
        self.has_all_remotes() || self.args.remotes.iter().any(|wanted| wanted == name)
    }

    /// Returns whether URLs that are no remote's are asked about, too.
    pub fn has_all_remotes(&self) -> bool {
        self.args.remotes.is_empty()
    }

    /// Returns whether repositories of this workspace are asked about.
    pub fn has_workspace(&self, name: &str) -> bool {
        self.args.workspaces.is_empty() || contains(&self.args.workspaces, name)
    }

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
        self.has_workspace(address.workspace()).then_some(address)
    }
}

/// Returns whether a workspace is among `workspaces`, whatever its case.
pub fn contains(workspaces: &[String], name: &str) -> bool {
    let mut workspaces = workspaces.iter();
    workspaces.any(|workspace| workspace.eq_ignore_ascii_case(name))
}

/// What migrate needs of the user's and the system's configuration.
pub struct UserSettings {
    pub rules: InsteadOf,
    /// Whether a file is included for some repositories only.
    depends_on_place: bool,
    /// `protocol.bbt.allow`
    pub bbt_policy: Option<String>,
    /// `protocol.allow`, for protocols without a setting of their own.
    pub policy: Option<String>,
    /// Whether git lets submodules use `bbt::`.
    pub allows_bbt: bool,
    /// Whether `safe.bareRepository` is `explicit`. git ignores a repository's own value.
    pub refuses_discovered_bare: bool,
}

impl UserSettings {
    pub fn new(settings: &[GitSetting]) -> UserSettings {
        let last = |name: &str| {
            let mut settings = settings.iter().rev();
            let setting = settings.find(|setting| setting.name == name)?;
            Some(setting.value.as_str())
        };
        let (bbt_policy, policy) = (last("protocol.bbt.allow"), last("protocol.allow"));
        let mut names = settings.iter().map(|setting| &setting.name);
        UserSettings {
            rules: git_settings::of_remotes(settings).rules(),
            depends_on_place: names.any(|name| name.starts_with("includeif.")),
            allows_bbt: bbt_policy.or(policy).is_some_and(is_always),
            bbt_policy: bbt_policy.map(str::to_owned),
            policy: policy.map(str::to_owned),
            refuses_discovered_bare: last("safe.barerepository") == Some("explicit"),
        }
    }

    /// Returns the rules for the repository or linked work tree in `git_dir`, with these files of its own.
    /// git is asked only if a file is included, by the user for some repositories or by this one.
    ///
    /// # Errors
    /// git cannot read its configuration, as when files include each other: nobody knows then what a
    /// URL means.
    pub fn rules_in(&self, git_dir: &Path, files: &[&File]) -> Result<Cow<'_, InsteadOf>, Problem> {
        let mut all = Cow::Borrowed(&self.rules);
        if self.depends_on_place
            || files
                .iter()
                .any(|(_, file)| file.includes().next().is_some())
        {
            let settings = git_settings::in_git_dir(git_dir, None);
            let settings = settings.map_err(|error| unreadable(git_dir, &error))?;
            all = Cow::Owned(git_settings::of_remotes(&settings).rules());
        }
        // To what git has listed, this adds a file that it does not read. A rule may be there twice.
        let settings = files.iter().flat_map(|(_, file)| file.settings());
        for (_, setting) in settings.filter(|(_, it)| it.section == "url") {
            if let Some(base) = &setting.subsection {
                all.to_mut().add(base, &setting.key, &setting.value);
            }
        }
        Ok(all)
    }
}

/// Describes why git cannot read the configuration of a repository.
pub fn unreadable(folder: &Path, error: &anyhow::Error) -> Problem {
    let problem = Problem::new(folder, format!("{error:#}"));
    problem.hint(format!("git -C {} config --list", hint::word(folder)))
}
