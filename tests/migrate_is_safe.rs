//! Promise: `git bbt migrate` changes only what it reports, and leaves nothing half-done: not if it is
//! killed, not if another program edits the same file, and not if it may not write.

mod files;
mod killed;
mod other_writers;
mod skipped;

use std::fs;

use crate::support::{Outcome, Person};

/// Returns a person with a token for acme and a repository of each name in HOME.
fn person_with(names: &[&str]) -> Person {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    for name in names {
        person.origin_by_ssh(name);
    }
    person
}

/// Returns a repository's configuration.
#[track_caller]
fn config(person: &Person, name: &str) -> String {
    fs::read_to_string(person.path(name).join(".git/config")).expect("the file exists")
}

/// Returns whether the repository's `origin` is a `bbt::` URL.
fn is_migrated(person: &Person, name: &str) -> bool {
    config(person, name).contains("\turl = bbt::acme/widgets\n")
}

/// Checks that no lock is left, and that git can write the configuration.
#[track_caller]
fn is_clean(person: &Person, name: &str) {
    let lock = person.path(name).join(".git/config.lock");
    assert!(fs::symlink_metadata(lock).is_err(), "the lock is left");
    person.git_in(name, "config test.writes yes");
}

/// Runs `git bbt migrate` with these words.
fn migrate(person: &Person, arguments: &[&str]) -> Outcome {
    let all = ["migrate"].into_iter().chain(arguments.iter().copied());
    person.run("git-bbt", all).ends()
}
