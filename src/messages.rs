//! Prints failures in git's manner (`error:`, `hint:`, status 128), warnings, and the trace of
//! `BBT_TRACE=1`. Everything goes to stderr, since stdout belongs to git.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{git, redact, variables};

/// The exit status of git's own programs when they give up (git's `die`).
pub const FATAL: u8 = 128;

/// A failure: what happened, and hints about what to type next, one sentence each.
#[derive(Debug)]
pub struct Failure {
    what: String,
    hints: Vec<String>,
}

impl Failure {
    /// Returns a failure without hints. `what` is one line, and names the source.
    pub fn new(what: impl Into<String>) -> Failure {
        Failure {
            what: what.into(),
            hints: Vec::new(),
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }

    /// Adds context: `<what>: <the message so far>`.
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

/// Prints help or the version to stdout; for a person, not for git.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_help(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The exit status of a `git bbt` command that failed.
const FAILED: u8 = 1;

/// As [`failure`], for the commands of `git bbt`.
pub fn failure_of_command(error: &anyhow::Error) -> ExitCode {
    failure(error);
    ExitCode::from(FAILED)
}

/// Prints a failure with its causes and hints. Returns the exit status.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    let hints = hints_of(error);
    let first = std::iter::once(("error", format!("{error:#}")));
    print(first.chain(hints.map(|hint| ("hint", hint.clone()))));
    ExitCode::from(FATAL)
}

/// Returns the hints of a failure and of its causes.
pub fn hints_of(error: &anyhow::Error) -> impl Iterator<Item = &String> {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Failure>())
        .flat_map(|failure| &failure.hints)
}

/// Prints a warning.
pub fn warning(text: &str) {
    print([("warning", text.to_owned())]);
}

/// Prints a hint, after another program has printed the error.
pub fn hint(text: &str) {
    print([("hint", text.to_owned())]);
}

/// Prints a step if `BBT_TRACE` is on. It must not contain a secret.
pub fn trace(step: impl FnOnce() -> String) {
    if trace_is_on() {
        print([("bbt", step())]);
    }
}

fn trace_is_on() -> bool {
    std::env::var_os(variables::TRACE).is_some_and(|value| !git::is_false(&value.to_string_lossy()))
}

/// Whether labels are coloured.
static HAS_COLOURS: AtomicBool = AtomicBool::new(false);

/// Colours labels from now on. The caller knows that stderr is a terminal that shows colours.
pub fn use_colours() {
    HAS_COLOURS.store(true, Ordering::Relaxed);
}

/// Returns a label in its colour, as cargo and gh have it.
fn coloured(label: &str) -> String {
    let colour = match label {
        "error" => "1;31",
        "warning" => "1;33",
        "hint" => "36",
        _ => "2",
    };
    format!("\x1b[{colour}m{label}:\x1b[0m")
}

/// Longer lines are cut off; they may quote a server.
const LINE_MAX: usize = 4096;

/// Prints in one write, so that lines of parallel processes do not mix. A closed stderr is no error.
fn print(lines: impl IntoIterator<Item = (&'static str, String)>) {
    let text: String = lines
        .into_iter()
        .map(|(label, text)| {
            let label = if HAS_COLOURS.load(Ordering::Relaxed) {
                coloured(label)
            } else {
                format!("{label}:")
            };
            let text = redact::shortened(redact::for_terminal(&text), LINE_MAX);
            format!("{label} {text}\n")
        })
        .collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}
