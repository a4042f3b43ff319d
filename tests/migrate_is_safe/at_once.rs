//! Others at the same file, at the same time: nothing of anybody's is lost.

use std::time::Duration;

use super::{config, is_clean, is_migrated, migrate, person_with};
use crate::support::Person;

const VALUES: usize = 50;

/// As often as git may find the file locked.
const TRIES: usize = 200;

#[test]
fn nothing_is_lost_between_two_of_us_and_git() {
    let person = person_with(&["one"]);
    for number in 0..VALUES {
        // One that takes back what the other does makes for many changes.
        let words: [&[&str]; 2] = match number % 2 {
            0 => [&["migrate", "one"], &["migrate", "one"]],
            _ => [&["migrate", "--undo", "one"], &["migrate", "one"]],
        };
        let ours = words.map(|words| person.run("git-bbt", words.iter().copied()).start());
        set(&person, number);
        for child in ours {
            let output = child.wait_with_output().expect("it can be waited for");
            let said = String::from_utf8_lossy(&output.stdout);
            // A lock is all that may stand in the way.
            let is_locked = said.contains("config.lock is there");
            assert!(output.status.success() || is_locked, "{said}");
        }
    }

    let outcome = migrate(&person, &["one"]);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    assert!(is_migrated(&person, "one"));
    let text = config(&person, "one");
    let records = text.matches("[bbt-migrated \"remote.origin.url\"]").count();
    assert_eq!(records, 1, "{text}");
    for number in 0..VALUES {
        let line = format!("\tn{number} = {number}\n");
        assert_eq!(text.matches(&line).count(), 1, "{line}{text}");
    }
    is_clean(&person, "one");
}

/// Sets a value of its own with git, which does not wait for a lock.
fn set(person: &Person, number: usize) {
    let (key, value) = (format!("test.n{number}"), number.to_string());
    for _ in 0..TRIES {
        let outcome = person.git(["config", &key, &value]).at("one").ends();
        if outcome.status == Some(0) {
            return;
        }
        outcome.says("could not lock config file");
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("git finds its configuration locked {TRIES} times");
}
