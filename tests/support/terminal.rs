//! A terminal with a person, made by `script`.

use std::io::{Read, Write};

use super::{Person, Run, missing};

/// Returns whether this machine has no terminal, and records that the running test is then skipped.
#[track_caller]
pub fn is_missing(person: &Person) -> bool {
    let is_missing = !person.has("script");
    if is_missing {
        missing("script", "script of util-linux");
    }
    is_missing
}

/// Returns a person with a terminal; `None` if this machine has none.
#[track_caller]
pub fn person() -> Option<Person> {
    let person = Person::with_any_git();
    (!is_missing(&person)).then_some(person)
}

/// Returns a run of a command in a terminal, whose screen is the stdout of the run.
pub fn run<'p>(person: &'p Person, command: &str) -> Run<'p> {
    person.run("script", ["-qec", command, "/dev/null"])
}

/// Runs a command in a terminal, and returns what is on the screen, with plain line ends.
pub fn screen(person: &Person, command: &str) -> String {
    run(person, command).ends().stdout.replace("\r\n", "\n")
}

/// Runs a command in a terminal, and types these keys at its first hidden prompt. Returns what is on
/// the screen, and whether the command succeeded.
pub fn answered(person: &Person, command: &str, keys: &str) -> (String, bool) {
    dialogue(person, command, &[("(input is hidden): ", keys)])
}

/// Runs a command in a terminal, and answers its prompts: when the screen ends with the first text of a
/// pair, the second is typed. Returns what is on the screen, and whether the command succeeded.
pub fn dialogue(person: &Person, command: &str, answers: &[(&str, &str)]) -> (String, bool) {
    let mut script = run(person, command).start();
    let mut screen = script.stdout.take().expect("a pipe");
    let mut shown = Vec::new();
    let mut keyboard = script.stdin.take().expect("a pipe");
    for (prompt, keys) in answers {
        while !shown.ends_with(prompt.as_bytes()) {
            let mut byte = [0];
            let read = screen.read_exact(&mut byte);
            assert!(
                read.is_ok(),
                "no {prompt:?} in:\n{}",
                person.redacted(&shown)
            );
            shown.extend(byte);
        }
        keyboard
            .write_all(keys.as_bytes())
            .expect("the command reads");
    }
    screen.read_to_end(&mut shown).expect("the command ends");
    let ended = script.wait().expect("the process ends").success();
    (String::from_utf8_lossy(&shown).into_owned(), ended)
}
