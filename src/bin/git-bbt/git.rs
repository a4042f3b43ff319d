//! Asking git, within bounds: nothing it waits for may hold the doctor up.

use std::io::{self, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bbt::{child, zeroized};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Longer than any of these takes that gets an answer at all.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it has to end, with our helper, which ends a token command.
const GRACE: Duration = Duration::from_secs(1);

/// The longest output, of which a configuration with thousands of workspaces needs a part.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Whether a question took too long. What held git up, such as a pipe in `include.path`, holds it up
/// at the next one as well, which therefore is not asked.
static IS_STUCK: AtomicBool = AtomicBool::new(false);

/// Returns whether git took too long over a question, so that no other is asked.
pub fn is_stuck() -> bool {
    IS_STUCK.load(Ordering::Relaxed)
}

/// The text of that error.
pub fn timed_out() -> String {
    format!("git did not finish within {} s", TIMEOUT.as_secs())
}

/// How it ended.
pub struct Outcome {
    pub succeeded: bool,
    /// The exit status; none where a signal ended it.
    pub code: Option<i32>,
    pub stdout: Zeroizing<String>,
    stderr: String,
}

impl Outcome {
    /// What git gave as the reason.
    pub fn reason(&self) -> String {
        let labels = ["remote: ", "fatal: ", "error: "];
        let lines = || self.stderr.lines().map(str::trim_end);
        let reason = labels
            .iter()
            .find_map(|label| lines().find_map(|line| line.strip_prefix(label)));
        let first = lines().next().unwrap_or("git failed and said nothing");
        reason.unwrap_or(first).to_owned()
    }
}

/// Where git writes what it prints.
enum Stdout {
    /// Into memory that is wiped: the configuration may hold secrets. Only for a git that starts no
    /// program, since one that stays would keep the pipe open.
    Pipe,
    File,
}

/// Asks git about the repository that `folder` is in, or has it edit the configuration there.
///
/// # Errors
/// The system's, that it took too long, and that it printed too much.
pub fn about<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> io::Result<Outcome> {
    run(bbt::git::about(folder).args(arguments), Stdout::Pipe)
}

/// Asks git for its configuration away from any repository.
///
/// # Errors
/// As [`about`].
pub fn user_config<'a>(arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
    let empty = EmptyRepository::new()?;
    let mut git = bbt::git::away(empty.0.path());
    run(git.arg("config").args(arguments), Stdout::Pipe)
}

/// Runs git away from any repository.
///
/// # Errors
/// As [`about`].
pub fn away<'a>(arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
    EmptyRepository::new()?.run(arguments)
}

/// A repository with nothing in it, removed in the end.
pub struct EmptyRepository(TempDir);

impl EmptyRepository {
    /// # Errors
    /// The system's.
    pub fn new() -> io::Result<EmptyRepository> {
        let folder = tempfile::tempdir()?;
        bbt::git::create_empty(folder.path())?;
        Ok(EmptyRepository(folder))
    }

    /// Runs git in it.
    ///
    /// # Errors
    /// As [`about`].
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> io::Result<Outcome> {
        self.run_with(&[], arguments)
    }

    /// Runs git in it, with more variables.
    ///
    /// # Errors
    /// As [`about`].
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
        // Its messages are looked at.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(match &file {
            Some(file) => file.try_clone()?.into(),
            None => Stdio::piped(),
        })
        .stderr(stderr.try_clone()?);
    let (group, git) = child::Group::spawn(command, GRACE, None::<fn()>)?;
    // At the limit it closes the pipe, which makes git fail.
    let pipe = git.take_stdout();
    let reader = pipe.map(|pipe| thread::spawn(move || read(pipe)));
    let Some(status) = git.wait_timeout(TIMEOUT)? else {
        group.kill(&git);
        return Err(io::Error::new(io::ErrorKind::TimedOut, timed_out()));
    };
    let stdout = match (&mut file, reader) {
        (Some(file), _) => file.rewind().and_then(|()| read(file))?,
        (None, Some(reader)) => reader.join().map_err(|_| io::ErrorKind::Other)??,
        (None, None) => Zeroizing::default(),
    };
    stderr.rewind()?;
    Ok(Outcome {
        succeeded: status.success(),
        code: status.code(),
        stdout,
        stderr: read(&mut stderr)?.to_string(),
    })
}

fn read(from: impl io::Read) -> io::Result<Zeroizing<String>> {
    let bytes = zeroized::read(from, MAX_BYTES)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

/// What git prints of itself or of its configuration, without the end of its last line; none where
/// it fails, or [`is_stuck`].
pub fn says<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let outcome = about(folder, arguments).inspect_err(|error| {
        IS_STUCK.fetch_or(error.kind() == io::ErrorKind::TimedOut, Ordering::Relaxed);
    });
    let outcome = outcome.ok()?;
    outcome
        .succeeded
        .then(|| outcome.stdout.trim_end().to_owned())
}
