//! What a check found, for people and for programs.

use anyhow::Result;
use bbt::report;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    Warning,
    Problem,
    Skipped,
}

impl State {
    fn mark(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Problem => "problem",
            State::Skipped => "skipped",
        }
    }
}

/// One line, and what to type where it is not well.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub state: State,
    pub says: String,
    pub cure: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, says: impl Into<String>) -> Check {
        Check::new(name, State::Ok, says.into(), None)
    }

    pub fn skipped(name: &'static str, why: impl Into<String>) -> Check {
        Check::new(name, State::Skipped, why.into(), None)
    }

    pub fn warning(name: &'static str, says: impl Into<String>, cure: impl Into<String>) -> Check {
        Check::new(name, State::Warning, says.into(), Some(cure.into()))
    }

    pub fn problem(name: &'static str, says: impl Into<String>, cure: impl Into<String>) -> Check {
        Check::new(name, State::Problem, says.into(), Some(cure.into()))
    }

    /// A failure of the flow's own, with the first of its hints.
    pub fn failed(name: &'static str, error: &anyhow::Error) -> Check {
        let cure = report::hints_of(error).next().cloned();
        Check::new(name, State::Problem, format!("{error:#}"), cure)
    }

    fn new(name: &'static str, state: State, says: String, cure: Option<String>) -> Check {
        Check {
            name,
            state,
            says: report::printable(&says),
            cure: cure.map(|cure| report::printable(&cure)),
        }
    }
}

/// In columns.
pub fn text(checks: &[Check]) -> String {
    let line = |check: &Check| {
        let (mark, name, says) = (check.state.mark(), check.name, &check.says);
        let cure = check
            .cure
            .as_ref()
            .map_or(String::new(), |cure| format!("  cure: {cure}\n"));
        format!("{mark:<8} {name:<13} {says}\n{cure}")
    };
    checks.iter().map(line).collect()
}

/// As one array.
pub fn json(checks: &[Check]) -> Result<String> {
    Ok(serde_json::to_string_pretty(checks)? + "\n")
}
