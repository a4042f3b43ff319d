//! Killed at any moment, migrate leaves the old file or the new one, and git's lock, as git itself
//! would; once the lock is removed, the next run finishes.

use std::collections::BTreeSet;
use std::fs;

use super::{config, is_clean, migrate, person_with};
use crate::support::killed::{CALLS, ENOUGH, killed_at};
use crate::support::missing;

const NAMES: [&str; 2] = ["one", "two"];

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
    // One repository at a time.
    person.export("RAYON_NUM_THREADS", "1");
    let files = NAMES.map(|name| person.path(name).join(".git/config"));
    let words = ["migrate"].into_iter().chain(arguments.iter().copied());
    let words: Vec<&str> = words.collect();
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
                fs::write(file, old).expect("HOME is writable");
            }
            let outcome = killed_at(&person, &files, call, number, &words);
            assert!(matches!(outcome.status, None | Some(0)), "{outcome}");
            let is_killed = outcome.status.is_none();
            let left = NAMES.map(|name| config(&person, name));
            for ((left, old), new) in left.iter().zip(&old).zip(&new) {
                assert!(left == old || left == new, "{call} {number}: {left}");
            }
            for ((name, left), new) in NAMES.iter().zip(&left).zip(&new) {
                let lock = person.path(name).join(".git/config.lock");
                seen.insert((left == new, lock.exists()));
                let _ = fs::remove_file(lock);
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
    // Every relevant moment was seen: whether the file is new, and whether a lock exists.
    let moments = [(false, false), (false, true), (true, false)];
    assert_eq!(seen, BTreeSet::from(moments));
}
