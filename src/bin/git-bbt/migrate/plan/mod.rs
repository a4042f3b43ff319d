//! What is to change in one file of configuration, and what that means for each of its remotes.

mod email;
mod lfs;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::redact;
use zeroize::Zeroizing;

use super::How;
use super::find::Found;
use super::origin::{Origin, Secret};
use super::record::Record;
use super::report::{Name, Outcome, Remote, Url};
use super::rewrite::Rewrites;
use super::sources::Reason;
use super::{submodule, verify};
use crate::git_config::{
    Appended, ConfigText, Edit, Variable, appended, header_of, meaning, quoted,
};
use crate::remote_url::conditions::Lost;

/// The outcome of looking at a file.
#[derive(Default)]
pub struct Plan {
    /// The file to be; none where nothing changes.
    pub new: Option<Zeroizing<Vec<u8>>>,
    pub remotes: Vec<Remote>,
    /// The submodules' configurations that have to let git use `bbt::`.
    pub submodules: Vec<PathBuf>,
    /// The user's conditions that stop applying.
    pub lost: BTreeSet<Lost>,
}

/// Plans for `text`, a configuration of the repository.
pub fn plan(how: &How, found: &Found, work_tree: Option<&Path>, text: &ConfigText) -> Plan {
    let mut planner = Planner {
        how,
        found,
        work_tree,
        text,
        rewrites: &how.wanted.rewrites.with(found.name(), text),
        edits: Vec::new(),
        records: Vec::new(),
        sections: Vec::new(),
        submodules: Vec::new(),
        lost: BTreeSet::new(),
    };
    let mut remotes: Vec<Remote> = names(text, "remote")
        .into_iter()
        .filter(|name| how.wanted.has_remote(name))
        .filter_map(|name| planner.remote(name))
        .collect();
    let is_converted = planner.edits.len() + planner.records.len() > 0;
    if found.is_submodule() && (is_converted || remotes.iter().any(Remote::is_bbt)) {
        remotes.extend(planner.allow());
    }
    if how.wanted.has_submodules() {
        let submodules = names(text, "submodule");
        remotes.extend(
            submodules
                .into_iter()
                .filter_map(|name| planner.submodule(name)),
        );
    }
    Plan {
        new: planner.file(),
        submodules: planner.submodules,
        lost: planner.lost,
        remotes,
    }
}

/// Lets git use `bbt::` in a submodule, on behalf of the repository that it is in.
pub fn allowing(text: &ConfigText) -> Option<Zeroizing<Vec<u8>>> {
    let mut sections = Vec::new();
    allow(text, &mut sections).then(|| appended(text.bytes().clone(), &sections))
}

fn allow(text: &ConfigText, sections: &mut Vec<Appended>) -> bool {
    let is_set = text.get("protocol", Some("bbt"), "allow").is_some();
    if !is_set {
        sections.push((
            header_of("protocol", Some("bbt")),
            vec![("allow", "always".to_owned())],
        ));
        sections.push(
            Record::Added {
                variable: "protocol.bbt.allow".to_owned(),
                value: "always".to_owned(),
            }
            .section(),
        );
    }
    !is_set
}

/// The subsections of a section, each once and in order.
fn names<'t>(text: &'t ConfigText, section: &'t str) -> Vec<&'t str> {
    let mut seen = HashSet::new();
    let names = text.named(section).filter_map(|(name, _)| name);
    names.filter(|name| seen.insert(*name)).collect()
}

struct Planner<'p> {
    how: &'p How<'p>,
    found: &'p Found,
    work_tree: Option<&'p Path>,
    text: &'p ConfigText,
    rewrites: &'p Rewrites,
    edits: Vec<Edit>,
    records: Vec<Record>,
    /// In front of the records.
    sections: Vec<Appended>,
    submodules: Vec<PathBuf>,
    lost: BTreeSet<Lost>,
}

impl<'p> Planner<'p> {
    fn remote(&mut self, name: &'p str) -> Option<Remote> {
        let vcs = self.text.get("remote", Some(name), "vcs");
        let mut urls = Vec::new();
        let mut also = Vec::new();
        for key in ["url", "pushurl"] {
            for variable in self.text.all("remote", Some(name), key) {
                let foreign = vcs.as_deref().map(String::as_str);
                let Some(url) = self.url("remote", name, key, variable, foreign) else {
                    continue;
                };
                if let (Outcome::Converted { to, .. }, true) = (&url.outcome, urls.is_empty())
                    && let Ok(address) = Address::parse(to)
                {
                    also.extend(self.lfs(name, variable, &address));
                    also.extend(self.email(name, &address));
                }
                urls.push(url);
            }
        }
        let name = Name::Remote(name.to_owned());
        (!urls.is_empty()).then_some(Remote { name, urls, also })
    }

    fn submodule(&mut self, name: &'p str) -> Option<Remote> {
        let variable = self.text.all("submodule", Some(name), "url").next_back()?;
        let configs = submodule::configs(&self.found.git_dir, self.work_tree, name);
        let before = self.edits.len();
        let mut url = self.url("submodule", name, "url", variable, None)?;
        let would_be_refused =
            configs.is_empty() && !self.how.user_allows_bbt && !self.how.decider.force;
        if let Outcome::Converted { .. } | Outcome::Already = &url.outcome {
            self.submodules.extend(configs);
        }
        if self.edits.len() > before && would_be_refused {
            self.edits.truncate(before);
            self.records.pop();
            url.outcome = Outcome::left(Reason::new(
                "it is not cloned yet, and git would refuse bbt:: for it",
                "git bbt setup",
            ));
        }
        Some(Remote {
            name: Name::Submodule(name.to_owned()),
            urls: vec![url],
            also: Vec::new(),
        })
    }

    /// What becomes of one URL; none where it is not asked about.
    fn url(
        &mut self,
        section: &'static str,
        name: &str,
        key: &'static str,
        variable: &Variable,
        vcs: Option<&str>,
    ) -> Option<Url> {
        let text = self.text.value(variable);
        let text = text.as_deref().map_or("", String::as_str);
        let outcome = match self.how.wanted.recognizer.origin(text, self.rewrites) {
            _ if vcs.is_some_and(|vcs| vcs != "bbt") => {
                Outcome::elsewhere("it has a remote helper of its own")
            }
            Origin::Other { .. } if !self.how.wanted.workspaces.is_empty() => return None,
            Origin::Other { why, hint } => Outcome::Elsewhere { message: why, hint },
            Origin::Bitbucket { address, .. } | Origin::Bbt { address, .. }
                if !self.how.wanted.has_workspace(address.workspace()) =>
            {
                return None;
            }
            Origin::Bitbucket { .. } if self.pushes_elsewhere(section, name, key, text) => {
                Outcome::elsewhere("its pushes go elsewhere, by url.<base>.pushInsteadOf")
            }
            Origin::Bbt {
                is_renamed: false, ..
            } => Outcome::Already,
            Origin::Bitbucket { .. } if vcs.is_some() => Outcome::Already,
            Origin::Bbt { address, .. } => self.decided(&address, None),
            Origin::Bitbucket { address, secret } => self.decided(&address, secret.as_ref()),
        };
        if let Outcome::Converted { to, .. } = &outcome {
            self.records.push(Record::Replaced {
                variable: format!("{section}.{name}.{key}"),
                was: self.raw_without_secret(variable),
                now: to.clone(),
            });
            self.edits.push(self.text.with_value(variable, to));
            if (section, key) == ("remote", "url")
                && let Ok(address) = Address::parse(to)
            {
                let lost = self.how.conditions.lost(&address, text, to);
                self.lost.extend(lost);
            }
        }
        let from = redact::url(text);
        Some(Url { key, from, outcome })
    }

    /// Whether a rule of the user's sends what is pushed to this URL to where Bitbucket is not.
    fn pushes_elsewhere(&self, section: &str, name: &str, key: &str, url: &str) -> bool {
        let has_own = self.text.get(section, Some(name), "pushurl").is_some();
        if section != "remote" || key != "url" || has_own {
            return false;
        }
        let pushed = self.rewrites.apply_to_push(url);
        pushed.is_some_and(|pushed| {
            let origin = self
                .how
                .wanted
                .recognizer
                .origin(&pushed, &Rewrites::default());
            matches!(origin, Origin::Other { .. })
        })
    }

    fn decided(&self, address: &Address, secret: Option<&Secret>) -> Outcome {
        // In a dry run, an imported token is not where git would find it yet.
        let is_stored = !self.how.dry_run || !self.how.decider.is_imported(address);
        let verified = |message| {
            if self.how.verify && is_stored {
                verify::works(address).map(|()| message)
            } else {
                Ok(message)
            }
        };
        match self.how.decider.decide(address, secret).and_then(verified) {
            Ok(message) => Outcome::Converted {
                to: format!("bbt::{address}"),
                message,
            },
            Err(reason) => Outcome::left(reason),
        }
    }

    /// As it is written, so that it can be put back to the byte; where a secret is in it, as it would
    /// be written without.
    fn raw_without_secret(&self, variable: &Variable) -> String {
        let raw = self.text.raw(variable);
        let value = meaning(raw).unwrap_or_default();
        let clean = redact::without_password(&value);
        if clean == *value {
            String::from_utf8_lossy(raw).into_owned()
        } else {
            quoted(&clean)
        }
    }

    /// Lets git use `bbt::` in this submodule.
    fn allow(&mut self) -> Option<Remote> {
        allow(self.text, &mut self.sections).then(|| Remote {
            name: Name::Setting("protocol.bbt.allow".to_owned()),
            urls: Vec::new(),
            also: vec!["set, for git submodule update".to_owned()],
        })
    }

    fn file(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let mut sections = std::mem::take(&mut self.sections);
        let edits = std::mem::take(&mut self.edits);
        if sections.is_empty() && edits.is_empty() {
            return None;
        }
        sections.extend(self.records.iter().map(Record::section));
        Some(appended(self.text.edited(edits), &sections))
    }
}
