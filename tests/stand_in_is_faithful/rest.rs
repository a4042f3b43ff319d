//! REST as logs and test data of its clients show it: access, refusals and responses.

mod answers;
mod who_may_ask;

use serde_json::{Value, json};

use super::raw_client::{Answer, rest};
use crate::support::Person;

const WIDGETS: &str = "/2.0/repositories/acme/widgets";

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Returns a person with the repository acme/widgets, and their token as REST accepts it.
fn person() -> (Person, String) {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let authorization = bearer(&person.workspace_token("acme"));
    (person, authorization)
}

fn get(person: &Person, path: &str, authorization: &str) -> Answer {
    rest(person, "GET", path, authorization, "")
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: Value) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json(), json!({"type": "error", "error": error}));
}
