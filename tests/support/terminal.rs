//! A prompt at a terminal, which `script` makes.

use std::io::{Read, Write};

use super::{Person, missing};

/// A person who has a terminal; `None` on a machine that has none to give.
pub fn person() -> Option<Person> {
    let person = Person::with_any_git();
    if person.has("script") {
        return Some(person);
    }
    missing("script", "script of util-linux");
    None
}

/// What is on the screen of a terminal where `command` ran, with plain line ends.
pub fn screen(person: &Person, command: &str) -> String {
    let shown = person.run("script", ["-qec", command, "/dev/null"]).ends();
    shown.stdout.replace("\r\n", "\n")
}

/// What is on the screen at the end, and whether the command ended well, where these keys are typed
/// at its first hidden prompt.
pub fn answered(person: &Person, command: &str, keys: &str) -> (String, bool) {
    dialogue(person, command, &[("(input is hidden): ", keys)])
}

/// The same for a command that asks more: whenever the screen ends in the first of a pair, the second
/// is typed.
pub fn dialogue(person: &Person, command: &str, answers: &[(&str, &str)]) -> (String, bool) {
    let mut script = person.run("script", ["-qec", command, "/dev/null"]).start();
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
