//! Telling git-lfs at the first contact with a repository: git runs us when a clone has its
//! configuration and nothing is checked out yet, so that its content comes with no set-up.
//!
//! Where all is set, or git-lfs is not installed, nothing is started for it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::git::{self, Configuration};
use super::{Setting, missing, settings, settings_with};
use crate::address::Address;
use crate::config::Config;
use crate::{files, report};

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
        Endpoint::Set(url) if url == wanted[0].value => {
            if team_says() {
                give_way(&wanted[0]);
            }
        }
        Endpoint::Set(url) => {
            if let Some(old) = of_another(&text, url, &wanted[0], remote)
                && is_where_it_leads(&text, remote, address)
            {
                follow(&old, &wanted);
            }
        }
        Endpoint::Unset => {
            let may_be_told = which::which("git-lfs").is_ok() && !team_says();
            if may_be_told && is_where_it_leads(&text, remote, address) {
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
    let header = header("remote", remote);
    match last(text, remote, "lfsurl") {
        Some(url) => Endpoint::Set(url),
        None if text.lines().any(|line| line.trim() == header) => Endpoint::Unset,
        None => Endpoint::NoSuchRemote,
    }
}

/// The value of a remote's variable that counts.
fn last<'t>(text: &'t str, remote: &str, key: &str) -> Option<&'t str> {
    let header = header("remote", remote);
    let mut is_here = false;
    let values = text.lines().map(str::trim).filter_map(|line| {
        if line.starts_with('[') {
            is_here = line == header;
        }
        let (name, value) = line.split_once('=').filter(|_| is_here)?;
        let is_it = name.trim_end().eq_ignore_ascii_case(key);
        is_it.then_some(value.trim_start())
    });
    values.last()
}

/// As git writes it.
fn header(section: &str, subsection: &str) -> String {
    let escaped = subsection.replace('\\', r"\\").replace('"', r#"\""#);
    format!("[{section} \"{escaped}\"]")
}

/// What we have set for the remote before its URL was changed: an endpoint of our form, with all
/// that goes with it. One of the user's own has not.
fn of_another(text: &str, endpoint: &str, wanted: &Setting, remote: &str) -> Option<[Setting; 5]> {
    let old = settings_with(endpoint, remote)?;
    let has = |setting: &Setting| {
        let header = header(setting.section, &setting.subsection);
        text.lines().any(|line| line.trim() == header)
    };
    let is_other = !endpoint.eq_ignore_ascii_case(&wanted.value);
    (is_other && old[1..].iter().all(has)).then_some(old)
}

/// Whether it is the repository that is fetched from the remote. It may be pushed to another, which
/// has no say in the endpoint. git is asked only where the URL says so in no plain words.
fn is_where_it_leads(text: &str, remote: &str, address: &Address) -> bool {
    let is_it = |url: &str| Address::parse(url).is_ok_and(|fetched| fetched.is_same(address));
    let is_said =
        last(text, remote, "url").is_some_and(|url| url.starts_with("bbt:") && is_it(url));
    let asked = || git::says(&["remote", "get-url", "--", remote]);
    is_said || asked().is_some_and(|url| is_it(url.trim_end()))
}

/// The file that all work trees of the repository share.
fn own_config(git_dir: &Path) -> Option<String> {
    let shared = match files::read_text(&git_dir.join("commondir")) {
        Ok(shared) => git_dir.join(shared.trim_end()),
        Err(_) => git_dir.to_owned(),
    };
    files::read(&shared.join("config"))
        .ok()
        .map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// Whether the team's `.lfsconfig` names an endpoint by remote, which git-lfs would take ours for.
/// Its usual `lfs.url` comes before ours by itself (measured with git-lfs 3.3). A clone has nothing
/// checked out yet, so that this is noticed only at the next contact.
fn team_says() -> bool {
    // Without the variable, git has gone to the top of the work tree.
    let top = std::env::var_os("GIT_WORK_TREE").map_or_else(PathBuf::new, PathBuf::from);
    let text = files::read(&top.join(".lfsconfig")).unwrap_or_default();
    text.to_ascii_lowercase()
        .windows(b"lfsurl".len())
        .any(|word| word == b"lfsurl")
}

fn give_way(ours: &Setting) {
    let name = ours.name();
    let is_done = git::configure(&["--local", "--unset", &name]);
    report::trace(|| match is_done {
        true => format!("git-lfs: {name} is taken out, since .lfsconfig has one"),
        false => format!("git-lfs: {name} could not be taken out; the next contact tries again"),
    });
}

fn tell(wanted: &[Setting; 5]) {
    let Some(present) = Configuration::read() else {
        return;
    };
    let [endpoint, ..] = wanted;
    if present.has(&endpoint.name()) || present.has("lfs.url") {
        report::trace(|| "git-lfs: it is told already, elsewhere".to_owned());
        return;
    }
    set(&present, wanted);
}

/// Sets what goes with the remote's URL of now, and takes out what goes with the one of before,
/// unless another remote leads there.
fn follow(old: &[Setting; 5], wanted: &[Setting; 5]) {
    let Some(present) = Configuration::read() else {
        return;
    };
    if team_says() {
        give_way(&old[0]);
    } else if !set(&present, wanted) {
        return;
    }
    let mut leading_there = present.endpoints().filter(|url| *url == old[0].value);
    let is_alone = leading_there.nth(1).is_none();
    for setting in old[1..].iter().filter(|_| is_alone) {
        let value = format!("^{}$", setting.value);
        git::configure(&["--local", "--unset", &setting.name(), &value]);
    }
}

fn set(present: &Configuration, wanted: &[Setting; 5]) -> bool {
    let [endpoint, ..] = wanted;
    let missing = missing(wanted, |setting| present.values(&setting.name()));
    let add =
        |setting: &Setting| git::configure(&["--local", "--add", &setting.name(), &setting.value]);
    // The endpoint last, since it tells the next contact that all is done.
    let is_done = missing.into_iter().all(add)
        && git::configure(&["--local", &endpoint.name(), &endpoint.value]);
    report::trace(|| match is_done {
        true => format!("git-lfs: set {} to {}", endpoint.name(), endpoint.value),
        false => {
            "git-lfs: the configuration could not be written; the next contact tries again".into()
        }
    });
    is_done
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
