//! The hand-off: git itself does the work, as `git-remote-https <remote> <url>`, with scoped settings
//! that make us the only credential helper for this repository.

mod failure;
mod headers;
mod netrc;
mod traces;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};

use crate::address::Address;
use crate::channel::{Channel, Event};
use crate::child;
use crate::config::Config;
use crate::core_dump;
use crate::git;
use crate::lookup::Candidate;
use crate::messages::{self, Failure};
use crate::shell;
use crate::variables;

pub use netrc::has_login as netrc_has_login;
pub use traces::version_in;

/// The user in the URL if `~/.netrc` has a login for the host: git before 2.46 would use that and never
/// ask us. Some versions of curl send this name with netrc's password (measured: 7.88), which Bitbucket
/// rejects; with `x-token-auth` it would accept a token from netrc. Our answer replaces the name.
const NOBODY: &str = "bbt";

/// Runs git's own `git-remote-https`. Returns its exit status.
///
/// # Errors
/// If it cannot be started.
pub fn run(remote: &OsStr, address: &Address, config: &Config, source: &Candidate) -> Result<u8> {
    let channel = Channel::open();
    let mut git = command(remote, address, config, channel.as_ref())?;
    if let Some(channel) = &channel {
        git.env(variables::HANDOFF, channel.descriptor().to_string());
    }
    core_dump::forbid_in_programs();
    let mut child = git.spawn().map_err(not_started)?;
    let status = child::wait(&mut child).context("cannot wait for git")?;
    let login = channel.and_then(Channel::login);
    if let Some(code @ 1..) = status.code() {
        failure::explain(code, login, address, source)?;
    }
    Ok(exit_status(status))
}

fn command(
    remote: &OsStr,
    address: &Address,
    config: &Config,
    channel: Option<&Channel>,
) -> Result<Command> {
    let service = config.service();
    let user = netrc::has_login(service.host()).then_some(NOBODY);
    let url = service.url(address, user);
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    let helper = credential_helper(&program, address, channel);

    let mut settings = Vec::new();
    let mut set = |key: String, value: &OsStr| {
        let mut setting = OsString::from(key);
        setting.push("=");
        setting.push(value);
        settings.push(setting);
    };
    // Of `credential.*`, the last setting wins. It is scoped to the repository and not to its host:
    // every git below inherits it, and may fetch from another repository there, as a partial clone
    // does during a push. Without a user, since one would not match URLs without it.
    let scope = service.url(address, None);
    // An empty value empties the list: no other helper is asked, given the token, or sent `erase`.
    set(format!("credential.{scope}.helper"), OsStr::new(""));
    set(format!("credential.{scope}.helper"), &helper);
    // With the path, the helper can check the repository.
    set(
        format!("credential.{scope}.useHttpPath"),
        OsStr::new("true"),
    );
    // Of `http.*`, the most specific URL wins.
    // git 2.46 and later log in without a 401 first; older git ignores this.
    set(format!("http.{url}.proactiveAuth"), OsStr::new("basic"));
    // The token must not follow a redirect. Bitbucket redirects no git request.
    set(format!("http.{url}.followRedirects"), OsStr::new("false"));
    if headers::must_be_emptied(service) {
        set(format!("http.{url}.extraHeader"), OsStr::new(""));
    }
    let mut git = git::hand_off(&settings);
    git.arg(remote).arg(&url);
    for setting in &settings {
        messages::trace(|| format!("set: {}", shell::word(setting)));
    }
    messages::trace(|| {
        let words = std::iter::once(git.get_program()).chain(git.get_args());
        format!(
            "run: {}",
            words.map(shell::word).collect::<Vec<_>>().join(" ")
        )
    });
    traces::strip_token_traces(&mut git);
    Ok(git)
}

/// Returns the value of `credential.helper`: this program with `--credential acme/widgets`, to which git
/// adds the operation. git runs it through a shell, which handles `store` itself: it reads the input,
/// since git before 2.18 would end by SIGPIPE, and reports that the token was accepted. Without the
/// `!`, git would take the value for a helper's name; the address needs no quotes.
fn credential_helper(program: &Path, address: &Address, channel: Option<&Channel>) -> OsString {
    let mut line = OsString::from(r#"!f() { test "$1" = store || exec "#);
    line.push(shell::quoted(program.as_os_str()));
    line.push(format!(
        r#" --credential {address} "$1"; while read -r line; do :; done; "#
    ));
    if let Some(channel) = channel {
        let (accepted, descriptor) = (char::from(Event::Accepted as u8), channel.descriptor());
        line.push(format!(
            "{{ printf {accepted} >&{descriptor}; }} 2>/dev/null; "
        ));
    }
    line.push("}; f");
    line
}

/// The hint if git is missing.
const INSTALL_GIT: &str = if cfg!(windows) {
    "install git: winget install Git.Git"
} else if cfg!(target_os = "macos") {
    "install git: xcode-select --install, or brew install git"
} else {
    "install git (Debian and Ubuntu: apt-get install git; Fedora: dnf install git; Alpine: apk add git)"
};

fn not_started(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new("git is not on the PATH").hint(INSTALL_GIT),
        _ => Failure::new(format!("cannot start git: {error}")),
    }
}

/// Returns the exit status; for a program that a signal ended, the status that shells report.
fn exit_status(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let by_signal: Option<i32> = None;
    let code = status.code().or(by_signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(messages::FATAL)
}
