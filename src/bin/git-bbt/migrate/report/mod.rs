//! What was found and done, for people and for scripts. Contains no secret.

mod count;
mod name;
mod text;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Service;
use bbt::{messages, redact};
use serde::Serialize;
use serde_json::Value;

use crate::problem;

pub use count::Count;
pub use name::{Name, shown_name};
pub use text::text;

/// The state of a remote: the first variant that any of its URLs has. Or of what else is reported.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    #[default]
    Changed,
    /// A setting still contains a token.
    Token,
    /// Advice about a URL in the team's `.gitmodules`, which is never edited.
    Gitmodules,
    /// A repository, a file, or a place where none could be read.
    Skipped,
}

/// The outcome for one repository, or for one of its files.
#[derive(Debug, Default)]
pub struct Report {
    pub place: PathBuf,
    pub lines: Vec<Line>,
    /// The lines of what has URLs, by their names.
    numbers: HashMap<Name, usize>,
    /// The user's conditions that stop applying to a converted remote.
    pub lost: BTreeSet<problem::Problem>,
    /// The configurations of submodules in which git has to be allowed to use `bbt::`, or no longer.
    pub submodules: Vec<PathBuf>,
}

/// One thing to report, which is a line of JSON. git-bbt-migrate(1) documents the fields.
#[derive(Debug, Default, Serialize)]
pub struct Line {
    /// If not the repository.
    #[serde(skip)]
    pub place: Option<PathBuf>,
    #[serde(skip)]
    pub state: State,
    #[serde(skip)]
    pub name: Option<Name>,
    #[serde(skip)]
    pub urls: Vec<Url>,
    /// What else was set for it or removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The URL in `.gitmodules`, and the one that works wherever the repository is cloned from.
    pub from: Option<String>,
    pub relative: Option<String>,
    /// The file with a token.
    pub file: Option<PathBuf>,
    pub message: Option<String>,
    pub hint: Option<String>,
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
#[derive(Debug, Default, Clone, Serialize)]
pub struct Outcome {
    pub state: State,
    pub to: Option<String>,
    pub message: Option<String>,
    pub hint: Option<String>,
    /// Where the repository's token comes from, for `--json`.
    pub source: Option<Box<Value>>,
}

/// Something that was skipped.
#[derive(Debug)]
pub struct Problem {
    pub place: PathBuf,
    message: String,
    hint: Option<String>,
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

impl From<Problem> for Line {
    fn from(problem: Problem) -> Line {
        Line {
            place: Some(problem.place),
            message: Some(problem.message),
            hint: problem.hint,
            state: State::Skipped,
            ..Line::default()
        }
    }
}

impl Line {
    /// Returns whether it is about something that may have URLs.
    fn has_urls(&self) -> bool {
        !matches!(
            self.state,
            State::Token | State::Gitmodules | State::Skipped
        )
    }

    /// Returns the first `bbt::` URL that it has or gets, and the repository there. One that is
    /// fetched from comes before one that is pushed to.
    pub fn bbt_url(&self, service: &Service) -> Option<(&Url, Address)> {
        let with = |is_fetched| {
            let mut urls = self.urls.iter();
            urls.find(|url| (url.key == "url") == is_fetched && url.bbt().is_some())
        };
        let url = with(true).or_else(|| with(false))?;
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
            ..Outcome::default()
        }
    }

    /// Returns why a URL is not converted, and what to type.
    pub fn not_converted(message: impl Into<String>, hint: impl Into<String>) -> Outcome {
        Outcome {
            message: Some(message.into()),
            hint: Some(hint.into()),
            ..Outcome::new(State::NotConverted)
        }
    }

    /// Returns that a URL is not converted because of an error.
    pub fn of_error(error: &anyhow::Error) -> Outcome {
        Outcome {
            message: Some(format!("{error:#}")),
            hint: messages::hints_of(error).next().cloned(),
            ..Outcome::new(State::NotConverted)
        }
    }

    pub fn unchanged(message: impl Into<String>) -> Outcome {
        Outcome {
            message: Some(message.into()),
            ..Outcome::new(State::Unchanged)
        }
    }
}

impl Report {
    pub fn new(place: &Path) -> Report {
        Report {
            place: place.to_owned(),
            ..Report::default()
        }
    }

    /// Returns the line of what has this name, which is added if it is new.
    pub fn line(&mut self, name: Name) -> &mut Line {
        let number = *self.numbers.entry(name).or_insert_with_key(|name| {
            self.lines.push(Line {
                name: Some(name.clone()),
                ..Line::default()
            });
            self.lines.len() - 1
        });
        &mut self.lines[number]
    }

    /// Reports the value of a key, which was `from`.
    pub fn add_url(&mut self, name: Name, key: &'static str, from: &str, outcome: Outcome) {
        let line = self.line(name);
        line.state = line.state.min(outcome.state);
        let from = redact::url(from);
        line.urls.push(Url { key, from, outcome });
    }

    /// Reports what was done to a setting that is no URL.
    pub fn add_setting(&mut self, name: impl Into<String>, what: impl Into<String>) {
        self.line(Name::Setting(name.into())).also = vec![what.into()];
    }

    /// Returns whether a value is reported as not converted.
    pub fn is_not_converted(&self, name: &Name, from: &str) -> bool {
        let line = self.numbers.get(name).map(|number| &self.lines[*number]);
        let mut urls = line.into_iter().flat_map(|line| &line.urls);
        let from = redact::url(from);
        urls.any(|url| url.from == from && url.outcome.state == State::NotConverted)
    }

    pub fn skip(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.lines.extend(problems.into_iter().map(Line::from));
    }

    /// Adds the outcome for another file. A remote of the same name is another one.
    pub fn append(&mut self, other: Report) {
        self.lines.extend(other.lines);
        self.lost.extend(other.lost);
        self.submodules.extend(other.submodules);
    }

    /// Returns the lines for scripts.
    pub fn json(&self, dry_run: bool) -> Result<String> {
        #[derive(Serialize)]
        struct Object<'r> {
            repository: &'r Path,
            state: State,
            dry_run: bool,
            #[serde(flatten)]
            name: Option<Name>,
            urls: Option<&'r [Url]>,
            #[serde(flatten)]
            line: &'r Line,
        }
        let mut lines = String::new();
        for line in &self.lines {
            let mut object = serde_json::to_value(Object {
                repository: line.place.as_ref().unwrap_or(&self.place),
                state: line.state,
                dry_run,
                name: line.name.as_ref().map(Name::shown),
                urls: line.has_urls().then_some(&line.urls),
                line,
            })?;
            clean(&mut object);
            lines += &format!("{object}\n");
        }
        Ok(lines)
    }
}

/// Removes what is missing, and masks what looks like a token in every string, as in the report for
/// people: names are the user's.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact::tokens(text),
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(values) => {
            values.retain(|_, value| !value.is_null());
            values.values_mut().for_each(clean);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
