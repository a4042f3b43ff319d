//! A token that a program prints: `op`, `pass`, `vault`, or a script. It is run without a shell and
//! with a time limit.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use zeroize::Zeroizing;

use super::placeholder;
use crate::channel;
use crate::child;
use crate::git;
use crate::messages::Failure;
use crate::target::Target;
use crate::{token, variables};

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
    /// Its stdin is closed and its stderr is ours. `BBT_WORKSPACE` and `BBT_REPOSITORY` name the target. It
    /// does not get git's variables about the current repository: a `git` that it calls has to work on its
    /// own repository.
    pub(super) fn read(&self, target: &Target) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (workspace, repository) = placeholder::names(target)?;
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
        let group = child::Group::spawn(&mut command, Duration::ZERO)
            .map_err(|error| self.failure(&format!("cannot be started: {error}")))?;
        if let Some(gone) = channel::handoff_is_gone() {
            group.end_after(gone);
        }

        // One byte more than the longest token, so that a longer one is noticed.
        let outcome = group.output(self.timeout, token::MAX_BYTES + 1);
        let outcome = outcome.map_err(|error| {
            self.failure(&format!("ran, but its output could not be read: {error}"))
        })?;
        let (mut output, status) = outcome.ok_or_else(|| {
            self.failure(&format!("did not finish within {} s", self.timeout.as_secs()))
                .hint("it cannot ask anything from here: sign in beforehand, or give it more time with timeout = <seconds> beside command")
        })?;
        if output.len() > token::MAX_BYTES {
            return Err(self.failure(&format!(
                "printed more than {} KiB, which is no token",
                token::MAX_BYTES / 1024
            )));
        }
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

    fn failure(&self, what: &str) -> Failure {
        Failure::new(format!("the command {} {what}", self.program.display()))
    }
}
