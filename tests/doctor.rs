//! `git bbt doctor`: every step of the flow, told apart from the others, with its cure.

mod flow;
mod in_a_clone;
mod stray_tokens;

use crate::support::{Outcome, Person};

/// With a repository acme/widgets, and leave for submodules.
fn person() -> Person {
    let person = Person::with_any_git();
    prepare(&person);
    person
}

fn prepare(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    let allow = ["config", "--global", "protocol.bbt.allow", "always"];
    person.git(allow).succeeds();
}

fn doctor(person: &Person, about: &str) -> Outcome {
    person.run("git-bbt", ["doctor", about]).ends()
}
