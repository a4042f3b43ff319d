//! Hints: each is a whole command line for a POSIX shell.

use std::ops::RangeInclusive;
use std::path::Path;

use bbt::{redact, shell};

use crate::git_settings::{GitSetting, Origin, in_home};
use crate::secret::Hosts;

pub use crate::git_settings::{shown, shown_name as name};

/// Removes the settings of `git -c` and the environment.
pub const FORGET: &str = "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS";

/// Returns a path for a shell, `~` for the home folder.
pub fn word(path: &Path) -> String {
    match in_home(path) {
        Some(rest) => format!("~/{}", shell::word(rest)),
        None => shell::path(path),
    }
}

/// Removes the values of a variable that match a pattern, or all.
pub fn unset(setting: &GitSetting, pattern: Option<&str>) -> String {
    edit(setting, "--unset-all", &setting.name, pattern.as_slice())
}

/// Sets another variable in the same file.
pub fn set(setting: &GitSetting, name: &str, value: &str) -> String {
    edit(setting, "--replace-all", name, &[value])
}

/// Removes every variable whose subsection matches a pattern, for names that cannot be printed.
pub fn unset_names(origin: &Origin, pattern: &str) -> String {
    let Origin::File(file) = origin else {
        return FORGET.to_owned();
    };
    // git lowercases a pattern before its first dot and after its last.
    let pattern = shell::word(format!(r"\..*{pattern}.*\."));
    let git = format!("git config --file {}", word(file));
    format!("{git} -z --name-only --get-regexp {pattern} | xargs -0 -n 1 {git} --unset-all")
}

/// Returns what is wrong with a setting that contains a secret, and removes that.
pub fn remove_any_secret(hosts: &Hosts, setting: &GitSetting) -> Option<(&'static str, String)> {
    if let Some(header) = hosts.authorization(setting) {
        let what = "has an Authorization header, which would replace the token in https requests";
        return Some((what, unset(setting, Some(&format!("^{header}:")))));
    }
    if let Some(secret) = hosts.find(setting.name.as_bytes()) {
        let hint = unset_names(&setting.origin, &secret.pattern());
        return Some(("contains a token in its name", hint));
    }
    let pattern = hosts.find(setting.value.as_bytes())?.pattern();
    let is_rule = setting.name.starts_with("url.") || setting.name.starts_with("credential.");
    let url = redact::userinfo(&setting.value, "");
    let is_url = setting.value.split_once("://").is_some_and(|(scheme, _)| {
        scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
    });
    // A URL stays one, without the secret.
    let hint = if is_url && !is_rule && hosts.find(url.as_bytes()).is_none() {
        edit(setting, "--replace-all", &setting.name, &[&url, &pattern])
    } else {
        unset(setting, Some(&pattern))
    };
    Some(("contains a token", hint))
}

/// Removes lines of a file, which are counted from 1.
pub fn remove_lines(file: &Path, runs: &[RangeInclusive<usize>]) -> String {
    let script = joined(runs, ",", "d;") + "d";
    // BSD's sed needs a separate argument.
    let sed = if cfg!(target_os = "macos") {
        "sed -i ''"
    } else {
        "sed -i"
    };
    format!("{sed} {} {}", shell::word(script), word(file))
}

/// Returns `line 1`, or `lines 1, 3-5`.
pub fn line_numbers(runs: &[RangeInclusive<usize>]) -> String {
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

fn edit(setting: &GitSetting, option: &str, name: &str, values: &[&str]) -> String {
    match &setting.origin {
        Origin::File(file) => {
            let git = format!("git config --file {}", word(file));
            change(&git, option, name, values)
        }
        Origin::Environment => FORGET.to_owned(),
    }
}

/// Changes a variable with an option of `git config`. If its name contains a secret, the command looks it
/// up by a pattern without it.
pub fn change(git: &str, option: &str, variable: &str, values: &[&str]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!(" {}", shell::word(value)))
        .collect();
    // A section may begin with a dash.
    let end = if variable.starts_with('-') { " --" } else { "" };
    let edit = format!("{git} {option}{end}");
    let shown = name(variable);
    if shown == variable {
        return format!("{edit} {}{values}", shell::word(variable));
    }
    let each = if values.is_empty() {
        edit
    } else {
        let line = format!(r#"{edit} "$0"{values}"#);
        format!("sh -c {}", shell::word(line))
    };
    let pattern = shell::word(format!("^{}$", pattern_of(&shown)));
    format!("{git} -z --name-only --get-regexp {pattern} | xargs -0 -n 1 {each}")
}

/// Returns a POSIX extended regular expression for a text in which `***` stands for anything.
fn pattern_of(shown: &str) -> String {
    let literal = |text: &str| -> String {
        let escape = |c: char| {
            if r"\.[]{}()*+?^$|".contains(c) {
                vec!['\\', c]
            } else {
                vec![c]
            }
        };
        text.chars().flat_map(escape).collect()
    };
    let parts: Vec<String> = shown.split("***").map(literal).collect();
    parts.join(".*")
}
