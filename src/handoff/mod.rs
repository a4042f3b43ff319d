//! git does the work: `git -c <scoped configuration> remote-https <remote> <url>`, with us as the
//! only credential helper for this host. No byte of the repository passes through here.

mod after;
pub mod helper;
mod netrc;
mod traces;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};

use crate::address::Address;
use crate::child;
use crate::config::Config;
use crate::core_dump;
use crate::git;
use crate::report::{self, Failure};
use crate::shell;
use crate::source::Candidate;

pub use traces::version_in;

/// The user that the URL names where `~/.netrc` has an identity for the host: git before 2.46 would
/// take that and never ask us. Bitbucket knows nobody of this name, so that it refuses what some
/// versions of curl then make of it, this name with netrc's password (measured: 7.88); with
/// `x-token-auth` here a token that lies in netrc would serve. Our answer replaces the name.
const NOBODY: &str = "bbt";

/// Hands over to git's own `git-remote-https`, and gives the status it ended with.
///
/// # Errors
/// Where it cannot be started.
pub fn run(remote: &OsStr, address: &Address, config: &Config, source: &Candidate) -> Result<u8> {
    let mut git = command(remote, address, config)?;
    report::trace(|| format!("run: {git:?}"));
    let pipes = helper::Pipes::to(&mut git);
    core_dump::forbid_in_programs();
    let mut child = git.spawn().map_err(not_started)?;
    let status = child::wait(&mut child).context("cannot wait for git")?;
    let explained = pipes.is_some_and(helper::Pipes::explained);
    if let Some(code @ 1..) = status.code().filter(|_| !explained) {
        after::explain(code, address, source)?;
    }
    Ok(exit_status(status))
}

fn command(remote: &OsStr, address: &Address, config: &Config) -> Result<Command> {
    let service = config.service();
    let user = netrc::names(service.host()).then_some(NOBODY);
    let url = service.url(address, user);
    let helper = std::env::current_exe().context("cannot tell where this program is")?;

    let mut git = git::hand_off();
    for (key, value) in settings(
        &service.origin(),
        &url,
        &credential_helper(&helper, address),
    ) {
        let mut setting = OsString::from(key);
        setting.push("=");
        setting.push(value);
        git.arg("-c").arg(setting);
    }
    git.arg("remote-https").arg(remote).arg(&url);
    traces::tame(&mut git);
    Ok(git)
}

/// Scoped to this one repository, or to its host where git takes no more. Of `http.*` settings the
/// most specific URL wins, of `credential.*` the last: so these win over whatever the user has,
/// while proxies' and other hosts' credentials go on working.
fn settings(origin: &str, url: &str, helper: &OsStr) -> [(String, OsString); 6] {
    [
        // An empty one empties the list: nobody else is asked, told, or made to erase.
        (format!("credential.{origin}.helper"), OsString::new()),
        (format!("credential.{origin}.helper"), helper.to_owned()),
        // The helper is told which repository is meant, and can check.
        (format!("credential.{origin}.useHttpPath"), "true".into()),
        // git >= 2.46 logs in at once, without a 401 first; older git ignores it.
        (format!("http.{url}.proactiveAuth"), "basic".into()),
        // The token goes to no other host. Bitbucket redirects no git request.
        (format!("http.{url}.followRedirects"), "false".into()),
        // A left-over Authorization header of the user's would win, or clash.
        (format!("http.{url}.extraHeader"), OsString::new()),
    ]
}

/// This program with `--credential acme/widgets`, and the operation that git adds. git has a shell
/// run it whatever it is; the shell alone sees to `store`, which there is nothing to do for, and
/// becomes this program for the others. Without the `!`, git would take it for the name of a helper;
/// the address needs no quotes, its characters are on a list.
fn credential_helper(program: &Path, address: &Address) -> OsString {
    let mut line = OsString::from(r#"!f() { test "$1" = store || exec "#);
    line.push(shell::quoted(program.as_os_str()));
    line.push(format!(r#" --credential {address} "$1"; }}; f"#));
    line
}

/// What to type for a git.
const INSTALL_GIT: &str = if cfg!(windows) {
    "install git: winget install Git.Git"
} else if cfg!(target_os = "macos") {
    "install git: xcode-select --install, or brew install git"
} else {
    "install git (Debian and Ubuntu: apt-get install git; Fedora: dnf install git; Alpine: apk add git)"
};

fn not_started(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new("there is no git on the PATH").hint(INSTALL_GIT),
        _ => Failure::new(format!("cannot start git: {error}")),
    }
}

/// A program that a signal ended reports it as shells do.
fn exit_status(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let by_signal: Option<i32> = None;
    let code = status.code().or(by_signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(report::FATAL)
}
