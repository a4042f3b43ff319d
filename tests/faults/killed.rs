//! `git bbt login` and `logout`, killed at any system call: files are old or new, a token that worked
//! still works, and the next run finishes.

use super::config_files;
use crate::support::killed::{CALLS, fault_at};
use crate::support::{LOGIN, Person, missing};

/// More calls of one kind than either command makes.
const ENOUGH: usize = 200;

/// Kills a command at every system call; after each kill, `look` checks what is left, and `restore`
/// restores it.
fn killed(person: &Person, words: &[&str], input: &str, look: impl Fn(&str), restore: impl Fn()) {
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            assert!(number < ENOUGH, "{call}: it makes more than {ENOUGH}");
            restore();
            let run = fault_at(person, call, "signal=SIGKILL", number, words);
            let outcome = run.input(input).ends();
            assert!(
                matches!(outcome.status, None | Some(0)),
                "{call} {number}: {outcome}"
            );
            look(&format!("{call} {number}"));
            if outcome.status.is_some() {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 20, "it was killed {kills} times");
}

#[test]
fn a_killed_login_leaves_files_old_or_new_and_the_next_finishes() {
    let person = Person::with_any_git();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    let (older, newer) = (
        person.workspace_token("acme"),
        person.workspace_token("acme"),
    );
    let nothing = config_files(&person)["config.toml"].clone();
    let login = |token: &str| person.run("git-bbt", LOGIN).input(token).succeeds();
    login(&older);
    let with_entry = config_files(&person)["config.toml"].clone();
    assert_ne!(nothing, with_entry);

    for old in [&nothing, &with_entry] {
        let has_token = old == &with_entry;
        let restore = || {
            person.write_config(old);
            let file = person.path(".config/git-remote-bbt/acme.token");
            let _ = std::fs::remove_file(file);
            if has_token {
                person.write(
                    ".config/git-remote-bbt/acme.token",
                    &format!("{older}\n"),
                    0o600,
                );
            }
        };
        let look = |when: &str| {
            let is = config_files(&person);
            assert!([old, &with_entry].contains(&&is["config.toml"]), "{when}");
            let tokens = [format!("{older}\n"), format!("{newer}\n")];
            let token = is.get("acme.token");
            assert!(token.is_none_or(|token| tokens.contains(token)), "{when}");
            if is["config.toml"] == with_entry {
                let printed = person.run("git-bbt", ["token", "acme"]).ends();
                assert_eq!(printed.status, Some(0), "{when}: {printed}");
            }
            login(&newer);
            let is = config_files(&person);
            assert_eq!(
                is.keys().collect::<Vec<_>>(),
                ["acme.token", "config.toml"],
                "{when}"
            );
            assert!(is["acme.token"] == format!("{newer}\n"), "{when}");
            assert_eq!(is["config.toml"], with_entry, "{when}");
        };
        killed(&person, &LOGIN, &newer, look, restore);
    }
}

#[test]
fn a_killed_logout_leaves_files_old_or_new_and_the_next_finishes() {
    let person = Person::with_any_git();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    let token = person.workspace_token("acme");
    let without = config_files(&person)["config.toml"].clone();
    person.run("git-bbt", LOGIN).input(token.clone()).succeeds();
    let with_entry = config_files(&person)["config.toml"].clone();
    let restore = || {
        person.write_config(&with_entry);
        person.write(
            ".config/git-remote-bbt/acme.token",
            &format!("{token}\n"),
            0o600,
        );
    };
    let look = |when: &str| {
        let is = config_files(&person);
        let has_entry = is["config.toml"] == with_entry;
        assert!(has_entry || is["config.toml"] == without, "{when}");
        match is.get("acme.token") {
            Some(left) => assert!(has_entry && *left == format!("{token}\n"), "{when}"),
            // An entry without a token is reported with a hint.
            None if has_entry => {
                let outcome = person.run("git-bbt", ["token", "acme"]).fails(1);
                outcome.says("cannot read ~/.config/git-remote-bbt/acme.token");
            }
            None => {}
        }
        let again = person.run("git-bbt", ["logout", "acme"]).ends();
        assert_eq!(again.status, Some(i32::from(!has_entry)), "{when}: {again}");
        let mut is = config_files(&person);
        assert_eq!(is.remove("config.toml").as_ref(), Some(&without), "{when}");
        assert!(is.is_empty(), "{when}: {:?}", is.keys());
    };
    killed(&person, &["logout", "acme"], "", look, restore);
}
