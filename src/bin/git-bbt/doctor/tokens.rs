//! Finds tokens in git's configuration, its logs, and the files of other credential helpers. Never shows
//! them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use bbt::config::Service;
use bbt::git_settings::split_key;
use bbt::{untrusted_file, zeroized};

use super::check::Check;
use super::clone_context::CloneContext;
use super::files_of_git::{credential_store_file, files_below, git_dirs, work_trees};
use super::netrc;
use crate::git;
use crate::git_settings::{self, GitSetting, Origin, real};
use crate::hint;
use crate::remote_url::Classifier;
use crate::secret::Hosts;

const NAME: &str = "stray tokens";

/// The files in worktrees that git and git-lfs read as configuration.
const FILES: [&str; 2] = [".gitmodules", ".lfsconfig"];

/// The rest of a larger file is not read.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Searches the clone, and git's files in the user's home.
pub fn checks(context: &CloneContext, effective: &[GitSetting], service: &Service) -> Vec<Check> {
    let mut finder = Finder {
        context,
        service,
        hosts: Hosts::from_service(service),
        read: HashSet::new(),
        stores: Vec::new(),
        found: Vec::new(),
    };
    finder.search_settings(effective);
    let git_dirs: Vec<PathBuf> = context
        .git_dir
        .iter()
        .flat_map(|dir| git_dirs(dir))
        .collect();
    for file in ["config", "config.worktree"] {
        git_dirs
            .iter()
            .for_each(|dir| finder.search_configuration(&dir.join(file)));
    }
    finder.search_user_files();
    finder.search_worktrees();
    for dir in &git_dirs {
        // A remote may also be a file in one of the other two (git-fetch(1), "REMOTES").
        for folder in ["logs", "remotes", "branches"] {
            for file in files_below(&dir.join(folder)) {
                finder.search_lines(&file);
            }
        }
        finder.search_fetch_head(&dir.join("FETCH_HEAD"));
    }
    if finder.found.is_empty() {
        return vec![Check::ok(NAME, "none in this clone or in git's own files")];
    }
    finder.found
}

struct Finder<'a> {
    context: &'a CloneContext,
    service: &'a Service,
    hosts: Hosts,
    /// The files whose settings have been searched.
    read: HashSet<PathBuf>,
    /// Files of `git credential-store`.
    stores: Vec<PathBuf>,
    found: Vec<Check>,
}

impl Finder<'_> {
    fn add(&mut self, what: String, hint: String) {
        self.found.push(Check::problem(NAME, what, hint));
    }

    fn search_settings(&mut self, settings: &[GitSetting]) {
        // Several links may point to one file.
        let files: HashSet<&Path> = settings.iter().filter_map(GitSetting::file).collect();
        let files: HashMap<&Path, PathBuf> =
            files.into_iter().map(|file| (file, real(file))).collect();
        let is_new = |setting: &&GitSetting| {
            let file = setting.file().map(|file| &files[file]);
            file.is_none_or(|file| !self.read.contains(file))
        };
        for setting in settings.iter().filter(is_new).collect::<Vec<_>>() {
            if let Some((what, hint)) = self.setting(setting) {
                self.add(what, hint);
            }
            self.stores
                .extend(credential_store_file(setting, &self.context.folder));
        }
        self.read.extend(files.into_values());
    }

    /// Searches a file of git's configuration that git may not have read for this clone.
    fn search_configuration(&mut self, file: &Path) {
        let file = real(file);
        if self.read.contains(&file) || !file.is_file() {
            return;
        }
        match git_settings::in_file(&file, true) {
            Some(settings) => self.search_settings(&settings),
            None => self.search_lines(&file),
        }
    }

    fn search_user_files(&mut self) {
        let Some(home) = dirs::home_dir() else {
            return;
        };
        let xdg = std::env::var_os("XDG_CONFIG_HOME").map_or(home.join(".config"), PathBuf::from);
        for file in [xdg.join("git/config"), home.join(".gitconfig")] {
            self.search_configuration(&file);
        }
        let mut stores = vec![home.join(".git-credentials"), xdg.join("git/credentials")];
        stores.append(&mut self.stores);
        let mut seen = HashSet::new();
        for store in stores.iter().map(|store| real(store)) {
            if seen.insert(store.clone()) {
                self.search_lines(&store);
            }
        }
        self.search_netrc(&home.join(if cfg!(windows) { "_netrc" } else { ".netrc" }));
    }

    /// Searches [`FILES`].
    fn search_worktrees(&mut self) {
        let Some(git_dir) = &self.context.git_dir else {
            return;
        };
        for folder in work_trees(git_dir, self.context.top.clone()) {
            let tracked = tracked_files(&folder);
            for name in FILES {
                let is_tracked = tracked.lines().any(|tracked| tracked == name);
                let before = self.found.len();
                let file = real(&folder.join(name));
                if file.exists() {
                    // git follows no includes in them.
                    match git_settings::in_file(&file, false) {
                        Some(settings) => self.search_settings(&settings),
                        None => self.search_lines(&file),
                    }
                } else if is_tracked {
                    self.search_blob(&folder, name, &file);
                }
                if is_tracked {
                    for check in &mut self.found[before..] {
                        check.message += "; the file is committed: revoke the token";
                    }
                }
            }
        }
    }

    /// Searches what git and git-lfs read if the file is not in the worktree: the index, then HEAD.
    fn search_blob(&mut self, folder: &Path, name: &str, file: &Path) {
        let blobs = [format!(":{name}"), format!("HEAD:{name}")];
        let read = |blob: &String| {
            let settings = git_settings::in_blob(folder, blob, file)?;
            Some((blob.clone(), settings))
        };
        let Some((blob, settings)) = blobs.iter().find_map(read) else {
            return;
        };
        let is_bare = self.context.git_dir.as_deref() == Some(folder);
        let git = format!("git -C {}", hint::word(folder));
        for setting in &settings {
            let Some((what, hint)) = self.setting(setting) else {
                continue;
            };
            let hint = if is_bare {
                format!("remove it from {name} in a clone, commit and push")
            } else {
                format!("{git} cat-file blob {blob} >{} && {hint}", hint::word(file))
            };
            self.add(what, hint);
        }
    }

    /// Returns what is wrong with a setting, and the hint.
    fn setting(&self, setting: &GitSetting) -> Option<(String, String)> {
        let (what, hint) = hint::remove_any_secret(&self.hosts, setting)?;
        let name = setting.shown_name();
        let what = match setting.origin {
            Origin::File(_) => format!("{name} {} {what}", setting.origin),
            Origin::Environment => format!("{name}, {}, {what}", setting.origin),
        };
        if !self.is_importable(setting) {
            return Some((what, hint));
        }
        let import = "git bbt migrate --import-tokens";
        let folder = &self.context.folder;
        let hint = if folder.as_os_str() == "." {
            import.to_owned()
        } else {
            format!("{import} {}", hint::word(folder))
        };
        Some((what, hint))
    }

    /// Returns whether `migrate --import-tokens` can convert the setting: a remote's URL with a token.
    fn is_importable(&self, setting: &GitSetting) -> bool {
        let is_remote = matches!(
            split_key(&setting.name),
            Some(("remote", _, "url" | "pushurl"))
        );
        let own = self.context.git_dir.as_ref().map(|dir| dir.join("config"));
        let is_own =
            own.is_some_and(|own| setting.file().is_some_and(|file| real(file) == real(&own)));
        is_remote && is_own && Classifier::new(self.service).has_token(&setting.value)
    }

    fn search_fetch_head(&mut self, file: &Path) {
        if self.secrets_in(file).is_empty() {
            return;
        }
        // git replaces it at the next fetch.
        self.add(
            format!("{} contains a token", hint::shown(file)),
            format!("rm {}", hint::word(file)),
        );
    }

    /// Searches a file whose lines can be removed one by one.
    fn search_lines(&mut self, file: &Path) {
        let lines = self.secrets_in(file);
        let runs = lines.chunk_by(|one, next| one + 1 == *next);
        let runs: Vec<_> = runs.map(|run| run[0]..=run[run.len() - 1]).collect();
        if !runs.is_empty() {
            let (file_name, lines) = (hint::shown(file), hint::line_numbers(&runs));
            let what = format!("{file_name} contains a token ({lines})");
            self.add(what, hint::remove_lines(file, &runs));
        }
    }

    fn search_netrc(&mut self, file: &Path) {
        let Some(bytes) = read(file) else {
            return;
        };
        for machine in netrc::machines(&bytes, &self.hosts) {
            let hint = if machine.is_alone {
                hint::remove_lines(file, &[machine.lines])
            } else {
                format!("${{EDITOR:-vi}} {}", hint::word(file))
            };
            let name = machine
                .name
                .map_or("default".to_owned(), |name| format!("machine {name}"));
            self.add(
                format!("{name} in {} has a password", hint::shown(file)),
                hint,
            );
        }
    }

    /// Returns the numbers of the lines with a secret, counted from 1.
    fn secrets_in(&self, file: &Path) -> Vec<usize> {
        let bytes = read(file).unwrap_or_default();
        let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
        let found = lines.filter(|(_, line)| self.hosts.find(line).is_some());
        found.map(|(number, _)| number).collect()
    }
}

/// Returns which of [`FILES`] are in the index or in HEAD, a line each. Without a commit, git cannot look
/// into HEAD.
fn tracked_files(folder: &Path) -> String {
    let list = |option| ["ls-files", option, "--", FILES[0], FILES[1]];
    git::output(folder, list("--with-tree=HEAD"))
        .or_else(|| git::output(folder, list("--cached")))
        .unwrap_or_default()
}

fn read(file: &Path) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let file = untrusted_file::open(file).ok()?;
    zeroized::read(file, MAX_BYTES).ok()
}
