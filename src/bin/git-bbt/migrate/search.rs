//! Finds repositories: the one that a path is in, or every one below it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bbt::git_settings::common_dir;
use bbt::untrusted_file;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::report::Problem;
use super::repository::Repository;
use crate::git_dir::{is_git_dir, submodules};
use crate::hint;

/// What was found, each repository once and in order, and what was skipped.
#[derive(Default)]
pub struct Search {
    pub repositories: Vec<Repository>,
    pub problems: Vec<Problem>,
}

impl Search {
    fn add(&mut self, found: Result<Repository, Problem>) {
        match found {
            Ok(repository) => self.repositories.push(repository),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Several work trees, and several paths, may lead to one repository. It keeps its main work
    /// tree, whichever was found first.
    fn in_order(mut self) -> Search {
        let rank = |it: &Repository| (it.is_linked, it.work_tree.is_none());
        self.repositories
            .sort_by(|one, other| (&one.git_dir, rank(one)).cmp(&(&other.git_dir, rank(other))));
        self.repositories
            .dedup_by(|one, other| one.git_dir == other.git_dir);
        self.problems
            .sort_by(|one, other| one.place.cmp(&other.place));
        self
    }

    /// Removes the bare repositories that are in a work tree of another one without a `.git` in it,
    /// as for the dotfiles of a home: they may be tracked files, too.
    fn remove_bare_in_named_work_trees(&mut self) {
        if !self.repositories.iter().any(Repository::is_discovered_bare) {
            return;
        }
        let repositories = self.repositories.par_iter();
        let work_trees = repositories.flat_map_iter(|repository| {
            let files = repository.files().unwrap_or_default();
            let files = files.read.into_iter().chain(files.unread);
            let named = files.filter_map(|(_, file)| repository.named_work_tree(&file));
            let named = named.filter(|work_tree| !has_dot_git(work_tree));
            named.map(|work_tree| (work_tree, repository.git_dir.clone()))
        });
        let work_trees: Vec<_> = work_trees.collect();
        self.repositories.retain(|repository| {
            let is_in = |(work_tree, git_dir): &(PathBuf, PathBuf)| {
                // A repository is no file of its own work tree, nor are its submodules.
                let path = &repository.git_dir;
                path.starts_with(work_tree) && !path.starts_with(git_dir)
            };
            !repository.is_discovered_bare() || !work_trees.iter().any(is_in)
        });
    }
}

/// Returns the repositories that the paths are in, as git finds them: upwards.
pub fn around(paths: &[PathBuf]) -> Search {
    let mut search = Search::default();
    // Set in a hook, or by a script.
    let named = std::env::var_os("GIT_DIR").filter(|_| paths.is_empty());
    let is_named = named.is_some() || !paths.is_empty();
    let here = [PathBuf::from(named.unwrap_or_else(|| ".".into()))];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        search.add(match dunce::canonicalize(path) {
            Err(error) => Err(Problem::new(path, error.to_string())),
            Ok(path) => above(&path, is_named),
        });
    }
    search.in_order()
}

fn above(path: &Path, is_named: bool) -> Result<Repository, Problem> {
    for folder in path.ancestors() {
        // In git's order: what looks like a bare repository may be files of a work tree.
        if has_dot_git(folder) {
            return at_dot_git(folder);
        }
        if is_git_dir(folder) {
            let found = at_git_dir(folder, folder)?;
            return Ok(Repository {
                is_named: is_named && folder == path,
                ..found
            });
        }
    }
    let problem = Problem::new(path, "it is in no repository");
    Err(problem.hint(format!("git bbt migrate --recursive {}", hint::word(path))))
}

/// Returns every repository below the paths: work trees, bare ones, and submodules with theirs, but no
/// bare ones in the work tree of another, as far as a `.git` or the configuration of a repository below
/// the paths names it. Symbolic links are not followed.
pub fn below(paths: &[PathBuf]) -> Search {
    let mut search = Search::default();
    let here = [PathBuf::from(".")];
    let mut roots = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        match dunce::canonicalize(path) {
            Ok(root) => roots.push(root),
            Err(error) => search.problems.push(Problem::new(path, error.to_string())),
        }
    }
    let Some((first, others)) = roots.split_first() else {
        return search;
    };
    let mut walk = WalkBuilder::new(first);
    for other in others {
        walk.add(other);
    }
    let found = Mutex::new(search);
    let add = |repository| {
        if let Ok(mut found) = found.lock() {
            found.add(repository);
        }
    };
    let walk = walk.standard_filters(false).build_parallel();
    walk.run(|| {
        Box::new(|entry| match entry {
            Ok(entry) => look_at(&entry, &roots, &add),
            Err(error) => {
                add(Err(unreadable(&error, Path::new(""))));
                WalkState::Continue
            }
        })
    });
    let mut search = found.into_inner().unwrap_or_default().in_order();
    search.remove_bare_in_named_work_trees();
    search
}

fn look_at(
    entry: &DirEntry,
    roots: &[PathBuf],
    add: &impl Fn(Result<Repository, Problem>),
) -> WalkState {
    let path = entry.path();
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    let (place, found) = if entry.file_name() == ".git"
        && let Some(work_tree) = path.parent()
    {
        (work_tree, at_dot_git(work_tree))
    } else if is_folder && is_git_dir(path) && !is_in_work_tree(path) {
        (path, at_git_dir(path, path))
    } else {
        return WalkState::Continue;
    };
    let found = found.and_then(|repository| require_below(roots, place, repository));
    if let Ok(repository) = &found {
        for submodule in submodules(&repository.git_dir, is_git_dir) {
            add(Ok(Repository::bare(&submodule)));
        }
    }
    add(found);
    WalkState::Skip
}

/// Skips a repository that is not below the paths, to which something there leads.
fn require_below(
    roots: &[PathBuf],
    place: &Path,
    repository: Repository,
) -> Result<Repository, Problem> {
    let git_dir = &repository.git_dir;
    if roots.iter().any(|root| git_dir.starts_with(root)) {
        return Ok(repository);
    }
    let message = format!("its repository is elsewhere: {}", hint::shown(git_dir));
    let hint = format!("git bbt migrate {}", hint::word(git_dir));
    Err(Problem::new(place, message).hint(hint))
}

/// A bare repository in the work tree of another may be tracked files, with a configuration that
/// the user who committed it wrote.
fn is_in_work_tree(path: &Path) -> bool {
    path.ancestors().any(has_dot_git)
}

fn has_dot_git(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(".git")).is_ok()
}

fn unreadable(error: &ignore::Error, place: &Path) -> Problem {
    match error {
        ignore::Error::WithPath { path, err } => unreadable(err, path),
        ignore::Error::WithDepth { err, .. } => unreadable(err, place),
        _ => Problem::new(place, format!("it cannot be read: {error}")),
    }
}

/// Returns the repository that the `.git` in a folder is or leads to (gitrepository-layout(5)).
fn at_dot_git(work_tree: &Path) -> Result<Repository, Problem> {
    let broken = |message: String| Problem::new(work_tree, message);
    let unreadable = |error| broken(format!("its .git cannot be read: {error}"));
    let mut own = dunce::canonicalize(work_tree.join(".git")).map_err(unreadable)?;
    if !own.is_dir() {
        let text = untrusted_file::read_text(&own).map_err(unreadable)?;
        let named = text.strip_prefix("gitdir:").map(str::trim);
        let named = named
            .ok_or_else(|| broken("its .git is a file that names no repository".to_owned()))?;
        own = dunce::canonicalize(work_tree.join(named))
            .map_err(|_| broken(format!("its .git names {named}, which does not exist")))?;
    }
    Ok(Repository {
        work_tree: Some(work_tree.to_owned()),
        ..at_git_dir(&own, work_tree)?
    })
}

/// Returns the repository that a `.git` folder or a bare one is, or another that its `commondir` names,
/// as in that of a linked work tree. `place` is where it was found.
fn at_git_dir(own: &Path, place: &Path) -> Result<Repository, Problem> {
    let mut git_dir = common_dir(own);
    if git_dir != own {
        git_dir = dunce::canonicalize(&git_dir).map_err(|error| {
            let file = hint::shown(&own.join("commondir"));
            Problem::new(place, format!("{file} cannot be followed: {error}"))
        })?;
    }
    if !is_git_dir(&git_dir) {
        let message = format!(
            "git cannot read its repository {}: HEAD, objects or refs is missing",
            hint::shown(&git_dir)
        );
        return Err(Problem::new(place, message));
    }
    Ok(Repository {
        is_linked: git_dir != own,
        ..Repository::bare(&git_dir)
    })
}

#[cfg(test)]
mod tests {
    use super::{Repository, Search};

    /// In whichever order its work trees are found.
    #[test]
    fn a_repository_is_reported_by_its_main_work_tree() {
        let found = |work_tree: Option<&str>, is_linked| Repository {
            git_dir: "/super/.git/modules/parts".into(),
            work_tree: work_tree.map(Into::into),
            is_linked,
            is_named: false,
        };
        let main = found(Some("/super/parts"), false);
        let others = [found(None, false), found(Some("/linked"), true)];
        for at in 0..=others.len() {
            let mut search = Search::default();
            search.repositories.extend(others.clone());
            search.repositories.insert(at, main.clone());
            let found = search.in_order().repositories;
            assert!(found.iter().eq([&main]), "{at}: {found:?}");
        }
    }
}
