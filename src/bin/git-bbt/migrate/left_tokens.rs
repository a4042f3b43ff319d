//! What is left after a run: settings and comments that still contain a token, and remotes in files that
//! migrate does not edit.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::git_settings::split_key;
use bbt::instead_of::InsteadOf;
use bbt::{redact, shell, untrusted_file};
use zeroize::Zeroizing;

use super::migration::{Migration, unreadable};
use super::plan::name_of;
use super::record;
use super::report::{Line, Name, Problem, Report, State};
use super::repository::{File, Repository, problem};
use crate::git_config_file::{EditError, GitConfigFile, Setting};
use crate::git_settings::{self, GitSetting, Origin};
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
    let in_settings = file.settings().filter_map(|(_, setting)| {
        // Most settings are short, and not about a URL.
        let may_have_one = |text: &str| text.len() >= 8;
        let subsection = setting.subsection.as_deref();
        if !may_have_one(&setting.value) && !subsection.is_some_and(may_have_one) {
            return None;
        }
        let origin = Origin::File(path.to_owned());
        let git_setting = GitSetting::new(setting.name(), setting.value.clone(), origin);
        let mut line = in_setting(migration, path, &git_setting)?;
        line.hint = Some(choose(setting, line.hint?)?);
        Some(line)
    });
    let lines = file.lines_of_comments(|text| migration.hosts.find(text).is_some());
    let in_comments = lines.into_iter().map(|line| {
        let message = "its comment contains a token".to_owned();
        token(path, format!("line {line}"), message, edit(path))
    });
    in_settings.chain(in_comments).collect()
}

/// Returns a setting that contains a token.
fn in_setting(migration: &Migration, path: &Path, setting: &GitSetting) -> Option<Line> {
    let (what, hint) = hint::remove_any_secret(&migration.hosts, setting)?;
    Some(token(
        path,
        setting.shown_name(),
        format!("it {what}"),
        hint,
    ))
}

fn token(path: &Path, setting: String, message: String, hint: String) -> Line {
    Line {
        state: State::Token,
        name: Some(Name::Setting(setting)),
        file: Some(path.to_owned()),
        message: Some(message),
        hint: Some(hint),
        ..Line::default()
    }
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

/// Checks the files that a repository's own files include, on whatever condition, before git is asked.
/// Returns those that git cannot read, which it does not report if their condition does not apply.
///
/// # Errors
/// One is no file: at a pipe git would wait for ever.
pub fn check_included(repository: &Repository, own: &[File]) -> Result<Vec<Problem>, Problem> {
    let folder = repository.path();
    // If it is a symbolic link, relative names start from there.
    let shared = repository.git_dir.join("config");
    let opened = [&shared]
        .into_iter()
        .chain(own.iter().skip(1).map(|(path, _)| path));
    let opened = opened.zip(own);
    let mut paths: Vec<_> = opened
        .flat_map(|(path, (_, file))| includes(path, file))
        .collect();
    let mut seen: HashSet<_> = own.iter().map(|(path, _)| path.clone()).collect();
    let mut broken = Vec::new();
    while let Some(path) = paths.pop() {
        let real = git_settings::real(&path);
        if !seen.insert(real.clone()) {
            continue;
        }
        match GitConfigFile::read(&real) {
            Ok(file) => paths.extend(includes(&path, &file)),
            Err(EditError::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(EditError::Unreadable(error)) => {
                let file = hint::shown(&real);
                return Err(Problem::new(folder, format!("it includes {file}: {error}")));
            }
            Err(error) => broken.push(problem(&real, error)),
        }
    }
    Ok(broken)
}

fn includes(path: &Path, file: &GitConfigFile) -> Vec<PathBuf> {
    let includes = file.includes();
    includes
        .map(|it| path.with_file_name(git_settings::path_in(it)))
        .collect()
}

/// Returns what is set in files that one of a repository's own files includes, as git reads them.
///
/// # Errors
/// git cannot read them.
pub fn included(git_dir: &Path, scope: &str, own: &[File]) -> Result<Vec<GitSetting>, Problem> {
    let settings = git_settings::in_git_dir(git_dir, Some(scope));
    let settings = settings.map_err(|error| unreadable(git_dir, &error))?;
    let included = settings.into_iter().filter_map(|mut setting| {
        let path = git_settings::real(setting.file()?);
        // By a name that works in every folder.
        setting.origin = Origin::File(path.clone());
        let is_own = own.iter().any(|(own, _)| *own == path);
        (!is_own).then_some(setting)
    });
    Ok(included.collect())
}

/// Returns what is left in a setting of a file that a repository in `folder` includes, which may be
/// others' too: a token, or a remote on Bitbucket, which migrate does not edit there.
pub fn in_included_file(
    migration: &Migration,
    folder: &Path,
    setting: &GitSetting,
    rules: &InsteadOf,
) -> Option<Line> {
    let path = setting.file()?;
    let address = match split_key(&setting.name) {
        Some(("remote", remote, "url" | "pushurl")) if migration.has_remote(remote) => {
            migration.new_address(&setting.value, rules)
        }
        _ => None,
    };
    let Some(address) = address else {
        return in_setting(migration, path, setting);
    };
    let message = format!(
        "{} is {}, set in {}, which is included here and maybe elsewhere",
        setting.shown_name(),
        redact::url(&setting.value),
        hint::shown(path)
    );
    let git = format!("git config --file {}", hint::word(path));
    let url = format!("bbt::{address}");
    let hint = hint::change(&git, "--replace-all", &setting.name, &[&url]);
    Some(Problem::new(folder, message).hint(hint).into())
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
