//! One repository: whether it may be changed, its configurations, and their change.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::config::Service;

use super::import::EmbeddedToken;
use super::plan::{self, Plan};
use super::report::{Name, Problem, Remote, Report};
use super::search::Repository;
use super::{Migration, gitmodules, left_tokens, submodule, undo};
use crate::git_config_file::{self, EditError, GitConfigFile};
use crate::remote_url::{RemoteUrl, UrlSecret};
use crate::{git, git_dir, hint};

/// Migrates a repository, or takes that back. Also returns the submodules' configurations that have to
/// follow.
pub fn run(migration: &Migration, repository: &Repository) -> (Report, Vec<PathBuf>) {
    let mut report = Report {
        place: repository.path().to_owned(),
        ..Report::default()
    };
    let mut submodules = Vec::new();
    let files = check_trust(migration, repository).and_then(|()| files(repository));
    match files {
        Err(problem) => report.problems.push(problem),
        Ok(files) => {
            for (path, file) in files {
                match change(migration, repository, &path, file, &mut report) {
                    Ok(more) => submodules.extend(more),
                    Err(problem) => report.problems.push(problem),
                }
            }
            if !migration.undo {
                report
                    .problems
                    .extend(left_tokens::legacy(migration, repository));
            }
        }
    }
    (report, submodules)
}

/// Changes one file. Returns the submodules' configurations that have to follow.
fn change(
    migration: &Migration,
    repository: &Repository,
    path: &Path,
    file: GitConfigFile,
    report: &mut Report,
) -> Result<Vec<PathBuf>, Problem> {
    let work_tree = work_tree(repository, &file);
    let work_tree = work_tree.as_deref();
    if migration.undo {
        let remotes = git_config_file::edit(path, file, migration.dry_run, undo::undo)
            .map_err(|error| problem(path, error))?;
        let configs = configs_of_submodules(repository, work_tree, &remotes);
        report.remotes.extend(remotes);
        return Ok(configs);
    }
    let (tokens, problems) = left_tokens::included(migration, repository, &file)?;
    let plan = git_config_file::edit(path, file, migration.dry_run, |file| {
        plan::plan(migration, repository, work_tree, path, file)
    });
    let Plan {
        remotes,
        tokens: own_tokens,
        submodules,
        lost,
    } = plan.map_err(|error| problem(path, error))?;
    report.remotes.extend(remotes);
    report.tokens.extend(own_tokens.into_iter().chain(tokens));
    report.problems.extend(problems);
    report.lost.extend(lost);
    let classifier = &migration.classifier;
    if let (Some(work_tree), Some(origin)) =
        (work_tree, origin(&report.remotes, classifier.service))
    {
        report.gitmodules = gitmodules::advice(work_tree, classifier, &origin);
    }
    Ok(submodules)
}

/// Lets git use `bbt::` in a submodule, or takes that back. Returns whether that changes anything.
///
/// # Errors
/// The configuration cannot be read or changed.
pub fn allow(migration: &Migration, config: &Path) -> Result<bool, Problem> {
    let failed = |error| problem(config, error);
    let file = GitConfigFile::read(config).map_err(failed)?;
    let changed = git_config_file::edit(config, file, migration.dry_run, |file| {
        if !migration.undo {
            return Ok(plan::allow(file));
        }
        let is_ours = undo::is_for_submodule_alone(file);
        if is_ours {
            undo::undo(file)?;
        }
        Ok(is_ours)
    });
    changed.map_err(failed)
}

/// Returns the tokens in the URLs that would be converted.
pub fn tokens(migration: &Migration, repository: &Repository) -> Vec<EmbeddedToken> {
    let files = check_trust(migration, repository).and_then(|()| files(repository));
    let filter = &migration.filter;
    let mut tokens = Vec::new();
    for (_, file) in files.unwrap_or_default() {
        let rules = migration.user.rules_in(repository.path(), &file);
        for (_, setting) in file.settings() {
            let name = setting.subsection.as_deref().unwrap_or_default();
            let (is_asked_about, is_of_submodule) =
                match (setting.section.as_str(), setting.key.as_str()) {
                    ("remote", "url" | "pushurl") => {
                        (filter.has_remote(name), repository.is_submodule())
                    }
                    ("submodule", "url") => (filter.has_all_remotes(), true),
                    ("branch", "remote" | "pushremote") | ("remote", "pushdefault") => {
                        (filter.has_all_remotes(), false)
                    }
                    _ => continue,
                };
            if let RemoteUrl::Bitbucket {
                address,
                secret: Some(UrlSecret::Token { token, account }),
            } = migration.classifier.classify(&setting.value, &rules)
            {
                let address = migration.renames.apply(address);
                if is_asked_about && filter.has_workspace(address.workspace()) {
                    tokens.push(EmbeddedToken {
                        address,
                        token: token.into(),
                        account,
                        is_of_submodule,
                    });
                }
            }
        }
    }
    tokens
}

/// Describes why a file is unchanged.
fn problem(path: &Path, error: EditError) -> Problem {
    let problem = |message: String| Problem::new(path, message);
    match error {
        EditError::Unreadable(error) => problem(format!("it cannot be read: {error}")),
        EditError::Unwritable(error) => problem(format!("it cannot be written: {error}")),
        EditError::Broken(line) => problem(format!("git cannot read line {line}"))
            .hint(format!("git config --file {} --list", hint::word(path))),
        EditError::Unsafe => problem("it cannot be edited safely".to_owned()).hint(format!(
            "edit the URLs by hand: git config --file {} --edit",
            hint::word(path)
        )),
        EditError::Locked(lock) => {
            let hint = format!("if no git is running there: rm {}", hint::word(&lock));
            problem(format!("it is locked by {}", hint::shown(&lock))).hint(hint)
        }
        EditError::KeepsChanging => problem("other programs keep changing it".to_owned())
            .hint("run git bbt migrate again later"),
    }
}

/// Returns the repository's own configurations: the one of all its work trees, and those of single
/// ones if it has such (git-worktree(1), "CONFIGURATION FILE").
fn files(repository: &Repository) -> Result<Vec<(PathBuf, GitConfigFile)>, Problem> {
    let open = |path: PathBuf| match GitConfigFile::read(&path) {
        Ok(file) => Ok((path, file)),
        Err(error) => Err(problem(&path, error)),
    };
    let (path, file) = open(repository.git_dir.join("config"))?;
    let mut settings = file.settings().rev();
    let extension = settings.find(|(_, it)| it.is("extensions", None, "worktreeconfig"));
    let has_more = extension.is_some_and(|(_, setting)| setting.is_true());
    drop(settings);
    let mut files = vec![(path, file)];
    if has_more {
        let folders = git_dir::of_work_trees(&repository.git_dir).into_iter();
        let paths = folders.map(|folder| folder.join("config.worktree"));
        for path in paths.filter(|path| path.exists()) {
            files.push(open(path)?);
        }
    }
    Ok(files)
}

/// Requires what git requires: that the repository belongs to the user or is trusted
/// (`safe.directory` in git-config(1)), and that it may be discovered if it is bare. git is asked only
/// if the owner is another, and has the last word.
fn check_trust(migration: &Migration, repository: &Repository) -> Result<(), Problem> {
    let path = repository.path();
    if migration.user.refuses_discovered_bare && repository.is_discovered_bare() {
        let message = "it is a bare repository, and safe.bareRepository is explicit";
        let hint = format!("git bbt migrate {}", hint::word(path));
        return Err(Problem::new(path, message).hint(hint));
    }
    let is_own =
        |path: &Path| gix_sec::identity::is_path_owned_by_current_user(path).unwrap_or(false);
    if is_own(&repository.git_dir) && repository.work_tree.as_deref().is_none_or(is_own) {
        return Ok(());
    }
    // The other setting is checked above.
    let asked = ["-c", "safe.bareRepository=all", "rev-parse", "--git-dir"];
    let why = match git::about(path, asked) {
        Ok(outcome) if outcome.succeeded => return Ok(()),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    if !why.contains("dubious ownership") {
        return Err(Problem::new(path, why));
    }
    let problem = Problem::new(
        path,
        "it belongs to another user, and git does not trust it",
    );
    Err(problem.hint(format!(
        "git config --global --add safe.directory {}",
        hint::word(path)
    )))
}

/// Returns the work tree; a submodule's configuration names it.
fn work_tree(repository: &Repository, file: &GitConfigFile) -> Option<PathBuf> {
    let named = || named_work_tree(repository, file);
    repository.work_tree.clone().or_else(named)
}

fn named_work_tree(repository: &Repository, file: &GitConfigFile) -> Option<PathBuf> {
    let path = file.value("core", None, "worktree")?;
    dunce::canonicalize(repository.git_dir.join(path)).ok()
}

/// Returns the work trees that the repository's configuration names (`core.worktree` in
/// git-config(1)). No `.git` needs to be in such a folder.
pub fn named_work_trees(repository: &Repository) -> Vec<PathBuf> {
    let files = files(repository).unwrap_or_default();
    let named = files
        .iter()
        .filter_map(|(_, file)| named_work_tree(repository, file));
    named.collect()
}

/// Returns the repository that `origin`, or else the first remote on Bitbucket, is.
fn origin(remotes: &[Remote], service: &Service) -> Option<Address> {
    let address = |remote: &Remote| {
        let mut urls = remote.urls.iter().filter_map(|url| url.bbt());
        urls.find_map(|url| service.address(url).ok())
    };
    let is_origin = |remote: &&Remote| remote.name == Name::Remote("origin".to_owned());
    let is_remote = |remote: &&Remote| matches!(remote.name, Name::Remote(_));
    let origin = remotes.iter().find(is_origin).and_then(address);
    origin.or_else(|| remotes.iter().filter(is_remote).find_map(address))
}

/// Returns the configurations of the submodules among the remotes.
fn configs_of_submodules(
    repository: &Repository,
    work_tree: Option<&Path>,
    remotes: &[Remote],
) -> Vec<PathBuf> {
    let names = remotes.iter().filter_map(|remote| match &remote.name {
        Name::Submodule(name) => Some(name),
        _ => None,
    });
    let git_dir = &repository.git_dir;
    let configs = names.flat_map(|name| submodule::configs(git_dir, work_tree, name));
    configs.collect()
}
