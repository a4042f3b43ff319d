//! git, asked about its configuration for git-lfs, and told. stdin and stdout are what it talks to us
//! through, and nothing of it is shown.

use std::process::{Command, Stdio};

use crate::{git, report};

/// What git's whole configuration says of git-lfs, in order.
pub(super) struct Configuration(Vec<(String, String)>);

impl Configuration {
    /// None where it cannot be read.
    pub(super) fn read() -> Option<Configuration> {
        let pattern = r"^(lfs\..*|credential\..*|remote\..*\.lfsurl)$";
        // Where nothing is set, git says nothing, and 1.
        let Some(text) = says(&["config", "--null", "--get-regexp", pattern]) else {
            report::trace(|| "git-lfs: the configuration could not be read".to_owned());
            return None;
        };
        let entries = text.split_terminator('\0').map(|entry| {
            let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            (name.to_owned(), value.to_owned())
        });
        Some(Configuration(entries.collect()))
    }

    /// git gives what surrounds the subsection in lower case.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let entries = self.0.iter();
        let named = entries.filter(|(has, _)| match name.rsplit_once('.') {
            Some((front, key)) => {
                let has = has.rsplit_once('.');
                has.is_some_and(|(f, k)| f == front && k.eq_ignore_ascii_case(key))
            }
            None => false,
        });
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.values(name).is_empty()
    }

    /// Of all remotes.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &str> {
        let is_endpoint = |name: &str| name.starts_with("remote.") && name.ends_with(".lfsurl");
        let entries = self.0.iter().filter(move |(name, _)| is_endpoint(name));
        entries.map(|(_, value)| value.as_str())
    }
}

/// What it says; none where it cannot do what it is asked. 1 is how it says that there is nothing.
pub(super) fn says(arguments: &[&str]) -> Option<String> {
    let output = git(arguments).output().ok()?;
    let is_answer = matches!(output.status.code(), Some(0 | 1));
    is_answer.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Has `git config` do something, and tells whether it could be done.
pub(super) fn configure(arguments: &[&str]) -> bool {
    let status = git(&["config"])
        .args(arguments)
        .stdout(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

fn git(arguments: &[&str]) -> Command {
    let mut git = git::about_current();
    git.args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    git
}
