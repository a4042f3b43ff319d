//! Asking git, within bounds: nothing it waits for may hold the doctor up.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use bbt::{child, wiped};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Longer than any of these takes that gets an answer at all.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it has to end, with our helper, which ends a token command.
const GRACE: Duration = Duration::from_secs(1);

/// How it ended.
pub struct Outcome {
    pub succeeded: bool,
    /// The exit status; none where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
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

/// Asks git about the repository that `folder` is in, or has it edit the configuration there.
///
/// # Errors
/// The system's, and that it took too long.
pub fn about<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> io::Result<Outcome> {
    run(bbt::git::about(folder).args(arguments))
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
        run(git.args(arguments).envs(variables.iter().copied()))
    }
}

fn run(command: &mut Command) -> io::Result<Outcome> {
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command
        // Its messages are looked at.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    let (group, git) = child::Group::spawn(command, GRACE, None::<fn()>)?;
    let Some(status) = git.wait_timeout(TIMEOUT)? else {
        group.kill(&git);
        let what = format!("git did not finish within {} s", TIMEOUT.as_secs());
        return Err(io::Error::new(io::ErrorKind::TimedOut, what));
    };
    Ok(Outcome {
        succeeded: status.success(),
        code: status.code(),
        stdout: read(&mut stdout)?,
        stderr: read(&mut stderr)?,
    })
}

/// What git prints of itself or of its configuration, without the end of its last line; none where
/// it fails.
pub fn says<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let outcome = about(folder, arguments).ok()?;
    outcome
        .succeeded
        .then(|| outcome.stdout.trim_end().to_owned())
}

/// Returns what git prints about `folder` when it may hold a secret: it goes through a pipe, into
/// memory that is wiped. `None` if git fails, takes too long or prints more than 8 MiB.
pub fn read_secret<'a>(
    folder: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Option<Zeroizing<Vec<u8>>> {
    const MAX_BYTES: usize = 8 * 1024 * 1024;
    let mut command = bbt::git::about(folder);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let (group, git) = child::Group::spawn(&mut command, GRACE, None::<fn()>).ok()?;
    let stdout = git.take_stdout()?;
    // At the limit it closes the pipe, which makes git fail.
    let reader = thread::spawn(move || wiped::read(stdout, MAX_BYTES));
    let Some(status) = git.wait_timeout(TIMEOUT).ok()? else {
        group.kill(&git);
        return None;
    };
    let printed = reader.join().ok()?.ok()?;
    status.success().then_some(printed)
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
