//! Others at the same file, at the same time: nothing of anybody's is lost.

use std::time::{Duration, Instant};

use super::{config, is_clean, is_migrated, migrate, person_with};
use crate::support::{Person, missing};

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

#[test]
fn what_git_writes_after_we_looked_and_before_we_lock_is_kept() {
    let person = person_with(&["one"]);
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    // The first time that it asks for the lock takes it two seconds.
    let late = "inject=linkat:delay_enter=2s:when=1";
    let program = person.path("bin/git-bbt").display().to_string();
    let words = [
        "-f",
        "-o",
        "/dev/null",
        "-e",
        late,
        &program,
        "migrate",
        "one",
    ];
    let ours = person.run("strace", words).start();
    let start = Instant::now();
    while !person.path("one/.git/config.bbt").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never starts");
        std::thread::sleep(Duration::from_millis(1));
    }
    set(&person, 1);
    assert!(!is_migrated(&person, "one"), "it was not late");
    let output = ours.wait_with_output().expect("it can be waited for");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(is_migrated(&person, "one"));
    assert!(config(&person, "one").contains("\tn1 = 1\n"));
    is_clean(&person, "one");
}
