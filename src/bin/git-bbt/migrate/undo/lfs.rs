//! What a contact told git-lfs between migrate and `--undo`, and migrate has no record of: it was for
//! the `bbt::` URL that is gone.

use bbt::address::Address;
use bbt::clone_config::ENDPOINT_KEYS;
use bbt::lfs::{Setting, settings_for, settings_with};

use super::Undo;
use crate::git_config::Variable;

impl Undo<'_> {
    /// Takes it out for a remote that led to `address`. What somebody has written instead stays, and
    /// so does what another remote needs.
    pub(super) fn lfs(&mut self, remote: &str, address: &Address) {
        for key in ENDPOINT_KEYS {
            self.endpoint(remote, address, key);
        }
    }

    fn endpoint(&mut self, remote: &str, address: &Address, key: &'static str) {
        let endpoints = self.text.all("remote", Some(remote), key);
        let mut endpoints = endpoints.rev().filter(|endpoint| !self.is_going(endpoint));
        let settings = match endpoints.next() {
            None if key == ENDPOINT_KEYS[0] => self.without_endpoint(remote, address),
            None => None,
            Some(endpoint) => {
                let settings = settings_with(&self.value_of(endpoint), remote);
                let mut settings = settings.filter(|[_, _, of, ..]| leads_to(of, address));
                drop(endpoints);
                if let Some([ours, ..]) = &mut settings {
                    ours.key = key;
                    self.goes(endpoint, &ours.name());
                }
                settings
            }
        };
        let Some([endpoint, rest @ ..]) = settings else {
            return;
        };
        let is_needed = |variable: &Variable| {
            let is_endpoint = ENDPOINT_KEYS.contains(&variable.key.as_str());
            let is_endpoint = is_endpoint && !self.is_going(variable);
            is_endpoint && self.value_of(variable) == endpoint.value
        };
        let mut others = self.text.named("remote").map(|(_, variable)| variable);
        if others.any(is_needed) {
            return;
        }
        for setting in rest {
            self.added(&setting.name(), &setting.value);
        }
    }

    /// Where the endpoint has given way to the team's, or was not written yet: all else that goes
    /// with it, and no less.
    fn without_endpoint(&self, remote: &str, address: &Address) -> Option<[Setting; 5]> {
        let repositories = self.text.named("credential").filter_map(|(of, _)| of);
        let mut settings = repositories.map(|of| settings_for(of, remote));
        settings.find(|[_, rest @ ..]| {
            let is_there = |setting: &Setting| {
                let subsection = Some(setting.subsection.as_str());
                let mut all = self.text.all(setting.section, subsection, setting.key);
                all.any(|variable| self.value_of(variable) == setting.value)
            };
            leads_to(&rest[1], address) && rest.iter().all(is_there)
        })
    }
}

/// Whether a setting for a repository's URL is for this one, at whatever service.
fn leads_to(setting: &Setting, address: &Address) -> bool {
    let (url, path) = (&setting.subsection, format!("/{}.git", address.full_name()));
    let start = url.len().checked_sub(path.len());
    let end = start.and_then(|start| url.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(&path))
}
