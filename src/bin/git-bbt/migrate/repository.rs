//! A repository: whether it may be changed, and its configurations.

use std::path::{Path, PathBuf};

use super::report::Problem;
use crate::git_config_file::{EditError, GitConfigFile};
use crate::git_dir::{config_file, is_git_dir, work_tree_git_dirs};
use crate::{git, hint};

/// A file of configuration, with its path.
pub type File = (PathBuf, GitConfigFile);

/// A repository's own configurations.
#[derive(Default)]
pub struct OwnFiles {
    /// What git reads, the one of all work trees first.
    pub read: Vec<File>,
    /// Those of single work trees, if git does not read them at present.
    pub unread: Vec<File>,
    /// Why others that git does not read are skipped.
    pub problems: Vec<Problem>,
}

/// A repository, by the folder that its configuration is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// `.git` of the main work tree, a bare repository, or a submodule's folder in `.git/modules`.
    pub git_dir: PathBuf,
    /// The folder whose `.git` led here.
    pub work_tree: Option<PathBuf>,
    /// Found through a linked work tree rather than the main one.
    pub is_linked: bool,
    /// Whether the user named `git_dir` itself.
    pub is_named: bool,
}

impl Repository {
    /// Returns one without a work tree.
    pub fn bare(git_dir: &Path) -> Repository {
        Repository {
            git_dir: git_dir.to_owned(),
            work_tree: None,
            is_linked: false,
            is_named: false,
        }
    }

    /// Returns the path that people know it by.
    pub fn path(&self) -> &Path {
        match (&self.work_tree, self.is_linked) {
            (Some(work_tree), false) => work_tree,
            _ => &self.git_dir,
        }
    }

    /// Returns whether it is a bare repository that git has to discover, which `safe.bareRepository`
    /// can forbid (git-config(1)). Repositories in `.git` are not bare to git.
    pub fn is_discovered_bare(&self) -> bool {
        let in_dot_git = || self.git_dir.iter().any(|part| part == ".git");
        self.work_tree.is_none() && !self.is_named && !in_dot_git()
    }

    /// Returns whether it is a submodule's: in the folder `modules` of a repository, at some depth.
    pub fn is_submodule(&self) -> bool {
        self.git_dir.ancestors().skip(1).any(|folder| {
            let of_work_tree =
                |parent: &Path| is_git_dir(parent) || parent.join("commondir").is_file();
            folder.file_name().is_some_and(|name| name == "modules")
                && folder.parent().is_some_and(of_work_tree)
        })
    }

    /// Returns the repository's own configurations: the one of all its work trees, and those of single
    /// ones (git-worktree(1), "CONFIGURATION FILE"), even if git does not read these at present.
    ///
    /// # Errors
    /// One that git reads cannot be read.
    pub fn files(&self) -> Result<OwnFiles, Problem> {
        let open = |git_dir: &Path, name| {
            let failed = |error| problem(&git_dir.join(name), error);
            let path = config_file(git_dir, name).map_err(EditError::Unreadable);
            let path = path.map_err(failed)?;
            let file = GitConfigFile::read(&path).map_err(failed)?;
            Ok((path, file))
        };
        let shared = open(&self.git_dir, "config")?;
        let extension = shared.1.value("extensions", None, "worktreeconfig");
        let is_read = extension.is_some_and(bbt::git::is_true);
        let mut files = OwnFiles {
            read: vec![shared],
            ..OwnFiles::default()
        };
        let name = "config.worktree";
        let mut folders = work_tree_git_dirs(&self.git_dir);
        folders.retain(|folder| folder.join(name).exists());
        for folder in folders {
            match open(&folder, name) {
                file if is_read => files.read.push(file?),
                Ok(file) => files.unread.push(file),
                Err(problem) => files.problems.push(problem),
            }
        }
        Ok(files)
    }

    /// Requires what git requires: that the repository belongs to the user or is trusted
    /// (`safe.directory` in git-config(1)), and that it may be discovered if it is bare. git is asked only
    /// if the owner is another, and has the last word.
    pub fn check_trust(&self, refuses_discovered_bare: bool) -> Result<(), Problem> {
        let path = self.path();
        if refuses_discovered_bare && self.is_discovered_bare() {
            let message = "it is a bare repository, and safe.bareRepository is explicit";
            let hint = format!("git bbt migrate {}", hint::word(path));
            return Err(Problem::new(path, message).hint(hint));
        }
        if is_own(&self.git_dir) && self.work_tree.as_deref().is_none_or(is_own) {
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
    pub fn work_tree_in(&self, file: &GitConfigFile) -> Option<PathBuf> {
        let named = || self.named_work_tree(file);
        self.work_tree.clone().or_else(named)
    }

    /// Returns the work tree that a file names (`core.worktree` in git-config(1)). No `.git` needs to be
    /// in it.
    pub fn named_work_tree(&self, file: &GitConfigFile) -> Option<PathBuf> {
        let path = file.value("core", None, "worktree")?;
        dunce::canonicalize(self.git_dir.join(path)).ok()
    }
}

/// Returns whether a path belongs to the user, as git requires (`safe.directory` in git-config(1)).
pub fn is_own(path: &Path) -> bool {
    gix_sec::identity::is_path_owned_by_current_user(path).unwrap_or(false)
}

/// Describes why a file is unchanged.
pub fn problem(path: &Path, error: EditError) -> Problem {
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
