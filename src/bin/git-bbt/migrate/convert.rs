//! Converts one repository, or takes that back.

use std::borrow::Cow;
use std::path::PathBuf;

use bbt::address::Address;
use bbt::config::Service;
use bbt::instead_of::InsteadOf;

use super::candidate::EmbeddedToken;
use super::migration::{Migration, UserSettings};
use super::plan::Planner;
use super::report::{Line, Name, Problem, Report};
use super::repository::{File, Repository, problem};
use super::{left_tokens, record, submodules};
use crate::git_config_file::{self, GitConfigFile};
use crate::git_settings::GitSetting;
use crate::remote_url::{RemoteUrl, UrlSecret};

/// What a repository's configuration is, apart from the user's.
struct Files<'m> {
    /// Those that may be changed, the one of all work trees first.
    own: Vec<(File, Context<'m>)>,
    work_tree: Option<PathBuf>,
    /// What is skipped.
    problems: Vec<Problem>,
}

impl Files<'_> {
    fn read<'m>(migration: &'m Migration, repository: &Repository) -> Result<Files<'m>, Problem> {
        let (user, undo) = (&migration.user, migration.args.undo);
        let found = repository.files()?;
        let mut problems = found.problems;
        let broken = left_tokens::check_included(repository, &found.read)?;
        problems.extend(broken.into_iter().filter(|_| !undo));
        repository.check_trust(user.refuses_discovered_bare)?;
        let mut read = found.read.iter();
        let work_tree = read.find_map(|(_, file)| repository.work_tree_in(file));
        let count = found.read.len();
        let files: Vec<File> = found.read.into_iter().chain(found.unread).collect();
        let contexts = (0..files.len()).map(|number| {
            if undo {
                return Ok(Context::default());
            }
            Context::read(user, repository, &files, count, number)
        });
        let contexts = contexts.collect::<Result<Vec<_>, _>>()?;
        Ok(Files {
            own: files.into_iter().zip(contexts).collect(),
            work_tree,
            problems,
        })
    }
}

/// What git makes of one of a repository's own files.
#[derive(Default)]
struct Context<'m> {
    rules: Cow<'m, InsteadOf>,
    /// What is set in the files that it includes.
    included: Vec<GitSetting>,
}

impl Context<'_> {
    /// Returns that of the file with this number. git reads the first `count` files.
    fn read<'m>(
        user: &'m UserSettings,
        repository: &Repository,
        files: &[File],
        count: usize,
        number: usize,
    ) -> Result<Context<'m>, Problem> {
        let linked = repository.git_dir.join("worktrees");
        let (path, file) = &files[number];
        let git_dir = match path.parent() {
            Some(folder) if number > 0 && path.starts_with(&linked) => folder,
            _ => &repository.git_dir,
        };
        let applying = files.iter().enumerate().filter(|(at, (path, _))| {
            let is_of_main = *at < count && !path.starts_with(&linked);
            // What all work trees share is read with the main one's own file.
            [0, number].contains(at) || number == 0 && is_of_main
        });
        let applying: Vec<_> = applying.map(|(_, file)| file).collect();
        let rules = user.rules_in(git_dir, &applying)?;
        let mut included = Vec::new();
        if number < count && file.includes().next().is_some() {
            let scope = if number == 0 { "--local" } else { "--worktree" };
            included = left_tokens::included(git_dir, scope, files)?;
        }
        Ok(Context { rules, included })
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
    report.skip(files.problems);
    let work_tree = files.work_tree.as_deref();
    for (number, ((path, file), context)) in files.own.into_iter().enumerate() {
        let mut included = context.included.iter();
        let has_other_email = included.any(|setting| setting.name == "user.email");
        let planner = Planner {
            migration,
            repository,
            work_tree,
            path: &path,
            rules: &context.rules,
            // The other files are for single work trees.
            may_add_email: number == 0 && !has_other_email,
        };
        match change(&planner, file) {
            Ok(changed) => report.append(changed),
            Err(problem) => report.skip([problem]),
        }
        for setting in &context.included {
            let folder = repository.path();
            let line = left_tokens::in_included_file(migration, folder, setting, &context.rules);
            report.lines.extend(line);
        }
    }
    if migration.args.undo {
        return Ok(());
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
    for ((_, file), context) in &files.own {
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
                } = migration
                    .classifier
                    .classify(&setting.value, &context.rules)
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
    let remotes = || {
        lines.iter().filter_map(|line| match &line.name {
            Some(Name::Remote(name)) => Some((name, line.bbt_url(service)?.1)),
            _ => None,
        })
    };
    let origin = remotes().find(|(name, _)| *name == "origin");
    let (_, address) = origin.or_else(|| remotes().next())?;
    Some(address)
}
