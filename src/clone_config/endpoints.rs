//! The endpoints that a remote needs: `lfsurl` for the repository that it is fetched from, and
//! `lfspushurl` if it is pushed to another one.

use std::path::PathBuf;

use crate::address::Address;
use crate::config::Config;
use crate::git_settings::{GitSettings, LocalRepository, Setting};
use crate::lfs::{self, ENDPOINT_KEYS};
use crate::untrusted_file;

/// An endpoint, with all settings that belong to it.
pub type Endpoint = [Setting; 5];

/// The endpoints of a remote of `repository`.
pub struct Endpoints<'c> {
    repository: &'c LocalRepository,
    remote: &'c str,
    config: &'c Config,
    /// Ours, in the order of [`ENDPOINT_KEYS`].
    ours: [Option<Endpoint>; 2],
}

/// What has to be changed for a remote.
#[derive(Default)]
pub struct Changes {
    /// Our endpoints that no longer lead to where the remote does.
    pub stale: Vec<Endpoint>,
    /// The endpoints that have to be added.
    pub missing: Vec<Endpoint>,
}

impl<'c> Endpoints<'c> {
    /// Reads the endpoints of `remote`.
    pub fn read(repository: &'c LocalRepository, remote: &'c str, config: &'c Config) -> Self {
        Endpoints {
            repository,
            remote,
            config,
            ours: ENDPOINT_KEYS.map(|key| lfs::our_endpoint(&repository.own, remote, key)),
        }
    }

    /// Returns whether one of them is ours.
    pub fn has_ours(&self) -> bool {
        self.ours.iter().any(Option::is_some)
    }

    /// Returns whether nothing has to be changed when git contacts `address` through the remote, or
    /// nothing may be. Starts no process.
    pub fn is_settled(&self, address: &Address) -> bool {
        let own = &self.repository.own;
        let user_decides = self.user_decides(own)[0];
        if !self.has_ours() {
            return user_decides || team_has_endpoint() || !has_git_lfs();
        }
        if is_run_by_git_lfs() {
            // git-lfs has read the endpoints already: a wrong one has to stay visible when it asks for
            // a credential.
            return true;
        }
        let is_right = |(ours, wanted): Pair| wanted.is_none_or(|wanted| is_same(ours, &wanted));
        (user_decides || self.leads_to(address)) && self.pairs(own).all(is_right)
    }

    /// Returns whether the remote may lead elsewhere, as far as a scan shows.
    pub fn may_be_stale(&self) -> bool {
        let is_right = |(ours, wanted): Pair| wanted.is_some_and(|wanted| is_same(ours, &wanted));
        !team_has_endpoint() && !self.pairs(&self.repository.own).all(is_right)
    }

    /// Returns what has to be changed, where `all` has been read by git.
    pub fn changes(&self, all: &GitSettings) -> Changes {
        let mut changes = Changes::default();
        for (ours, wanted) in self.pairs(all) {
            let wanted = wanted.flatten();
            if !is_same(ours, &wanted) {
                changes.stale.extend(ours.clone());
                changes.missing.extend(wanted.filter(|_| has_git_lfs()));
            }
        }
        changes
    }

    fn leads_to(&self, address: &Address) -> bool {
        let there = Some(self.endpoint(address, ENDPOINT_KEYS[0]));
        self.ours.iter().any(|ours| is_same(ours, &there))
    }

    /// Returns our endpoint and the one that is needed, for each key that the user has not set.
    fn pairs(&self, settings: &GitSettings) -> impl Iterator<Item = Pair<'_>> {
        let pairs = self.ours.iter().zip(self.wanted(settings));
        let pairs = pairs.zip(self.user_decides(settings));
        pairs.filter_map(|(pair, by_user)| (!by_user).then_some(pair))
    }

    /// Returns the endpoints that are needed, in the order of [`ENDPOINT_KEYS`]: `Some(None)` if none
    /// is, and `None` if the remote does not lead to us, as far as `settings` show.
    fn wanted(&self, settings: &GitSettings) -> [Option<Option<Endpoint>>; 2] {
        if team_has_endpoint() {
            return [Some(None), Some(None)];
        }
        let [lfsurl, lfspushurl] = ENDPOINT_KEYS;
        let service = self.config.service();
        let fetched = settings.fetched(self.remote, service);
        let is_fetched = |pushed: &Address| fetched.as_ref().is_some_and(|it| it.is_same(pushed));
        let pushed = settings.pushed(self.remote, service);
        let pushed = pushed.map(|pushed| {
            let is_other = !is_fetched(&pushed);
            is_other.then(|| self.endpoint(&pushed, lfspushurl))
        });
        let fetched = fetched.map(|fetched| Some(self.endpoint(&fetched, lfsurl)));
        [fetched, pushed]
    }

    fn endpoint(&self, address: &Address, key: &'static str) -> Endpoint {
        let mut settings = lfs::settings(self.config.service(), self.remote, address);
        settings[0].key = key;
        settings
    }

    /// Returns for each of [`ENDPOINT_KEYS`] whether the user has set where that content goes.
    fn user_decides(&self, settings: &GitSettings) -> [bool; 2] {
        let ours: Vec<&str> = self
            .ours
            .iter()
            .flatten()
            .map(|[ours, ..]| ours.value.as_str())
            .collect();
        let [lfsurl, lfspushurl] = ENDPOINT_KEYS.map(|key| {
            let mut values = settings.values(format!("remote.{}.{key}", self.remote));
            values.any(|value| !ours.contains(&value))
        });
        let everything = lfsurl || settings.last("lfs.url").is_some();
        let uploads = lfspushurl || settings.last("lfs.pushurl").is_some();
        [everything, everything || uploads]
    }
}

/// Our endpoint, and the one that is needed, as in [`Endpoints::wanted`].
type Pair<'e> = (&'e Option<Endpoint>, Option<Option<Endpoint>>);

fn is_same(one: &Option<Endpoint>, other: &Option<Endpoint>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => lfs::is_same(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn has_git_lfs() -> bool {
    which::which("git-lfs").is_ok()
}

/// Returns whether git-lfs has started the git that has called us. It turns its own filters off then.
fn is_run_by_git_lfs() -> bool {
    let parameters = std::env::var_os("GIT_CONFIG_PARAMETERS").unwrap_or_default();
    parameters.to_string_lossy().contains("filter.lfs.process")
}

/// Returns whether the team's `.lfsconfig` has an endpoint for a remote, before which git-lfs would
/// take ours; its usual `lfs.url` takes precedence anyway (measured with git-lfs 3.3). In a new clone
/// nothing is checked out yet, so that the next contact notices it.
fn team_has_endpoint() -> bool {
    // Without the variable, git has gone to the top of the work tree.
    let top = std::env::var_os("GIT_WORK_TREE").map_or_else(PathBuf::new, PathBuf::from);
    let text = untrusted_file::read(&top.join(".lfsconfig")).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    let mut keys = ENDPOINT_KEYS.iter();
    keys.any(|key| text.windows(key.len()).any(|word| word == key.as_bytes()))
}
