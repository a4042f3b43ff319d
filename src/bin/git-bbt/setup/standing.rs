//! What git is told already, by the user and the machine, whichever file it stands in.

use anyhow::Result;
use bbt::lfs::Setting;
use bbt::report::Failure;

use super::wanted::{Group, Kind};
use crate::git;
use crate::git_config::is_true;
use crate::migrate::origin::shown;

/// All of it, in the order in which git reads it.
pub struct Standing {
    entries: Vec<Entry>,
}

/// A value, and the file that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As git prints it, in lower case but for the subsection.
    pub name: String,
    pub value: String,
    pub file: String,
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
        let listed = git::run(
            git::outside(),
            &[],
            ["config", "--list", "--show-origin", "-z"],
        )
        .map_err(|_| Failure::new("there is no git on the PATH").hint("install git"))?;
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
            Some((base, _)) if base == rule.subsection => Verdict::Add(vec![]),
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
        let told =
            later.filter(|entry| !entry.value.is_empty() && is_for(&entry.name, &ours.subsection));
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
        let base = |(base, _): &(&str, &Entry)| *base != rule.subsection;
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

impl Entry {
    /// `name = value`, without the secret that may be in a URL of either.
    pub fn shown(&self) -> String {
        let value = match self.name.ends_with(".helper") {
            true => without_arguments(&self.value),
            false => shown(&self.value),
        };
        format!("{} = {}", self.shown_name(), written(&value))
    }

    /// Its name; not the same where a secret is in it.
    pub fn shown_name(&self) -> String {
        match self
            .name
            .strip_prefix("url.")
            .and_then(|name| name.rsplit_once('.'))
        {
            Some((base, key)) => format!("url.{}.{key}", shown(base)),
            None => self.name.clone(),
        }
    }
}

/// A helper's name: a shell's text, and arguments, may hold a password.
fn without_arguments(helper: &str) -> String {
    match helper.split_once(char::is_whitespace) {
        _ if helper.starts_with('!') => "!***".to_owned(),
        Some((name, _)) => format!("{name} ***"),
        None => helper.to_owned(),
    }
}

/// A value as people can see it.
pub fn written(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
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

fn is_same(value: &str, wanted: &str) -> bool {
    value == wanted || (wanted == "true" && is_true(value))
}

/// Whether a helper of this name is asked about the URL: one for all, for its host, or for a part of
/// its path.
fn is_for(name: &str, url: &str) -> bool {
    if name == "credential.helper" {
        return true;
    }
    let scope = name
        .strip_prefix("credential.")
        .and_then(|name| name.strip_suffix(".helper"));
    let scope = scope.map(|scope| scope.trim_end_matches('/'));
    scope.is_some_and(|scope| {
        let is_within = |long: &str, short: &str| {
            long.strip_prefix(short)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        is_within(url, scope) || (scope != url && is_within(scope, url))
    })
}
