//! stdin, stdout and stderr: closed, full, or a pipe without a reader.

use std::fs;

use super::config_files;
use crate::stand_in::Garbled;
use crate::support::{LOGIN, Outcome, Person, with_each_git};

/// Creates a token and a repository, and a clone of it.
fn prepare(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person.clone("acme/widgets");
}

const CLOSED: [&str; 5] = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"];

/// Every program and command, as command lines of a shell.
fn commands(person: &Person) -> [String; 10] {
    let question = format!(
        "protocol=https\\nhost={}\\npath=acme/widgets\\n\\n",
        person.host()
    );
    [
        "printf 'capabilities\\nlist\\n\\n' | git-remote-bbt origin acme/widgets".to_owned(),
        "git-remote-bbt origin acme/nothing/here".to_owned(),
        format!("printf '{question}' | git-credential-bbt get"),
        "git fetch".to_owned(),
        "git bbt status".to_owned(),
        "git bbt token acme".to_owned(),
        "git bbt api repositories/acme/widgets".to_owned(),
        "git bbt doctor".to_owned(),
        "git bbt url".to_owned(),
        "git bbt migrate --dry-run".to_owned(),
    ]
}

fn in_shell(person: &Person, command: &str) -> Outcome {
    person.run("sh", ["-c", command]).at("widgets").ends()
}

#[test]
fn closed_streams_cause_no_panic() {
    with_each_git(|person| {
        prepare(person);
        let whole = commands(person).map(|command| in_shell(person, &command));
        for closed in CLOSED {
            for (command, whole) in commands(person).iter().zip(&whole) {
                let outcome = in_shell(person, &format!("{command} {closed}"));
                let panicked = outcome.stderr.contains("panicked");
                assert!(!panicked, "{command} {closed}: {outcome}");
                let ended = outcome.status.expect("no signal ended it");
                let expected = whole.status.expect("no signal ended it");
                // git itself gives up without a stdout.
                let is_ours = command.starts_with("git bbt") || command.contains("credential");
                if is_ours {
                    assert_eq!(ended, expected, "{command} {closed}: {outcome}");
                } else {
                    assert!(
                        matches!(ended, 0 | 1 | 128 | 141),
                        "{command} {closed}: {outcome}"
                    );
                }
                if !closed.contains("2>") && is_ours {
                    assert_eq!(outcome.stderr, whole.stderr, "{command} {closed}");
                }
            }
        }
    });
}

/// A file that is opened may get the number of a closed stream; nothing may be printed into it.
#[test]
fn no_opened_file_is_used_as_a_closed_stream() {
    let person = Person::with_any_git();
    let token = person.workspace_token("acme");
    person.write("token", &token, 0o600);
    let login = format!("git bbt {} < token", LOGIN.join(" "));
    person.run("sh", ["-c", &login]).succeeds();
    let right = config_files(&person);
    for closed in [">&-", "2>&-", ">&- 2>&-"] {
        // A command that prints a warning and a result.
        let command = format!("BBT_TOKEN_ACME=x {login} {closed}");
        assert_eq!(
            person.run("sh", ["-c", &command]).ends().status,
            Some(0),
            "{closed}"
        );
        assert_eq!(config_files(&person), right, "{closed}");
    }
}

#[test]
fn a_full_stdout_is_an_error() {
    let person = Person::with_any_git();
    prepare(&person);
    let ours = |command: &&String| command.starts_with("git bbt") || command.contains("credential");
    for command in commands(&person).iter().filter(ours) {
        let outcome = in_shell(&person, &format!("{command} > /dev/full"));
        assert!(
            matches!(outcome.status, Some(1 | 128)),
            "{command}: {outcome}"
        );
        outcome.says("error: No space left on device");
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    let person = Person::with_any_git();
    prepare(&person);
    for words in [
        &["status"][..],
        &["status", "--json"],
        &["token", "acme"],
        &["url"],
        &["doctor"],
        &["api", "repositories/acme/widgets"],
        &["api", "-i", "repositories/acme/widgets"],
        &["api", "--paginate", "repositories/acme"],
        &["migrate", "--dry-run"],
        &["login", "--help"],
        &["-h"],
    ] {
        let run = person.run("git-bbt", words.iter().copied()).at("widgets");
        let outcome = run.unread().ends();
        assert_eq!(
            (outcome.status, outcome.stderr.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
    }
    person
        .bitbucket
        .switches(|switches| switches.rest.garbled = Some(Garbled::Endless(b"a\n")));
    let outcome = in_shell(&person, "git bbt api repositories/acme/widgets | head -1");
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("a\n", "")
    );
}

/// The work is done even if nobody reads the output.
#[test]
fn migrate_continues_with_a_closed_stdout() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let names: Vec<String> = (0..80).map(|at| format!("all/{at}")).collect();
    for name in &names {
        person.origin_by_ssh(name);
    }
    let run = person.run("git-bbt", ["migrate", "--recursive", "all"]);
    let outcome = run.unread().ends();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    for name in &names {
        let config = fs::read_to_string(person.path(name).join(".git/config"));
        assert!(
            config
                .expect("the file exists")
                .contains("bbt::acme/widgets"),
            "{name}"
        );
    }
}
