//! `git bbt api`: sends a request with the token for its path, and to no other host.

mod answers;
mod path_and_token;
mod request;
mod sent_on;

use serde_json::Value;

use crate::stand_in::Switches;
use crate::support::{Outcome, Person};

/// Returns a person with a token for workspace acme, and the repository acme/widgets.
fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
}

const PATH: &str = "repositories/acme/widgets";

/// Runs `git bbt api` with these arguments, split at spaces.
fn api(person: &Person, words: &str) -> Outcome {
    let words = std::iter::once("api").chain(words.split(' '));
    person.run("git-bbt", words).ends()
}

fn json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, Some(0), "{outcome}");
    serde_json::from_str(&outcome.stdout).expect("stdout is JSON alone")
}

/// Returns method, path, query and status of each request since the last call.
fn sent_requests(person: &Person) -> Vec<String> {
    let line = |request: crate::stand_in::Request| {
        let status = request
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        let query = match request.query.as_str() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        format!("{} {}{query} {status}", request.method, request.path)
    };
    person
        .bitbucket
        .take_requests()
        .into_iter()
        .map(line)
        .collect()
}

fn switch(person: &Person, change: impl FnOnce(&mut Switches)) {
    person
        .bitbucket
        .switches(|switches| *switches = Switches::default());
    person.bitbucket.switches(change);
}

/// Returns a person whose workspace has 25 repositories: three pages.
fn person_with_pages() -> Person {
    let person = person();
    for number in 1..25 {
        person
            .bitbucket
            .empty_repository(&format!("acme/r{number}"));
    }
    person
}
