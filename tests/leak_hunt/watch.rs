//! Records by strace every process and everything that it writes, however short its life.

use std::fs;

use tempfile::NamedTempFile;

use super::canary::Canary;
use crate::support::Person;

/// The arguments and the environment of every process, and what it wrote to which file.
pub struct Watched {
    lines: Vec<String>,
}

/// The calls that start a program, write, or keep a process from being dumped.
const CALLS: &str = "trace=execve,execveat,write,writev,pwrite64,pwritev,sendto,sendmsg,sendmmsg,\
                     prctl,prlimit64";

impl Watched {
    /// Runs a script in HOME to its end, whether its commands succeed or fail. Its output goes to
    /// `~/told`.
    pub fn run(person: &Person, script: &str) -> Watched {
        let log = NamedTempFile::new().expect("a temporary file");
        let path = log.path().display().to_string();
        // In a file, since an argument of the shell would contain the token.
        let script = person.write("script", &format!("exec > told 2>&1\n{script}\n"), 0o600);
        let script = script.display().to_string();
        let words = [
            "-f",
            // Otherwise every system call of every program would stop for strace.
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
        // Switches between strace and the programs take less time on one CPU.
        let cpu = rustix::thread::sched_getcpu().to_string();
        let words = ["-c", &cpu, "strace"].into_iter().chain(words);
        person.run("taskset", words).ends();
        fs::remove_file(script).expect("HOME is writable");
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

    /// Returns where the token was leaked to: an argument, an environment (except for `given`), or any
    /// write except to a pipe between two programs. Tokens that are encrypted on their way to the
    /// network are not seen.
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

    /// Returns the number of writes that had the token in them, which includes pipes.
    pub fn crossings(&self, canary: &Canary) -> usize {
        let writes = self.lines.iter().filter(|line| !line.starts_with("exec"));
        writes.filter(|line| canary.is_in(line.as_bytes())).count()
    }

    /// Returns whether a call was made that has these words in it.
    pub fn has(&self, words: &str) -> bool {
        self.lines.iter().any(|line| line.contains(words))
    }
}
