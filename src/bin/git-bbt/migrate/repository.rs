//! One repository: may we, what is there, and the change under git's lock.

use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::config::Service;
use bbt::shell;

use super::find::Found;
use super::import::EmbeddedToken;
use super::origin::{Origin, Secret};
use super::plan::{self, Plan};
use super::report::{Name, Problem, Remote, Report};
use super::{How, Wanted, gitmodules, included, submodule, undo};
use crate::git;
use crate::git_config::ConfigText;
use crate::git_config::replace::{ConfigPath, Trouble};
use crate::git_dir;

/// What is to happen in a file.
type Step<'s> = &'s dyn Fn(&ConfigText) -> Plan;

/// Migrates a repository, or takes it back; and which submodules' configurations have to follow.
pub fn run(how: &How, found: &Found) -> (Report, Vec<PathBuf>) {
    let mut report = Report {
        place: found.name().to_owned(),
        ..Report::default()
    };
    let files = match safe(how.wanted, found).and_then(|()| files(found)) {
        Ok(files) => files,
        Err(problem) => {
            report.problems.push(problem);
            return (report, Vec::new());
        }
    };
    let mut submodules = Vec::new();
    for (path, text) in files {
        if !how.dry_run {
            path.clean();
        }
        let work_tree = work_tree(found, &text);
        let step: Step = if how.undo {
            &|text| {
                let plan = undone(text);
                Plan {
                    submodules: configs_of_submodules(found, work_tree.as_deref(), &plan.remotes),
                    ..plan
                }
            }
        } else {
            &|text| plan::plan(how, found, work_tree.as_deref(), text)
        };
        if !how.undo {
            match included::problems(how.wanted, found, &text) {
                Ok(problems) => report.problems.extend(problems),
                Err(problem) => {
                    report.problems.push(problem);
                    continue;
                }
            }
        }
        match change(&path, text, how.dry_run, step) {
            Ok(plan) => {
                report.remotes.extend(plan.remotes);
                report.lost.extend(plan.lost);
                submodules.extend(plan.submodules);
            }
            Err(problem) => report.problems.push(problem),
        }
        if let (false, Some(work_tree), Some(origin)) = (
            how.undo,
            &work_tree,
            origin(&report.remotes, how.wanted.recognizer.service),
        ) {
            report.gitmodules = gitmodules::advice(work_tree, &how.wanted.recognizer, &origin);
        }
    }
    (report, submodules)
}

/// Lets git use `bbt::` in a submodule, or takes that back, and changes nothing else; whether there
/// was something to change.
///
/// # Errors
/// What stands in the way.
pub fn allow(how: &How, config: &Path) -> Result<bool, Problem> {
    let step: Step = if how.undo {
        &|text| {
            if undo::is_for_submodule_alone(text) {
                undone(text)
            } else {
                Plan::default()
            }
        }
    } else {
        &|text| Plan {
            new: plan::allowing(text),
            ..Plan::default()
        }
    };
    let path = ConfigPath::of(config).map_err(|error| Problem::of(config, error))?;
    if !how.dry_run {
        path.clean();
    }
    let text = read(&path, config)?;
    Ok(change(&path, text, how.dry_run, step)?.new.is_some())
}

/// The tokens that stand in the URLs that would be converted.
pub fn tokens(wanted: &Wanted, found: &Found) -> Vec<EmbeddedToken> {
    let mut tokens = Vec::new();
    let files = safe(wanted, found)
        .and_then(|()| files(found))
        .unwrap_or_default();
    for (_, text) in &files {
        let rewrites = wanted.rewrites.with(found.name(), text);
        let remotes = text
            .named("remote")
            .filter(|(name, _)| wanted.has_remote(name.unwrap_or_default()));
        let submodules = text.named("submodule").filter(|_| wanted.has_submodules());
        let remotes = remotes.map(|(_, variable)| (variable, found.is_submodule()));
        let urls = remotes.chain(submodules.map(|(_, variable)| (variable, true)));
        let urls = urls.filter(|(variable, _)| matches!(variable.key.as_str(), "url" | "pushurl"));
        tokens.extend(urls.filter_map(|(variable, is_of_submodule)| {
            let url = text.value(variable)?;
            match wanted.recognizer.origin(&url, &rewrites) {
                Origin::Bitbucket {
                    address,
                    secret: Some(Secret::Token { token, account }),
                } if wanted.has_workspace(address.workspace()) => Some(EmbeddedToken {
                    address,
                    token: token.into(),
                    account,
                    is_of_submodule,
                }),
                _ => None,
            }
        }));
    }
    tokens
}

fn undone(text: &ConfigText) -> Plan {
    match undo::undone(text) {
        None => Plan::default(),
        Some((new, remotes)) => Plan {
            new: Some(new),
            remotes,
            ..Plan::default()
        },
    }
}

/// Plans, and writes under git's lock.
fn change(path: &ConfigPath, text: ConfigText, dry_run: bool, step: Step) -> Result<Plan, Problem> {
    let changed = path.change(text, dry_run, step, |plan| plan.new.as_ref());
    changed.map_err(|trouble| problem(path.path(), path.path(), trouble))
}

/// Of a file, at the place where it is reported.
fn problem(place: &Path, file: &Path, trouble: Trouble) -> Problem {
    let name = file.display();
    let problem = |what: String| Problem::new(place, what);
    match trouble {
        Trouble::Unreadable(error) => problem(format!("cannot read {name}: {error}")),
        Trouble::Unwritable(error) => problem(format!("cannot write {name}: {error}")),
        Trouble::Broken(line) => problem(format!("{name} is broken at line {line}")).hint(format!(
            "edit it until git config --file {} --list reads it",
            shell::path(file)
        )),
        Trouble::Locked(lock) => {
            let what = format!("its configuration is locked: {} is there", lock.display());
            let hint = "where no git is running there, remove that file, and try again";
            problem(what).hint(hint)
        }
        Trouble::KeepsChanging => {
            problem("its configuration keeps changing".to_owned()).hint("try again later")
        }
    }
}

fn read(path: &ConfigPath, place: &Path) -> Result<ConfigText, Problem> {
    let text = path.text();
    text.map_err(|trouble| problem(place, path.path(), trouble))
}

/// The repository's own files of configuration: the one of all its work trees, and those of single
/// ones where it has such (git-worktree(1), "CONFIGURATION FILE").
fn files(found: &Found) -> Result<Vec<(ConfigPath, ConfigText)>, Problem> {
    let open = |file: PathBuf| {
        let path = ConfigPath::of(&file).map_err(|error| {
            Problem::new(
                found.name(),
                format!("cannot read {}: {error}", file.display()),
            )
        })?;
        let text = read(&path, found.name())?;
        Ok((path, text))
    };
    let (path, text) = open(found.git_dir.join("config"))?;
    let has_more = text
        .get("extensions", None, "worktreeconfig")
        .is_some_and(|value| bbt::git::is_true(&value));
    let mut files = vec![(path, text)];
    if has_more {
        let own = git_dir::work_tree_git_dirs(&found.git_dir).into_iter();
        let own = own.map(|folder| folder.join("config.worktree"));
        for file in own.filter(|file| file.exists()) {
            files.push(open(file)?);
        }
    }
    Ok(files)
}

/// git refuses what belongs to somebody else (`safe.directory` in git-config(1)): then it is not for
/// us to change. It is asked only where the owner is another, and it has the last word. The same goes
/// for bare repositories that it does not want to discover.
fn safe(wanted: &Wanted, found: &Found) -> Result<(), Problem> {
    if wanted.refuses_discovered_bare && found.is_discovered_bare() {
        let problem = Problem::new(
            found.name(),
            "it is a bare repository, and safe.bareRepository is explicit",
        );
        let hint = format!("git bbt migrate {}", shell::path(found.name()));
        return Err(problem.hint(hint));
    }
    let is_ours =
        |path: &Path| gix_sec::identity::is_path_owned_by_current_user(path).unwrap_or(false);
    let work_tree = found.work_tree.as_deref();
    if is_ours(&found.git_dir) && work_tree.is_none_or(is_ours) {
        return Ok(());
    }
    let name = found.name();
    // Of the two settings, the other one has been seen to.
    let asked = ["-c", "safe.bareRepository=all", "rev-parse", "--git-dir"];
    let why = match git::about(name, asked) {
        Ok(outcome) if outcome.succeeded => return Ok(()),
        Ok(outcome) => outcome.reason(),
        Err(error) => error.to_string(),
    };
    if !why.contains("dubious ownership") {
        return Err(Problem::new(name, why));
    }
    let problem = Problem::new(
        name,
        "it belongs to somebody else, and git does not trust it",
    );
    Err(problem.hint(format!(
        "git config --global --add safe.directory {}",
        shell::path(name)
    )))
}

/// Where its files are checked out; a submodule's configuration says it.
fn work_tree(found: &Found, text: &ConfigText) -> Option<PathBuf> {
    let named = || named_work_tree(found, text);
    found.work_tree.clone().or_else(named)
}

fn named_work_tree(found: &Found, text: &ConfigText) -> Option<PathBuf> {
    let path = text.get("core", None, "worktree")?;
    dunce::canonicalize(found.git_dir.join(path.as_str())).ok()
}

/// Returns the work trees that the repository's configuration names (`core.worktree` in
/// git-config(1)). No `.git` needs to be in such a folder.
pub fn named_work_trees(found: &Found) -> Vec<PathBuf> {
    let files = files(found).unwrap_or_default();
    let named = files
        .iter()
        .filter_map(|(_, text)| named_work_tree(found, text));
    named.collect()
}

/// The repository that `origin`, or else the first remote on Bitbucket, is.
fn origin(remotes: &[Remote], service: &Service) -> Option<Address> {
    let of = |remote: &Remote| {
        remote
            .urls
            .iter()
            .find_map(|url| url.bbt().and_then(|url| service.address(url).ok()))
    };
    let is_origin = |remote: &&Remote| remote.name == Name::Remote("origin".to_owned());
    let is_remote = |remote: &&Remote| matches!(remote.name, Name::Remote(_));
    let origin = remotes.iter().find(is_origin).and_then(of);
    origin.or_else(|| remotes.iter().filter(is_remote).find_map(of))
}

/// The configurations of the submodules among the remotes.
fn configs_of_submodules(
    found: &Found,
    work_tree: Option<&Path>,
    remotes: &[Remote],
) -> Vec<PathBuf> {
    let names = remotes.iter().filter_map(|remote| match &remote.name {
        Name::Submodule(name) => Some(name),
        _ => None,
    });
    let configs = names.flat_map(|name| submodule::configs(&found.git_dir, work_tree, name));
    configs.collect()
}
