//! Runs git with limits on time and output.

use std::io::{self, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bbt::{child, zeroized};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Longer than any of these commands should take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The time between SIGTERM and SIGKILL, in which our helper ends a token command.
const GRACE: Duration = Duration::from_secs(1);

/// The most bytes that are read from git: enough for a configuration with thousands of workspaces.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Whether git took too long. The cause, such as a pipe in `include.path`, would affect the next call,
/// too, so that none is made.
static IS_STUCK: AtomicBool = AtomicBool::new(false);

/// Returns whether git took too long, so that it is not run again.
pub fn is_stuck() -> bool {
    IS_STUCK.load(Ordering::Relaxed)
}

/// Returns the error message for a git that took too long.
pub fn timed_out() -> String {
    format!("git did not finish within {} s", TIMEOUT.as_secs())
}

/// How git ended.
pub struct Outcome {
    pub succeeded: bool,
    /// The exit status; `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: Zeroizing<String>,
    stderr: String,
}

impl Outcome {
    /// Returns the first message that git printed.
    pub fn reason(&self) -> String {
        let labels = ["remote: ", "fatal: ", "error: "];
        let lines = || self.stderr.lines().map(str::trim_end);
        let reason = labels
            .iter()
            .find_map(|label| lines().find_map(|line| line.strip_prefix(label)));
        let first = lines().next().unwrap_or("git failed without a message");
        reason.unwrap_or(first).to_owned()
    }
}

/// Where git's stdout goes.
enum Stdout {
    /// To memory that is zeroed, since the configuration may contain secrets. Only for a git that starts
    /// no programs, which could keep the pipe open.
    Pipe,
    File,
}

/// Runs git to read about the repository of `folder`, or to edit its configuration.
///
/// # Errors
/// If git cannot be started, or takes too long.
pub fn about<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> io::Result<Outcome> {
    run(bbt::git::about(folder).args(arguments), Stdout::Pipe)
}

/// Runs `git config` outside any repository.
pub fn user_config<'a>(arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
    let empty = EmptyRepository::new()?;
    let mut git = bbt::git::away(empty.0.path());
    run(git.arg("config").args(arguments), Stdout::Pipe)
}

/// Runs git outside any repository.
pub fn away<'a>(arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
    EmptyRepository::new()?.run(arguments)
}

/// An empty repository, removed when dropped.
pub struct EmptyRepository(TempDir);

impl EmptyRepository {
    pub fn new() -> io::Result<EmptyRepository> {
        let folder = tempfile::tempdir()?;
        bbt::git::create_empty(folder.path())?;
        Ok(EmptyRepository(folder))
    }

    /// Returns its folder, which has no other files.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs git in it.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
        self.run_with(&[], arguments)
    }

    /// Runs git in it, with additional environment variables.
    pub fn run_with<'a>(
        &self,
        variables: &[(&str, &str)],
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<Outcome> {
        let mut git = bbt::git::away(self.0.path());
        let git = git.args(arguments).envs(variables.iter().copied());
        run(git, Stdout::File)
    }
}

fn run(command: &mut Command, stdout: Stdout) -> io::Result<Outcome> {
    if is_stuck() {
        return Err(io::Error::new(io::ErrorKind::TimedOut, timed_out()));
    }
    let mut stderr = tempfile::tempfile()?;
    let mut file = match stdout {
        Stdout::Pipe => None,
        Stdout::File => Some(tempfile::tempfile()?),
    };
    command
        // Its messages are parsed.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(match &file {
            Some(file) => file.try_clone()?.into(),
            None => Stdio::piped(),
        })
        .stderr(stderr.try_clone()?);
    let git = child::Group::spawn(command, GRACE)?;
    let ended = match &mut file {
        // The pipe is closed at the limit, which makes git fail.
        None => git.output(TIMEOUT, MAX_BYTES)?,
        Some(file) => match git.wait(TIMEOUT)? {
            Some(status) => {
                file.rewind()?;
                Some((zeroized::read(file, MAX_BYTES)?, status))
            }
            None => None,
        },
    };
    let Some((stdout, status)) = ended else {
        return Err(io::Error::new(io::ErrorKind::TimedOut, timed_out()));
    };
    stderr.rewind()?;
    Ok(Outcome {
        succeeded: status.success(),
        code: status.code(),
        stdout: Zeroizing::new(String::from_utf8_lossy(&stdout).into_owned()),
        stderr: String::from_utf8_lossy(&zeroized::read(stderr, MAX_BYTES)?).into_owned(),
    })
}

/// Returns the folder of git's own programs. The git that has started us names it in our environment.
pub fn exec_path() -> Option<&'static str> {
    static EXEC_PATH: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let named = std::env::var("GIT_EXEC_PATH").ok();
        let named = named.filter(|folder| !folder.is_empty());
        named.or_else(|| output(Path::new("."), ["--exec-path"]))
    };
    EXEC_PATH.get_or_init(read).as_deref()
}

/// Returns what git prints, without the last line end; `None` if it fails.
pub fn output<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let outcome = ask(folder, arguments)?;
    outcome
        .succeeded
        .then(|| outcome.stdout.trim_end().to_owned())
}

/// As [`about`]. `None` if git cannot be run, or [`is_stuck`] from now on.
pub fn ask<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Option<Outcome> {
    let outcome = about(folder, arguments).inspect_err(|error| {
        IS_STUCK.fetch_or(error.kind() == io::ErrorKind::TimedOut, Ordering::Relaxed);
    });
    outcome.ok()
}
