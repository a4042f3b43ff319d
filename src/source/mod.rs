//! Which source holds the token, and the token out of it: environment, file, command, keyring,
//! value.
//!
//! A source that is there and fails is an error and never a fall-through: whoever configured it
//! wants to know, and the next one may belong to somebody else.

pub mod command;
pub mod env;
pub mod file;
pub mod keyring;
mod kinds;
pub mod value;
pub mod variable;

use std::path::Path;

use anyhow::Result;
use time::{Date, OffsetDateTime};

use crate::config::{Config, Entry};
use crate::report::{self, Failure};
use crate::target::Target;
use crate::token::{self, Flaw, Token};

pub use kinds::Source;
pub(crate) use kinds::Written;

/// What to do about a token that ends, before it has ended.
pub const ROTATE: &str = "press Rotate beside it in Bitbucket, which gives it a new secret and end";

/// A source that could serve a repository or a workspace, and who says so.
#[derive(Debug)]
pub struct Candidate<'c> {
    target: Target,
    place: Place<'c>,
}

#[derive(Debug)]
enum Place<'c> {
    /// A variable of ours, and the entry that names the same one and says more of its token.
    Variable(String, Option<&'c Entry>),
    /// An entry of config.toml, in this file.
    Entry(&'c Entry, Option<&'c Path>),
}

/// Every source that could serve the target, the one that wins first: the narrower scope, and in one
/// scope the environment before config.toml.
pub fn candidates(config: &Config, wanted: impl Into<Target>) -> Vec<Candidate<'_>> {
    let wanted = wanted.into();
    let workspace = config.workspace(wanted.workspace());
    let workspace_entry = workspace.and_then(|workspace| workspace.token.as_ref());
    let (of_repository, of_workspace) = match config.namesake(wanted.workspace()) {
        // Its variables are named for another workspace.
        Some(_) => (None, None),
        None => (
            wanted.repository().and_then(variable::of_repository),
            variable::of_workspace(wanted.workspace()),
        ),
    };
    let repository_entries = wanted
        .repository()
        .map(|address| config.repository(address));
    let repository_entries = repository_entries.into_iter().flatten();
    let mut found = places(config, of_repository, repository_entries);
    found.extend(places(config, of_workspace, workspace_entry));
    found.extend(places(config, Some(variable::ANY.to_owned()), None));
    found
        .into_iter()
        .map(|place| Candidate {
            target: wanted.clone(),
            place,
        })
        .collect()
}

/// The places of one scope: its variable where it is set, then its entries.
fn places<'c>(
    config: &'c Config,
    variable: Option<String>,
    entries: impl IntoIterator<Item = &'c Entry>,
) -> Vec<Place<'c>> {
    let mut entries: Vec<&Entry> = entries.into_iter().collect();
    let variable = variable
        .filter(|name| std::env::var_os(name).is_some())
        .map(|name| {
            let names_it =
                |entry: &&Entry| matches!(&entry.source, Source::Env(other) if other.name == name);
            let same = entries
                .iter()
                .position(names_it)
                .map(|at| entries.remove(at));
            Place::Variable(name, same)
        });
    let entries = entries
        .into_iter()
        .map(|entry| Place::Entry(entry, config.path()));
    variable.into_iter().chain(entries).collect()
}

/// The source that is used for the target, which may be an [`Address`](crate::address::Address).
///
/// # Errors
/// Where there is none: says which variable and which command would make one.
pub fn choose(config: &Config, target: impl Into<Target>) -> Result<Candidate<'_>> {
    let target = target.into();
    let mut candidates = candidates(config, &target).into_iter();
    let chosen = candidates.next().ok_or_else(|| none_for(&target, config))?;
    report::trace(|| {
        let shadowed: Vec<String> = candidates.map(|other| other.place()).collect();
        match shadowed.is_empty() {
            true => format!("source: {}", chosen.place()),
            false => format!(
                "source: {}; it comes before {}",
                chosen.place(),
                shadowed.join(", ")
            ),
        }
    });
    Ok(chosen)
}

fn none_for(target: &Target, config: &Config) -> Failure {
    let workspace = target.workspace();
    let failure = Failure::new(format!("no token is configured for {target}"));
    let ours = variable::of_workspace(workspace);
    if let (Some(ours), Some(namesake)) = (&ours, config.namesake(workspace)) {
        return failure.hint(format!(
            "{ours} is for workspace {}, which is in config.toml; give {workspace} a file of its own, and name that in BBT_CONFIG",
            namesake.name
        ));
    }
    let failure = failure.hint(format!("store one: git bbt login {workspace}"));
    let Some(ours) = ours else {
        return failure.hint(format!(
            "or name a source in config.toml: [workspace.\"{workspace}\"] token = {{ env = \"NAME\" }}"
        ));
    };
    let failure = failure.hint(format!("or set it for this shell: export {ours}=<token>"));
    match variable::almost(target) {
        Some(name) => failure.hint(format!(
            "{name} is set; to use it here: export {ours}=\"${name}\""
        )),
        None => failure,
    }
}

impl Candidate<'_> {
    /// What can be known without touching the secret: that a variable is not blank, a file is there,
    /// a program exists. Said before git starts, since git would add lines of its own.
    ///
    /// # Errors
    /// What is missing, and what to type.
    pub fn check(&self) -> Result<()> {
        self.check_source()?;
        // What is in memory anyway is read: git is not started for what cannot be a token.
        let bytes = match &self.place {
            Place::Variable(name, _) => env::read(name),
            Place::Entry(entry, _) => match &entry.source {
                Source::Env(_) | Source::Value(_) => entry.source.read(),
                _ => return Ok(()),
            },
        };
        let bytes = bytes.map_err(|failure| self.failed(failure))?;
        token::check(&bytes).map_err(|flaw| self.flawed(flaw).into())
    }

    /// Checks the source and not what is in it.
    ///
    /// # Errors
    /// What is missing, and what to type.
    pub fn check_source(&self) -> Result<()> {
        match &self.place {
            Place::Variable(name, _) => env::check(name),
            Place::Entry(entry, _) => entry.source.check(),
        }
        .map_err(|failure| self.failed(failure).into())
    }

    /// The token.
    ///
    /// # Errors
    /// What the source did instead of giving one, or why what it gave is none.
    pub fn token(&self) -> Result<Token> {
        let bytes = match &self.place {
            Place::Variable(name, _) => env::read(name),
            Place::Entry(entry, _) => entry.source.read(),
        }
        .map_err(|failure| self.failed(failure))?;
        let kind = self.entry().and_then(|entry| entry.kind);
        Token::new(bytes, kind).map_err(|flaw| self.flawed(flaw).into())
    }

    /// Where the source is named, for people: a variable, or a table of config.toml.
    pub fn place(&self) -> String {
        match &self.place {
            Place::Variable(name, _) => format!("{name} in the environment"),
            Place::Entry(entry, file) => entry.place(*file),
        }
    }

    /// Warns in the last seven days of a token, and after: Bitbucket tells no one.
    pub fn warn_of_its_end(&self) {
        if let Some(when) = self.end() {
            report::warning(&format!(
                "the token for {} {when} ({})",
                self.target,
                self.place()
            ));
            report::hint(&format!("{ROTATE}, and then run 'git bbt login'"));
        }
    }

    /// What there is to say of the token's end in its last seven days and after: `ends today`.
    pub fn end(&self) -> Option<String> {
        end_is_near(self.entry()?.expires?, OffsetDateTime::now_utc().date())
    }

    /// Whose API token it is, where config.toml says so; REST wants to know.
    pub fn account(&self) -> Option<&str> {
        self.entry()?.account.as_deref()
    }

    /// Whether it is an environment variable of ours, and not an entry of config.toml.
    pub fn is_variable(&self) -> bool {
        matches!(self.place, Place::Variable(..))
    }

    /// What config.toml says beside the source, where it says something.
    pub fn entry(&self) -> Option<&Entry> {
        match &self.place {
            Place::Variable(_, entry) => *entry,
            Place::Entry(entry, _) => Some(entry),
        }
    }

    /// A variable is named in the message; an entry may be far from what failed.
    fn failed(&self, failure: Failure) -> Failure {
        let failure = failure.within(&format!("no token for {}", self.target));
        match &self.place {
            Place::Variable(..) => failure,
            Place::Entry(..) => failure.hint(format!("its source is {}", self.place())),
        }
    }

    fn flawed(&self, flaw: Flaw) -> Failure {
        let subject = match &self.place {
            Place::Variable(name, _) => name.as_str(),
            Place::Entry(..) => "the value",
        };
        let failure = self.failed(Failure::new(format!("{subject} {flaw}")));
        let is_command = self
            .entry()
            .is_some_and(|entry| matches!(entry.source, Source::Command(_)));
        match flaw {
            Flaw::AppPassword => failure.hint(format!(
                "create an access token at {} and put it there",
                Target::Workspace(self.target.workspace().to_owned()).tokens_page()
            )),
            Flaw::SeveralLines if is_command => {
                failure.hint("first_line = true beside command takes the first line, as for pass")
            }
            _ => match flaw.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            },
        }
    }
}

/// What to say of a token whose last day is `expires`, from seven days before.
fn end_is_near(expires: Date, today: Date) -> Option<String> {
    match (expires - today).whole_days() {
        ..0 => Some(format!("ended on {expires}")),
        0 => Some("ends today".to_owned()),
        1 => Some(format!("ends tomorrow, {expires}")),
        days @ 2..=7 => Some(format!("ends in {days} days, on {expires}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Month;

    #[test]
    fn the_last_seven_days_are_warned_of() {
        let day = |day| Date::from_calendar_date(2027, Month::March, day).expect("a day of March");
        let said = |today| end_is_near(day(20), day(today));
        assert_eq!(said(12), None);
        assert_eq!(said(13).as_deref(), Some("ends in 7 days, on 2027-03-20"));
        assert_eq!(said(19).as_deref(), Some("ends tomorrow, 2027-03-20"));
        assert_eq!(said(20).as_deref(), Some("ends today"));
        assert_eq!(said(21).as_deref(), Some("ended on 2027-03-20"));
    }
}
