//! `git bbt setup`: what git needs for a workspace, in the user's own configuration.

mod files;
mod in_the_way;
mod is_safe;
mod left_over;
mod serves;
mod undo;
mod written;

use std::fs;

use crate::support::{Outcome, Person};

/// One workspace with a token and a bot, one with a token for a single repository.
const CONFIG: &str = r#"
    [workspace.acme]
    token = { env = "ACME" }
    email = "52c1@bots.bitbucket.org"

    [workspace.corp.repository.gears]
    token = { env = "GEARS" }
"#;

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

/// `~/.gitconfig`, or nothing.
fn global(person: &Person) -> String {
    fs::read_to_string(person.path(".gitconfig")).unwrap_or_default()
}

/// `git config --global` with these words.
fn git_config(person: &Person, words: &[&str]) -> String {
    let global = ["config", "--global"].into_iter();
    let run = person.git(global.chain(words.iter().copied()));
    run.succeeds().stdout
}
