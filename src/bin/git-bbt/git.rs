//! Asking git, within bounds: nothing it waits for may hold the doctor up.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bbt::{child, handoff};

/// Longer than any of these takes that gets an answer at all.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long it has to end, with our helper, which ends a token command.
const GRACE: Duration = Duration::from_secs(1);

/// What git's hooks have set would mean their repository, whatever the folder; and `GIT_CONFIG` is
/// the file that `git config` would read and write.
const HERE: [&str; 6] = [
    "GIT_CONFIG",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
];

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

/// Runs git in `folder`, with variables.
///
/// # Errors
/// The system's, and that it took too long.
pub fn run<'a>(
    folder: &Path,
    variables: &[(&str, &str)],
    arguments: impl IntoIterator<Item = &'a str>,
) -> io::Result<Outcome> {
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut command = Command::new("git");
    command
        .args(arguments)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        // Its sentences are looked at.
        .env("LC_ALL", "C")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    for name in HERE {
        command.env_remove(name);
    }
    let (group, git) = child::Group::spawn(&mut command, GRACE, None::<fn()>)?;
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
    let outcome = run(folder, &[], arguments).ok()?;
    outcome
        .succeeded
        .then(|| outcome.stdout.trim_end().to_owned())
}

/// Where there is no repository with a configuration of its own.
pub fn outside() -> &'static Path {
    Path::new(if cfg!(windows) { "C:\\" } else { "/" })
}

/// Works in a repository of its own, away from the one at hand, whose configuration and hooks have no
/// say in this.
///
/// # Errors
/// As [`run`].
pub fn in_empty_repository(work: impl FnOnce(&Path) -> io::Result<Outcome>) -> io::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let init = ["init", "--quiet", "--bare", "--template=", "."];
    let made = run(folder.path(), &[], init)?;
    match made.succeeded {
        true => work(folder.path()),
        false => Ok(made),
    }
}

/// git's version: major and minor.
pub fn version() -> Option<(u32, u32)> {
    handoff::version_in(&says(Path::new("."), ["version"])?)
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
