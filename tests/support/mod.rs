//! Shared by the suites: a person with a machine of their own, and the outcomes of programs.

mod cutter;
mod git_calls;
pub mod inputs;
#[cfg(feature = "keyring")]
mod keyring;
pub mod killed;
mod outcome;
mod person;
mod proxy;
mod run;
mod skipped;
pub mod terminal;

pub use cutter::Cutter;
pub use git_calls::Form;
#[cfg(feature = "keyring")]
pub use keyring::Session;
pub use outcome::Outcome;
pub use person::{Person, SCOPES, hands_off_through_git};
pub use proxy::Proxy;
pub use run::Run;
pub use skipped::missing;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The arguments of a `git bbt login acme` without prompts.
pub const LOGIN: [&str; 6] = [
    "login",
    "acme",
    "--with-token",
    "--no-verify",
    "--store",
    "file",
];

/// Returns the absolute folders on the PATH of the tests. A relative one would be another folder in
/// each HOME.
fn path_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").expect("PATH is set");
    env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect()
}

/// Returns every git on PATH, each once, as `type -a git` lists them.
pub fn gits() -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let gits: Vec<PathBuf> = path_folders()
        .into_iter()
        .map(|directory| directory.join(format!("git{}", env::consts::EXE_SUFFIX)))
        .filter(|git| fs::canonicalize(git).is_ok_and(|real| seen.insert(real)))
        .collect();
    assert!(!gits.is_empty(), "these tests need git on the PATH");
    gits
}

/// Runs a test for a new person with each git on PATH.
pub fn with_each_git(test: impl Fn(&Person)) {
    let gits = gits();
    for git in &gits {
        let person = Person::new(git);
        say(&format!("with {}", person.version()));
        test(&person);
    }
    if gits.len() < 2 {
        missing("two-gits", "a second git");
    }
}

/// Removes cargo's own variables, which would make another cargo rebuild everything.
pub fn without_what_cargo_says(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO") && !["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&name.as_str())
        {
            command.env_remove(name);
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the test runner shows it if a test fails"
)]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Returns the value of an `Authorization` header.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
