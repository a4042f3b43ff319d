//! The result of a check, as text and JSON.

use bbt::{messages, redact};
use serde::Serialize;

use crate::problem::Problem;
use crate::style::{CYAN, DIM, GREEN, RED, Style, YELLOW, paint};

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// Nothing has to be done.
    Note,
    Warning,
    Problem,
    Skipped,
}

impl State {
    fn label(self) -> (&'static str, u8) {
        match self {
            State::Ok => ("ok", GREEN),
            State::Note => ("note", CYAN),
            State::Warning => ("warning", YELLOW),
            State::Problem => ("problem", RED),
            State::Skipped => ("skipped", DIM),
        }
    }
}

/// The result of a check. Warnings and problems have a hint.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub state: State,
    pub message: String,
    pub hint: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, message: impl Into<String>) -> Check {
        Check::new(name, State::Ok, message.into(), None)
    }

    pub fn skipped(name: &'static str, why: impl Into<String>) -> Check {
        Check::new(name, State::Skipped, why.into(), None)
    }

    pub fn note(name: &'static str, message: impl Into<String>, hint: Option<String>) -> Check {
        Check::new(name, State::Note, message.into(), hint)
    }

    pub fn warning(
        name: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Warning, message.into(), Some(hint.into()))
    }

    pub fn problem(
        name: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Check {
        Check::new(name, State::Problem, message.into(), Some(hint.into()))
    }

    /// Returns a warning, or another state that has a hint.
    pub fn with_hint(name: &'static str, state: State, problem: Problem) -> Check {
        Check::new(name, state, problem.message, Some(problem.hint))
    }

    /// Returns the problem for a failure, with its first hint.
    pub fn failed(name: &'static str, error: &anyhow::Error) -> Check {
        let hint = messages::hints_of(error).next().cloned();
        Check::new(name, State::Problem, format!("{error:#}"), hint)
    }

    fn new(name: &'static str, state: State, message: String, hint: Option<String>) -> Check {
        Check {
            name,
            state,
            message: redact::for_terminal(&message),
            hint: hint.map(|hint| redact::for_terminal(&hint)),
        }
    }
}

/// Formats checks in columns. Hints are whole, so that they can be pasted.
pub fn text(checks: &[Check]) -> String {
    const COLUMN: usize = 23;
    let style = Style::of_stdout();
    let mut lines = String::new();
    for check in checks {
        let (label, colour) = check.state.label();
        let label = paint(&format!("{label:<8}"), colour);
        let message = style.wrapped(&check.message, COLUMN, COLUMN);
        let message = message.join(&format!("\n{:COLUMN$}", ""));
        lines += &format!("{label} {:<13} {message}\n", check.name);
        if let Some(hint) = &check.hint {
            lines += &format!("  {} {hint}\n", paint("hint:", CYAN));
        }
    }
    lines
}
