//! `scripts/migrate-origins`: a dry run, then the real one, both with JSON output for a log.

use serde_json::Value;

use crate::support::{Outcome, Person, Run};

/// Creates a repository for each workspace in `~/work`, named after it.
fn with_origins(person: &Person, workspaces: &[&str]) {
    for workspace in workspaces {
        let folder = format!("work/{workspace}");
        let url = format!("git@bitbucket.org:{workspace}/widgets.git");
        person.git(["init", "--quiet", &folder]).succeeds();
        person.git_in(&folder, &format!("remote add origin {url}"));
    }
}

/// Returns the configured URL of `origin`.
fn origin(person: &Person, workspace: &str) -> String {
    let get = person.git(["config", "remote.origin.url"]);
    let outcome = get.at(format!("work/{workspace}")).succeeds();
    outcome.stdout.trim_end().to_owned()
}

fn migrate_origins<'p>(person: &'p Person, arguments: &str) -> Run<'p> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/migrate-origins");
    person.run(script, arguments.split_whitespace())
}

/// Returns for every line whether it is from the dry run, the repository, and the state.
fn lines(outcome: &Outcome) -> Vec<(bool, String, String)> {
    let line = |line| {
        let line: Value = serde_json::from_str(line).expect("a line is an object");
        let text = |key: &str| line[key].as_str().expect("the value is text").to_owned();
        let repository = text("repository");
        let name = repository.rsplit('/').next().expect("the path has a name");
        let dry_run = line["dry_run"].as_bool().expect("the line has this field");
        (dry_run, name.to_owned(), text("state"))
    };
    outcome.stdout.lines().map(line).collect()
}

#[test]
fn the_dry_run_comes_before_the_changes() {
    let person = Person::with_any_git();
    with_origins(&person, &["acme", "globex"]);
    person.signed_in_to("acme");
    person.signed_in_to("globex");
    let outcome = migrate_origins(&person, "work").succeeds();
    let said = [
        (true, "acme"),
        (true, "globex"),
        (false, "acme"),
        (false, "globex"),
    ]
    .map(|(dry_run, name)| (dry_run, name.to_owned(), "converted".to_owned()));
    assert_eq!(lines(&outcome), said, "\n{outcome}");
    assert_eq!(origin(&person, "acme"), "bbt::acme/widgets");
    assert_eq!(origin(&person, "globex"), "bbt::globex/widgets");
}

#[test]
fn a_repository_that_fails_does_not_stop_the_others_and_sets_the_status() {
    let person = Person::with_any_git();
    with_origins(&person, &["acme", "globex", "initech"]);
    person.signed_in_to("acme");
    person.signed_in_to("initech");
    let outcome = migrate_origins(&person, "work").fails(1);
    let lines = lines(&outcome);
    let left = |dry_run| (dry_run, "globex".to_owned(), "not-converted".to_owned());
    assert!(lines.contains(&left(true)), "\n{outcome}");
    assert!(lines.contains(&left(false)), "\n{outcome}");
    assert_eq!(origin(&person, "acme"), "bbt::acme/widgets");
    assert_eq!(
        origin(&person, "globex"),
        "git@bitbucket.org:globex/widgets.git"
    );
    assert_eq!(origin(&person, "initech"), "bbt::initech/widgets");
}

#[test]
fn options_are_passed_to_the_command() {
    let person = Person::with_any_git();
    with_origins(&person, &["acme", "globex"]);
    person.signed_in_to("acme");
    person.signed_in_to("globex");
    migrate_origins(&person, "work/acme work/globex --workspace globex").succeeds();
    assert_eq!(
        origin(&person, "acme"),
        "git@bitbucket.org:acme/widgets.git"
    );
    assert_eq!(origin(&person, "globex"), "bbt::globex/widgets");
}

#[test]
fn an_invalid_option_changes_nothing() {
    let person = Person::with_any_git();
    with_origins(&person, &["acme"]);
    person.signed_in_to("acme");
    // The second option is invalid only in the dry run.
    for option in ["--no-such-option", "--dry-run"] {
        let outcome = migrate_origins(&person, &format!("work {option}")).fails(2);
        assert_eq!(outcome.stdout, "", "\n{outcome}");
        assert_eq!(outcome.stderr.matches("error: ").count(), 1, "\n{outcome}");
        assert_eq!(
            origin(&person, "acme"),
            "git@bitbucket.org:acme/widgets.git"
        );
    }
}

#[test]
fn without_a_directory_it_prints_its_usage() {
    let person = Person::with_any_git();
    let help = migrate_origins(&person, "--help").succeeds().stdout;
    assert!(help.starts_with("Usage: migrate-origins "), "{help}");
    assert_eq!(migrate_origins(&person, "-h").succeeds().stdout, help);
    for arguments in ["", "--force"] {
        let outcome = migrate_origins(&person, arguments).fails(2);
        assert_eq!(outcome.stderr, help);
        assert_eq!(outcome.stdout, "");
    }
}
