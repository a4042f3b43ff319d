//! A missing or unwritable home; no git.

use crate::support::{LOGIN, Person, with_each_git};

/// Not even root can create a folder in either.
const UNWRITABLE: [&str; 2] = ["/proc/nowhere", "/dev/null"];

fn configuration(person: &Person) -> String {
    person
        .path(".config/git-remote-bbt/config.toml")
        .display()
        .to_string()
}

/// As in a container with only the variables that are needed.
#[test]
fn git_needs_no_home() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let url = "bbt::acme/widgets";
        let config = configuration(person);
        let ls_remote = || person.git(["ls-remote", url]).env("BBT_CONFIG", &config);
        let outcome = ls_remote().without("HOME").succeeds();
        assert_eq!(outcome.stderr, "");
        for home in UNWRITABLE {
            let outcome = ls_remote().env("HOME", home).succeeds();
            assert_eq!(outcome.stderr, "", "{home}");
        }
    });
}

#[test]
fn an_unwritable_home_is_reported_and_nothing_is_created() {
    let person = Person::with_any_git();
    let token = person.workspace_token("acme");
    for home in UNWRITABLE {
        let login = person.run("git-bbt", LOGIN).env("HOME", home);
        let outcome = login.input(token.clone()).fails(1);
        outcome.says(&format!(
            "error: cannot write {home}/.config/git-remote-bbt/"
        ));
        // Commands that only read still work.
        let status = person.run("git-bbt", ["status"]).env("HOME", home);
        let status = status.env("BBT_TOKEN_ACME", "x").succeeds();
        assert_eq!(
            status.stdout,
            "acme\n  token    BBT_TOKEN_ACME in the environment\n"
        );
    }
}

/// Commands that need git report it; the others work.
#[test]
fn without_git_every_command_reports_it_or_works() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    let without = |words: &[&str]| {
        let run = person.run("git-bbt", words.iter().copied());
        run.env("PATH", person.path("nothing")).ends()
    };
    for words in [
        &["status"][..],
        &["token", "acme"],
        &["url", "acme/widgets"],
    ] {
        assert_eq!(without(words).status, Some(0), "{words:?}");
    }
    for words in [
        &["api", "repositories/acme/widgets"][..],
        &["status", "--check"],
    ] {
        let outcome = without(words);
        assert_eq!(outcome.status, Some(1), "{outcome}");
        outcome.says("hint: install git, or put it on the PATH");
    }
    let doctor = without(&["doctor", "acme/widgets"]);
    assert!(doctor.stdout.contains("git is not on the PATH"), "{doctor}");
}
