//! `git bbt migrate`: existing remotes are converted to `bbt::` URLs and back, and nothing is lost.

mod files;
mod git_lfs_settings;
mod imports;
mod left_tokens;
mod output;
mod progress;
mod rules;
mod servers;
mod submodules;
mod tokens;
mod untrusted;
mod urls;

use std::fs;

use crate::support::{Outcome, Person, Run};

/// Creates a repository in HOME whose configuration ends with `text`; returns that file.
fn repository(person: &Person, name: &str, text: &str) -> String {
    person.git(["init", "--quiet", name]).succeeds();
    let file = person.path(name).join(".git/config");
    let all = fs::read_to_string(&file).expect("git made it") + text;
    fs::write(&file, &all).expect("HOME is writable");
    all
}

/// Creates a repository with these URLs, each of another remote: `r0`, `r1` and so on.
fn with_urls(person: &Person, name: &str, urls: &[&str]) -> String {
    let remotes = urls.iter().enumerate();
    let remotes = remotes.map(|(number, url)| format!("[remote \"r{number}\"]\n\turl = {url}\n"));
    repository(person, name, &remotes.collect::<String>())
}

/// Returns a repository's configuration.
fn config(person: &Person, name: &str) -> String {
    fs::read_to_string(person.path(name).join(".git/config")).expect("the file exists")
}

/// Runs `git bbt migrate` with these words.
fn migrate<'p>(person: &'p Person, arguments: &str) -> Run<'p> {
    person.run(
        "git-bbt",
        ["migrate"].into_iter().chain(arguments.split_whitespace()),
    )
}

/// Returns the values of a variable.
fn url_of(person: &Person, name: &str, variable: &str) -> String {
    let outcome = person
        .git(["config", "--get-all", variable])
        .at(name)
        .succeeds();
    outcome.stdout.trim_end().to_owned()
}

/// Returns stdout, after a check that stderr is empty.
#[track_caller]
fn quiet(outcome: &Outcome) -> &str {
    assert_eq!(outcome.stderr, "", "\n{outcome}");
    &outcome.stdout
}
