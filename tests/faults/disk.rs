//! A disk that is full, by the limit that a shell sets to the size of files, and by strace.

use std::fs;

use super::kept;
use crate::support::killed::{CALLS, fault_at};
use crate::support::{LOGIN, Outcome, Person, missing};

/// Somebody who has logged in, and a configuration of some length.
fn person() -> (Person, String) {
    let person = Person::with_any_git();
    let older = person.workspace_token("acme");
    person.run("git-bbt", LOGIN).input(older.clone()).succeeds();
    let path = person.path(".config/git-remote-bbt/config.toml");
    let text = fs::read_to_string(&path).expect("it is there");
    person.write_config(&format!("{text}{}", "# mine\n".repeat(1000)));
    (person, older)
}

/// In a shell in which no file gets longer than so many blocks, with what `trap` says of the signal
/// that comes then.
fn limited(person: &Person, trap: &str, blocks: u32, words: &str, input: &str) -> Outcome {
    let command = format!("{trap}; ulimit -f {blocks}; exec git-bbt {words}");
    person.run("sh", ["-c", &command]).input(input).ends()
}

#[test]
fn a_full_disk_leaves_files_unchanged() {
    let (person, _) = person();
    let before = kept(&person);
    let newer = person.workspace_token("acme");
    let login = LOGIN.join(" ");
    // With room for nothing, and with room for the token and not for the configuration.
    for blocks in [0, 2] {
        for other in ["acme", "gadgets"] {
            let words = login.replace("acme", other);
            let outcome = limited(&person, "trap '' XFSZ", blocks, &words, &newer);
            assert_eq!(outcome.status, Some(1), "{outcome}");
            outcome
                .says("error: cannot write ~/.config/git-remote-bbt/")
                .says("File too large");
            let mut is = kept(&person);
            // Its token is in its place, where the one before it was: no better one is known.
            if let Some(token) = is.get_mut("acme.token") {
                assert!(*token == before["acme.token"] || *token == format!("{newer}\n"));
                token.clone_from(&before["acme.token"]);
            }
            assert_eq!(
                is.keys().collect::<Vec<_>>(),
                before.keys().collect::<Vec<_>>(),
                "{blocks} {other}"
            );
            assert!(is == before, "{blocks} {other}");
        }
    }
    let outcome = limited(&person, "trap '' XFSZ", 0, "logout acme", "");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert_eq!(kept(&person)["config.toml"], before["config.toml"]);
}

/// The signal is a kill in the middle of a write.
#[test]
fn the_next_run_finishes_after_a_full_disk() {
    let (person, _) = person();
    let before = kept(&person);
    let newer = person.workspace_token("acme");
    for blocks in [0, 2] {
        let outcome = limited(&person, ":", blocks, &LOGIN.join(" "), &newer);
        assert_eq!(outcome.status, None, "{outcome}");
        assert_eq!(kept(&person)["config.toml"], before["config.toml"]);
        person.run("git-bbt", LOGIN).input(newer.clone()).succeeds();
        let names: Vec<_> = kept(&person).into_keys().collect();
        assert_eq!(names, ["acme.token", "config.toml"]);
    }
}

#[test]
fn a_full_disk_leaves_migrates_files_old_or_new() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "one"]).succeeds();
    let url = "git@bitbucket.org:acme/widgets.git";
    person
        .git(["remote", "add", "origin", url])
        .at("one")
        .succeeds();
    let config = || fs::read_to_string(person.path("one/.git/config")).expect("it is there");
    let old = config();
    let outcome = limited(&person, "trap '' XFSZ", 0, "migrate one", "");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert!(outcome.stdout.contains("File too large"), "{outcome}");
    assert_eq!(config(), old);
    assert_eq!(limited(&person, ":", 0, "migrate one", "").status, None);
    assert_eq!(config(), old);
    // As git itself leaves it, if it is killed.
    let lock = person.path("one/.git/config.lock");
    let _ = fs::remove_file(&lock);
    person.run("git-bbt", ["migrate", "one"]).succeeds();
    assert!(config().contains("bbt::acme/widgets"));
    assert!(!lock.exists());
}

#[test]
fn a_full_disk_leaves_setups_files_old_or_new() {
    let person = Person::with_any_git();
    person.write_config("");
    let old = format!("[user]\n\tname = Me\n{}", "# mine\n".repeat(1000));
    person.write(".gitconfig", &old, 0o600);
    let global = || fs::read_to_string(person.path(".gitconfig")).expect("it is there");
    // There is room for what git says meanwhile.
    let outcome = limited(&person, "trap '' XFSZ", 4, "setup acme --force", "");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    outcome.says("failed to write new configuration file");
    assert_eq!(global(), old);
    // The signal ends git, which leaves its lock.
    limited(&person, ":", 4, "setup acme --force", "").says("hint: add it there");
    assert_eq!(global(), old);
    fs::remove_file(person.path(".gitconfig.lock")).expect("it is there");
    person
        .run("git-bbt", ["setup", "acme", "--force"])
        .succeeds();
    assert!(global().starts_with(&old) && global().contains("[include]"));
    assert!(!person.path(".gitconfig.lock").exists());
}

/// At every call that writes, makes or renames.
#[test]
fn a_full_disk_at_any_moment_is_reported_or_recovered_from() {
    let (person, older) = person();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    let newer = person.workspace_token("acme");
    let config = kept(&person)["config.toml"].clone();
    let mut failed = 0;
    // A program that no library can be opened for is not ours yet.
    for call in CALLS.into_iter().filter(|call| *call != "openat") {
        for number in 1..100 {
            person.write(
                ".config/git-remote-bbt/acme.token",
                &format!("{older}\n"),
                0o600,
            );
            let run = fault_at(&person, call, "error=ENOSPC", number, &LOGIN);
            let outcome = run.input(newer.clone()).ends();
            let when = format!("{call} {number}: {outcome}");
            let is = kept(&person);
            assert_eq!(is["config.toml"], config, "{when}");
            let token = is["acme.token"].trim();
            assert!(token == older || token == newer, "{when}");
            match outcome.status {
                Some(0) => assert!(token == newer && is.len() == 2, "{when}"),
                status => assert_eq!(status, Some(1), "{when}"),
            }
            // It may be the message itself that there is no room for.
            let has_failed = outcome.stderr.contains("No space left on device");
            failed += u32::from(has_failed);
            if outcome.status == Some(0) && number > 3 {
                break;
            }
        }
    }
    assert!(failed > 3, "it failed {failed} times");
}
