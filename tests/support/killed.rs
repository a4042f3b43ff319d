//! A command of `git bbt` that strace kills at a moment of its writing.

use std::path::PathBuf;

use super::{Outcome, Person};

/// All that opens a file or changes something on a disk; strace counts each by itself. A `?` goes
/// before what not every machine has.
pub const CALLS: [&str; 14] = [
    "write",
    "openat",
    "?link",
    "linkat",
    "?rename",
    "?renameat",
    "?renameat2",
    "?unlink",
    "unlinkat",
    "?chmod",
    "fchmod",
    "fchown",
    "flock",
    "ftruncate",
];

/// More than any run makes of one of those in files of git's configuration.
pub const ENOUGH: usize = 20;

/// Runs it until this call, the so many'th, that has to do with one of these files, or with a draft
/// or a lock beside it; what it starts, too. It has no status where it was killed itself.
pub fn killed_at(
    person: &Person,
    files: &[PathBuf],
    call: &str,
    number: usize,
    words: &[&str],
) -> Outcome {
    let program = person.path("bin/git-bbt").display().to_string();
    let inject = format!("inject={call}:signal=SIGKILL:when={number}");
    let files = files
        .iter()
        .flat_map(|file| ["", ".bbt", ".lock"].map(|ending| format!("{}{ending}", file.display())));
    let files: Vec<String> = files.collect();
    let mut all = vec!["-f", "-o", "/dev/null", "-e", &inject];
    for file in &files {
        all.extend(["-P", file]);
    }
    all.push(&program);
    all.extend(words);
    person.run("strace", all).ends()
}
