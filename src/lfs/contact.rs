//! Telling git-lfs at the first contact with a repository: git runs us when a clone has its
//! configuration and nothing is checked out yet, so that its content comes with no set-up.
//!
//! Where all is set, or git-lfs is not installed, nothing is started for it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Setting, missing, settings};
use crate::address::Address;
use crate::config::Config;
use crate::report;

/// Sets what git-lfs needs for `remote`, where that is a remote of the repository git is at, git-lfs
/// is installed, and nobody has said where its content is. Nothing fails for it, and nothing is
/// said but in a trace: what could not be written now is written at the next contact.
pub fn at_contact(remote: &OsStr, address: &Address, config: &Config) {
    let Some((git_dir, remote)) = std::env::var_os("GIT_DIR").zip(remote.to_str()) else {
        return;
    };
    if !config.lfs() {
        report::trace(|| "git-lfs: config.toml says lfs = false".to_owned());
        return;
    }
    let text = own_config(Path::new(&git_dir)).unwrap_or_default();
    let wanted = settings(config.service(), remote, address);
    match endpoint(&text, remote) {
        Endpoint::NoSuchRemote => {}
        Endpoint::Set(url) => {
            if url == wanted[0].value && team_says() {
                give_way(&wanted[0]);
            }
        }
        Endpoint::Unset => {
            if which::which("git-lfs").is_ok() && !team_says() {
                tell(&wanted);
            }
        }
    }
}

/// What the repository's own configuration says of a remote.
enum Endpoint<'t> {
    /// Nothing: git was given a URL, or the remote is defined elsewhere.
    NoSuchRemote,
    Unset,
    Set(&'t str),
}

/// Reads no more of git's syntax than git writes itself: where it is written otherwise, at worst git
/// is asked, or git-lfs is not told.
fn endpoint<'t>(text: &'t str, remote: &str) -> Endpoint<'t> {
    let escaped = remote.replace('\\', r"\\").replace('"', r#"\""#);
    let header = format!("[remote \"{escaped}\"]");
    let mut found = Endpoint::NoSuchRemote;
    let mut is_here = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_here = line == header;
            if is_here && matches!(found, Endpoint::NoSuchRemote) {
                found = Endpoint::Unset;
            }
        } else if let Some((key, value)) = line.split_once('=')
            && is_here
            && key.trim_end().eq_ignore_ascii_case("lfsurl")
        {
            found = Endpoint::Set(value.trim_start());
        }
    }
    found
}

/// The file that all work trees of the repository share.
fn own_config(git_dir: &Path) -> Option<String> {
    let shared = match fs::read_to_string(git_dir.join("commondir")) {
        Ok(shared) => git_dir.join(shared.trim_end()),
        Err(_) => git_dir.to_owned(),
    };
    fs::read(shared.join("config"))
        .ok()
        .map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// Whether the team's `.lfsconfig` names an endpoint by remote, which git-lfs would take ours for.
/// Its usual `lfs.url` comes before ours by itself (measured with git-lfs 3.3). A clone has nothing
/// checked out yet, so that this is noticed only at the next contact.
fn team_says() -> bool {
    // Without the variable, git has gone to the top of the work tree.
    let top = std::env::var_os("GIT_WORK_TREE").map_or_else(PathBuf::new, PathBuf::from);
    let text = fs::read(top.join(".lfsconfig")).unwrap_or_default();
    text.to_ascii_lowercase()
        .windows(b"lfsurl".len())
        .any(|word| word == b"lfsurl")
}

fn give_way(ours: &Setting) {
    let name = ours.name();
    let is_done = git_config(&["--local", "--unset", &name]);
    report::trace(|| match is_done {
        true => format!("git-lfs: {name} is taken out, since .lfsconfig has one"),
        false => format!("git-lfs: {name} could not be taken out; the next contact tries again"),
    });
}

fn tell(wanted: &[Setting; 5]) {
    let Some(present) = Present::read() else {
        report::trace(|| "git-lfs: the configuration could not be read".to_owned());
        return;
    };
    let [endpoint, ..] = wanted;
    if present.has(&endpoint.name()) || present.has("lfs.url") {
        report::trace(|| "git-lfs: it is told already, elsewhere".to_owned());
        return;
    }
    let mut missing = missing(wanted, |setting| present.values(&setting.name()));
    // Last, since it tells the next contact that all is done.
    missing.push(endpoint);
    let write =
        |setting: &&Setting| git_config(&["--local", "--add", &setting.name(), &setting.value]);
    let is_done = missing.iter().all(write);
    report::trace(|| match is_done {
        true => format!("git-lfs: set {} to {}", endpoint.name(), endpoint.value),
        false => {
            "git-lfs: the configuration could not be written; the next contact tries again".into()
        }
    });
}

/// What git's whole configuration says of it, in order.
struct Present(Vec<(String, String)>);

impl Present {
    fn read() -> Option<Present> {
        let pattern = r"^(lfs\..*|credential\..*|remote\..*\.lfsurl)$";
        let output = Command::new("git")
            .args(["config", "--null", "--get-regexp", pattern])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        // 1: nothing is set.
        matches!(output.status.code(), Some(0 | 1)).then(|| {
            let text = String::from_utf8_lossy(&output.stdout);
            let entries = text.split_terminator('\0').map(|entry| {
                let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
                (name.to_owned(), value.to_owned())
            });
            Present(entries.collect())
        })
    }

    /// git gives what surrounds the subsection in lower case.
    fn values(&self, name: &str) -> Vec<&str> {
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

    fn has(&self, name: &str) -> bool {
        !self.values(name).is_empty()
    }
}

/// Whether it could be done. stdin and stdout are what git talks to us through.
fn git_config(arguments: &[&str]) -> bool {
    let status = Command::new("git")
        .arg("config")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, endpoint};

    #[test]
    fn what_git_writes_of_a_remote_is_read_without_git() {
        let text = "[core]\n\tbare = false\n[remote \"a\"]\n\turl = bbt::acme/a\n\
                    [remote \"b\\\"c\"]\n\tlfsurl = https://a/lfs\n\
                    [remote \"d\"]\n[branch \"d\"]\n\tlfsurl = no\n[remote \"d\"]\n\tLfsURL=x\n";
        let read = |remote| match endpoint(text, remote) {
            Endpoint::NoSuchRemote => "none".to_owned(),
            Endpoint::Unset => "unset".to_owned(),
            Endpoint::Set(url) => url.to_owned(),
        };
        for (remote, expected) in [
            ("a", "unset"),
            ("b\"c", "https://a/lfs"),
            ("d", "x"),
            ("A", "none"),
            ("bbt::acme/a", "none"),
        ] {
            assert_eq!(read(remote), expected, "{remote}");
        }
    }
}
