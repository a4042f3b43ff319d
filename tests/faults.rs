//! Promises 5, 6 and 8 under faults: closed streams, a missing home, a connection that is cut, a full
//! disk, a kill. Nothing hangs, nothing is left half-written, and every failure is reported.

mod clock;
mod disk;
mod home;
mod killed;
mod server;
mod streams;

use std::collections::BTreeMap;
use std::fs;

use crate::support::Person;

/// Returns the files beside config.toml by name, without the lock file.
fn config_files(person: &Person) -> BTreeMap<String, String> {
    let entries = fs::read_dir(person.path(".config/git-remote-bbt")).expect("the folder exists");
    let files = entries.flatten().map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (
            name,
            fs::read_to_string(entry.path()).expect("the file is text"),
        )
    });
    files
        .filter(|(name, _)| name != ".config.toml.lock")
        .collect()
}
