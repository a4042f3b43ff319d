//! A prompt at a terminal, which `script` makes.

use std::io::{Read, Write};

use super::Person;

/// What is on the screen at the end, and whether the command ended well, where these keys are typed
/// at its first hidden prompt.
pub fn answered(person: &Person, command: &str, keys: &str) -> (String, bool) {
    let mut script = person.run("script", ["-qec", command, "/dev/null"]).start();
    let mut screen = script.stdout.take().expect("it is piped");
    let mut shown = Vec::new();
    while !shown.ends_with(b"(hidden): ") {
        let mut byte = [0];
        screen.read_exact(&mut byte).expect("the prompt comes");
        shown.extend(byte);
    }
    let mut keyboard = script.stdin.take().expect("it is piped");
    keyboard.write_all(keys.as_bytes()).expect("it reads");
    screen.read_to_end(&mut shown).expect("it ends");
    let ended = script.wait().expect("it can be waited for").success();
    (String::from_utf8_lossy(&shown).into_owned(), ended)
}
