//! Converts one repository, or takes that back.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::config::Service;

use super::candidate::EmbeddedToken;
use super::migration::Migration;
use super::plan::{self, Planner};
use super::report::{Name, Problem, Remote, Remotes, Report};
use super::repository::{Repository, problem};
use super::{left_tokens, record, submodules};
use crate::git_config_file::{self, GitConfigFile};
use crate::remote_url::{RemoteUrl, UrlSecret};

/// Migrates a repository, or takes that back. Also returns the submodules' configurations that have to
/// follow.
pub fn run(migration: &Migration, repository: &Repository) -> (Report, Vec<PathBuf>) {
    let mut report = Report::of_problems(repository.path().to_owned(), Vec::new());
    let mut submodules = Vec::new();
    match files(migration, repository) {
        Err(problem) => report.problems.push(problem),
        Ok(files) => {
            for (number, (path, file)) in files.into_iter().enumerate() {
                let is_main = number == 0;
                match change(migration, repository, &path, file, is_main, &mut report) {
                    Ok(more) => submodules.extend(more),
                    Err(problem) => report.problems.push(problem),
                }
            }
            if !migration.args.undo {
                let legacy = left_tokens::legacy(migration, repository);
                report.problems.extend(legacy);
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
    is_main: bool,
    report: &mut Report,
) -> Result<Vec<PathBuf>, Problem> {
    let work_tree = repository.work_tree_in(&file);
    let work_tree = work_tree.as_deref();
    let undo = migration.args.undo;
    let included = if undo {
        left_tokens::Included::default()
    } else {
        left_tokens::included(migration, repository, &file)?
    };
    let planner = Planner {
        migration,
        repository,
        work_tree,
        path,
        rules: migration.user.rules_in(repository.path(), &file),
        may_add_email: is_main && !included.has_email,
    };
    let planned = git_config_file::edit(path, file, migration.args.dry_run, |file| {
        if undo {
            planner.undo(file)
        } else {
            planner.convert(file)
        }
    });
    let plan = planned.map_err(|error| problem(path, error))?;
    report.remotes.append(plan.remotes);
    report
        .tokens
        .extend(plan.tokens.into_iter().chain(included.tokens));
    report.problems.extend(included.problems);
    report.lost.extend(plan.lost);
    if let (Some(work_tree), false) = (work_tree, undo || !is_main) {
        let classifier = &migration.classifier;
        for name in [".gitmodules", ".lfsconfig"] {
            let path = work_tree.join(name);
            let Some(file) = submodules::read_file(&path) else {
                continue;
            };
            let tokens = left_tokens::in_team_file(migration, &path, &file);
            report.tokens.extend(tokens);
            if let Some(origin) = origin(&report.remotes, classifier.service) {
                let advice = submodules::advice(&file, classifier, &origin);
                report.gitmodules.extend(advice);
            }
        }
    }
    Ok(plan.submodules)
}

/// Lets git use `bbt::` in a submodule, or takes that back. Returns whether that changes anything.
///
/// # Errors
/// The configuration cannot be read or changed.
pub fn allow(migration: &Migration, config: &Path) -> Result<bool, Problem> {
    let failed = |error| problem(config, error);
    let file = GitConfigFile::read(config).map_err(failed)?;
    let args = migration.args;
    let plan = |file: &mut _| plan::allow(file, args.undo);
    git_config_file::edit(config, file, args.dry_run, plan).map_err(failed)
}

/// Returns the tokens in the URLs that would be converted.
pub fn tokens(migration: &Migration, repository: &Repository) -> Vec<EmbeddedToken> {
    let mut tokens = Vec::new();
    for (_, file) in files(migration, repository).unwrap_or_default() {
        let rules = migration.user.rules_in(repository.path(), &file);
        for (_, setting) in file.settings() {
            let is_asked_about = match (setting.section.as_str(), &setting.subsection) {
                ("remote", Some(name)) => migration.has_remote(name),
                _ => migration.has_all_remotes(),
            };
            if is_asked_about
                && record::keys(setting).is_some()
                && let RemoteUrl::Bitbucket {
                    address,
                    secret: Some(UrlSecret::Token { token, account }),
                } = migration.classifier.classify(&setting.value, &rules)
            {
                let address = migration.renames.apply(address);
                if migration.has_workspace(address.workspace()) {
                    tokens.push(EmbeddedToken {
                        address,
                        token: token.into(),
                        account,
                        is_of_submodule: repository.is_submodule()
                            || setting.section == "submodule",
                    });
                }
            }
        }
    }
    tokens
}

/// Returns the configurations of a repository that may be changed.
fn files(
    migration: &Migration,
    repository: &Repository,
) -> Result<Vec<(PathBuf, GitConfigFile)>, Problem> {
    let files = repository.files()?;
    left_tokens::check_included(repository.path(), &files)?;
    repository.check_trust(migration.user.refuses_discovered_bare)?;
    Ok(files)
}

/// Returns the repository that `origin`, or else the first remote on Bitbucket, is.
fn origin(remotes: &Remotes, service: &Service) -> Option<Address> {
    let address = |remote: &Remote| Some(remote.bbt_url(service)?.1);
    let is_origin = |remote: &&Remote| remote.name == Name::Remote("origin".to_owned());
    let is_remote = |remote: &&Remote| matches!(remote.name, Name::Remote(_));
    let origin = remotes.iter().find(is_origin).and_then(address);
    origin.or_else(|| remotes.iter().filter(is_remote).find_map(address))
}
