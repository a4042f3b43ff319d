//! Other programs write the same file at the same time: no change of any of them is lost.

use std::fs;
use std::time::{Duration, Instant};

use super::{config, is_clean, is_migrated, migrate, person_with};
use crate::support::{Person, missing};

const VALUES: usize = 50;

/// The number of times that git may find the file locked.
const TRIES: usize = 200;

#[test]
fn two_migrations_and_git_at_once_lose_nothing() {
    let person = person_with(&["one"]);
    for number in 0..VALUES {
        // A run that undoes the other one makes many changes.
        let words: [&[&str]; 2] = match number % 2 {
            0 => [&["migrate", "one"], &["migrate", "one"]],
            _ => [&["migrate", "--undo", "one"], &["migrate", "one"]],
        };
        let ours = words.map(|words| person.run("git-bbt", words.iter().copied()).start());
        set(&person, number);
        for child in ours {
            let output = child.wait_with_output().expect("the process ends");
            let said = String::from_utf8_lossy(&output.stdout);
            // Only a lock may stop a run.
            let is_locked = said.contains("it is locked by ");
            assert!(output.status.success() || is_locked, "{said}");
        }
    }

    let outcome = migrate(&person, &["one"]);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    assert!(is_migrated(&person, "one"));
    let text = config(&person, "one");
    let records = text.matches("\tbbtOriginalUrl = ").count();
    assert_eq!(records, 1, "{text}");
    for number in 0..VALUES {
        let line = format!("\tn{number} = {number}\n");
        assert_eq!(text.matches(&line).count(), 1, "{line}{text}");
    }
    is_clean(&person, "one");
}

/// Sets a value with git, which does not wait for a lock.
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
fn a_change_by_git_before_we_take_the_lock_is_kept() {
    let person = person_with(&["one"]);
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    // git holds the lock, with a new version of the file.
    let (file, lock) = (
        person.path("one/.git/config"),
        person.path("one/.git/config.lock"),
    );
    let new = config(&person, "one") + "[test]\n\tn1 = 1\n";
    fs::write(&lock, new).expect("HOME is writable");
    let asked = person.path("asked");
    let program = person.path("bin/git-bbt").display().to_string();
    let paths = [&asked, &lock].map(|path| path.display().to_string());
    let words = [
        "-f",
        "-e",
        "trace=openat",
        "-o",
        &paths[0],
        "-P",
        &paths[1],
        &program,
        "migrate",
        "one",
    ];
    let ours = person.run("strace", words).start();
    let start = Instant::now();
    while fs::metadata(&asked).map_or(0, |asked| asked.len()) == 0 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "migrate never reaches the lock"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(
        !is_migrated(&person, "one"),
        "migrate did not wait for the lock"
    );
    fs::rename(&lock, &file).expect("HOME is writable");
    let output = ours.wait_with_output().expect("the process ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(is_migrated(&person, "one"));
    assert!(config(&person, "one").contains("\tn1 = 1\n"));
    is_clean(&person, "one");
}
