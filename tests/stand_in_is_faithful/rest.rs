//! REST as logs and clients' fixtures show it: who may ask, in which words the others are
//! refused, and what the answers look like.

mod answers;
mod who_may_ask;

use serde_json::{Value, json};

use super::raw_client::{Answer, rest};
use crate::support::Person;

const WIDGETS: &str = "/2.0/repositories/acme/widgets";

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Somebody, their token as REST wants it, and the repository acme/widgets.
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
