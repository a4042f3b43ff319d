//! Runs a command of `git bbt` under strace, which kills it at a system call, or makes the call fail with
//! a full disk.

use std::path::PathBuf;

use super::{Outcome, Person, Run};

/// The calls that open or change a file; strace counts each separately. `?` marks those that not every
/// machine has.
pub const CALLS: [&str; 16] = [
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
    "fsync",
    "?mkdir",
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
    let files = files
        .iter()
        .flat_map(|file| ["", ".bbt", ".lock"].map(|ending| format!("{}{ending}", file.display())));
    let files: Vec<String> = files.flat_map(|file| ["-P".to_owned(), file]).collect();
    with_fault(person, &files, call, "signal=SIGKILL", number, words).ends()
}

/// To be run until the so many'th of all its calls of this name, which strace then has end as `what`
/// says: `signal=SIGKILL`, `error=ENOSPC`.
pub fn fault_at<'p>(
    person: &'p Person,
    call: &str,
    what: &str,
    number: usize,
    words: &[&str],
) -> Run<'p> {
    with_fault(person, &[], call, what, number, words)
}

fn with_fault<'p>(
    person: &'p Person,
    options: &[String],
    call: &str,
    what: &str,
    number: usize,
    words: &[&str],
) -> Run<'p> {
    let inject = format!("inject={call}:{what}:when={number}");
    let program = person.path("bin/git-bbt").display().to_string();
    let mut all = vec!["-f", "-o", "/dev/null", "-e", &inject];
    all.extend(options.iter().map(String::as_str));
    all.push(&program);
    all.extend(words);
    person.run("strace", all)
}
