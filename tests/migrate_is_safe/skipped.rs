//! Problems are reported with a hint, and the other repositories are converted.

use std::fs;
use std::os::unix::fs::chown;

use expect_test::expect;
use rustix::process::geteuid;

use super::{config, is_clean, is_migrated, migrate, person_with};
use crate::support::{Person, missing};

/// A user id that no user has.
const STRANGER: u32 = 12345;

#[test]
fn unreadable_and_locked_files_are_skipped_and_the_rest_is_converted() {
    let person = person_with(&["a", "broken", "locked", "z"]);
    person.write("locked/.git/config.lock", "somebody's", 0o600);
    let old = config(&person, "locked");
    let broken = config(&person, "broken") + "[remote \"origin\n";
    person.write("broken/.git/config", &broken, 0o600);
    person.write("stray/.git", "gitdir: ../nowhere\n", 0o600);

    let outcome = migrate(&person, &["--recursive"]);
    expect![[r#"
        ~/stray: skipped: its .git names ../nowhere, which does not exist
        ~/a  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/broken/.git/config: skipped: git cannot read line 9
        ~/locked/.git/config: skipped: it is locked by ~/locked/.git/config.lock
        ~/z  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        4 repositories: 2 remotes converted, 3 skipped
        hint: git config --file ~/broken/.git/config --list
        hint: if no git is running there: rm ~/locked/.git/config.lock
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
    assert_eq!(config(&person, "locked"), old);
    let lock = fs::read_to_string(person.path("locked/.git/config.lock"));
    assert_eq!(lock.expect("the lock still exists"), "somebody's");
    assert_eq!(config(&person, "broken"), broken);
    for name in ["a", "z"] {
        assert!(is_migrated(&person, name), "{name}");
        is_clean(&person, name);
    }
}

#[test]
fn another_users_repository_is_skipped_until_git_trusts_it() {
    if !geteuid().is_root() {
        return missing("root", "root, to give files away");
    }
    let person = person_with(&["a", "theirs", "z"]);
    let old = config(&person, "theirs");
    for name in ["theirs", "theirs/.git", "theirs/.git/config"] {
        give_away(&person, name);
    }

    let outcome = migrate(&person, &["--recursive"]);
    expect![[r#"
        ~/a  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/theirs: skipped: it belongs to another user, and git does not trust it
        ~/z  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        3 repositories: 2 remotes converted, 1 skipped
        hint: git config --global --add safe.directory ~/theirs
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
    assert_eq!(config(&person, "theirs"), old);
    assert!(is_migrated(&person, "a") && is_migrated(&person, "z"));

    let theirs = person.path("theirs").display().to_string();
    let hint = ["config", "--global", "--add", "safe.directory", &theirs];
    person.git(hint).succeeds();
    let outcome = migrate(&person, &["--recursive"]);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    assert!(is_migrated(&person, "theirs"));
    let file = fs::metadata(person.path("theirs/.git/config")).expect("the file exists");
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&file), STRANGER);
}

/// Submodules are allowed to use `bbt::`.
#[test]
fn another_users_work_tree_does_not_decide_what_a_submodule_is() {
    if !geteuid().is_root() {
        return missing("root", "root, to give files away");
    }
    let person = person_with(&["ours", "ours/parts", "theirs", "theirs/parts"]);
    for (name, is_submodule) in [("ours", true), ("theirs", false)] {
        let gitmodules = "[submodule \"s\"]\n\tpath = parts\n";
        person.write(format!("{name}/.gitmodules"), gitmodules, 0o644);
        if !is_submodule {
            give_away(&person, name);
        }
        let parts = format!("{name}/parts");
        migrate(&person, &[&parts]);
        assert!(is_migrated(&person, &parts), "{name}");
        let is_allowed = config(&person, &parts).contains("[protocol \"bbt\"]");
        assert_eq!(is_allowed, is_submodule, "{name}");
    }
}

fn give_away(person: &Person, name: &str) {
    chown(person.path(name), Some(STRANGER), Some(STRANGER)).expect("root may");
}

/// Root may write anywhere, so the test needs another user.
#[test]
fn read_only_files_are_skipped_and_the_rest_is_converted() {
    let person = person_with(&["a", "fixed", "z"]);
    let old = config(&person, "fixed");
    // In a folder that the user can read: the build may be in a private home.
    let program = person.path("git-bbt");
    fs::copy(env!("CARGO_BIN_EXE_git-bbt"), &program).expect("HOME is writable");
    let program = program.display().to_string();
    let mut words = vec![program.as_str(), "migrate", "--recursive"];
    let user = STRANGER.to_string();
    if geteuid().is_root() {
        if !person.has("setpriv") {
            return missing("setpriv", "setpriv");
        }
        let home = person.path("").display().to_string();
        let owner = format!("{user}:{user}");
        person.run("chown", ["-R", &owner, &home]).succeeds();
        let other = [
            "setpriv",
            "--reuid",
            &user,
            "--regid",
            &user,
            "--clear-groups",
        ];
        words.splice(0..0, other);
    }
    person.run("chmod", ["a-w", "fixed/.git"]).succeeds();

    let (program, arguments) = words.split_first().expect("the command has a name");
    let outcome = person.run(program, arguments.iter().copied()).ends();
    // Otherwise only root could remove HOME.
    person.run("chmod", ["u+w", "fixed/.git"]).succeeds();
    expect![[r#"
        ~/a  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/fixed/.git/config: skipped: it cannot be written: Permission denied (os error 13)
        ~/z  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        3 repositories: 2 remotes converted, 1 skipped
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
    assert_eq!(config(&person, "fixed"), old);
    assert!(is_migrated(&person, "a") && is_migrated(&person, "z"));
}
