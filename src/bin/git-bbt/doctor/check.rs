//! The result of a check, as text and JSON.

use anyhow::Result;
use bbt::{messages, redact};
use serde::Serialize;

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
    fn mark(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Warning => "warning",
            State::Problem => "problem",
            State::Skipped => "skipped",
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

    pub fn note(name: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Check {
        Check::new(name, State::Note, message.into(), Some(hint.into()))
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

/// Formats checks in columns.
pub fn text(checks: &[Check]) -> String {
    let line = |check: &Check| {
        let (mark, name, message) = (check.state.mark(), check.name, &check.message);
        let hint = check
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!("  hint: {hint}\n"));
        format!("{mark:<8} {name:<13} {message}\n{hint}")
    };
    checks.iter().map(line).collect()
}

/// Formats checks as a JSON array.
pub fn json(checks: &[Check]) -> Result<String> {
    Ok(serde_json::to_string_pretty(checks)? + "\n")
}
