//! `--undo` removes the line and the file, or the settings of one workspace.

use std::fs;

use expect_test::expect;

use super::{GENERATED, generated, global, set_up, setup};
use crate::support::{Person, with_each_git};

#[test]
fn undo_restores_the_configuration() {
    with_each_git(|person| {
        for before in [
            "[user]\n\tname = Me\n",
            "[user]\r\n\tname = Me\r\n",
            "# mine\n[credential]\n\thelper = store # always\n",
            "[include]\n\tpath = ~/other\n[user]\n\tname = Me\n",
        ] {
            person.write_config("");
            person.write(".gitconfig", before, 0o600);
            set_up(person, "acme --force --rewrite");
            set_up(person, "late --force --rewrite");
            assert_ne!(global(person), before);
            set_up(person, "--undo");
            assert_eq!(global(person), before);
            assert!(!person.path(GENERATED).exists());
        }
        assert_eq!(set_up(person, "--undo").stdout, "Nothing to undo.\n");
    });
}

#[test]
fn undo_keeps_settings_below_the_include() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let below = "[x]\n\ty = z\n";
    person.write(".gitconfig", &(global(&person) + below), 0o600);
    set_up(&person, "--undo");
    assert_eq!(global(&person), below);
}

#[test]
fn undo_removes_the_include_without_the_file_and_the_file_without_the_include() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let line = global(&person);
    fs::remove_file(person.path(GENERATED)).expect("HOME is writable");
    set_up(&person, "--undo");
    assert_eq!(global(&person), "", "{line}");

    set_up(&person, "acme --force");
    fs::remove_file(person.path(".gitconfig")).expect("HOME is writable");
    set_up(&person, "--undo");
    assert!(!person.path(GENERATED).exists());
}

#[test]
fn one_workspace_is_removed_and_the_others_stay() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --rewrite --force");
    let before = generated(&person);
    set_up(&person, "Late --rewrite --force");
    let planned = set_up(&person, "--undo LATE --dry-run").stdout;
    assert!(
        planned.starts_with("Would remove:\n[credential "),
        "{planned}"
    );
    assert_ne!(generated(&person), before);
    let undone = set_up(&person, "--undo LATE").stdout;
    assert_eq!(undone, "Removed the settings for Late.\n");
    assert_eq!(generated(&person), before);
    let nothing = set_up(&person, "--undo late").stdout;
    assert_eq!(nothing, "Nothing to undo for late.\n");
}

#[test]
fn a_dry_run_changes_nothing() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let before = (global(&person), generated(&person));
    let planned = set_up(&person, "--undo --dry-run").stdout;
    let file = format!("Would remove ~/{GENERATED}.\n");
    let line = "Would remove the include from ~/.gitconfig.\n";
    assert_eq!(planned, format!("{file}{line}"));
    assert_eq!((global(&person), generated(&person)), before);

    let dry_run = || set_up(&person, "--undo --dry-run").stdout;
    fs::remove_file(person.path(GENERATED)).expect("HOME is writable");
    assert_eq!(dry_run(), line);
    fs::write(person.path(".gitconfig"), "").expect("HOME is writable");
    assert_eq!(dry_run(), "Nothing to undo.\n");
    set_up(&person, "acme --force");
    fs::write(person.path(".gitconfig"), "").expect("HOME is writable");
    assert_eq!(dry_run(), file);
}

#[test]
fn a_configuration_with_several_lines_is_named_once() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let absolute = format!("[include]\n\tpath = {}\n", person.path(GENERATED).display());
    person.write(
        ".gitconfig",
        &(global(&person).repeat(2) + &absolute),
        0o600,
    );
    let undone = set_up(&person, "--undo").stdout;
    let line = "Removed the include from ~/.gitconfig.\n";
    assert_eq!(undone, format!("Removed ~/{GENERATED}.\n{line}"));
    assert_eq!(global(&person), "");
}

/// Paths in HOME start with `~`. Here HOME is another folder, since the tests replace the person's own
/// HOME.
#[test]
fn paths_are_printed_from_the_home_directory() {
    let person = Person::with_any_git();
    let home = person.path("home");
    fs::create_dir(&home).expect("HOME is writable");
    let mut printed = String::new();
    for words in [
        "login acme --with-token --no-verify --store file",
        "setup",
        "setup --undo",
        "logout acme",
    ] {
        let run = person.run("git-bbt", words.split(' ')).env("HOME", &home);
        let run = run.input(person.workspace_token("acme"));
        printed += &run.succeeds().stdout;
    }
    expect![[r#"
        Stored the token for acme in ~/.config/git-remote-bbt/acme.token and added its entry to ~/.config/git-remote-bbt/config.toml.
        Wrote ~/.config/git-remote-bbt/setup.gitconfig for 1 workspace.
        Removed ~/.config/git-remote-bbt/setup.gitconfig.
        Removed the include from ~/.gitconfig.
        Removed the token for acme from ~/.config/git-remote-bbt/acme.token and its entry from ~/.config/git-remote-bbt/config.toml.
        It is still valid in Bitbucket. To revoke it, go to
          https://bitbucket.org/acme/workspace/settings/access-tokens
    "#]].assert_eq(&printed);
}

#[test]
fn a_file_that_git_cannot_read_is_removed() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    fs::write(person.path(GENERATED), generated(&person) + "[oops\n").expect("HOME is writable");
    let failed = setup(&person, "--undo");
    failed.says("error: git cannot read its configuration: ");
    assert_eq!(global(&person), super::INCLUDE);
    set_up(&person, "--undo");
    assert_eq!(global(&person), "");
}
