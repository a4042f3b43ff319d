//! What was found and done, for people and for scripts. No secret is in it.

mod json;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::sources::Reason;
use crate::remote_url::conditions::Lost;

pub use json::json;
pub use text::text;

/// A repository, or a place where one was looked for, that was left alone as a whole.
#[derive(Debug)]
pub struct Problem {
    pub place: PathBuf,
    pub why: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(place: &Path, why: impl Into<String>) -> Problem {
        Problem {
            place: place.to_owned(),
            why: why.into(),
            hint: None,
        }
    }

    /// One that the system tells.
    pub fn of(place: &Path, error: std::io::Error) -> Problem {
        Problem::new(place, error.to_string())
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

/// What became of one repository.
#[derive(Debug, Default)]
pub struct Report {
    pub place: PathBuf,
    pub remotes: Vec<Remote>,
    pub problems: Vec<Problem>,
    /// Of the team's `.gitmodules`, which is never edited.
    pub gitmodules: Vec<Advice>,
    /// The user's conditions that stop applying to a converted remote.
    pub lost: BTreeSet<Lost>,
}

/// A remote, or a submodule, and its URLs.
#[derive(Debug, Serialize)]
pub struct Remote {
    #[serde(flatten)]
    pub name: Name,
    pub urls: Vec<Url>,
    /// What else was set for it, or taken out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Name {
    Remote(String),
    Submodule(String),
    /// A setting that migrate made for no one remote.
    Setting(String),
}

/// One value of `url` or `pushurl`.
#[derive(Debug, Serialize)]
pub struct Url {
    pub key: &'static str,
    pub from: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Outcome {
    Converted {
        to: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    Restored {
        to: String,
    },
    /// It is a `bbt::` one.
    Already,
    /// It should be converted, and something stands in the way.
    Left {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// It is no business of ours.
    Elsewhere {
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}

/// A URL in `.gitmodules`, and the one that works wherever the repository is cloned from.
#[derive(Debug, Serialize)]
pub struct Advice {
    pub submodule: String,
    pub from: String,
    pub relative: String,
}

/// What a remote's outcomes come to. The first counts: what is left over before what was done, before
/// what is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Left,
    Converted,
    Restored,
    Already,
    Elsewhere,
    /// It is no remote: something was set or taken out for none in particular.
    Setting,
}

/// How many remotes, and how many repositories were skipped.
#[derive(Debug, Default)]
pub struct Count {
    repositories: usize,
    remotes: BTreeMap<State, usize>,
    pub problems: usize,
}

impl Remote {
    /// Whether any of its URLs is a `bbt::` one now.
    pub fn is_bbt(&self) -> bool {
        self.urls.iter().any(|url| url.bbt().is_some())
    }

    /// What its URLs come to.
    fn state(&self) -> State {
        let states = self.urls.iter().map(|url| url.outcome.state());
        states.min().unwrap_or(State::Setting)
    }
}

impl Url {
    /// The `bbt::` URL that it is or becomes, where it is or becomes one.
    pub fn bbt(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Converted { to, .. } => Some(to),
            Outcome::Already => Some(&self.from),
            _ => None,
        }
    }
}

impl Outcome {
    pub fn left(reason: Reason) -> Outcome {
        Outcome::Left {
            message: reason.why,
            hint: reason.hint,
        }
    }

    pub fn elsewhere(why: impl Into<String>) -> Outcome {
        Outcome::Elsewhere {
            message: why.into(),
            hint: None,
        }
    }

    fn state(&self) -> State {
        match self {
            Outcome::Left { .. } => State::Left,
            Outcome::Converted { .. } => State::Converted,
            Outcome::Restored { .. } => State::Restored,
            Outcome::Already => State::Already,
            Outcome::Elsewhere { .. } => State::Elsewhere,
        }
    }
}

impl Count {
    pub fn add(&mut self, report: &Report) {
        self.repositories += 1;
        self.problems += report.problems.len();
        for remote in &report.remotes {
            *self.remotes.entry(remote.state()).or_default() += 1;
        }
    }

    fn of(&self, state: State) -> usize {
        self.remotes.get(&state).copied().unwrap_or_default()
    }

    /// Whether nothing is left over.
    pub fn is_done(&self) -> bool {
        self.of(State::Left) + self.problems == 0
    }

    /// `2 remotes converted, 1 left, in 3 repositories`
    pub fn summary(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let parts = [
            (State::Converted, format!("{would}converted")),
            (State::Restored, format!("{would}restored")),
            (State::Already, "already bbt::".to_owned()),
            (State::Left, "left over".to_owned()),
            (State::Elsewhere, "left alone".to_owned()),
        ];
        let parts = parts.map(|(state, what)| (self.of(state), what));
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let mut parts: Vec<String> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if parts.is_empty() {
            let nothing = match self.of(State::Setting) {
                0 => "nothing to do",
                _ => "only settings changed",
            };
            parts.push(nothing.to_owned());
        }
        let skipped = match self.problems {
            0 => String::new(),
            problems => format!("; {problems} skipped"),
        };
        let repositories = match self.repositories {
            1 => "1 repository".to_owned(),
            many => format!("{many} repositories"),
        };
        format!("Remotes: {}. {repositories}{skipped}.\n", parts.join(", "))
    }
}
