//! The only printer: failures in git's manner (`error:`, `hint:`, status 128), warnings, and what
//! `BBT_TRACE=1` tells. All of it goes to stderr, since stdout belongs to git.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use crate::{git, redact, variables};

/// The exit status of git's own programs when they give up (git's `die`).
pub const FATAL: u8 = 128;

/// A failure that says what happened and what to type next.
///
/// Put what happened, and from which source, into `what`; one sentence a hint.
#[derive(Debug)]
pub struct Failure {
    what: String,
    hints: Vec<String>,
}

impl Failure {
    /// What happened, in one line.
    pub fn new(what: impl Into<String>) -> Failure {
        Failure {
            what: what.into(),
            hints: Vec::new(),
        }
    }

    /// And what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// The same failure as part of a larger one: `<what>: <this>`.
    #[must_use]
    pub fn within(mut self, what: &str) -> Failure {
        self.what = format!("{what}: {}", self.what);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Prints what a person asked for by hand. The only thing here that goes to stdout, and nothing git
/// asks for.
///
/// # Errors
/// The system's, where stdout cannot be written to.
pub fn print_help(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The exit status of a command of `git bbt` that could not do what it was asked to.
const FAILED: u8 = 1;

/// As [`failure`], for the commands that people type.
pub fn failure_of_command(error: &anyhow::Error) -> ExitCode {
    failure(error);
    ExitCode::from(FAILED)
}

/// Prints a failure with its causes and hints, and gives the status to exit with.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    let hints = hints_of(error);
    let first = std::iter::once(("error", format!("{error:#}")));
    print(first.chain(hints.map(|hint| ("hint", hint.clone()))));
    ExitCode::from(FATAL)
}

/// What to do about a failure, and about its causes.
pub fn hints_of(error: &anyhow::Error) -> impl Iterator<Item = &String> {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Failure>())
        .flat_map(|failure| &failure.hints)
}

/// Prints what a person should know though nothing failed.
pub fn warning(text: &str) {
    print([("warning", text.to_owned())]);
}

/// Prints what to type next, after a program that is not ours has said what happened.
pub fn hint(text: &str) {
    print([("hint", text.to_owned())]);
}

/// Tells a step of the work where `BBT_TRACE` asks for it. Never give it a secret.
pub fn trace(step: impl FnOnce() -> String) {
    if trace_is_on() {
        print([("bbt", step())]);
    }
}

fn trace_is_on() -> bool {
    std::env::var_os(variables::TRACE).is_some_and(|value| !git::is_false(&value.to_string_lossy()))
}

/// A line longer than this tells nobody anything; it may quote what a server says.
const LINE_MAX: usize = 4096;

/// In one write, so that the lines of helpers that run side by side do not mix. A stderr that
/// nobody reads is no reason to fail.
fn print(lines: impl IntoIterator<Item = (&'static str, String)>) {
    let text: String = lines
        .into_iter()
        .map(|(label, text)| {
            format!(
                "{label}: {}\n",
                redact::shortened(redact::for_terminal(&text), LINE_MAX)
            )
        })
        .collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}
