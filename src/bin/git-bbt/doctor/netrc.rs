//! Finds passwords in `~/.netrc`, with their lines.

use std::ops::RangeInclusive;

use crate::secret::Hosts;

/// A machine of a netrc file.
pub struct Machine {
    /// `None` for the `default` entry.
    pub name: Option<String>,
    /// Counted from 1.
    pub lines: RangeInclusive<usize>,
    /// Whether no other entry is on one of its lines.
    pub is_alone: bool,
    is_secret: bool,
}

/// Returns the machines that have a password for Bitbucket.
pub fn machines(netrc: &[u8], hosts: &Hosts) -> Vec<Machine> {
    let mut machines = read(netrc, hosts);
    for at in 1..machines.len() {
        if machines[at - 1].lines.end() == machines[at].lines.start() {
            machines[at - 1].is_alone = false;
            machines[at].is_alone = false;
        }
    }
    machines.retain(|machine| machine.is_secret);
    machines
}

fn read(netrc: &[u8], hosts: &Hosts) -> Vec<Machine> {
    let mut machines: Vec<Machine> = Vec::new();
    let mut is_macro = false;
    let mut keyword: &[u8] = b"";
    for (number, line) in (1..).zip(netrc.split(|byte| *byte == b'\n')) {
        let words = line.split(u8::is_ascii_whitespace);
        let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
        // A macro ends at an empty line.
        is_macro &= !words.is_empty();
        for word in words {
            if is_macro || (keyword.is_empty() && word.starts_with(b"#")) {
                break;
            }
            if keyword.is_empty() && (word == b"machine" || word == b"default") {
                machines.push(Machine {
                    name: None,
                    lines: number..=number,
                    is_alone: true,
                    is_secret: false,
                });
            }
            if let Some(machine) = machines.last_mut() {
                if keyword == b"machine" {
                    machine.name = Some(String::from_utf8_lossy(unquoted(word)).into_owned());
                }
                let is_ours = |name: &String| hosts.contain(name);
                machine.is_secret |= keyword == b"password"
                    && (machine.name.as_ref().is_some_and(is_ours) || hosts.find(word).is_some());
                machine.lines = *machine.lines.start()..=number;
            }
            is_macro = keyword.is_empty() && word == b"macdef";
            keyword = match word {
                b"machine" | b"login" | b"account" | b"password" if keyword.is_empty() => word,
                _ => b"",
            };
        }
    }
    machines
}

fn unquoted(word: &[u8]) -> &[u8] {
    let inner = word.strip_prefix(b"\"");
    inner
        .and_then(|word| word.strip_suffix(b"\""))
        .unwrap_or(word)
}
