//! What is left after a run: settings and comments that still contain a token, and remotes in files that
//! migrate does not edit.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::instead_of::InsteadOf;
use bbt::{redact, shell, untrusted_file};
use zeroize::Zeroizing;

use super::migration::Migration;
use super::plan::name_of;
use super::record;
use super::report::{Line, Name, Problem, Report, State};
use super::repository::File;
use crate::git_config_file::{EditError, GitConfigFile, Setting};
use crate::git_settings::{self, GitSetting, Origin, shown_name};
use crate::hint;

/// Returns the settings and comments of one of a repository's own files that contain a token, but for
/// the settings that are reported as not converted.
pub fn in_own_file(
    migration: &Migration,
    path: &Path,
    file: &GitConfigFile,
    report: &Report,
) -> Vec<Line> {
    let import = format!(
        "git bbt migrate --import-tokens {}",
        hint::word(path.parent().unwrap_or(path))
    );
    in_file(migration, path, file, |setting, hint| {
        let Some((key, _)) = record::keys(setting) else {
            return Some(hint);
        };
        let is_reported = report.is_not_converted(&name_of(setting, key), &setting.value);
        // A token that is only there must not be removed before it is stored.
        let has_token = || migration.classifier.has_token(&setting.value);
        (!is_reported).then(|| if has_token() { import.clone() } else { hint })
    })
}

/// Returns the settings and comments of a file that contain a token. `choose` returns the hint for a
/// setting, given the one that removes the token, or `None` if the setting is not to be reported.
fn in_file(
    migration: &Migration,
    path: &Path,
    file: &GitConfigFile,
    choose: impl Fn(&Setting, String) -> Option<String>,
) -> Vec<Line> {
    let token = |setting, message, hint| Line {
        state: State::Token,
        name: Some(Name::Setting(setting)),
        file: Some(path.to_owned()),
        message: Some(message),
        hint: Some(hint),
        ..Line::default()
    };
    let in_settings = file.settings().filter_map(|(_, setting)| {
        // Most settings are short, and not about a URL.
        let may_have_one = |text: &str| text.len() >= 8;
        let subsection = setting.subsection.as_deref();
        if !may_have_one(&setting.value) && !subsection.is_some_and(may_have_one) {
            return None;
        }
        let origin = Origin::File(path.to_owned());
        let git_setting = GitSetting::new(setting.name(), setting.value.clone(), origin);
        let (what, hint) = hint::remove_any_secret(&migration.hosts, &git_setting)?;
        let hint = choose(setting, hint)?;
        Some(token(git_setting.shown_name(), format!("it {what}"), hint))
    });
    let lines = file.lines_of_comments(|text| migration.hosts.find(text).is_some());
    let in_comments = lines.into_iter().map(|line| {
        let message = "its comment contains a token".to_owned();
        token(format!("line {line}"), message, edit(path))
    });
    in_settings.chain(in_comments).collect()
}

/// Returns the same of a file in the work tree, which git and git-lfs read as configuration.
pub fn in_team_file(migration: &Migration, path: &Path, file: &GitConfigFile) -> Vec<Line> {
    let mut tokens = in_file(migration, path, file, |_, _| Some(edit(path)));
    let name = path.file_name().unwrap_or_default().display();
    let message = tokens.iter_mut().filter_map(|token| token.message.as_mut());
    message.for_each(|it| *it += &format!("; if {name} is committed, revoke it"));
    tokens
}

/// Opens a file in the user's editor.
fn edit(path: &Path) -> String {
    format!("git config --file {} --edit", hint::word(path))
}

/// Returns the files that a repository's configuration includes, on whatever condition. git reports
/// what it cannot read of them.
///
/// # Errors
/// One is no file: at a pipe git would wait for ever.
pub fn included(folder: &Path, own: &[File]) -> Result<Vec<File>, Problem> {
    let mut paths: Vec<_> = own
        .iter()
        .flat_map(|(path, file)| includes(path, file))
        .collect();
    let mut seen: HashSet<_> = own.iter().map(|(path, _)| path.clone()).collect();
    let mut included = Vec::new();
    while let Some(path) = paths.pop() {
        let real = git_settings::real(&path);
        if !seen.insert(real.clone()) {
            continue;
        }
        match GitConfigFile::read(&real) {
            Ok(file) => {
                paths.extend(includes(&path, &file));
                included.push((real, file));
            }
            Err(EditError::Unreadable(error)) if error.kind() != io::ErrorKind::NotFound => {
                let file = hint::shown(&real);
                return Err(Problem::new(folder, format!("it includes {file}: {error}")));
            }
            Err(_) => {}
        }
    }
    Ok(included)
}

fn includes(path: &Path, file: &GitConfigFile) -> Vec<PathBuf> {
    let settings = file.settings().map(|(_, setting)| setting);
    let is_include = |section: &str| matches!(section, "include" | "includeif");
    let includes = settings.filter(|it| is_include(&it.section) && it.key == "path");
    includes
        .map(|it| path.with_file_name(git_settings::path_in(&it.value)))
        .collect()
}

/// Returns what is left in a file that a repository in `folder` includes, which may be others' too: tokens,
/// and remotes on Bitbucket, which migrate does not edit there.
pub fn in_included_file(
    migration: &Migration,
    folder: &Path,
    (path, file): &File,
    rules: &InsteadOf,
) -> Vec<Line> {
    let address = |setting: &Setting| {
        let is_url = setting.section == "remote" && ["url", "pushurl"].contains(&&*setting.key);
        let remote = setting.subsection.as_ref().filter(|_| is_url);
        remote.filter(|name| migration.has_remote(name))?;
        migration.new_address(&setting.value, rules)
    };
    let remotes = file.settings().filter_map(|(_, setting)| {
        let url = format!("bbt::{}", address(setting)?);
        let message = format!(
            "{} is {}, set in {}, which is included here and maybe elsewhere",
            shown_name(&setting.name()),
            redact::url(&setting.value),
            hint::shown(path)
        );
        let git = format!("git config --file {}", hint::word(path));
        let hint = hint::change(&git, "--replace-all", &setting.name(), &[&url]);
        Some(Problem::new(folder, message).hint(hint).into())
    });
    let tokens = in_file(migration, path, file, |setting, hint| {
        address(setting).is_none().then_some(hint)
    });
    remotes.chain(tokens).collect()
}

/// Returns the remotes in `.git/remotes` and `.git/branches` (git-fetch(1), "REMOTES") that are on
/// Bitbucket or contain a token.
pub fn legacy(migration: &Migration, git_dir: &Path) -> Vec<Problem> {
    let folders = ["remotes", "branches"].into_iter();
    let entries =
        folders.flat_map(|folder| fs::read_dir(git_dir.join(folder)).into_iter().flatten());
    let files = entries
        .flatten()
        .filter(|it| it.file_type().is_ok_and(|kind| kind.is_file()));
    let remotes = files.filter_map(|file| legacy_remote(migration, git_dir, &file.path()));
    remotes.collect()
}

fn legacy_remote(migration: &Migration, git_dir: &Path, path: &Path) -> Option<Problem> {
    let bytes = untrusted_file::read(path).ok()?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    let mut urls = text.lines().map(|line| {
        let url = line.strip_prefix("URL:").unwrap_or(line).trim();
        url.split('#').next().unwrap_or_default()
    });
    let is_converted = urls.any(|url| migration.new_address(url, &Default::default()).is_some());
    let has_token = migration.hosts.find(&bytes).is_some();
    if !is_converted && !has_token {
        return None;
    }
    let end = if has_token {
        ", and contains a token"
    } else {
        ""
    };
    let message = format!("it is a remote in the old form, which migrate does not convert{end}");
    // With the same name twice, git moves it into the configuration (git-remote(1), "rename").
    let name = shell::word(path.file_name().unwrap_or_default());
    let git_dir = hint::word(git_dir);
    let hint = format!("git --git-dir {git_dir} remote rename -- {name} {name}");
    Some(Problem::new(path, message).hint(hint))
}
