//! Converts one repository, or takes that back.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::config::Service;

use super::import::EmbeddedToken;
use super::migration::Migration;
use super::plan::{self, Plan};
use super::report::{Name, Problem, Remote, Report};
use super::repository::{Repository, problem};
use super::{gitmodules, left_tokens, submodule, undo};
use crate::git_config_file::{self, GitConfigFile};
use crate::remote_url::{RemoteUrl, UrlSecret};

/// Migrates a repository, or takes that back. Also returns the submodules' configurations that have to
/// follow.
pub fn run(migration: &Migration, repository: &Repository) -> (Report, Vec<PathBuf>) {
    let mut report = Report {
        place: repository.path().to_owned(),
        ..Report::default()
    };
    let mut submodules = Vec::new();
    let files = files(migration, repository);
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
    let work_tree = repository.work_tree_in(&file);
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
            return plan::allow(file);
        }
        let is_ours = undo::is_for_submodule_alone(file);
        if is_ours {
            undo::undo(file);
        }
        is_ours
    });
    changed.map_err(failed)
}

/// Returns the tokens in the URLs that would be converted.
pub fn tokens(migration: &Migration, repository: &Repository) -> Vec<EmbeddedToken> {
    let files = files(migration, repository);
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

/// Returns the configurations of a repository that may be changed.
fn files(
    migration: &Migration,
    repository: &Repository,
) -> Result<Vec<(PathBuf, GitConfigFile)>, Problem> {
    repository.check_trust(migration.user.refuses_discovered_bare)?;
    repository.files()
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
