//! The output of a token command.

use proptest::prelude::*;

use super::{is_plain, runner};
use crate::support::Person;

fn credential(person: &Person) -> crate::support::Outcome {
    let question = format!(
        "protocol=https\nhost={}\npath=acme/widgets\n\n",
        person.host()
    );
    person
        .run("git-credential-bbt", ["get"])
        .input(question)
        .ends()
}

#[test]
fn generated_tokens_are_accepted_or_refused_without_showing_them() {
    let person = Person::with_any_git();
    let printed = person.write("printed", "", 0o600);
    let command = format!(
        "[workspace.acme]\ntoken = {{ command = [\"cat\", \"{}\"] }}\n",
        printed.display()
    );
    person.configure(&command);
    let odd: [&[u8]; 8] = [
        b"\n",
        b"\r\n",
        b"\0",
        b"\x1b[31m",
        b"\xff",
        b" ",
        b"\nquit=1",
        b"",
    ];
    let odd = prop::sample::select(odd.to_vec());
    let tried = (
        "[a-zA-Z0-9]{16}",
        odd,
        "[a-zA-Z0-9]{0,16}",
        prop_oneof![Just(""), Just("\n"), Just("\r\n"), Just("\n\n")],
    );
    runner(100)
        .run(&tried, |(front, odd, back, end)| {
            let bytes = [front.as_bytes(), odd, back.as_bytes(), end.as_bytes()].concat();
            std::fs::write(&printed, &bytes).expect("HOME is writable");
            let outcome = credential(&person);
            if outcome.status == Some(0) {
                let word = String::from_utf8(bytes).expect("the word is text");
                let word = word.trim();
                prop_assert_eq!(
                    outcome.stdout,
                    format!("username=x-token-auth\npassword={word}\n")
                );
            } else {
                prop_assert_eq!(&outcome.stdout, "quit=1\n");
                is_plain(&outcome.stderr);
                prop_assert!(!outcome.stderr.contains(&front), "{}", outcome);
            }
            Ok(())
        })
        .expect("the property holds");
}

#[test]
fn endless_sources_are_limited() {
    let person = Person::with_any_git();
    for endless in [
        "yes",
        "cat /dev/zero",
        "yes '' ",
        "while :; do printf x; done",
    ] {
        let script = format!("#!/bin/sh\nexec 2>/dev/null\n{endless}\n");
        person.write("script", &script, 0o755);
        person.configure("[workspace.acme]\ntoken = { command = [\"~/script\"] }\n");
        let outcome = credential(&person);
        assert_eq!(outcome.stdout, "quit=1\n", "{endless}");
        outcome.says("printed more than 64 KiB, which is no token");
    }
}
