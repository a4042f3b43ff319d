//! What goes with a remote's URL where the repository uses git-lfs.

use std::path::Path;

use bbt::address::Address;
use bbt::lfs::{self, Setting};
use bbt::untrusted_file;
use bstr::ByteSlice as _;
use zeroize::Zeroizing;

use super::Planner;
use crate::git_config::{Variable, add_to, header_of};
use crate::migrate::record::Record;

impl Planner<'_> {
    /// What git-lfs needs, which reads no `bbt::` URL: set where the repository uses it and nobody
    /// has said where it is to go.
    pub(super) fn lfs(
        &mut self,
        remote: &str,
        variable: &Variable,
        address: &Address,
    ) -> Option<String> {
        let service = self.how.wanted.recognizer.service;
        let settings = lfs::settings(service, remote, address);
        let own = self.text.all("remote", Some(remote), "lfsurl").next_back();
        let is_told = own.is_some() || self.text.get("lfs", None, "url").is_some();
        let follows = own.filter(|own| self.is_ours(own, remote, variable));
        if follows.is_none() && (is_told || !uses_lfs(&self.found.git_dir, self.work_tree)) {
            return None;
        }
        if let Some(own) = follows {
            self.records.push(Record::Replaced {
                variable: settings[0].name(),
                was: String::from_utf8_lossy(self.text.raw(own)).into_owned(),
                now: settings[0].value.clone(),
            });
            self.edits
                .push(self.text.with_value(own, &settings[0].value));
        }
        let values = |setting: &Setting| {
            let all = self
                .text
                .all(setting.section, Some(&setting.subsection), setting.key);
            all.filter_map(|variable| self.text.value(variable))
                .collect()
        };
        let mut missing: Vec<&Setting> = lfs::missing::<Zeroizing<String>>(&settings, values);
        if follows.is_none() {
            missing.insert(0, &settings[0]);
        }
        for setting in missing {
            let value = setting.value.clone();
            // Two remotes of one repository share the last four.
            let record = Record::Added {
                variable: setting.name(),
                value: value.clone(),
            };
            if self.records.contains(&record) {
                continue;
            }
            self.records.push(record);
            if setting.section == "remote" {
                self.edits
                    .push(self.text.with_line_after(variable, setting.key, &value));
                continue;
            }
            let header = header_of(setting.section, Some(&setting.subsection));
            add_to(&mut self.sections, header, (setting.key, value));
        }
        Some("remote.*.lfsurl is set, and the credential helper of git-lfs".replace('*', remote))
    }

    /// Whether an endpoint is the one that we set for what is the remote's URL still.
    fn is_ours(&self, endpoint: &Variable, remote: &str, url: &Variable) -> bool {
        let url = self.text.value(url).unwrap_or_default();
        let service = self.how.wanted.recognizer.service;
        let [ours, ..] = match service.address(&url) {
            Ok(address) => lfs::settings(service, remote, &address),
            Err(_) => return false,
        };
        let value = self.text.value(endpoint);
        value.is_some_and(|value| *value == ours.value)
    }
}

/// Whether a repository keeps files with git-lfs, by what that leaves in it or by the attributes of
/// what is checked out, and the team has not said where.
fn uses_lfs(git_dir: &Path, work_tree: Option<&Path>) -> bool {
    let says =
        |path: &Path| untrusted_file::read(path).is_ok_and(|text| text.contains_str("filter=lfs"));
    let is_used = git_dir.join("lfs").is_dir()
        || says(&git_dir.join("info/attributes"))
        || work_tree.is_some_and(|work_tree| says(&work_tree.join(".gitattributes")));
    // The team's .lfsconfig keeps its say.
    let is_told = || work_tree.is_some_and(|work_tree| names_a_url(&work_tree.join(".lfsconfig")));
    is_used && !is_told()
}

fn names_a_url(lfsconfig: &Path) -> bool {
    untrusted_file::read(lfsconfig).is_ok_and(|text| text.to_ascii_lowercase().contains_str("url"))
}
