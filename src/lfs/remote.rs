//! Which endpoints a remote needs: `lfsurl` for the repository that it is fetched from, `lfspushurl`
//! if it is pushed to another one.

use std::path::PathBuf;

use super::{Setting, settings};
use crate::address::Address;
use crate::clone_config::{Clone, ENDPOINT_KEYS, Entries};
use crate::config::Config;
use crate::untrusted_file;

/// A remote that git is about to use for the repository of this address.
pub struct Remote<'c> {
    clone: &'c Clone,
    name: &'c str,
    address: &'c Address,
    config: &'c Config,
    /// Our endpoints, in the order of [`ENDPOINT_KEYS`].
    ours: [Option<[Setting; 5]>; 2],
}

/// What has to be changed for a remote.
#[derive(Default)]
pub struct Changes {
    /// Our endpoints that lead to where the remote does not.
    pub stale: Vec<[Setting; 5]>,
    /// The endpoints that it needs and has not.
    pub missing: Vec<[Setting; 5]>,
}

impl<'c> Remote<'c> {
    /// The remote `name` of `clone`.
    pub fn new(
        clone: &'c Clone,
        name: &'c str,
        address: &'c Address,
        config: &'c Config,
    ) -> Remote<'c> {
        Remote {
            clone,
            name,
            address,
            config,
            ours: ENDPOINT_KEYS.map(|key| clone.our_endpoint(name, key)),
        }
    }

    /// Returns whether one of its endpoints is ours.
    pub fn has_our_endpoint(&self) -> bool {
        self.ours.iter().any(Option::is_some)
    }

    /// Returns whether nothing has to be changed, or nothing may be. It starts no process.
    pub fn is_settled(&self) -> bool {
        if !self.config.lfs() {
            return true;
        }
        if !self.has_our_endpoint() {
            return self.user_decides(&self.clone.own)[0] || team_has_endpoint() || !has_git_lfs();
        }
        if is_run_by_git_lfs() {
            // git-lfs has read the endpoints already: what is wrong has to stay visible when it asks
            // for a credential.
            return true;
        }
        let address = self.endpoint(self.address, ENDPOINT_KEYS[0]);
        let leads_there = |ours: &[Setting; 5]| is_same(ours, &address);
        let has_address = self.ours.iter().flatten().any(leads_there);
        let wanted = self.wanted(&self.clone.own);
        let by_user = self.user_decides(&self.clone.own);
        let mut pairs = self.ours.iter().zip(&wanted).zip(by_user);
        let is_right = pairs.all(|((ours, wanted), by_user)| match (ours, wanted) {
            (Some(ours), Some(Some(wanted))) => by_user || is_same(ours, wanted),
            (None, Some(None)) | (_, None) => true,
            (Some(_), Some(None)) | (None, Some(Some(_))) => by_user,
        });
        (has_address || by_user[0]) && is_right && !team_has_endpoint()
    }

    /// Returns what has to be changed, where `all` is what git says.
    pub fn changes(&self, all: &Entries) -> Changes {
        let gives_way = team_has_endpoint();
        let mut changes = Changes::default();
        let pairs = self.ours.iter().zip(self.wanted(all));
        for ((ours, wanted), by_user) in pairs.zip(self.user_decides(all)) {
            let wanted = wanted.flatten().filter(|_| !gives_way);
            match (ours, wanted) {
                _ if by_user => {}
                (Some(ours), Some(wanted)) if is_same(ours, &wanted) => {}
                (ours, wanted) => {
                    changes.stale.extend(ours.clone());
                    changes.missing.extend(wanted);
                }
            }
        }
        if !has_git_lfs() {
            changes.missing.clear();
        }
        changes
    }

    /// Returns the endpoints it needs, in the order of [`ENDPOINT_KEYS`]: `Some(None)` if it needs
    /// none, and `None` if it does not lead to us as far as `entries` show.
    fn wanted(&self, entries: &Entries) -> [Option<Option<[Setting; 5]>>; 2] {
        let [lfsurl, lfspushurl] = ENDPOINT_KEYS;
        let service = self.config.service();
        let fetched = entries.fetched(self.name, service);
        let pushed = entries.pushed(self.name, service);
        let is_fetched = |pushed: &Address| fetched.as_ref().is_some_and(|it| it.is_same(pushed));
        let push = pushed.map(|pushed| {
            let is_other = !is_fetched(&pushed);
            is_other.then(|| self.endpoint(&pushed, lfspushurl))
        });
        let fetch = fetched.as_ref();
        [
            fetch.map(|fetched| Some(self.endpoint(fetched, lfsurl))),
            push,
        ]
    }

    fn endpoint(&self, address: &Address, key: &'static str) -> [Setting; 5] {
        let mut settings = settings(self.config.service(), self.name, address);
        settings[0].key = key;
        settings
    }

    /// For each of [`ENDPOINT_KEYS`], whether the user has set where that content is.
    fn user_decides(&self, entries: &Entries) -> [bool; 2] {
        let [lfsurl, lfspushurl] = ENDPOINT_KEYS.map(|key| {
            let mut values = entries.values("remote", Some(self.name), key);
            values.any(|value| !self.is_ours(value))
        });
        let is_set = |key| entries.last("lfs", None, key).is_some();
        let everything = lfsurl || is_set("url");
        [everything, everything || lfspushurl || is_set("pushurl")]
    }

    fn is_ours(&self, endpoint: &str) -> bool {
        let mut ours = self.ours.iter().flatten();
        ours.any(|settings| settings[0].value == endpoint)
    }
}

fn is_same(one: &[Setting; 5], other: &[Setting; 5]) -> bool {
    one[0].value.eq_ignore_ascii_case(&other[0].value)
}

fn has_git_lfs() -> bool {
    which::which("git-lfs").is_ok()
}

/// Whether git-lfs has started the git that has called us. It turns its own filters off for that.
fn is_run_by_git_lfs() -> bool {
    let parameters = std::env::var_os("GIT_CONFIG_PARAMETERS").unwrap_or_default();
    parameters.to_string_lossy().contains("filter.lfs.process")
}

/// Whether the team's `.lfsconfig` has an endpoint for a remote, which git-lfs would take ours for.
/// Its usual `lfs.url` comes before ours anyway (measured with git-lfs 3.3). A clone has nothing
/// checked out yet, so that this is noticed at the next contact.
fn team_has_endpoint() -> bool {
    // Without the variable, git has gone to the top of the work tree.
    let top = std::env::var_os("GIT_WORK_TREE").map_or_else(PathBuf::new, PathBuf::from);
    let text = untrusted_file::read(&top.join(".lfsconfig")).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    ["lfsurl", "lfspushurl"]
        .iter()
        .any(|key| text.windows(key.len()).any(|word| word == key.as_bytes()))
}
