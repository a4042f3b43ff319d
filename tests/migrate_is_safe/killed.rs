//! Killed at any moment, it leaves the old file or the new one, and the next run puts all in order.

use std::collections::BTreeSet;
use std::fs;

use super::{config, is_clean, migrate, person_with};
use crate::support::{Person, missing};

const NAMES: [&str; 2] = ["one", "two"];

/// All that opens a file or changes something on a disk; strace counts each by itself. A `?` goes
/// before what not every machine has.
const CALLS: [&str; 14] = [
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
const ENOUGH: usize = 20;

#[test]
fn migrate_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    killed(&["--recursive"]);
}

#[test]
fn undo_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    killed(&["--undo", "--recursive"]);
}

fn killed(arguments: &[&str]) {
    let person = person_with(&NAMES);
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    if arguments.contains(&"--undo") {
        assert_eq!(migrate(&person, &["--recursive"]).status, Some(0));
    }
    let old = NAMES.map(|name| config(&person, name));
    assert_eq!(migrate(&person, arguments).status, Some(0));
    let new = NAMES.map(|name| config(&person, name));
    assert_ne!(old, new);

    let mut seen = BTreeSet::new();
    for call in CALLS {
        for number in 1.. {
            assert!(number <= ENOUGH, "{call}: it makes more than {ENOUGH}");
            for (name, old) in NAMES.iter().zip(&old) {
                let file = person.path(name).join(".git/config");
                fs::write(file, old).expect("it is theirs");
            }
            let is_killed = is_killed_at(&person, call, number, arguments);
            let left = NAMES.map(|name| config(&person, name));
            for ((left, old), new) in left.iter().zip(&old).zip(&new) {
                assert!(left == old || left == new, "{call} {number}: {left}");
            }
            for ((name, left), new) in NAMES.iter().zip(&left).zip(&new) {
                let lies = |file| person.path(name).join(".git").join(file).exists();
                seen.insert((left == new, lies("config.bbt"), lies("config.lock")));
            }

            let outcome = migrate(&person, arguments);
            assert_eq!(outcome.status, Some(0), "{call} {number}: {outcome}");
            let is = NAMES.map(|name| config(&person, name));
            assert_eq!(is, new, "{call} {number}");
            for name in NAMES {
                is_clean(&person, name);
            }
            if !is_killed {
                break;
            }
        }
    }
    // Else it was killed at no moment that matters: is the file new, is there a draft, and a lock.
    let moments = [
        (false, false, false),
        (false, true, false),
        (false, true, true),
        (true, false, false),
        (true, true, false),
    ];
    assert_eq!(seen, BTreeSet::from(moments));
}

/// Runs it, one repository after the other, until this call, the so many'th, that
/// has to do with their configuration; whether it came so far.
fn is_killed_at(person: &Person, call: &str, number: usize, arguments: &[&str]) -> bool {
    let program = person.path("bin/git-bbt").display().to_string();
    let inject = format!("inject={call}:signal=SIGKILL:when={number}");
    let files = NAMES.iter().flat_map(|name| {
        let folder = person.path(name).join(".git");
        ["config", "config.bbt", "config.lock"].map(|file| folder.join(file).display().to_string())
    });
    let files: Vec<String> = files.collect();
    let mut words = vec!["-f", "-o", "/dev/null", "-e", &inject];
    for file in &files {
        words.extend(["-P", file]);
    }
    words.extend([program.as_str(), "migrate"]);
    words.extend(arguments);
    let outcome = person
        .run("strace", words)
        .env("RAYON_NUM_THREADS", "1")
        .ends();
    assert!(matches!(outcome.status, None | Some(0)), "{outcome}");
    outcome.status.is_none()
}
