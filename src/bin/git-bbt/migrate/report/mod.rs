//! What was found and done, for people and for scripts. Contains no secret.

mod json;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::token_cache::{Reason, SourceFields};
use crate::remote_url::NOT_ON_BITBUCKET;
use crate::remote_url::conditions::Lost;

pub use json::json;
pub use text::text;

/// Something that was skipped: a repository, a file, or a place where none could be read.
#[derive(Debug)]
pub struct Problem {
    pub place: PathBuf,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(place: &Path, message: impl Into<String>) -> Problem {
        Problem {
            place: place.to_owned(),
            message: message.into(),
            hint: None,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

/// The outcome for one repository.
#[derive(Debug, Default)]
pub struct Report {
    pub place: PathBuf,
    pub remotes: Vec<Remote>,
    /// Settings that still contain a token.
    pub tokens: Vec<LeftToken>,
    pub problems: Vec<Problem>,
    /// About the team's `.gitmodules`, which is never edited.
    pub gitmodules: Vec<Advice>,
    /// The user's conditions that stop applying to a converted remote.
    pub lost: BTreeSet<Lost>,
}

/// What is named by URLs of one kind.
#[derive(Debug, Serialize)]
pub struct Remote {
    #[serde(flatten)]
    pub name: Name,
    pub urls: Vec<Url>,
    /// What else was set for it or removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Name {
    Remote(String),
    Submodule(String),
    /// A branch that pulls from a URL, or is pushed to one.
    Branch(String),
    /// Any other setting, by its full name.
    Setting(String),
}

/// One value.
#[derive(Debug, Serialize)]
pub struct Url {
    pub key: &'static str,
    pub from: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Outcome {
    Converted {
        to: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<SourceFields>,
    },
    Restored {
        to: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// It is a `bbt::` URL.
    Already,
    /// It should be converted, and something is in the way.
    NotConverted {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// It is not to be converted.
    Unchanged {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}

/// A setting that contains a token or a password for Bitbucket.
#[derive(Debug, Serialize)]
pub struct LeftToken {
    pub setting: String,
    pub file: PathBuf,
    pub message: String,
    pub hint: String,
}

/// A URL in `.gitmodules`, and the one that works wherever the repository is cloned from.
#[derive(Debug, Serialize)]
pub struct Advice {
    pub submodule: String,
    pub from: String,
    pub relative: String,
}

/// A remote's overall state: the first variant that any of its URLs has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    NotConverted,
    Converted,
    Restored,
    Already,
    #[serde(rename = "unchanged")]
    NotOnBitbucket,
    Unchanged,
    /// A setting without a URL was set or removed.
    Changed,
}

/// What the summary counts.
#[derive(Debug, Default)]
pub struct Count {
    repositories: usize,
    remotes: BTreeMap<State, usize>,
    tokens: usize,
    problems: usize,
    /// Each once.
    hints: Vec<String>,
}

/// Remotes in the order in which they were found, each once.
#[derive(Default)]
pub struct Remotes {
    list: Vec<Remote>,
    places: HashMap<Name, usize>,
}

impl Remotes {
    /// Returns the one of this name, which is added if it is new.
    pub fn get(&mut self, name: Name) -> &mut Remote {
        let place = *self.places.entry(name).or_insert_with_key(|name| {
            self.list.push(Remote {
                name: name.clone(),
                urls: Vec::new(),
                also: Vec::new(),
            });
            self.list.len() - 1
        });
        &mut self.list[place]
    }

    /// Reports that a setting was removed.
    pub fn add_removed(&mut self, name: String) {
        self.get(Name::Setting(name)).also = vec!["removed".to_owned()];
    }

    /// Returns whether any URL is a `bbt::` one now.
    pub fn has_bbt(&self) -> bool {
        self.list.iter().any(Remote::is_bbt)
    }

    pub fn into_list(self) -> Vec<Remote> {
        self.list
    }
}

impl Remote {
    /// Returns whether any of its URLs is a `bbt::` one now.
    pub fn is_bbt(&self) -> bool {
        self.urls.iter().any(|url| url.bbt().is_some())
    }

    fn state(&self) -> State {
        let states = self.urls.iter().map(|url| url.outcome.state());
        states.min().unwrap_or(State::Changed)
    }
}

impl Url {
    /// Returns the `bbt::` URL that it is or becomes.
    pub fn bbt(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Converted { to, .. } => Some(to),
            Outcome::Already => Some(&self.from),
            _ => None,
        }
    }
}

impl Outcome {
    pub fn not_converted(reason: Reason) -> Outcome {
        Outcome::NotConverted {
            message: reason.message,
            hint: reason.hint,
        }
    }

    pub fn unchanged(message: impl Into<String>) -> Outcome {
        Outcome::Unchanged {
            message: message.into(),
            hint: None,
        }
    }

    fn state(&self) -> State {
        match self {
            Outcome::NotConverted { .. } => State::NotConverted,
            Outcome::Converted { .. } => State::Converted,
            Outcome::Restored { .. } => State::Restored,
            Outcome::Already => State::Already,
            Outcome::Unchanged { message, .. } if message.starts_with(NOT_ON_BITBUCKET) => {
                State::NotOnBitbucket
            }
            Outcome::Unchanged { .. } => State::Unchanged,
        }
    }

    fn hint(&self) -> Option<&String> {
        match self {
            Outcome::NotConverted { hint, .. } | Outcome::Unchanged { hint, .. } => hint.as_ref(),
            _ => None,
        }
    }
}

impl Report {
    fn hints(&self) -> impl Iterator<Item = &String> {
        let urls = self.remotes.iter().flat_map(|remote| &remote.urls);
        let of_urls = urls.filter_map(|url| url.outcome.hint());
        let of_tokens = self.tokens.iter().map(|token| &token.hint);
        let of_problems = self.problems.iter().filter_map(|it| it.hint.as_ref());
        of_urls.chain(of_tokens).chain(of_problems)
    }
}

impl Count {
    pub fn add(&mut self, report: &Report) {
        self.repositories += 1;
        self.add_rest(report);
        for remote in &report.remotes {
            *self.remotes.entry(remote.state()).or_default() += 1;
        }
    }

    /// As [`add`](Self::add), for what belongs to no repository.
    pub fn add_rest(&mut self, report: &Report) {
        self.tokens += report.tokens.len();
        self.problems += report.problems.len();
        for hint in report.hints() {
            if !self.hints.contains(hint) {
                self.hints.push(hint.clone());
            }
        }
    }

    fn count(&self, state: State) -> usize {
        self.remotes.get(&state).copied().unwrap_or_default()
    }

    /// Returns whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        self.count(State::NotConverted) + self.tokens + self.problems == 0
    }

    /// `6 repositories: 3 remotes converted, 3 not converted, 1 not on Bitbucket`
    fn summary(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let states = [
            (State::Converted, format!("{would}converted")),
            (State::Restored, format!("{would}restored")),
            (State::Already, "already bbt::".to_owned()),
            (State::NotConverted, "not converted".to_owned()),
            (State::Unchanged, "unchanged".to_owned()),
            (State::NotOnBitbucket, "not on Bitbucket".to_owned()),
        ];
        let mut parts = Vec::new();
        for (state, what) in states {
            let count = self.count(state);
            if count > 0 {
                let noun = match (parts.is_empty(), count) {
                    (false, _) => "",
                    (true, 1) => " remote",
                    (true, _) => " remotes",
                };
                parts.push(format!("{count}{noun} {what}"));
            }
        }
        if parts.is_empty() && self.tokens + self.problems == 0 {
            let is_changed = self.count(State::Changed) > 0;
            let nothing = if is_changed {
                "only settings changed"
            } else {
                "nothing to do"
            };
            parts.push(nothing.to_owned());
        }
        if self.tokens > 0 {
            parts.push(format!("{} with a token", counted(self.tokens, "setting")));
        }
        if self.problems > 0 {
            parts.push(format!("{} skipped", self.problems));
        }
        let repositories = match self.repositories {
            1 => "1 repository".to_owned(),
            count => format!("{count} repositories"),
        };
        format!("{repositories}: {}", parts.join(", "))
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
