//! `git bbt login`, `logout` and `token`, and what they change in config.toml.

mod logout_and_token;
mod pasted;
mod prompts;
mod typed;
mod verified;
mod written;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Outcome, Person};

/// The end of the prompt for the expiry date.
const END: &str = "Enter for none): ";

/// Logs in with the token on stdin, and stores it in a file unless the arguments name another store.
fn login(person: &Person, token: &str, arguments: &[&str]) -> Outcome {
    let login = ["login", "--with-token"].into_iter();
    let arguments = login.chain(arguments.iter().copied());
    person
        .run("git-bbt", arguments)
        .input(format!("{token}\n"))
        .ends()
}

fn config(person: &Person) -> String {
    let text = fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
    let text = text.expect("the file exists");
    text.replace(person.host(), "localhost:PORT")
}

fn mode(person: &Person, name: &str) -> u32 {
    let metadata = fs::metadata(person.path(".config/git-remote-bbt").join(name));
    metadata.expect("the file exists").permissions().mode() & 0o777
}
