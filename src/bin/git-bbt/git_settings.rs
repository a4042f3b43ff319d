//! git's configuration as git itself lists it: every setting, and where it is set.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bbt::git_settings::{GitSettings, split_key};
use bbt::messages::Failure;
use bbt::redact;
use zeroize::Zeroizing;

use crate::git::{self, Outcome};

/// One setting.
pub struct GitSetting {
    /// As git prints it: in lower case except for the subsection.
    pub name: String,
    pub value: Zeroizing<String>,
    pub origin: Origin,
}

/// Where a value is set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// By the name that git has for it.
    File(PathBuf),
    /// `git -c`, or the variables that stand for it.
    Environment,
}

const LIST: [&str; 3] = ["--list", "--show-origin", "-z"];

/// Returns the user's and the system's settings, with included files, in the order in which git reads
/// them.
///
/// # Errors
/// git's own, if it cannot read its configuration or cannot be run.
pub fn of_user() -> Result<Vec<GitSetting>> {
    parse(git::user_config(LIST), Path::new(""))
}

/// As [`of_user`], with those of the repository that `folder` is in. `base` is the folder that relative
/// names of files start from: the top of the work tree, to which git changes.
///
/// # Errors
/// As [`of_user`].
pub fn in_repository(folder: &Path, base: &Path) -> Result<Vec<GitSetting>> {
    let arguments = ["config"].into_iter().chain(LIST);
    parse(git::about(folder, arguments), base)
}

/// As [`of_user`], with those of the repository or the linked work tree whose own folder `git_dir` is, or
/// with a `scope` (`--local` or `--worktree`), those of one file and what it includes. The caller has
/// checked that git trusts the repository; its work tree need not exist.
///
/// # Errors
/// As [`of_user`].
pub fn in_git_dir(git_dir: &Path, scope: Option<&str>) -> Result<Vec<GitSetting>> {
    let words = ["--git-dir=.", "--work-tree=.", "config", "--includes"];
    let arguments = words.into_iter().chain(scope).chain(LIST);
    parse(git::about(git_dir, arguments), git_dir)
}

/// Returns what one file sets, and if `follow` is true, the files that it includes. `None` if git
/// cannot read it.
pub fn in_file(file: &Path, follow: bool) -> Option<Vec<GitSetting>> {
    // Opening a pipe would wait for somebody to write into it.
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let folder = file.parent()?;
    let includes = if follow {
        "--includes"
    } else {
        "--no-includes"
    };
    let arguments = ["config", "--file", file.to_str()?, includes];
    parse(
        git::about(folder, arguments.into_iter().chain(LIST)),
        folder,
    )
    .ok()
}

/// Returns what a blob of the repository in `folder` sets, as if it were in `file`. `None` if git
/// cannot read it.
pub fn in_blob(folder: &Path, blob: &str, file: &Path) -> Option<Vec<GitSetting>> {
    let arguments = ["config", "--blob", blob].into_iter().chain(LIST);
    let mut settings = parse(git::about(folder, arguments), folder).ok()?;
    for setting in &mut settings {
        setting.origin = Origin::File(file.to_owned());
    }
    Some(settings)
}

fn parse(listed: io::Result<Outcome>, base: &Path) -> Result<Vec<GitSetting>> {
    let listed = listed.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::new("git is not on the PATH").hint("install git"),
        _ => Failure::new(format!("cannot run git: {error}")),
    })?;
    if !listed.succeeded {
        let what = format!("git cannot read its configuration: {}", listed.reason());
        let failure = Failure::new(what).hint("fix the file that git names, and try again");
        return Err(failure.into());
    }
    let mut fields = listed.stdout.split('\0');
    let mut settings = Vec::new();
    while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
        // A name without a value means true.
        let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        settings.push(GitSetting {
            name: name.to_owned(),
            value: Zeroizing::new(value.to_owned()),
            origin: match origin.strip_prefix("file:") {
                Some(file) => Origin::File(base.join(file)),
                None => Origin::Environment,
            },
        });
    }
    Ok(settings)
}

/// Returns the settings for questions about remotes.
pub fn of_remotes<'s>(settings: impl IntoIterator<Item = &'s GitSetting>) -> GitSettings {
    let settings = settings.into_iter();
    let pairs = settings.map(|setting| (setting.name.as_str(), setting.value.as_str()));
    pairs.collect()
}

impl GitSetting {
    /// Returns a setting that a file of git's configuration contains, whether or not git has read it.
    pub fn new(name: String, value: Zeroizing<String>, origin: Origin) -> GitSetting {
        GitSetting {
            name,
            value,
            origin,
        }
    }

    /// Returns the subsection of a setting in `section` with this `key`: `(base, "url", "insteadof")` for
    /// `url.<base>.insteadof`.
    pub fn subsection(&self, section: &str, key: &str) -> Option<&str> {
        let rest = self.name.strip_prefix(section)?.strip_prefix('.')?;
        rest.strip_suffix(key)?.strip_suffix('.')
    }

    /// Returns the file that it is in; `None` for the environment.
    pub fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(file) => Some(file),
            Origin::Environment => None,
        }
    }

    /// Returns the name for messages, without a secret in its subsection.
    pub fn shown_name(&self) -> String {
        shown_name(&self.name)
    }
}

/// Returns a setting's name for messages, without a secret in its subsection.
pub fn shown_name(name: &str) -> String {
    match split_key(name) {
        Some((section, subsection, key)) => {
            format!("{section}.{}.{key}", redact::url(subsection))
        }
        None => redact::tokens(name),
    }
}

/// `name = value (in file)`, without a secret in a URL or in a helper's command.
impl fmt::Display for GitSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self.value.split_once(char::is_whitespace) {
            _ if self.value.is_empty() => "\"\"".to_owned(),
            _ if !self.name.ends_with(".helper") => redact::url(&self.value),
            _ if self.value.starts_with('!') => "!***".to_owned(),
            Some((helper, _)) => format!("{helper} ***"),
            None => self.value.to_string(),
        };
        write!(f, "{} = {value} ({})", self.shown_name(), self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File(file) => write!(f, "in {}", shown(file)),
            Origin::Environment => f.write_str("set by git -c or GIT_CONFIG_COUNT"),
        }
    }
}

/// Returns a path for git's configuration and for messages: `~` for the home folder, so that machines
/// can share a configuration.
pub fn shown(path: &Path) -> String {
    let path = match in_home(path) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    };
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path
    }
}

/// Returns the part of a path below the home folder; `None` if it is elsewhere.
pub fn in_home(path: &Path) -> Option<&Path> {
    let home = dirs::home_dir().filter(|home| home.parent().is_some())?;
    let rest = path.strip_prefix(&home);
    let rest = rest.or_else(|_| path.strip_prefix(real(&home)));
    rest.ok().filter(|rest| !rest.as_os_str().is_empty())
}

/// Returns a path with symbolic links resolved, or unchanged if nothing is there.
pub fn real(path: &Path) -> PathBuf {
    dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the path in a value, in which `~/` is the home folder (git-config(1), "pathname").
pub fn path_in(value: &str) -> PathBuf {
    match (value.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(value),
    }
}

/// Returns whether a protocol may be used for whatever URL (git-config(1), "protocol.allow").
pub fn is_always(value: &str) -> bool {
    value.eq_ignore_ascii_case("always")
}
