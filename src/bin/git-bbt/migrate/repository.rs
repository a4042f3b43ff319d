//! One repository: may we, what is there, and the change under git's lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bbt::address::Address;
use bbt::child;

use super::find::Found;
use super::import;
use super::origin::{Origin, Secret};
use super::plan::{self, Plan};
use super::report::{Name, Problem, Remote, Report};
use super::{How, Wanted, gitmodules, included, submodule, undo};
use crate::git;
use crate::git_config::ConfigText;
use crate::git_config::replace::{ConfigPath, Replaced};
use crate::git_dir;

/// How often a file may change under our hands.
const TRIES: usize = 5;

/// What is to happen in a file.
type Step<'s> = &'s dyn Fn(&ConfigText) -> Plan;

/// Migrates a repository, or takes it back; and which submodules' configurations have to follow.
pub fn run(how: &How, found: &Found) -> (Report, Vec<PathBuf>) {
    let mut report = Report {
        place: found.name().to_owned(),
        ..Report::default()
    };
    let files = match safe(found).and_then(|()| files(found)) {
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
        let step: Step = match how.undo {
            true => &|text| {
                let plan = undone(text);
                Plan {
                    submodules: configs_of_submodules(found, work_tree.as_deref(), &plan.remotes),
                    ..plan
                }
            },
            false => &|text| plan::plan(how, found, work_tree.as_deref(), text),
        };
        let elsewhere = match how.undo {
            true => Vec::new(),
            false => included::problems(how.wanted, found, &text),
        };
        report.problems.extend(elsewhere);
        match change(&path, text, how.dry_run, step) {
            Ok(plan) => {
                report.remotes.extend(plan.remotes);
                submodules.extend(plan.submodules);
            }
            Err(problem) => report.problems.push(problem),
        }
        if let (false, Some(work_tree), Some(origin)) =
            (how.undo, &work_tree, origin(&report.remotes))
        {
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
    let step: Step = match how.undo {
        true => &|text| match undo::is_for_submodule_alone(text) {
            true => undone(text),
            false => Plan::default(),
        },
        false => &|text| Plan {
            new: plan::allowing(text),
            ..Plan::default()
        },
    };
    let path = ConfigPath::of(config).map_err(|error| Problem::of(config, error))?;
    if !how.dry_run {
        path.clean();
    }
    let text = read(&path, config)?;
    Ok(change(&path, text, how.dry_run, step)?.new.is_some())
}

/// The tokens that stand in the URLs that would be converted.
pub fn tokens(wanted: &Wanted, found: &Found) -> Vec<import::Found> {
    let mut tokens = Vec::new();
    let files = safe(found).and_then(|()| files(found)).unwrap_or_default();
    for (_, text) in &files {
        let rewrites = wanted.rewrites.with(found.name(), text);
        let remotes = text
            .named("remote")
            .filter(|(name, _)| wanted.has_remote(name.unwrap_or_default()));
        let submodules = text.named("submodule").filter(|_| wanted.has_submodules());
        let urls = remotes.chain(submodules).map(|(_, variable)| variable);
        let urls = urls.filter(|variable| matches!(variable.key.as_str(), "url" | "pushurl"));
        tokens.extend(urls.filter_map(|variable| {
            let url = text.value(variable)?;
            match wanted.recognizer.origin(&url, &rewrites) {
                Origin::Bitbucket {
                    address,
                    secret: Some(Secret::Token(token)),
                } if wanted.has_workspace(address.workspace()) => Some((address, token.into())),
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
            submodules: Vec::new(),
        },
    }
}

/// Reads, plans, and writes under git's lock; anew where the file has changed meanwhile.
fn change(
    path: &ConfigPath,
    mut text: ConfigText,
    dry_run: bool,
    step: Step,
) -> Result<Plan, Problem> {
    let failed = |error: io::Error| {
        Problem::new(
            path.path(),
            format!("cannot write {}: {error}", path.path().display()),
        )
    };
    for _ in 0..TRIES {
        let plan = step(&text);
        let Some(new) = plan.new.as_ref().filter(|_| !dry_run) else {
            return Ok(plan);
        };
        let replaced = child::uninterrupted(|| path.replace(text.bytes(), new));
        match replaced.map_err(failed)? {
            Replaced::Done => return Ok(plan),
            Replaced::Changed => text = read(path, path.path())?,
            Replaced::Locked(lock) => return Err(locked(path.path(), &lock)),
        }
    }
    Err(Problem::new(path.path(), "its configuration keeps changing").cure("try again later"))
}

fn locked(place: &Path, lock: &Path) -> Problem {
    let what = format!("its configuration is locked: {} is there", lock.display());
    Problem::new(place, what).cure("where no git is running there, remove that file, and try again")
}

fn read(path: &ConfigPath, place: &Path) -> Result<ConfigText, Problem> {
    let file = path.path().display();
    let bytes = path
        .read()
        .map_err(|error| Problem::new(place, format!("cannot read {file}: {error}")))?;
    ConfigText::parse(bytes).map_err(|line| {
        let problem = Problem::new(place, format!("{file} is broken at line {line}"));
        problem.cure(format!(
            "edit it until git config --file {file} --list reads it"
        ))
    })
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
        .is_some_and(|value| is_true(&value));
    let mut files = vec![(path, text)];
    if has_more {
        let own = git_dir::of_work_trees(&found.git_dir).into_iter();
        let own = own.map(|folder| folder.join("config.worktree"));
        for file in own.filter(|file| file.exists()) {
            files.push(open(file)?);
        }
    }
    Ok(files)
}

fn is_true(value: &str) -> bool {
    ["true", "yes", "on", "1"]
        .iter()
        .any(|yes| value.eq_ignore_ascii_case(yes))
}

/// git refuses what belongs to somebody else (`safe.directory` in git-config(1)): then it is not for
/// us to change. It is asked only where the owner is another, and it has the last word.
fn safe(found: &Found) -> Result<(), Problem> {
    let is_ours =
        |path: &Path| gix_sec::identity::is_path_owned_by_current_user(path).unwrap_or(false);
    let work_tree = found.work_tree.as_deref();
    if is_ours(&found.git_dir) && work_tree.is_none_or(is_ours) {
        return Ok(());
    }
    let name = found.name();
    let asked = ["-c", "safe.bareRepository=all", "rev-parse", "--git-dir"];
    let why = match git::run(name, &[], asked) {
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
    Err(problem.cure(format!(
        "git config --global --add safe.directory {}",
        name.display()
    )))
}

/// Where its files are checked out; a submodule's configuration says it.
fn work_tree(found: &Found, text: &ConfigText) -> Option<PathBuf> {
    let named = || {
        let path = text.get("core", None, "worktree")?;
        fs::canonicalize(found.git_dir.join(path.as_str())).ok()
    };
    found.work_tree.clone().or_else(named)
}

/// The repository that `origin`, or else the first remote on Bitbucket, is.
fn origin(remotes: &[Remote]) -> Option<Address> {
    let of = |remote: &Remote| {
        remote
            .urls
            .iter()
            .find_map(|url| url.bbt().and_then(|url| Address::parse(url).ok()))
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
