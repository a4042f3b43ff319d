//! What git is told already, by the user and the machine, whichever file it stands in.

use std::io;

use anyhow::Result;
use bbt::lfs::Setting;
use bbt::report::Failure;

use super::credential_scope;
use super::entry::Entry;
use super::wanted::{Group, Kind};
use crate::git;
use crate::git_config::is_true;

/// All of it, in the order in which git reads it.
pub struct Standing {
    entries: Vec<Entry>,
}

/// What is to be done about a group.
pub enum Verdict<'s> {
    /// Add those of its settings that are not there yet.
    Add(Vec<&'s Setting>),
    /// An entry of the user's stands in the way.
    Left(Entry),
}

impl Standing {
    /// Asks git, away from any repository.
    ///
    /// # Errors
    /// git's own, where it cannot read its configuration, or is not there.
    pub fn read() -> Result<Standing> {
        let listed = git::away(["config", "--list", "--show-origin", "-z"]).map_err(not_asked)?;
        if !listed.succeeded {
            return Err(Failure::new(format!(
                "git cannot read its configuration: {}",
                listed.reason()
            ))
            .hint("mend the file that it names, and run this again")
            .into());
        }
        let mut fields = listed.stdout.split('\0');
        let mut entries = Vec::new();
        while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
            // What is said on a command line, or by a variable, is gone after it.
            let Some(file) = origin.strip_prefix("file:") else {
                continue;
            };
            // A name alone means true.
            let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            entries.push(Entry {
                name: name.to_owned(),
                value: value.to_owned(),
                file: file.to_owned(),
            });
        }
        Ok(Standing { entries })
    }

    /// What is to be done about a group.
    pub fn judge<'s>(&self, group: &'s Group) -> Verdict<'s> {
        match (group.kind, &group.settings[..]) {
            (Kind::Helper, [empty, ours, path]) => self.judge_helper(empty, ours, path),
            (Kind::Rewrite, [rule]) => self.judge_rule(rule),
            (Kind::Include, [path]) => {
                Verdict::Add(match self.all(path).any(|is| is.value == path.value) {
                    true => vec![],
                    false => vec![path],
                })
            }
            (_, settings) => {
                let missing = settings.iter().map(|setting| self.judge_value(setting));
                let missing: Result<Vec<_>, Entry> = missing.collect();
                match missing {
                    Ok(missing) => Verdict::Add(missing.into_iter().flatten().collect()),
                    Err(other) => Verdict::Left(other),
                }
            }
        }
    }

    /// The setting, where it has to be added; what stands there instead.
    fn judge_value<'s>(&self, setting: &'s Setting) -> Result<Option<&'s Setting>, Entry> {
        match self.all(setting).last() {
            None => Ok(Some(setting)),
            Some(entry) if is_same(&entry.value, &setting.value) => Ok(None),
            Some(entry) => Err(entry.clone()),
        }
    }

    /// An empty helper takes back those before it. What is `bbt` already does no harm.
    fn judge_helper<'s>(
        &self,
        empty: &'s Setting,
        ours: &'s Setting,
        path: &'s Setting,
    ) -> Verdict<'s> {
        let path = match self.judge_value(path) {
            Ok(path) => path,
            Err(other) => return Verdict::Left(other),
        };
        let helpers: Vec<&Entry> = self.all(ours).collect();
        let start = helpers.iter().rposition(|helper| helper.value.is_empty());
        let asked = &helpers[start.map_or(0, |at| at + 1)..];
        if let Some(other) = asked.iter().find(|helper| helper.value != ours.value) {
            return Verdict::Left((*other).clone());
        }
        let helpers = match (start, asked) {
            (Some(_), [_, ..]) => vec![],
            _ => vec![empty, ours],
        };
        Verdict::Add(helpers.into_iter().chain(path).collect())
    }

    /// Of two rules that fit as much, git takes the first.
    fn judge_rule<'s>(&self, rule: &'s Setting) -> Verdict<'s> {
        let mut same = self
            .rules("insteadof")
            .filter(|(_, entry)| entry.value == rule.value);
        match same.next() {
            None => Verdict::Add(vec![rule]),
            // Bitbucket minds no case.
            Some((base, _)) if base.eq_ignore_ascii_case(&rule.subsection) => Verdict::Add(vec![]),
            Some((_, entry)) => Verdict::Left(entry.clone()),
        }
    }

    /// What takes some of it away though nothing stands in its way.
    pub fn warnings(&self, group: &Group) -> Vec<String> {
        match (group.kind, &group.settings[..]) {
            (Kind::Helper, [_, ours, _]) => self.told_too(ours),
            (Kind::Rewrite, [rule]) => self.beats(rule),
            _ => vec![],
        }
    }

    /// Helpers that git asks after ours, and tells the token to.
    fn told_too(&self, ours: &Setting) -> Vec<String> {
        let name = name_of(ours);
        let is_ours = |entry: &Entry| entry.name == name && entry.value == ours.value;
        let Some(at) = self.entries.iter().rposition(is_ours) else {
            return vec![];
        };
        let later = self.entries[at + 1..].iter();
        let told = later.filter(|entry| {
            let is_asked = credential_scope::may_be_asked(&entry.name, &ours.subsection);
            !entry.value.is_empty() && is_asked
        });
        told.map(|entry| {
            format!(
                "{} comes after ours, so that git tells it the token too; move it further up in {}",
                entry.shown(),
                entry.file
            )
        })
        .collect()
    }

    fn beats(&self, rule: &Setting) -> Vec<String> {
        let base = |(base, _): &(&str, &Entry)| !base.eq_ignore_ascii_case(&rule.subsection);
        let longer = self.rules("insteadof").filter(|(_, entry)| {
            entry.value.len() > rule.value.len() && entry.value.starts_with(&rule.value)
        });
        let longer = longer.filter(base).map(|(_, entry)| {
            format!(
                "{} fits more of some URLs, and goes before ours for them",
                entry.shown()
            )
        });
        let pushes = self.rules("pushinsteadof").filter(|(_, entry)| {
            entry.value.starts_with(&rule.value) || rule.value.starts_with(&entry.value)
        });
        let pushes = pushes.filter(base).map(|(_, entry)| {
            format!(
                "{} sends pushes elsewhere, whatever is rewritten",
                entry.shown()
            )
        });
        longer.chain(pushes).collect()
    }

    fn all(&self, setting: &Setting) -> impl Iterator<Item = &Entry> {
        let name = name_of(setting);
        self.entries.iter().filter(move |entry| entry.name == name)
    }

    /// `url.<base>.<key>`, each with its base.
    fn rules(&self, key: &'static str) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().filter_map(move |entry| {
            let base = entry.name.strip_prefix("url.")?.strip_suffix(key)?;
            Some((base.strip_suffix('.')?, entry))
        })
    }
}

/// As git prints it.
fn name_of(setting: &Setting) -> String {
    let (section, key) = (setting.section, setting.key);
    format!(
        "{}.{}.{}",
        section.to_ascii_lowercase(),
        setting.subsection,
        key.to_ascii_lowercase()
    )
}

/// git minds no case in what we set one value of.
fn is_same(value: &str, wanted: &str) -> bool {
    value.eq_ignore_ascii_case(wanted) || (wanted == "true" && is_true(value))
}

fn not_asked(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new("there is no git on the PATH").hint("install git"),
        _ => Failure::new(format!("git cannot be asked: {error}")),
    }
}
