//! Everything that runs, and all that it writes, by strace: no process is too short to be seen.

use std::fs;

use tempfile::NamedTempFile;

use super::canary::Canary;
use crate::support::Person;

/// What every process was started with, and what it wrote and where.
pub struct Watched {
    lines: Vec<String>,
}

/// What starts a program, what writes, and what keeps a process from being dumped.
const CALLS: &str = "trace=execve,execveat,write,writev,pwrite64,pwritev,sendto,sendmsg,sendmmsg,\
                     prctl,prlimit64";

impl Watched {
    /// Runs a script in HOME, to its end, however its commands end. What it says goes to `~/told`.
    pub fn run(person: &Person, script: &str) -> Watched {
        let log = NamedTempFile::new().expect("a temporary file");
        let path = log.path().display().to_string();
        // Not what it is run with: that would be in an argument.
        let script = person.write("script", &format!("exec > told 2>&1\n{script}\n"), 0o600);
        let script = script.display().to_string();
        let words = [
            "-f",
            // Else every call of every program would stop for it.
            "--seccomp-bpf",
            "-y",
            "-v",
            "-s",
            "100000",
            "-e",
            CALLS,
            "-e",
            "signal=none",
            "-o",
            &path,
            "sh",
            &script,
        ];
        person.run("strace", words).ends();
        fs::remove_file(script).expect("it is theirs");
        let text = fs::read(&path).expect("strace wrote it");
        let text = String::from_utf8_lossy(&text);
        // `<pid> <call>`
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Watched {
            lines: lines
                .map(|(_, call)| call.trim_start().to_owned())
                .collect(),
        }
    }

    /// Where the token went that it has no business: an argument, an environment but for `given`, or
    /// anything that is written to and is no pipe between two programs. A token that is encrypted on
    /// its way to the network is not seen, and is none there.
    pub fn leaks(&self, canary: &Canary, given: Option<&str>) -> Vec<String> {
        let mut places = Vec::new();
        for line in &self.lines {
            let (call, rest) = line.split_once('(').unwrap_or((line, ""));
            if call.starts_with("exec") {
                let (arguments, environment) = rest.split_once("], [").unwrap_or((rest, ""));
                let program = rest.split('"').nth(1).unwrap_or_default();
                let environment = match given {
                    Some(given) => environment.replace(&format!("\"{given}\""), ""),
                    None => environment.to_owned(),
                };
                if canary.is_in(arguments.as_bytes()) {
                    places.push(format!("argument of {program}"));
                }
                if canary.is_in(environment.as_bytes()) {
                    places.push(format!("environment of {program}"));
                }
            } else if canary.is_in(rest.as_bytes()) {
                // `1<pipe:[123]>, "..."`
                let to = rest
                    .split_once('<')
                    .and_then(|(_, rest)| rest.split_once('>'));
                let to = to.map_or("?", |(to, _)| to);
                if !to.starts_with("pipe:[") {
                    places.push(format!("{call} to {to}"));
                }
            }
        }
        places.sort();
        places.dedup();
        places
    }

    /// How many writes had it at all, to pipes.
    pub fn crossings(&self, canary: &Canary) -> usize {
        let writes = self.lines.iter().filter(|line| !line.starts_with("exec"));
        writes.filter(|line| canary.is_in(line.as_bytes())).count()
    }

    /// Whether a call was made with these words in it.
    pub fn has(&self, words: &str) -> bool {
        self.lines.iter().any(|line| line.contains(words))
    }
}
