//! Converts one repository, or takes that back.

use std::borrow::Cow;

use bbt::address::Address;
use bbt::config::Service;
use bbt::instead_of::InsteadOf;

use super::candidate::EmbeddedToken;
use super::migration::Migration;
use super::plan::Planner;
use super::report::{Line, Name, Problem, Report};
use super::repository::{File, Repository, problem};
use super::{left_tokens, record, submodules};
use crate::git_config_file::{self, GitConfigFile};
use crate::remote_url::{RemoteUrl, UrlSecret};

/// What a repository's configuration is, apart from the user's.
struct Files<'m> {
    /// Those that may be changed, the one of all work trees first.
    own: Vec<File>,
    included: Vec<File>,
    /// What git makes of a URL there.
    rules: Cow<'m, InsteadOf>,
}

impl Files<'_> {
    fn read<'m>(migration: &'m Migration, repository: &Repository) -> Result<Files<'m>, Problem> {
        let (user, folder) = (&migration.user, repository.path());
        let own = repository.files()?;
        let included = left_tokens::included(folder, &own)?;
        repository.check_trust(user.refuses_discovered_bare)?;
        let rules = if migration.args.undo {
            Cow::default()
        } else {
            user.rules_in(folder, &own)?
        };
        Ok(Files {
            own,
            included,
            rules,
        })
    }
}

/// Migrates a repository, or takes that back.
pub fn run(migration: &Migration, repository: &Repository) -> Report {
    let mut report = Report::new(repository.path());
    if let Err(problem) = run_with(migration, repository, &mut report) {
        report.skip([problem]);
    }
    report
}

fn run_with(
    migration: &Migration,
    repository: &Repository,
    report: &mut Report,
) -> Result<(), Problem> {
    let files = Files::read(migration, repository)?;
    let mut own = files.own.iter();
    let work_tree = own.find_map(|(_, file)| repository.work_tree_in(file));
    let work_tree = work_tree.as_deref();
    let has_email = |(_, file): &File| file.value("user", None, "email").is_some();
    let has_other_email = files.included.iter().any(has_email);
    for (number, (path, file)) in files.own.into_iter().enumerate() {
        let planner = Planner {
            migration,
            repository,
            work_tree,
            path: &path,
            rules: &files.rules,
            // The other files are for single work trees.
            may_add_email: number == 0 && !has_other_email,
        };
        match change(&planner, file) {
            Ok(changed) => report.append(changed),
            Err(problem) => report.skip([problem]),
        }
    }
    if migration.args.undo {
        return Ok(());
    }
    for file in &files.included {
        let folder = repository.path();
        let lines = left_tokens::in_included_file(migration, folder, file, &files.rules);
        report.lines.extend(lines);
    }
    let classifier = &migration.classifier;
    let origin = origin(&report.lines, classifier.service);
    for name in [".gitmodules", ".lfsconfig"] {
        let path = work_tree.map(|work_tree| work_tree.join(name));
        if let Some((path, file)) = path.and_then(submodules::read_file) {
            report
                .lines
                .extend(left_tokens::in_team_file(migration, &path, &file));
            let advice = origin
                .iter()
                .flat_map(|it| submodules::advice(&file, classifier, it));
            report.lines.extend(advice);
        }
    }
    report.skip(left_tokens::legacy(migration, &repository.git_dir));
    Ok(())
}

/// Changes one file.
fn change(planner: &Planner, file: GitConfigFile) -> Result<Report, Problem> {
    let Planner {
        migration, path, ..
    } = *planner;
    let undo = migration.args.undo;
    let edited = git_config_file::edit(path, file, migration.args.dry_run, |file| {
        if undo {
            planner.undo(file)
        } else {
            planner.convert(file)
        }
    });
    let (mut report, file) = edited.map_err(|error| problem(path, error))?;
    if !undo {
        let tokens = left_tokens::in_own_file(migration, path, &file, &report);
        report.lines.extend(tokens);
    }
    Ok(report)
}

/// Returns the tokens in the URLs that would be converted.
pub fn tokens(migration: &Migration, repository: &Repository) -> Vec<EmbeddedToken> {
    let mut tokens = Vec::new();
    let Ok(files) = Files::read(migration, repository) else {
        return tokens;
    };
    for (_, file) in &files.own {
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
                } = migration.classifier.classify(&setting.value, &files.rules)
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

/// Returns the repository that `origin`, or else the first remote on Bitbucket, is.
fn origin(lines: &[Line], service: &Service) -> Option<Address> {
    let remotes = lines.iter().filter_map(|line| match &line.name {
        Some(Name::Remote(name)) => Some((name == "origin", line.bbt_url(service)?.1)),
        _ => None,
    });
    // Of several that are the greatest, the last counts.
    let origin = remotes.rev().max_by_key(|(is_origin, _)| *is_origin);
    origin.map(|(_, address)| address)
}
