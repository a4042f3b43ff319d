//! Killed at any moment, or run in parallel: git can read the configuration, and the next run finishes.

use std::collections::BTreeSet;
use std::fs;

use super::{GENERATED, INCLUDE, generated, git_config, global, set_up};
use crate::support::killed::{CALLS, ENOUGH, killed_at};
use crate::support::{Person, missing};

const OLD: &str = "[user]\n\tname = Me\n";

#[test]
fn a_run_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    killed(&["setup", "--rewrite", "acme", "--force"]);
}

#[test]
fn undo_that_is_killed_leaves_old_or_new_and_the_next_one_finishes() {
    killed(&["setup", "--undo"]);
}

fn killed(words: &[&str]) {
    let person = Person::with_any_git();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    person.write_config("");
    let arguments = words[1..].join(" ");
    let is_undo = arguments == "--undo";
    let state = || (global(&person), generated(&person));
    let reset = || {
        person.write(".gitconfig", OLD, 0o644);
        let _ = fs::remove_file(person.path(GENERATED));
        if is_undo {
            set_up(&person, "acme --force");
        }
    };
    reset();
    let old = state();
    set_up(&person, &arguments);
    let new = state();
    assert_ne!(old, new);

    let files = [person.path(".gitconfig"), person.path(GENERATED)];
    let mut seen = BTreeSet::new();
    for call in CALLS {
        for number in 1.. {
            assert!(number <= ENOUGH, "{call}: it makes more than {ENOUGH}");
            reset();
            let outcome = killed_at(&person, &files, call, number, words);
            let (config, settings) = state();
            assert!(
                settings == old.1 || settings == new.1,
                "{call} {number}: {settings}"
            );
            // git itself was killed, and left its lock.
            let lock = person.path(".gitconfig.lock");
            let _ = fs::remove_file(&lock);
            // Between the two edits, the section has another name.
            let config = config.replace("[bbt-setup]", "[include]");
            let added = format!("{OLD}{INCLUDE}");
            assert!(
                config == OLD || config == added,
                "{call} {number}: {config}"
            );
            git_config(&person, &["user.name"]);
            seen.insert(((config, settings) == new, outcome.status == Some(0)));
            set_up(&person, &arguments);
            assert_eq!(state(), new, "{call} {number}");
            if outcome.status == Some(0) {
                break;
            }
        }
    }
    // Every relevant moment was seen.
    for moment in [(false, false), (true, true)] {
        assert!(seen.contains(&moment), "{moment:?} of {seen:?}");
    }
}

#[test]
fn two_setups_and_git_at_the_same_time_lose_nothing() {
    const ROUNDS: usize = 15;
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
        for (child, workspace) in ours {
            let output = child.wait_with_output().expect("the process ends");
            let said = String::from_utf8_lossy(&output.stderr);
            if !output.status.success() {
                // Only git's lock may stop a run.
                assert!(said.contains("could not lock config file"), "{said}");
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
    assert_eq!(global(&person).matches("setup.gitconfig").count(), 1);
}
