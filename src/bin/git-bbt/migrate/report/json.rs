//! A report as JSON, one object a line, for scripts. git-bbt-migrate(1) documents the fields.

use std::path::Path;

use anyhow::Result;
use bbt::redact;
use serde_json::{Value, json};

use super::Report;

/// Returns an object for every remote, every setting with a token, every piece of advice and every
/// problem.
pub fn json(report: &Report, dry_run: bool) -> Result<String> {
    let mut lines = String::new();
    let mut line = |place: &Path, state: Value, rest: Value| -> Result<()> {
        let mut object = json!({
            "repository": place.to_string_lossy(),
            "state": state,
            "dry_run": dry_run,
        });
        if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
            object.extend(rest);
        }
        mask(&mut object);
        lines += &serde_json::to_string(&object)?;
        lines.push('\n');
        Ok(())
    };
    let place = &report.place;
    for remote in &report.remotes {
        let state = serde_json::to_value(remote.state())?;
        line(place, state, serde_json::to_value(remote)?)?;
    }
    for token in &report.tokens {
        line(place, "token".into(), serde_json::to_value(token)?)?;
    }
    for advice in &report.gitmodules {
        line(place, "gitmodules".into(), serde_json::to_value(advice)?)?;
    }
    for problem in &report.problems {
        let rest = json!({ "message": problem.message, "hint": problem.hint });
        line(&problem.place, "skipped".into(), rest)?;
    }
    Ok(lines)
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
