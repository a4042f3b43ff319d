//! What is left after a run: settings and comments that still contain a token, and remotes in files that
//! migrate does not edit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::git_settings::split_key;
use bbt::{shell, untrusted_file};
use zeroize::Zeroizing;

use super::migration::Migration;
use super::record;
use super::report::{LeftToken, Problem};
use super::repository::Repository;
use crate::git_config_file::{EditError, GitConfigFile};
use crate::git_dir::work_tree_git_dirs;
use crate::git_settings::{GitSetting, Origin};
use crate::secret::Hosts;
use crate::{git_settings, hint, redact};

/// Returns the settings and comments of a repository's own file that contain a token, but for the
/// settings that are `reported` anyway.
pub fn in_file(
    migration: &Migration,
    path: &Path,
    file: &GitConfigFile,
    reported: impl Fn(usize) -> bool,
) -> Vec<LeftToken> {
    let settings = file.settings().filter(|(at, _)| !reported(*at));
    let tokens = settings.filter_map(|(_, setting)| {
        // Most settings are short, and not about a URL.
        let may_have_one = |text: &str| text.len() >= 8;
        let subsection = setting.subsection.as_deref();
        if !may_have_one(&setting.value) && !subsection.is_some_and(may_have_one) {
            return None;
        }
        let origin = Origin::File(path.to_owned());
        let git_setting = GitSetting::new(setting.name(), setting.value.clone(), origin);
        let mut token = left_token(&migration.hosts, path, git_setting)?;
        // A token that is only there must not be removed before it is stored.
        if record::keys(setting).is_some() && migration.classifier.has_token(&setting.value) {
            let folder = hint::word(path.parent().unwrap_or(path));
            token.hint = format!("git bbt migrate --import-tokens {folder}");
        }
        Some(token)
    });
    let lines = file.lines_of_comments(|text| migration.hosts.find(text).is_some());
    let in_comments = lines.into_iter().map(|line| LeftToken {
        setting: format!("line {line}"),
        file: path.to_owned(),
        message: "its comment contains a token".to_owned(),
        hint: format!("git config --file {} --edit", hint::word(path)),
    });
    tokens.chain(in_comments).collect()
}

/// As [`in_file`], of a file in the work tree, which git and git-lfs read as configuration.
pub fn in_team_file(migration: &Migration, path: &Path, file: &GitConfigFile) -> Vec<LeftToken> {
    let mut tokens = in_file(migration, path, file, |_| false);
    for token in &mut tokens {
        let name = path.file_name().unwrap_or_default().display();
        token.message += &format!("; if {name} is committed, revoke it");
        token.hint = format!("git config --file {} --edit", hint::word(path));
    }
    tokens
}

fn left_token(hosts: &Hosts, path: &Path, setting: GitSetting) -> Option<LeftToken> {
    let (message, hint) = if let Some(header) = hosts.authorization(&setting) {
        let pattern = format!("^{header}:");
        let hint = hint::unset(&setting, Some(&pattern));
        ("it has an Authorization header", hint)
    } else if let Some(secret) = hosts.find(setting.name.as_bytes()) {
        let hint = hint::unset_names(&setting.origin, &secret.pattern());
        ("its name contains a token", hint)
    } else {
        let secret = hosts.find(setting.value.as_bytes())?;
        let hint = hint::remove_secret(hosts, &setting, &secret);
        ("it contains a token", hint)
    };
    Some(LeftToken {
        setting: setting.shown_name(),
        file: path.to_owned(),
        message: message.to_owned(),
        hint,
    })
}

/// Checks that git can read every file that a repository's configuration includes, on whatever
/// condition: at a pipe it would wait for ever, and so would we.
///
/// # Errors
/// It cannot.
pub fn check_included(folder: &Path, files: &[(PathBuf, GitConfigFile)]) -> Result<(), Problem> {
    for (path, file) in files {
        check_includes_of(folder, path, file, 0)?;
    }
    Ok(())
}

fn check_includes_of(
    folder: &Path,
    path: &Path,
    file: &GitConfigFile,
    depth: usize,
) -> Result<(), Problem> {
    let settings = file.settings().map(|(_, setting)| setting);
    let is_include = |section: &str| matches!(section, "include" | "includeif");
    for setting in settings.filter(|it| is_include(&it.section) && it.key == "path") {
        let included = path.with_file_name(git_settings::path_in(&setting.value));
        match GitConfigFile::read(&included) {
            // git gives up at this depth.
            Ok(file) if depth < 10 => check_includes_of(folder, &included, &file, depth + 1)?,
            Err(EditError::Unreadable(error)) if error.kind() != io::ErrorKind::NotFound => {
                let file = hint::shown(&included);
                return Err(Problem::new(folder, format!("it includes {file}: {error}")));
            }
            // git reports what it cannot read.
            _ => {}
        }
    }
    Ok(())
}

/// What is in the files that a repository's configuration includes, which may be others' too.
#[derive(Default)]
pub struct Included {
    pub tokens: Vec<LeftToken>,
    /// The remotes on Bitbucket, which migrate does not edit there.
    pub problems: Vec<Problem>,
    /// Whether one of the files sets `user.email`.
    pub has_email: bool,
}

/// Returns what is in included files. git is asked, if anything is included at all.
///
/// # Errors
/// If git cannot read its configuration, as when files include each other: nobody knows then what a
/// URL means.
pub fn included(
    migration: &Migration,
    repository: &Repository,
    file: &GitConfigFile,
) -> Result<Included, Problem> {
    let mut included = Included::default();
    if !file.includes_others() {
        return Ok(included);
    }
    let folder = repository.path();
    let settings = git_settings::included(folder).map_err(|error| {
        let problem = Problem::new(folder, format!("{error:#}"));
        problem.hint(format!("git -C {} config --list", hint::word(folder)))
    })?;
    let rules = migration.user.rules_in(folder, file);
    for mut setting in settings {
        let Some(path) = setting.file().map(git_settings::real) else {
            continue;
        };
        // By a name that works in every folder.
        setting.origin = Origin::File(path.clone());
        let is_own = path.starts_with(&repository.git_dir)
            && path
                .file_name()
                .is_some_and(|name| name == "config" || name == "config.worktree");
        if is_own {
            continue;
        }
        included.has_email |= setting.name == "user.email";
        let address = match split_key(&setting.name) {
            Some(("remote", remote, "url" | "pushurl")) if migration.has_remote(remote) => {
                migration.new_address(&setting.value, &rules)
            }
            _ => None,
        };
        let Some(address) = address else {
            let token = left_token(&migration.hosts, &path, setting);
            included.tokens.extend(token);
            continue;
        };
        let message = format!(
            "{} is {}, set in {}, which is included here and maybe elsewhere",
            setting.shown_name(),
            redact::url(&setting.value),
            hint::shown(&path)
        );
        let git = format!("git config --file {}", hint::word(&path));
        let url = format!("bbt::{address}");
        let hint = hint::change(&git, "--replace-all", &setting.name, &[&url]);
        included
            .problems
            .push(Problem::new(folder, message).hint(hint));
    }
    Ok(included)
}

/// Returns the remotes in `.git/remotes` and `.git/branches` (git-fetch(1), "REMOTES") that are on
/// Bitbucket or contain a token.
pub fn legacy(migration: &Migration, repository: &Repository) -> Vec<Problem> {
    let mut problems = Vec::new();
    for git_dir in work_tree_git_dirs(&repository.git_dir) {
        for folder in ["remotes", "branches"] {
            let entries = fs::read_dir(git_dir.join(folder))
                .into_iter()
                .flatten()
                .flatten();
            let files = entries.filter(|it| it.file_type().is_ok_and(|kind| kind.is_file()));
            problems
                .extend(files.filter_map(|file| legacy_remote(migration, &git_dir, &file.path())));
        }
    }
    problems
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
