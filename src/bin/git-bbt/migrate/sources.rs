//! The sources that are configured, each looked at once however many repositories it serves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::Config;
use bbt::lookup::{self, Candidate};
use bbt::messages;
use bbt::token::Token;

/// Why a URL has to stay, and what to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub why: String,
    pub hint: Option<String>,
}

impl Reason {
    pub fn new(why: impl Into<String>, hint: impl Into<String>) -> Reason {
        Reason {
            why: why.into(),
            hint: Some(hint.into()),
        }
    }

    fn of(error: &anyhow::Error) -> Reason {
        Reason {
            why: format!("{error:#}"),
            hint: messages::hints_of(error).next().cloned(),
        }
    }
}

/// What each has said, by its place.
type Known<T> = Mutex<HashMap<String, Result<T, Reason>>>;

pub struct Sources<'a> {
    pub config: &'a Config,
    checked: Known<()>,
    read: Known<Arc<Token>>,
}

impl<'a> Sources<'a> {
    pub fn new(config: &'a Config) -> Sources<'a> {
        Sources {
            config,
            checked: Known::default(),
            read: Known::default(),
        }
    }

    /// That a repository's token can be found, as far as that can be told without touching it.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, address: &Address) -> Result<(), Reason> {
        let source = lookup::choose(self.config, address).map_err(|error| Reason::of(&error))?;
        once(&self.checked, &source, || source.check())
    }

    /// A repository's token, and where it is; none where no source is configured.
    ///
    /// # Errors
    /// What the source did instead of giving one.
    pub fn token(&self, address: &Address) -> Option<Result<(Arc<Token>, String), Reason>> {
        let source = lookup::candidates(self.config, address)
            .into_iter()
            .next()?;
        let token = once(&self.read, &source, || source.token().map(Arc::new));
        Some(token.map(|token| (token, source.describe())))
    }
}

fn once<T: Clone>(
    known: &Known<T>,
    source: &Candidate,
    ask: impl FnOnce() -> Result<T>,
) -> Result<T, Reason> {
    let place = source.describe();
    // Held while it is asked: nobody else asks meanwhile.
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(answer) = known.get(&place) {
        return answer.clone();
    }
    let answer = ask().map_err(|error| Reason::of(&error));
    known.insert(place, answer.clone());
    answer
}
