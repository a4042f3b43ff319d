//! A full disk, simulated by the shell's limit for the size of files, and by strace.

use std::fs;

use super::config_files;
use crate::support::killed::{CALLS, fault_at};
use crate::support::{LOGIN, Outcome, Person, missing};

/// Returns a person who has logged in, with a long config.toml.
fn person() -> (Person, String) {
    let person = Person::with_any_git();
    let older = person.workspace_token("acme");
    person.run("git-bbt", LOGIN).input(older.clone()).succeeds();
    let path = person.path(".config/git-remote-bbt/config.toml");
    let text = fs::read_to_string(&path).expect("the file exists");
    person.write_config(&format!("{text}{}", "# mine\n".repeat(1000)));
    (person, older)
}

/// Runs a command in a shell that limits files to so many blocks; `trap` is the action for the signal
/// that is then sent.
fn limited(person: &Person, trap: &str, blocks: u32, words: &str, input: &str) -> Outcome {
    let command = format!("{trap}; ulimit -f {blocks}; exec git-bbt {words}");
    person.run("sh", ["-c", &command]).input(input).ends()
}

#[test]
fn a_full_disk_leaves_files_unchanged() {
    let (person, _) = person();
    let before = config_files(&person);
    let newer = person.workspace_token("acme");
    let login = LOGIN.join(" ");
    // With room for nothing, and with room for the token but not for config.toml.
    for blocks in [0, 2] {
        for other in ["acme", "gadgets"] {
            let words = login.replace("acme", other);
            let outcome = limited(&person, "trap '' XFSZ", blocks, &words, &newer);
            assert_eq!(outcome.status, Some(1), "{outcome}");
            outcome
                .says("error: cannot write ~/.config/git-remote-bbt/")
                .says("File too large");
            let mut is = config_files(&person);
            // The token's file may have the new token already.
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
    assert_eq!(config_files(&person)["config.toml"], before["config.toml"]);
}

/// The signal ends the process in the middle of a write.
#[test]
fn the_next_run_finishes_after_a_full_disk() {
    let (person, _) = person();
    let before = config_files(&person);
    let newer = person.workspace_token("acme");
    for blocks in [0, 2] {
        let outcome = limited(&person, ":", blocks, &LOGIN.join(" "), &newer);
        assert_eq!(outcome.status, None, "{outcome}");
        assert_eq!(config_files(&person)["config.toml"], before["config.toml"]);
        person.run("git-bbt", LOGIN).input(newer.clone()).succeeds();
        let names: Vec<_> = config_files(&person).into_keys().collect();
        assert_eq!(names, ["acme.token", "config.toml"]);
    }
}

#[test]
fn a_full_disk_leaves_migrates_files_old_or_new() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "one"]).succeeds();
    let url = "git@bitbucket.org:acme/widgets.git";
    person.git_in("one", &format!("remote add origin {url}"));
    let config = || fs::read_to_string(person.path("one/.git/config")).expect("the file exists");
    let old = config();
    let outcome = limited(&person, "trap '' XFSZ", 0, "migrate one", "");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert!(outcome.stdout.contains("File too large"), "{outcome}");
    assert_eq!(config(), old);
    assert_eq!(limited(&person, ":", 0, "migrate one", "").status, None);
    assert_eq!(config(), old);
    // The lock is left, as by git itself when it is killed.
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
    let global = || fs::read_to_string(person.path(".gitconfig")).expect("the file exists");
    // The limit leaves room for what git prints.
    let outcome = limited(&person, "trap '' XFSZ", 4, "setup acme --force", "");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    outcome.says("failed to write new configuration file");
    assert_eq!(global(), old);
    // The signal ends git, which leaves its lock.
    limited(&person, ":", 4, "setup acme --force", "").says("hint: add it there");
    assert_eq!(global(), old);
    fs::remove_file(person.path(".gitconfig.lock")).expect("the file exists");
    person
        .run("git-bbt", ["setup", "acme", "--force"])
        .succeeds();
    assert!(global().starts_with(&old) && global().contains("[include]"));
    assert!(!person.path(".gitconfig.lock").exists());
}

/// The disk is full at any system call that writes, creates or renames.
#[test]
fn a_full_disk_at_any_moment_is_reported_or_recovered_from() {
    let (person, older) = person();
    if !person.can_trace() {
        return missing("strace", "strace");
    }
    let newer = person.workspace_token("acme");
    let config = config_files(&person)["config.toml"].clone();
    let mut failed = 0;
    // Without `openat`: if loading a library fails, our code does not run.
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
            let is = config_files(&person);
            assert_eq!(is["config.toml"], config, "{when}");
            let token = is["acme.token"].trim();
            assert!(token == older || token == newer, "{when}");
            match outcome.status {
                Some(0) => assert!(token == newer && is.len() == 2, "{when}"),
                status => assert_eq!(status, Some(1), "{when}"),
            }
            // The write that fails may be that of the message itself.
            let has_failed = outcome.stderr.contains("No space left on device");
            failed += u32::from(has_failed);
            if outcome.status == Some(0) && number > 3 {
                break;
            }
        }
    }
    assert!(failed > 3, "it failed {failed} times");
}
