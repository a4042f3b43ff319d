//! Promise: `git bbt migrate` changes nothing but what it says, and nothing is ever half-way: not
//! where it is killed, not where git or another one is at the same file, not where it may not write.

mod files;
mod killed;
mod other_writers;
mod skipped;

use std::fs;

use crate::support::{Outcome, Person};

/// Who may read what is in workspace acme, with one repository of each name in HOME.
fn person_with(names: &[&str]) -> Person {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    for name in names {
        person.origin_by_ssh(name);
    }
    person
}

/// What is in a repository's configuration.
#[track_caller]
fn config(person: &Person, name: &str) -> String {
    fs::read_to_string(person.path(name).join(".git/config")).expect("it is there")
}

/// Whether the repository's `origin` is a `bbt::` one.
fn is_migrated(person: &Person, name: &str) -> bool {
    config(person, name).contains("\turl = bbt::acme/widgets\n")
}

/// That nothing of ours lies beside the configuration, and that git can write it.
#[track_caller]
fn is_clean(person: &Person, name: &str) {
    for left in ["config.lock", "config.bbt"] {
        let path = person.path(name).join(".git").join(left);
        assert!(fs::symlink_metadata(&path).is_err(), "{left} is left");
    }
    person
        .git(["config", "test.writes", "yes"])
        .at(name)
        .succeeds();
}

/// `git bbt migrate` with these words.
fn migrate(person: &Person, arguments: &[&str]) -> Outcome {
    let all = ["migrate"].into_iter().chain(arguments.iter().copied());
    person.run("git-bbt", all).ends()
}
