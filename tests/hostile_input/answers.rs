//! Responses of REST that Bitbucket would not send.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{is_plain, runner};
use crate::stand_in::{Garbled, Switches};
use crate::support::{Outcome, Person, terminal};

/// Text that a terminal would interpret, and that looks like a line of ours.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{1b}[2J\r\nerror: \u{9b}31m all is well \u{202e}\u{0}";

const PATH: &str = "repositories/acme/widgets";

fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person.configure("[workspace.acme]\ntoken = { env = \"BBT_TOKEN_ACME\" }\n");
    person
}

fn answers(person: &Person, content_type: &'static str, body: impl Into<Vec<u8>>) {
    let body = body.into();
    person
        .bitbucket
        .switches(|switches| switches.rest.garbled = Some(Garbled::As { content_type, body }));
}

fn envelope(message: &str) -> Value {
    json!({"type": "error", "error": {"message": message, "detail": message}})
}

/// Every command that prints part of a response.
const COMMANDS: [&[&str]; 4] = [
    &["api", PATH],
    &["status", "--check"],
    &["doctor", "acme/widgets"],
    &["login", "acme", "--with-token", "--store", "file"],
];

fn run_command(person: &Person, words: &[&str]) -> Outcome {
    let token = person.workspace_token("acme");
    person
        .run("git-bbt", words.iter().copied())
        .input(token)
        .ends()
}

#[test]
fn server_messages_are_escaped() {
    let person = person();
    let page = envelope(HOSTILE).to_string();
    for status in [400, 401, 403, 404, 500] {
        for (content_type, body) in [("text/plain", HOSTILE), ("application/json", &page)] {
            person
                .bitbucket
                .switches(|switches| *switches = Switches::default());
            match content_type {
                "text/plain" => person.bitbucket.switches(|switches| {
                    switches.fail_with = Some((status, body.to_owned()));
                }),
                _ => answers(&person, content_type, body),
            }
            for words in COMMANDS {
                let outcome = run_command(&person, words);
                is_plain(&outcome.stderr);
                assert_eq!(
                    outcome.stderr,
                    outcome.said(),
                    "it looks like ours: {words:?}"
                );
                if words[0] != "api" {
                    is_plain(&outcome.stdout);
                }
            }
        }
    }
}

/// `git bbt api` writes the body unchanged to a file or a pipe.
#[test]
fn data_is_escaped_only_for_a_terminal() {
    let person = person();
    answers(&person, "text/plain", HOSTILE);
    let piped = person.run("git-bbt", ["api", PATH]).succeeds();
    assert_eq!(piped.stdout, HOSTILE);
    if terminal::is_missing(&person) {
        return;
    }
    for words in [
        format!("api -i {PATH}"),
        "status --check --json".into(),
        "status --check".into(),
    ] {
        let command = format!("stty -opost; git bbt {words}");
        is_plain(&terminal::screen(&person, &command));
    }
    let command = format!("git bbt api {PATH}");
    let seen = terminal::screen(&person, &command);
    assert!(seen.contains("^[]0;x^G^[[2J"), "{seen:?}");
}

#[test]
fn endless_responses_are_not_kept_in_memory() {
    let person = person();
    for piece in [&b"\"a\","[..], b" ", b"[", b"{\"a\":", b"x"] {
        person
            .bitbucket
            .switches(|switches| switches.rest.garbled = Some(Garbled::Endless(piece)));
        for words in [
            &["status", "--check"][..],
            &["doctor", "acme/widgets"],
            &["api", "--paginate", PATH],
        ] {
            let outcome = limited(&person, &format!("git bbt {}", words.join(" ")));
            let said = outcome.stdout.clone() + &outcome.stderr;
            assert!(
                said.contains("is larger than 8 MiB"),
                "{words:?}: {outcome}"
            );
        }
        // `git bbt api` passes the body on until its reader ends.
        let outcome = limited(
            &person,
            &format!("git bbt api {PATH} | head -c 30000000 | wc -c"),
        );
        assert_eq!(
            (outcome.stdout.trim(), outcome.stderr.as_str()),
            ("30000000", "")
        );
    }
}

/// Runs a command in a shell that limits memory.
fn limited(person: &Person, command: &str) -> Outcome {
    let command = format!("ulimit -v 1000000; {command}");
    person.run("sh", ["-c", &command]).ends()
}

#[test]
fn a_slow_response_is_read() {
    let person = person();
    person
        .bitbucket
        .switches(|switches| switches.rest.garbled = Some(Garbled::Dripping));
    let body = person.run("git-bbt", ["api", PATH]).succeeds().stdout;
    let body: Value = serde_json::from_str(&body).expect("the body is complete");
    assert_eq!(body["full_name"], "acme/widgets");
}

#[test]
fn a_page_of_values_is_printed_unchanged() {
    let person = person();
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    answers(
        &person,
        "application/json",
        format!("{{\"values\": [1e999, {deep}, \"\\ud800\"]}}"),
    );
    let all = person
        .run("git-bbt", ["api", "--paginate", PATH])
        .succeeds();
    assert_eq!(all.stdout, format!("[1e999,{deep},\"\\ud800\"]\n"));
    for (body, says) in [
        ("[1]", "is not a list"),
        ("{\"values\": {}}", "is not a list"),
        ("{\"values\": [", "is not JSON"),
        ("\u{1b}", "is not JSON"),
        (
            "{\"values\": [], \"next\": 1}",
            "\"next\" in the response is not a URL",
        ),
        ("{\"values\": [], \"next\": \"\u{1b}\"}", "is not JSON"),
        (
            "{\"values\": [], \"next\": \"file:///etc/passwd\"}",
            "on another host",
        ),
    ] {
        answers(&person, "application/json", body);
        let outcome = person.run("git-bbt", ["api", "--paginate", PATH]).fails(1);
        outcome.says(says);
        is_plain(&outcome.stderr);
    }
}

#[test]
fn no_response_causes_a_panic() {
    let person = person();
    let text = prop_oneof![
        Just(HOSTILE.to_owned()),
        any::<String>(),
        Just("ATCT ".repeat(200_000)),
        Just("x".repeat(1 << 20))
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 12, 4, |inner| {
        let keys = prop::sample::select(vec![
            "type",
            "error",
            "message",
            "detail",
            "required",
            "values",
            "next",
            "full_name",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys.prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let tried = (tree, 0..COMMANDS.len(), 0..3_usize);
    runner(80)
        .run(&tried, |(tree, command, cut)| {
            let mut body = tree.to_string().into_bytes();
            body.truncate(body.len() - cut.min(body.len()));
            answers(&person, "application/json", body);
            let outcome = run_command(&person, COMMANDS[command]);
            prop_assert!(matches!(outcome.status, Some(0 | 1)), "{}", outcome.stderr);
            is_plain(&outcome.stderr);
            prop_assert!(
                outcome.stderr.len() < 10_000,
                "{} bytes",
                outcome.stderr.len()
            );
            Ok(())
        })
        .expect("the property holds");
}
