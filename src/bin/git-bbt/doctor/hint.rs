//! What to type for a finding: each is a whole command line for a POSIX shell.

use std::ops::RangeInclusive;
use std::path::Path;

use bbt::{shell, token};

use super::settings::{self, Origin, Setting};
use crate::git_config::parts;
use crate::migrate::origin::shown as without_secret;

/// Unsets what `git -c` and the environment set.
pub const FORGET: &str = "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS";

/// Returns a path for people, `~` for the home folder.
pub fn shown(path: &Path) -> String {
    match in_home(path) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// Returns a path for a shell, `~` for the home folder.
pub fn word(path: &Path) -> String {
    match in_home(path) {
        Some(rest) => format!("~/{}", shell::word(rest)),
        None => shell::word(path),
    }
}

fn in_home(path: &Path) -> Option<&Path> {
    let home = dirs::home_dir()?;
    let rest = path.strip_prefix(&home);
    let rest = rest.or_else(|_| path.strip_prefix(settings::real(&home)));
    rest.ok().filter(|rest| !rest.as_os_str().is_empty())
}

/// Returns a variable's name for people, without the secret that its subsection may have.
pub fn name(name: &str) -> String {
    match parts(name) {
        Some((section, subsection, key)) => {
            format!("{section}.{}.{key}", without_secret(subsection))
        }
        None => token::masked(name),
    }
}

/// Returns a credential helper's name for people: a shell's text, and arguments, may hold a password.
pub fn helper(value: &str) -> String {
    match value.split_once(char::is_whitespace) {
        _ if value.starts_with('!') => "!***".to_owned(),
        Some((name, _)) => format!("{name} ***"),
        None => value.to_owned(),
    }
}

/// Removes the values of a variable that match a pattern, or all.
pub fn unset(setting: &Setting, pattern: Option<&str>) -> String {
    let words = [Some(&setting.name[..]), pattern];
    edit(&setting.origin, "--unset-all", words.into_iter().flatten())
}

/// Sets another variable in the place of this one.
pub fn set(setting: &Setting, name: &str, value: &str) -> String {
    edit(&setting.origin, "--replace-all", [name, value].into_iter())
}

/// Replaces the values of a variable that match a pattern, or all.
pub fn replace(setting: &Setting, value: &str, pattern: Option<&str>) -> String {
    let words = [Some(&setting.name[..]), Some(value), pattern];
    edit(
        &setting.origin,
        "--replace-all",
        words.into_iter().flatten(),
    )
}

/// Removes every variable whose subsection matches a pattern, for names that cannot be printed.
pub fn unset_names(origin: &Origin, pattern: &str) -> String {
    let Origin::File(file) = origin else {
        return FORGET.to_owned();
    };
    // git takes what is before the first dot of a pattern, and after the last, in lower case.
    let pattern = shell::word(format!(r"\..*{pattern}.*\."));
    let git = format!("git config --file {}", word(file));
    format!("{git} -z --name-only --get-regexp {pattern} | xargs -0 -n 1 {git} --unset-all")
}

/// Removes lines of a file, which are counted from 1.
pub fn remove_lines(file: &Path, runs: &[RangeInclusive<usize>]) -> String {
    let script = joined(runs, ",", "d;") + "d";
    // BSD's needs an argument for what GNU's takes as a part of the option.
    let sed = if cfg!(target_os = "macos") {
        "sed -i ''"
    } else {
        "sed -i"
    };
    format!("{sed} {} {}", shell::word(script), word(file))
}

/// Returns `line 1`, or `lines 1, 3-5`.
pub fn lines(runs: &[RangeInclusive<usize>]) -> String {
    let is_one = matches!(runs, [run] if run.start() == run.end());
    let label = if is_one { "line" } else { "lines" };
    format!("{label} {}", joined(runs, "-", ", "))
}

fn joined(runs: &[RangeInclusive<usize>], to: &str, between: &str) -> String {
    let runs = runs.iter().map(|run| match (run.start(), run.end()) {
        (start, end) if start == end => start.to_string(),
        (start, end) => format!("{start}{to}{end}"),
    });
    runs.collect::<Vec<_>>().join(between)
}

fn edit<'a>(origin: &Origin, option: &str, words: impl Iterator<Item = &'a str>) -> String {
    match origin {
        Origin::File(file) => {
            let words: Vec<String> = words.map(shell::word).collect();
            format!(
                "git config --file {} {option} {}",
                word(file),
                words.join(" ")
            )
        }
        Origin::Environment => FORGET.to_owned(),
    }
}
