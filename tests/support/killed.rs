//! Runs a command of `git bbt` under strace, which kills it at a system call, or makes the call fail with
//! a full disk.

use std::path::PathBuf;

use super::{Outcome, Person, Run};

/// The system calls that open or change a file; strace counts each separately. `?` marks those that
/// some machines lack.
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

/// More calls of one kind than any run makes on git's configuration files.
pub const ENOUGH: usize = 20;

/// Runs a command and kills it, or a process that it started, at the `number`th such call on one of
/// these files, or on a temporary file or lock beside it. The status is `None` if the command itself
/// was killed.
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

/// Returns a run in which strace makes the `number`th call of this name fail in this way:
/// `signal=SIGKILL`, `error=ENOSPC`.
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
