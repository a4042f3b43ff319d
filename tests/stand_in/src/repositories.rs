//! The bare repositories behind the stand-in.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use super::git::Git;

/// One bare repository on disk.
pub struct Repository {
    path: PathBuf,
    git: Arc<Git>,
}

impl Repository {
    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs git in it and returns what it printed, without the end of the last line.
    pub fn git<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        self.git_with_input(args, "")
    }

    /// Adds this number of tags of the default branch's commit, faster than git would.
    pub fn add_tags(&self, count: usize) {
        let commit = self.git(["rev-parse", "HEAD"]);
        let mut refs =
            format!("# pack-refs with: peeled fully-peeled \n{commit} refs/heads/main\n");
        for number in 0..count {
            writeln!(refs, "{commit} refs/tags/t{number}").expect("a String can be written to");
        }
        // Loose refs from before stay; packed ones are replaced.
        fs::write(self.path.join("packed-refs"), refs).expect("the repository is writable");
    }

    fn git_with_input<'a>(&self, args: impl IntoIterator<Item = &'a str>, input: &str) -> String {
        let mut child = self
            .git
            .command()
            .current_dir(&self.path)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        stdin
            .write_all(input.as_bytes())
            .expect("git reads its input");
        drop(stdin);
        let output = child.wait_with_output().expect("git can be waited for");
        assert!(output.status.success(), "git failed: {}", output.status);
        let text = String::from_utf8(output.stdout).expect("git printed UTF-8");
        text.trim_end().to_owned()
    }
}

/// All repositories, in one directory.
pub(super) struct Repositories {
    root: PathBuf,
    git: Arc<Git>,
    public: Mutex<HashSet<String>>,
}

impl Repositories {
    pub(super) fn new(root: PathBuf, git: Arc<Git>) -> Self {
        fs::create_dir_all(&root).expect("the root can be made");
        Self {
            root,
            git,
            public: Mutex::default(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Creates a repository without a commit, unless it exists.
    pub(super) fn create_empty(&self, full_name: &str) -> Repository {
        let path = self
            .path(full_name)
            .expect("the name is workspace/repository");
        fs::create_dir_all(&path).expect("the root is writable");
        let repository = Repository {
            path,
            git: Arc::clone(&self.git),
        };
        repository.git(["init", "--quiet", "--bare"]);
        repository
    }

    /// Creates a repository with one commit of a README, unless it exists.
    pub(super) fn create(&self, full_name: &str) -> Repository {
        if let Some(path) = self.find(full_name) {
            let git = Arc::clone(&self.git);
            return Repository { path, git };
        }
        let repository = self.create_empty(full_name);
        let readme = format!("# {full_name}\n");
        let first_commit = format!(
            "commit refs/heads/main\n\
             committer Stand-in <stand-in@example.com> 1767225600 +0000\n\
             data <<END\nInitial commit\nEND\n\
             M 100644 inline README.md\n\
             data {}\n{readme}",
            readme.len()
        );
        repository.git_with_input(["fast-import", "--quiet"], &first_commit);
        repository
    }

    pub(super) fn publish(&self, full_name: &str) {
        self.public(|public| public.insert(full_name.to_owned()));
    }

    pub(super) fn is_public(&self, full_name: &str) -> bool {
        self.public(|public| public.contains(full_name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        let old = self.find(from).expect("the repository is there");
        let new = self.path(to).expect("the name is workspace/repository");
        let workspace = new.parent().expect("a repository is in a workspace");
        fs::create_dir_all(workspace).expect("the root is writable");
        fs::rename(old, new).expect("the new name is free");
        self.public(|public| public.remove(from) && public.insert(to.to_owned()));
    }

    /// Returns the full names of a workspace's repositories, in order; `None` if it does not exist.
    pub(super) fn of_workspace(&self, workspace: &str) -> Option<Vec<String>> {
        let any = self.path(&format!("{workspace}/any"))?;
        let entries = fs::read_dir(any.parent()?).ok()?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let name = entry.ok()?.file_name().into_string().ok()?;
                Some(format!("{workspace}/{}", name.strip_suffix(".git")?))
            })
            .collect();
        names.sort();
        Some(names)
    }

    /// Returns whether a branch of it has a commit.
    pub(super) fn has_branches(&self, full_name: &str) -> bool {
        self.find(full_name).is_some_and(|path| {
            let loose = fs::read_dir(path.join("refs/heads"));
            let has_loose = loose.is_ok_and(|mut entries| entries.next().is_some());
            has_loose || path.join("packed-refs").exists()
        })
    }

    /// Returns the path of a repository; `None` if it does not exist.
    pub(super) fn find(&self, full_name: &str) -> Option<PathBuf> {
        self.path(full_name).filter(|path| path.is_dir())
    }

    fn path(&self, full_name: &str) -> Option<PathBuf> {
        let (workspace, slug) = full_name.split_once('/')?;
        let safe = |part: &str| {
            let legal = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            !matches!(part, "" | "." | "..") && part.chars().all(legal)
        };
        (safe(workspace) && safe(slug)).then(|| {
            let directory = format!("{slug}.git");
            self.root.join(workspace).join(directory)
        })
    }

    fn public<T>(&self, f: impl FnOnce(&mut HashSet<String>) -> T) -> T {
        f(&mut self.public.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
