//! Promises 5, 6 and 8 where things go wrong around us: streams that are closed, a home that is not
//! there, a server that is cut off, a disk that is full, a kill. Nothing hangs, nothing is left half
//! done, and what happened is said.

mod clock;
mod disk;
mod home;
mod killed;
mod server;
mod streams;

use std::collections::BTreeMap;
use std::fs;

use crate::support::Person;

/// What is in the folder of config.toml, by name; the lock that stays there says nothing.
fn kept(person: &Person) -> BTreeMap<String, String> {
    let entries = fs::read_dir(person.path(".config/git-remote-bbt")).expect("it is there");
    let files = entries.flatten().map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read_to_string(entry.path()).expect("it is text"))
    });
    files
        .filter(|(name, _)| name != ".config.toml.lock")
        .collect()
}
