//! One run of a program for a [`Person`].

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Outcome, Person};

/// A program and its arguments and environment; `succeeds`, `fails` or `ends` runs it.
#[must_use = "nothing runs without succeeds, fails or ends"]
pub struct Run<'p> {
    person: &'p Person,
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: PathBuf,
    variables: Vec<(String, Option<OsString>)>,
    input: Vec<u8>,
    is_unread: bool,
}

impl<'p> Run<'p> {
    pub(super) fn new(person: &'p Person, program: &Path) -> Self {
        Self {
            person,
            program: program.to_owned(),
            arguments: Vec::new(),
            folder: person.path(""),
            variables: Vec::new(),
            input: Vec::new(),
            is_unread: false,
        }
    }

    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(OsString::from));
        self
    }

    /// Runs it in this folder of HOME.
    pub fn at(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = self.person.path(folder);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Unsets a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.variables.push((name.to_owned(), None));
        self
    }

    /// Passes this on stdin.
    pub fn input(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.input = text.into();
        self
    }

    /// Uses a stdout whose reader has ended, as behind `| head`.
    pub fn unread(mut self) -> Self {
        self.is_unread = true;
        self
    }

    /// Starts it, without waiting for its end.
    pub fn start(&self) -> Child {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.person.environment());
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let stdout = if self.is_unread {
            std::io::pipe().expect("a pipe can be created").1.into()
        } else {
            Stdio::piped()
        };
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run")
    }

    /// Runs it, whether it succeeds or fails.
    pub fn ends(self) -> Outcome {
        let mut child = self.start();
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // A program that does not read its input may have ended by now.
        let _ = stdin.write_all(&self.input);
        drop(stdin);
        let output = within_patience(child);
        let stderr = self.person.redacted(&output.stderr);
        Outcome {
            status: output.status.code(),
            stdout: self.person.redacted(&output.stdout),
            stderr: stderr
                .lines()
                .map(|line| format!("{}\n", line.trim_end()))
                .collect(),
        }
    }

    /// Runs it, and fails the test if it fails.
    #[track_caller]
    pub fn succeeds(self) -> Outcome {
        let outcome = self.ends();
        assert_eq!(outcome.status, Some(0), "\n{outcome}");
        outcome
    }

    /// Runs it, and fails the test if it does not exit with this status.
    #[track_caller]
    pub fn fails(self, status: i32) -> Outcome {
        let outcome = self.ends();
        assert_eq!(outcome.status, Some(status), "\n{outcome}");
        outcome
    }
}

/// Longer than any program here takes on a busy machine. This is no measure of speed: it turns a hang
/// into a failure with a location.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns what the program printed and how it ended; if it does not end in time, kills it and fails
/// the test.
#[track_caller]
fn within_patience(child: Child) -> Output {
    let pid = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(output) => output.expect("the process ends"),
        Err(_) => {
            let _ = kill_process(pid, Signal::KILL);
            panic!("the program hangs");
        }
    }
}
