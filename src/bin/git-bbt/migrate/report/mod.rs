//! What was found and done, for people and for scripts. Contains no secret.

mod count;
mod text;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Service;
use bbt::redact;
use serde::Serialize;
use serde_json::Value;

use super::token_cache::{Reason, SourceFields};
use crate::remote_url::conditions::Lost;

pub use count::Count;
pub use text::text;

/// The state of a remote: the first variant that any of its URLs has. Or of what else is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It should be converted, and something is in the way.
    NotConverted,
    Converted,
    Restored,
    /// It is a `bbt::` URL.
    Already,
    /// It is not to be converted, as it has nothing to do with Bitbucket.
    #[serde(rename = "unchanged")]
    NotOnBitbucket,
    /// It is not to be converted.
    Unchanged,
    /// A setting without a URL was set or removed.
    Changed,
    /// A setting still contains a token.
    Token,
    /// Advice about a URL in the team's `.gitmodules`.
    Gitmodules,
    /// A repository, a file, or a place where none could be read.
    Skipped,
}

/// The outcome for one repository.
#[derive(Debug, Default)]
pub struct Report {
    pub place: PathBuf,
    pub remotes: Remotes,
    pub tokens: Vec<LeftToken>,
    /// About the team's `.gitmodules`, which is never edited.
    pub gitmodules: Vec<Advice>,
    pub problems: Vec<Problem>,
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

/// What happens to a value.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where the repository's token comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFields>,
}

/// A setting, or a line, that contains a token or a password for Bitbucket.
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

/// Something that was skipped.
#[derive(Debug, Serialize)]
pub struct Problem {
    #[serde(skip)]
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

/// Remotes in the order in which they were found, each once.
#[derive(Debug, Default)]
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

    /// Reports what was done to a setting that is no URL.
    pub fn add_setting(&mut self, name: impl Into<String>, what: impl Into<String>) {
        self.get(Name::Setting(name.into())).also = vec![what.into()];
    }

    pub fn iter(&self) -> impl Iterator<Item = &Remote> {
        self.list.iter()
    }

    /// Adds those of another file. A remote of the same name is another one.
    pub fn append(&mut self, other: Remotes) {
        self.list.extend(other.list);
    }
}

impl Remote {
    fn state(&self) -> State {
        let states = self.urls.iter().map(|url| url.outcome.state);
        states.min().unwrap_or(State::Changed)
    }

    /// Returns the first `bbt::` URL that it has or gets, and the repository there. One that is
    /// fetched from comes before one that is pushed to.
    pub fn bbt_url(&self, service: &Service) -> Option<(&Url, Address)> {
        let is_fetched = |url: &&Url| url.key == "url";
        let (fetched, pushed): (Vec<_>, Vec<_>) = self.urls.iter().partition(is_fetched);
        let url = fetched
            .into_iter()
            .chain(pushed)
            .find(|url| url.bbt().is_some())?;
        Some((url, service.address(url.bbt()?).ok()?))
    }
}

impl Url {
    /// Returns the `bbt::` URL that it is or becomes.
    fn bbt(&self) -> Option<&str> {
        match self.outcome.state {
            State::Converted => self.outcome.to.as_deref(),
            State::Already => Some(&self.from),
            _ => None,
        }
    }
}

impl Outcome {
    pub fn new(state: State) -> Outcome {
        Outcome {
            state,
            to: None,
            message: None,
            hint: None,
            source: None,
        }
    }

    pub fn unchanged(message: impl Into<String>) -> Outcome {
        Outcome {
            message: Some(message.into()),
            ..Outcome::new(State::Unchanged)
        }
    }
}

impl From<Reason> for Outcome {
    /// Returns that a URL is not converted.
    fn from(reason: Reason) -> Outcome {
        Outcome {
            message: Some(reason.message),
            hint: reason.hint,
            ..Outcome::new(State::NotConverted)
        }
    }
}

/// One thing to report, which is a line of JSON. git-bbt-migrate(1) documents the fields.
#[derive(Serialize)]
struct Line<'r> {
    repository: &'r Path,
    state: State,
    dry_run: bool,
    #[serde(flatten)]
    details: Details<'r>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Details<'r> {
    Remote(&'r Remote),
    Token(&'r LeftToken),
    Advice(&'r Advice),
    Problem(&'r Problem),
}

impl Report {
    /// Returns one that consists of problems.
    pub fn of_problems(place: PathBuf, problems: Vec<Problem>) -> Report {
        Report {
            place,
            problems,
            ..Report::default()
        }
    }

    fn lines(&self, dry_run: bool) -> impl Iterator<Item = Line<'_>> {
        let remotes = self.remotes.iter();
        let remotes = remotes.map(|it| (&self.place, it.state(), Details::Remote(it)));
        let tokens = self.tokens.iter();
        let tokens = tokens.map(|it| (&self.place, State::Token, Details::Token(it)));
        let advice = self.gitmodules.iter();
        let advice = advice.map(|it| (&self.place, State::Gitmodules, Details::Advice(it)));
        let problems = self.problems.iter();
        let problems = problems.map(|it| (&it.place, State::Skipped, Details::Problem(it)));
        let all = remotes.chain(tokens).chain(advice).chain(problems);
        all.map(move |(repository, state, details)| Line {
            repository,
            state,
            dry_run,
            details,
        })
    }

    /// Returns the lines for scripts.
    pub fn json(&self, dry_run: bool) -> Result<String> {
        let mut lines = String::new();
        for line in self.lines(dry_run) {
            let mut object = serde_json::to_value(line)?;
            mask(&mut object);
            lines += &serde_json::to_string(&object)?;
            lines.push('\n');
        }
        Ok(lines)
    }
}

/// Masks what looks like a token in every string, as in the report for people: names are the user's.
fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact::tokens(text),
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Object(values) => values.values_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
