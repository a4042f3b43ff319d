//! Finds repositories: the one that a path stands in, or every one below it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bbt::untrusted_file;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::report::Problem;
use super::repository;
use crate::git_dir::{is_git_dir, submodules};

/// A repository, by the folder that its configuration is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// `.git` of the main work tree, a bare repository, or a submodule's folder in `.git/modules`.
    pub git_dir: PathBuf,
    /// The folder that a `.git` stands in, where that led here.
    pub work_tree: Option<PathBuf>,
    /// Whether it was found by a linked work tree of it, which is not where it lives.
    is_by_link: bool,
    /// Whether the user named `git_dir` itself.
    is_named: bool,
}

impl Found {
    /// What people know it by.
    pub fn name(&self) -> &Path {
        match (&self.work_tree, self.is_by_link) {
            (Some(work_tree), false) => work_tree,
            _ => &self.git_dir,
        }
    }

    /// Whether it is a bare repository that git has to discover, which `safe.bareRepository` can
    /// forbid (git-config(1)). Repositories in `.git` are not bare to git.
    pub fn is_discovered_bare(&self) -> bool {
        let in_dot_git = || self.git_dir.iter().any(|part| part == ".git");
        self.work_tree.is_none() && !self.is_named && !in_dot_git()
    }

    /// Whether it is a submodule's: in the folder `modules` of a repository, at some depth.
    pub fn is_submodule(&self) -> bool {
        self.git_dir.ancestors().skip(1).any(|folder| {
            let of_work_tree =
                |parent: &Path| is_git_dir(parent) || parent.join("commondir").is_file();
            folder.file_name().is_some_and(|name| name == "modules")
                && folder.parent().is_some_and(of_work_tree)
        })
    }
}

/// What was found, each once and in order, and what stood in the way.
#[derive(Default)]
pub struct Sightings {
    pub repositories: Vec<Found>,
    pub problems: Vec<Problem>,
}

impl Sightings {
    fn add(&mut self, sighting: Result<Found, Problem>) {
        match sighting {
            Ok(found) => self.repositories.push(found),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Several work trees, and several paths, may lead to one repository. It keeps the work tree that
    /// it lives in, whichever was come to first.
    fn in_order(mut self) -> Sightings {
        let rank = |found: &Found| (found.is_by_link, found.work_tree.is_none());
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
        if !self.repositories.iter().any(Found::is_discovered_bare) {
            return;
        }
        let with_work_trees = self.repositories.par_iter().flat_map_iter(|found| {
            let work_trees = repository::named_work_trees(found).into_iter();
            let work_trees = work_trees.filter(|work_tree| !has_dot_git(work_tree));
            work_trees.map(|work_tree| (work_tree, found.git_dir.clone()))
        });
        let work_trees: Vec<_> = with_work_trees.collect();
        self.repositories.retain(|found| {
            let is_in = |(work_tree, git_dir): &(PathBuf, PathBuf)| {
                // A repository is no file of its own work tree, nor are its submodules' ones.
                found.git_dir.starts_with(work_tree) && !found.git_dir.starts_with(git_dir)
            };
            !found.is_discovered_bare() || !work_trees.iter().any(is_in)
        });
    }
}

/// The repositories that the paths stand in, as git finds them: upwards.
pub fn around(paths: &[PathBuf]) -> Sightings {
    let mut sightings = Sightings::default();
    // In a hook, or where a script says so.
    let named = std::env::var_os("GIT_DIR").filter(|_| paths.is_empty());
    let is_named = named.is_some() || !paths.is_empty();
    let here = [PathBuf::from(named.unwrap_or_else(|| ".".into()))];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        sightings.add(match dunce::canonicalize(path) {
            Err(error) => Err(Problem::of(path, error)),
            Ok(path) => above(&path, is_named),
        });
    }
    sightings.in_order()
}

fn above(path: &Path, is_named: bool) -> Result<Found, Problem> {
    for folder in path.ancestors() {
        // In git's order: what looks like a bare repository may be files of a work tree.
        if has_dot_git(folder) {
            return at_dot_git(folder);
        }
        if is_git_dir(folder) {
            return Ok(Found {
                is_named: is_named && folder == path,
                ..bare(folder)
            });
        }
    }
    let problem = Problem::new(path, "it is in no repository");
    Err(problem.hint("git bbt migrate --recursive finds those below a folder"))
}

/// Every repository below the paths: work trees, bare ones, those of linked work trees, and
/// submodules' with their submodules', but no bare ones in the work tree of another, as far as a
/// `.git` or the configuration of a repository below the paths names it. Symbolic links are not
/// followed.
pub fn below(paths: &[PathBuf]) -> Sightings {
    let mut sightings = Sightings::default();
    let here = [PathBuf::from(".")];
    let mut roots = Vec::new();
    for path in if paths.is_empty() { &here[..] } else { paths } {
        match dunce::canonicalize(path) {
            Ok(root) => roots.push(root),
            Err(error) => sightings.problems.push(Problem::of(path, error)),
        }
    }
    let Some((first, others)) = roots.split_first() else {
        return sightings;
    };
    let mut walk = WalkBuilder::new(first);
    for other in others {
        walk.add(other);
    }
    let found = Mutex::new(sightings);
    let add = |sighting| {
        if let Ok(mut found) = found.lock() {
            found.add(sighting);
        }
    };
    let walk = walk.standard_filters(false).build_parallel();
    walk.run(|| {
        Box::new(|entry| match entry {
            Ok(entry) => look_at(&entry, &add),
            Err(error) => {
                add(Err(unreadable(&error)));
                WalkState::Continue
            }
        })
    });
    let mut sightings = found.into_inner().unwrap_or_default().in_order();
    sightings.remove_bare_in_named_work_trees();
    sightings
}

fn look_at(entry: &DirEntry, add: &impl Fn(Result<Found, Problem>)) -> WalkState {
    let path = entry.path();
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    if entry.file_name() == ".git"
        && let Some(work_tree) = path.parent()
    {
        let found = at_dot_git(work_tree);
        if let Ok(found) = &found {
            add_submodules(&found.git_dir, add);
        }
        add(found);
        return WalkState::Skip;
    }
    if is_folder && is_git_dir(path) && !is_in_work_tree(path) {
        add_submodules(path, add);
        add(Ok(bare(path)));
        return WalkState::Skip;
    }
    WalkState::Continue
}

/// A bare repository in the work tree of another may be tracked files, with a configuration that
/// whoever committed it has written.
fn is_in_work_tree(path: &Path) -> bool {
    path.ancestors().any(has_dot_git)
}

fn has_dot_git(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(".git")).is_ok()
}

fn add_submodules(git_dir: &Path, add: &impl Fn(Result<Found, Problem>)) {
    for submodule in submodules(git_dir, is_git_dir) {
        add(Ok(bare(&submodule)));
    }
}

fn unreadable(error: &ignore::Error) -> Problem {
    let mut inner = error;
    let mut place = PathBuf::new();
    loop {
        match inner {
            ignore::Error::WithPath { path, err } => {
                place.clone_from(path);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } => inner = err,
            _ => return Problem::new(&place, format!("cannot look into it: {inner}")),
        }
    }
}

fn bare(git_dir: &Path) -> Found {
    Found {
        git_dir: git_dir.to_owned(),
        work_tree: None,
        is_by_link: false,
        is_named: false,
    }
}

/// What `.git` in a folder is or leads to: a repository, or a file that names one
/// (gitrepository-layout(5)).
fn at_dot_git(work_tree: &Path) -> Result<Found, Problem> {
    let broken = |why: String| Err(Problem::new(work_tree, why));
    let dot_git = work_tree.join(".git");
    let dot_git = match dunce::canonicalize(&dot_git) {
        Ok(path) => path,
        Err(error) => return broken(format!("cannot read its .git: {error}")),
    };
    if dot_git.is_dir() {
        return if is_git_dir(&dot_git) {
            Ok(Found {
                git_dir: dot_git,
                work_tree: Some(work_tree.to_owned()),
                is_by_link: false,
                is_named: false,
            })
        } else {
            broken(
                "its .git is no repository that git can read: HEAD, objects or refs is missing"
                    .to_owned(),
            )
        };
    }
    let text = match untrusted_file::read_text(&dot_git) {
        Ok(text) => text,
        Err(error) => return broken(format!("cannot read its .git: {error}")),
    };
    let Some(named) = text.strip_prefix("gitdir:") else {
        return broken("its .git is a file that names no repository".to_owned());
    };
    let Ok(own) = dunce::canonicalize(work_tree.join(named.trim())) else {
        return broken(format!(
            "its .git names {}, which is not there",
            named.trim()
        ));
    };
    // Where it is a linked work tree, the repository is elsewhere.
    let common = untrusted_file::read_text(&own.join("commondir")).ok();
    let git_dir = match &common {
        None => own,
        Some(common) => dunce::canonicalize(own.join(common.trim())).unwrap_or(own),
    };
    if is_git_dir(&git_dir) {
        Ok(Found {
            git_dir,
            work_tree: Some(work_tree.to_owned()),
            is_by_link: common.is_some(),
            is_named: false,
        })
    } else {
        broken(format!(
            "its .git leads to {}, which is no repository",
            git_dir.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Sightings};

    #[test]
    fn a_repository_is_known_by_the_work_tree_that_it_lives_in() {
        let found = |work_tree: Option<&str>, is_by_link| Found {
            git_dir: "/super/.git/modules/parts".into(),
            work_tree: work_tree.map(Into::into),
            is_by_link,
            is_named: false,
        };
        let own = found(Some("/super/parts"), false);
        let others = [found(None, false), found(Some("/linked"), true)];
        for at in 0..=others.len() {
            let mut sightings = Sightings::default();
            sightings.repositories.extend(others.clone());
            sightings.repositories.insert(at, own.clone());
            let found = sightings.in_order().repositories;
            assert!(found.iter().eq([&own]), "{at}: {found:?}");
        }
    }
}
