//! Killed at any moment, or beside another one: the file is old or new, and nothing is lost.

use std::collections::BTreeSet;
use std::fs;

use super::{git_config, global, set_up};
use crate::support::killed::{CALLS, ENOUGH, killed_at};
use crate::support::{Person, missing};

const OLD: &str = "[user]\n\tname = Me\n";

#[test]
fn setup_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    killed(OLD, &["setup", "--rewrite", "acme", "--force"]);
}

#[test]
fn setup_of_a_new_file_that_is_killed_is_finished_by_the_next_one() {
    killed("", &["setup", "acme", "--force"]);
}

#[test]
fn undo_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    for text in [OLD, ""] {
        killed(text, &["setup", "--undo"]);
    }
}

/// `text` is what the file holds before anything of ours is in it; there is no file where it is
/// empty.
fn killed(text: &str, words: &[&str]) {
    let person = Person::with_any_git();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    person.write_config("");
    let file = person.path(".gitconfig");
    let write = |text: &str| match text {
        "" => drop(fs::remove_file(&file)),
        text => fs::write(&file, text).expect("it is theirs"),
    };
    let arguments = words[1..].join(" ");
    write(text);
    if arguments == "--undo" {
        set_up(&person, "acme --force");
    }
    let old = global(&person);
    set_up(&person, &arguments);
    let new = global(&person);
    assert_ne!(old, new);

    let mut seen = BTreeSet::new();
    for call in CALLS {
        for number in 1.. {
            assert!(number <= ENOUGH, "{call}: it makes more than {ENOUGH}");
            write(&old);
            let files = [file.clone()];
            let outcome = killed_at(&person, &files, call, number, words);
            let status = outcome.status;
            // It fails where the git that it asks is what was killed.
            assert!(matches!(status, None | Some(0 | 1)), "{outcome}");
            let left = global(&person);
            assert!(left == old || left == new, "{call} {number}: {left}");
            seen.insert((left == new, status));
            set_up(&person, &arguments);
            assert_eq!(global(&person), new, "{call} {number}");
            for ending in [".bbt", ".lock"] {
                let beside = person.path(format!(".gitconfig{ending}"));
                assert!(!beside.exists(), "{call} {number}: {ending} is left");
            }
            if status == Some(0) {
                break;
            }
        }
    }
    // Else it was killed at no moment that matters.
    for moment in [(false, None), (true, None), (true, Some(0))] {
        assert!(seen.contains(&moment), "{moment:?} of {seen:?}");
    }
}

#[test]
fn two_of_us_and_git_lose_nothing() {
    const ROUNDS: usize = 25;
    let person = Person::with_any_git();
    person.write_config("");
    let name = |number| format!("test.n{number}");
    for number in 0..ROUNDS {
        let workspaces = [format!("a{number}"), format!("b{number}")];
        let ours = workspaces.map(|workspace| {
            let run = person.run("git-bbt", ["setup", &workspace, "--force"]);
            (run.start(), workspace)
        });
        // git does not wait for a lock.
        let set = ["config", "--global", &name(number), "yes"];
        while person.git(set).ends().status != Some(0) {}
        let ours = ours.map(|(child, workspace)| {
            let output = child.wait_with_output().expect("it can be waited for");
            (output, workspace)
        });
        for (output, workspace) in ours {
            let said = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                // A lock is all that may stand in the way.
                assert!(said.contains(".gitconfig.lock is there"), "{said}");
                set_up(&person, &format!("{workspace} --force"));
            }
        }
    }
    for number in 0..ROUNDS {
        assert_eq!(git_config(&person, &["--get-all", &name(number)]), "yes\n");
        for side in ["a", "b"] {
            let key = format!("credential.https://bitbucket.org/{side}{number}.helper");
            let all = git_config(&person, &["--get-all", &key]);
            assert_eq!(all, "\nbbt\n", "{key}");
        }
    }
    assert_eq!(
        git_config(&person, &["--get-all", "protocol.bbt.allow"]),
        "always\n"
    );
    set_up(&person, "--undo");
    let kept: usize = (0..ROUNDS)
        .filter(|number| global(&person).contains(&format!("\tn{number} = yes\n")))
        .count();
    assert_eq!(kept, ROUNDS);
    assert!(!global(&person).contains("bbt"), "{}", global(&person));
}
