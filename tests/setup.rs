//! `git bbt setup`: one line in the user's own configuration, and a generated file with the rest.

mod conditions;
mod effects;
mod generated;
mod include;
mod killed;
mod overrides;
mod system;
mod tokens;
mod undo;

use std::fs;

use crate::support::{Outcome, Person};

/// The generated file, in HOME.
const GENERATED: &str = ".config/git-remote-bbt/setup.gitconfig";

/// The section that setup appends.
const INCLUDE: &str = "[include]\n\tpath = ~/.config/git-remote-bbt/setup.gitconfig\n";

fn setup(person: &Person, arguments: &str) -> Outcome {
    let arguments = ["setup"].into_iter().chain(arguments.split_whitespace());
    person.run("git-bbt", arguments).ends()
}

#[track_caller]
fn set_up(person: &Person, arguments: &str) -> Outcome {
    let outcome = setup(person, arguments);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    outcome
}

/// Returns the text of `~/.gitconfig`; empty if it does not exist.
fn global(person: &Person) -> String {
    fs::read_to_string(person.path(".gitconfig")).unwrap_or_default()
}

/// Returns the text of the generated file; empty if it does not exist.
fn generated(person: &Person) -> String {
    fs::read_to_string(person.path(GENERATED)).unwrap_or_default()
}

/// Runs `git config --global` with these arguments.
fn git_config(person: &Person, words: &[&str]) -> String {
    let global = ["config", "--global", "--includes"].into_iter();
    let run = person.git(global.chain(words.iter().copied()));
    run.succeeds().stdout
}

/// Returns the URL that git uses for a URL.
fn rewritten(person: &Person, url: &str) -> String {
    let asked = person.git(["ls-remote", "--get-url", url]).succeeds();
    asked.stdout.trim_end().to_owned()
}

/// Returns stderr without the warning that the programs of the tests are not on the default PATH.
fn stderr_without_path(outcome: &Outcome) -> String {
    let lines = outcome.stderr.split_inclusive('\n');
    lines
        .filter(|line| !line.contains("a desktop or cron"))
        .collect()
}
