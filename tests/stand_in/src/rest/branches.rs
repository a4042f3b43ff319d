//! Branches: the only objects that REST creates and deletes here.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::answer::Answer;
use super::problem::Problem;
use crate::bitbucket::Bitbucket;

/// Answers `POST .../refs/branches` with `{"name": ..., "target": {"hash": ...}}`.
pub(super) fn create(
    bitbucket: &Bitbucket,
    full_name: &str,
    body: &[u8],
) -> Result<Answer, Problem> {
    let asked: Value = serde_json::from_slice(body).map_err(|_| Problem::Invalid {
        message: "Bad request",
        fields: json!({"body": ["Not a valid JSON object."]}),
    })?;
    let (Some(name), Some(hash)) = (asked["name"].as_str(), asked["target"]["hash"].as_str())
    else {
        let missing = |value: &Value, field: &str| {
            if value.is_string() {
                Value::Null
            } else {
                json!({field: ["This field is required."]})
            }
        };
        let mut fields = missing(&asked["name"], "name");
        if fields.is_null() {
            fields = missing(&asked["target"]["hash"], "target.hash");
        }
        return Err(invalid(fields));
    };
    let made = update_ref(bitbucket, full_name, &[&reference(name), hash]);
    if !made {
        return Err(invalid(json!({"target.hash": ["Commit not found."]})));
    }
    let branch =
        json!({"type": "branch", "name": name, "target": {"type": "commit", "hash": hash}});
    Ok(Answer::json(201, &branch))
}

/// Answers `DELETE .../refs/branches/{name}`.
pub(super) fn delete(
    bitbucket: &Bitbucket,
    full_name: &str,
    name: &str,
) -> Result<Answer, Problem> {
    let reference = reference(name);
    let is_there = git(
        bitbucket,
        full_name,
        &["show-ref", "--verify", "--quiet", &reference],
    );
    if is_there && update_ref(bitbucket, full_name, &["-d", &reference]) {
        Ok(Answer::empty(204))
    } else {
        Err(Problem::NoBranch(name.to_owned()))
    }
}

fn invalid(fields: Value) -> Problem {
    Problem::Invalid {
        message: "Bad request",
        fields,
    }
}

fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

fn update_ref(bitbucket: &Bitbucket, full_name: &str, arguments: &[&str]) -> bool {
    git(bitbucket, full_name, &[&["update-ref"], arguments].concat())
}

fn git(bitbucket: &Bitbucket, full_name: &str, arguments: &[&str]) -> bool {
    let repository = bitbucket.repositories.find(full_name);
    let status = bitbucket
        .git
        .command()
        .current_dir(repository.as_deref().unwrap_or(Path::new("/")))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
