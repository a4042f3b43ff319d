//! config.toml that is long, deep or endless.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::{is_plain, runner};
use crate::support::{Outcome, Person};

fn read(person: &Person, config: &str) -> Outcome {
    person.write_config(config);
    let outcome = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128);
    is_plain(&outcome.stderr);
    outcome
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let person = Person::with_any_git();
    let deep = |open: &str| open.repeat(300_000 / open.len());
    for config in [
        format!("a = {}", deep("[")),
        format!("a = {}", deep("{a=")),
        format!("a = {}", deep("[{a=")),
        format!("{}a = 1", deep("a.")),
        format!("[{}a]", deep("workspace.")),
        format!("[[{}a]]", deep("a.")),
        format!("workspace.{}a = 1", deep("a.")),
    ] {
        let outcome = read(&person, &config);
        assert!(
            outcome.stderr.contains("config.toml:1: ") && outcome.stderr.len() < 1000,
            "{outcome}"
        );
    }
}

/// The time to read them grows linearly with their length.
#[test]
fn long_configurations_are_read_or_refused() {
    let person = Person::with_any_git();
    let many = |line: &dyn Fn(usize) -> String, count| (0..count).map(line).collect::<String>();
    let workspaces = |at: usize| format!("[workspace.w{at}]\nemail = \"x@y\"\n");
    read(&person, &many(&workspaces, 20_000)).says("no token is configured for acme/widgets");
    let repositories = |at: usize| format!("repository.w{at}.token.env = \"X\"\n");
    let config = format!("[workspace.acme]\n{}", many(&repositories, 25_000));
    read(&person, &config).says("no token is configured for acme/widgets");
    read(&person, &format!("{} = 1", "x".repeat(1_000_000)))
        .says("config.toml:1: unknown key in the file");
    read(&person, &"#\n".repeat(600_000)).says("it is larger than 1 MiB");
}

#[test]
fn a_configuration_that_is_not_a_regular_file_is_not_read() {
    let person = Person::with_any_git();
    let path = person.write_config("");
    let refused = || {
        let outcome = person
            .run("git-remote-bbt", ["origin", "acme/widgets"])
            .fails(128);
        outcome.says("config.toml is not a regular file");
        fs::remove_file(&path).expect("HOME is writable");
    };
    fs::remove_file(&path).expect("HOME is writable");
    symlink("/dev/zero", &path).expect("HOME is writable");
    refused();
    person
        .run("mkfifo", [path.to_str().expect("the path is text")])
        .succeeds();
    refused();
}

/// Names that have no variable cannot share one.
#[test]
fn workspaces_without_a_variable_do_not_clash() {
    let person = Person::with_any_git();
    let config = "[workspace.a__b]\nemail = \"x@y\"\n[workspace.c__d]\nemail = \"x@y\"\n";
    read(&person, config).says("no token is configured for acme/widgets");
}

/// Valid lines and lines that are almost valid, in any order.
#[test]
fn every_mistake_is_an_error_with_its_line() {
    let person = Person::with_any_git();
    let token = "ATCTT3xFfGN0abcdefghijklmnopqrstuv";
    let lines = [
        "[workspace.acme]",
        "[workspace.\"a b\"]",
        "[workspace.ACME.repository.\"w*\"]",
        "[[workspace]]",
        "[bitbucket]",
        "token = { env = \"X\" }",
        "token = \"ATCTT3xFfGN0abcdefghijklmnopqrstuv\"",
        "token.value = 'ATCTT3xFfGN0abcdefghijklmnopqrstuv'",
        "token = { command = [\"x\", 1] }",
        "token = { file = \"~x\\u0000\" }",
        "token = [",
        "kind = \"\\u001b[31m\"",
        "email = \"\"\"\n\"\"\"",
        "expires = 2027-02-31",
        "expires = 2027-02-01T00:00:00Z",
        "git_url = \"https://x@y\"",
        "git_url = \"https://\u{202e}\"",
        "api_url = \"http://x\"",
        "lfs = 1",
        "ATCTT3xFfGN0abcdefghijklmnopqrstuv",
        "\u{1b}[2J = 1",
        "\u{0}",
        "\r",
        "\u{feff}",
        "token = { value = \"a\nb\" }",
        "\"\" = 1",
        "timeout = -1",
        "token = { env = \"X\", timeout = 1e400 }",
    ];
    let tried = prop::collection::vec(prop::sample::select(lines.to_vec()), 0..6);
    runner(150)
        .run(&tried, |lines| {
            person.write_config(&lines.join("\n"));
            let helper = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
            let outcome = helper.ends();
            is_plain(&outcome.stderr);
            prop_assert!(!outcome.stderr.contains(token), "{}", outcome);
            if outcome.status == Some(1) {
                // The file was valid, and git had nothing to do.
                return Ok(());
            }
            prop_assert_eq!(outcome.status, Some(128), "{}", outcome);
            let named =
                outcome.stderr.contains("config.toml:") || outcome.stderr.contains("acme/widgets");
            prop_assert!(named, "{}", outcome);
            Ok(())
        })
        .expect("the property holds");
}
