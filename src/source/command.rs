//! A token that a program prints: `op`, `pass`, `vault`, or a script. It is run without a shell and
//! with a time limit.

use std::io;
use std::path::PathBuf;
use std::process::{ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use shared_child::SharedChild;
use zeroize::Zeroizing;

use super::placeholder;
use crate::channel;
use crate::child;
use crate::git;
use crate::messages::Failure;
use crate::target::Target;
use crate::{token, variables, zeroized};

/// The time limit of a command without `timeout`.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// `token = { command = [...], timeout = ... }`
#[derive(Debug, Clone)]
pub struct Command {
    /// A name to look up on the PATH, or an absolute path.
    pub program: PathBuf,
    /// The program's arguments, with placeholders. Never shown: any of them may be a secret.
    pub arguments: Vec<String>,
    /// The working directory, which is config.toml's folder: files of the current repository, which
    /// may be a stranger's, must not affect the program.
    pub folder: PathBuf,
    /// The time limit.
    pub timeout: Duration,
    /// Whether the token is the first of several lines, as in the output of `pass`.
    pub first_line: bool,
}

impl Command {
    /// Checks that the program exists, and that the arguments can be filled in.
    pub(super) fn check(&self, target: &Target) -> Result<(), Failure> {
        self.arguments_for(target)?;
        match which::which(&self.program) {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::new(format!(
                "cannot run '{}': not found or not executable",
                self.program.display()
            ))),
        }
    }

    /// Runs the command and returns what it printed; [`token::Token::new`] refuses several lines.
    ///
    /// Its stdin is closed and its stderr is ours. `BBT_WORKSPACE` and `BBT_REPOSITORY` name the
    /// target. It does not get git's variables about the current
    /// repository: a `git` that it calls has to work on its own repository.
    pub(super) fn read(&self, target: &Target) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (workspace, repository) = placeholder::names(target);
        #[expect(clippy::disallowed_methods, reason = "config.toml's program, not git")]
        let mut command = std::process::Command::new(&self.program);
        command
            .args(self.arguments_for(target)?)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for name in git::LOCAL_VARIABLES.iter().chain([&variables::HANDOFF]) {
            command.env_remove(name);
        }
        command.env(variables::WORKSPACE, workspace);
        match repository {
            Some(slug) => command.env(variables::REPOSITORY, slug),
            None => command.env_remove(variables::REPOSITORY),
        };
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
        if token::is_blank(&output) {
            return Err(self.failure("printed nothing"));
        }
        Ok(output)
    }

    fn arguments_for(&self, target: &Target) -> Result<Vec<String>, Failure> {
        let arguments = self.arguments.iter();
        arguments.map(|it| placeholder::fill(it, target)).collect()
    }

    /// Returns the output and the exit status, both within the time limit.
    fn outcome(&self, program: &SharedChild) -> Result<(Zeroizing<Vec<u8>>, ExitStatus), Failure> {
        let started = Instant::now();
        let took_too_long = || {
            self.failure(&format!("did not finish within {} s", self.timeout.as_secs()))
                .hint("it cannot ask anything from here: sign in beforehand, or give it more time with timeout = <seconds> beside command")
        };
        let broken = |error: io::Error| {
            self.failure(&format!("ran, but its output could not be read: {error}"))
        };

        let stdout = program
            .take_stdout()
            .ok_or_else(|| broken(io::ErrorKind::BrokenPipe.into()))?;
        let (sender, receiver) = mpsc::channel();
        // Read in a thread, since reading a pipe has no time limit.
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

/// Reads one byte more than the longest token, so that a longer one is noticed.
fn read_all(stdout: ChildStdout) -> io::Result<Zeroizing<Vec<u8>>> {
    zeroized::read(stdout, token::MAX_BYTES + 1)
}
