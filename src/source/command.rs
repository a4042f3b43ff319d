//! A token that a program prints: `op`, `pass`, `vault`, a script of one's own. No shell stands
//! between, and nothing it does can hold git up for ever.

use std::io;
use std::path::PathBuf;
use std::process::{ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use shared_child::SharedChild;
use toml::de::DeValue;
use zeroize::Zeroizing;

use super::kinds::{Keeps, Written};
use crate::child;
use crate::git;
use crate::handoff::channel;
use crate::report::Failure;
use crate::{token, wiped};

/// How long a command may take where its configuration does not say.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// `token = { command = [...], timeout = ... }`
#[derive(Debug, Clone)]
pub struct Command {
    /// A name to look up on the PATH, or an absolute path.
    pub program: PathBuf,
    /// Never shown: one of them may be a secret.
    pub arguments: Vec<String>,
    /// Where it runs, config.toml's folder: what lies in the repository one stands in, which may be
    /// a stranger's, must not change what it does.
    pub folder: PathBuf,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether the token is the first of several lines, as in what `pass` prints.
    pub first_line: bool,
}

impl Keeps for Command {
    const FORM: &str = "{ command = [\"program\", \"argument\"] }";

    const BESIDE: &[&str] = &["timeout", "first_line"];

    fn parse(written: &Written) -> Result<Self> {
        let Written {
            reader,
            key,
            value,
            table,
            ..
        } = written;
        let refused = || {
            reader.expected(
                key,
                value,
                "an array of strings, as in [\"op\", \"read\", \"op://ci/acme/token\"]",
            )
        };
        let DeValue::Array(array) = value.get_ref() else {
            return Err(refused().into());
        };
        let words: Option<Vec<String>> = array
            .iter()
            .map(|word| word.get_ref().as_str().map(str::to_owned))
            .collect();
        let words = words.ok_or_else(refused)?;
        let Some((program, arguments)) = words
            .split_first()
            .filter(|(program, _)| !program.is_empty())
        else {
            return Err(reader
                .wrong(value.span(), "command names no program")
                .into());
        };
        if words.iter().any(|word| word.contains('\0')) {
            return Err(reader
                .wrong(value.span(), "command has a NUL character in it")
                .into());
        }
        // A bare name is looked up on the PATH. Anything else is a path, and not one that shifts
        // with the repository one stands in.
        let program = match program.contains(std::path::is_separator) || program.starts_with('~') {
            true => reader.path_of(key, value, program)?,
            false => PathBuf::from(program),
        };
        let beside = |name| table.iter().find(|(key, _)| key.get_ref() == name);
        Ok(Command {
            program,
            arguments: arguments.to_vec(),
            folder: reader.folder().to_owned(),
            timeout: match beside("timeout") {
                Some((key, value)) => reader.seconds(key, value)?,
                None => TIMEOUT,
            },
            first_line: match beside("first_line") {
                Some((key, value)) => reader.boolean(key, value)?,
                None => false,
            },
        })
    }

    /// Shows no argument, since one may be a secret.
    fn describe(&self) -> String {
        format!("command {}", self.program.display())
    }

    /// That there is such a program.
    fn check(&self) -> Result<(), Failure> {
        match which::which(&self.program) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.failure("is not there to run, or may not be")),
        }
    }

    /// The one line that it prints.
    ///
    /// Its stdin is closed, its stderr is ours, and git's variables about the repository at hand
    /// are not handed to it: a `git` that it calls is to work on its own repository.
    ///
    /// That it is one line and no more is for [`token::Token::new`] to see.
    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        #[expect(clippy::disallowed_methods, reason = "config.toml's program, not git")]
        let mut command = std::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for name in git::LOCAL_VARIABLES.iter().chain([&channel::VARIABLE]) {
            command.env_remove(name);
        }
        let (group, program) =
            child::Group::spawn(&mut command, Duration::ZERO, channel::handoff_is_gone())
                .map_err(|error| self.failure(&format!("cannot be started: {error}")))?;

        let (mut output, status) = self
            .outcome(&program)
            .inspect_err(|_| group.kill(&program))?;
        if group.was_ended() {
            return Err(self.failure("was ended, as we were"));
        }
        if !status.success() {
            return Err(self.failure(&format!("failed ({status})")));
        }
        if self.first_line
            && let Some(end) = output.iter().position(|byte| *byte == b'\n')
        {
            output.truncate(end);
        }
        match token::is_blank(&output) {
            true => Err(self.failure("printed nothing")),
            false => Ok(output),
        }
    }
}

impl Command {
    /// What it printed and how it ended, both within the time it has.
    fn outcome(&self, program: &SharedChild) -> Result<(Zeroizing<Vec<u8>>, ExitStatus), Failure> {
        let started = Instant::now();
        let took_too_long = || {
            self.failure(&format!("did not finish within {} s", self.timeout.as_secs()))
                .hint("it cannot ask anything from here: sign in beforehand, or give it more time with timeout = <seconds> beside command")
        };
        let broken = |error: io::Error| self.failure(&format!("cannot be heard: {error}"));

        let stdout = program
            .take_stdout()
            .ok_or_else(|| broken(io::ErrorKind::BrokenPipe.into()))?;
        let (sender, receiver) = mpsc::channel();
        // A pipe can be read with a time bound only from beside.
        std::thread::spawn(move || sender.send(read_all(stdout)));
        let output = receiver
            .recv_timeout(self.timeout)
            .map_err(|_| took_too_long())?
            .map_err(broken)?;
        if output.len() > token::MAX_BYTES {
            return Err(self.failure(&format!(
                "printed more than {} KiB, which is no token",
                token::MAX_BYTES / 1024
            )));
        }
        let left = self.timeout.saturating_sub(started.elapsed());
        let status = program
            .wait_timeout(left)
            .map_err(broken)?
            .ok_or_else(took_too_long)?;
        Ok((output, status))
    }

    fn failure(&self, what: &str) -> Failure {
        Failure::new(format!("the command {} {what}", self.program.display()))
    }
}

/// No more than it takes to see that it is too much.
fn read_all(stdout: ChildStdout) -> io::Result<Zeroizing<Vec<u8>>> {
    wiped::read(stdout, token::MAX_BYTES + 1)
}
