//! `--undo`: the line and the file are gone, or the settings of one workspace.

use std::fs;

use super::{GENERATED, generated, global, set_up};
use crate::support::{Person, with_each_git};

#[test]
fn the_configuration_is_what_it_was() {
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
fn what_was_written_below_it_stays() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let below = "[x]\n\ty = z\n";
    person.write(".gitconfig", &(global(&person) + below), 0o600);
    set_up(&person, "--undo");
    assert_eq!(global(&person), below);
}

#[test]
fn a_line_without_the_file_is_removed_and_a_file_without_the_line() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let line = global(&person);
    fs::remove_file(person.path(GENERATED)).expect("it is theirs");
    set_up(&person, "--undo");
    assert_eq!(global(&person), "", "{line}");

    set_up(&person, "acme --force");
    fs::remove_file(person.path(".gitconfig")).expect("it is theirs");
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
    assert_eq!(
        planned,
        format!("Would remove ~/{GENERATED}, and the line that includes it.\n")
    );
    assert_eq!((global(&person), generated(&person)), before);
}
