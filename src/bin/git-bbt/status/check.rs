//! `--check`: what Bitbucket says about each token.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use bbt::config::Config;
use bbt::lookup::Candidate;
use bbt::messages;
use bbt::token::Kind;
use rayon::prelude::*;
use serde::Serialize;

use crate::bitbucket::{self, Bitbucket, Problem, Verdict};
use crate::target::Target;

/// How many tokens are checked at the same time, most of which is waiting for Bitbucket.
const CHECKS_AT_ONCE: usize = 8;

/// The result for one token.
#[derive(Serialize)]
pub struct Check {
    /// `None` if it was not checked, or if Bitbucket's response does not reveal it.
    pub works: Option<bool>,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Check {
    pub fn not_checked(why: &str) -> Check {
        Check {
            works: None,
            message: format!("not checked: {why}"),
            hint: None,
        }
    }
}

/// Asks Bitbucket, until a response takes too long.
pub struct Checker {
    bitbucket: Bitbucket,
    is_silent: AtomicBool,
}

impl Checker {
    /// # Errors
    /// If there can be no client, as with a proxy that cannot be used.
    pub fn new(config: &Config) -> Result<Checker> {
        Ok(Checker {
            bitbucket: Bitbucket::new(config)?,
            is_silent: AtomicBool::new(false),
        })
    }

    /// Makes a row of each item, several at a time.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn rows<T: Sync, R: Send>(items: &[T], row: impl Fn(&T) -> R + Sync) -> Result<Vec<R>> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(CHECKS_AT_ONCE);
        let pool = threads.build()?;
        // The first one alone: a silent Bitbucket costs one time-out.
        let (first, rest) = items.split_at(items.len().min(1));
        let mut rows: Vec<R> = first.iter().map(&row).collect();
        rows.extend(pool.install(|| rest.par_iter().map(&row).collect::<Vec<_>>()));
        Ok(rows)
    }

    /// Checks the token of `candidate`. Its kind is known if it could be read.
    pub fn check(&self, target: &Target, candidate: &Candidate) -> (Check, Option<Kind>) {
        if self.is_silent.load(Ordering::Relaxed) {
            let check = Check::not_checked("an earlier request to Bitbucket timed out");
            return (check, None);
        }
        let mut kind = None;
        let checked = candidate.token().and_then(|token| {
            kind = Some(token.kind());
            let verdict = self.bitbucket.check(target, &token, candidate.account());
            let verdict = verdict.inspect_err(|error| {
                let is_silent = bitbucket::is_timeout(error);
                self.is_silent.fetch_or(is_silent, Ordering::Relaxed);
            })?;
            // An empty workspace looks the same as one that the token is not for.
            Ok(match verdict {
                Verdict::Accepted(identity) if identity.sees_nothing => {
                    (None, Err(Problem::sees_nothing(&identity, target)))
                }
                Verdict::Accepted(identity) => (Some(true), Ok(identity.description())),
                Verdict::Refused(refusal) => {
                    let problem = refusal.problem(target, &token, &target.tokens_page());
                    (Some(false), Err(problem))
                }
            })
        });
        let (works, message, hint) = match checked {
            Ok((works, Ok(message))) => (works, message, None),
            Ok((works, Err(Problem { message, hint }))) => (works, message, Some(hint)),
            Err(error) => {
                let hint = messages::hints_of(&error).next().cloned();
                (Some(false), format!("not checked: {error:#}"), hint)
            }
        };
        let check = Check {
            works,
            message,
            hint,
        };
        (check, kind)
    }
}
