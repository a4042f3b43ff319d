//! Tokens where they do not belong: in git's configuration, its logs, and the stores of other
//! credential helpers. None is ever shown.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use bbt::config::Service;
use bbt::{untrusted_file, zeroized};

use super::check::Check;
use super::files_of_git::{git_dirs, store_of, under, work_trees};
use super::netrc;
use super::place::Place;
use crate::git;
use crate::git_settings::{self, GitSetting, Origin, parts, real};
use crate::hint;
use crate::remote_url::Classifier;
use crate::secret::{Hosts, Secret};

const NAME: &str = "stray tokens";

/// The rest of a larger file is not looked at.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Looks through this clone, and the files of git's own that have anything to do with it.
pub fn checks(place: &Place, effective: &[GitSetting], service: &Service) -> Vec<Check> {
    let mut hunt = Hunt {
        place,
        service,
        hosts: Hosts::from_service(service),
        read: HashSet::new(),
        stores: Vec::new(),
        found: Vec::new(),
    };
    hunt.settings(effective);
    let git_dirs: Vec<PathBuf> = place.git_dir.iter().flat_map(|dir| git_dirs(dir)).collect();
    for file in ["config", "config.worktree"] {
        git_dirs
            .iter()
            .for_each(|dir| hunt.configuration(&dir.join(file)));
    }
    hunt.files_of_user();
    hunt.committed();
    for dir in &git_dirs {
        // A remote may also be a file in one of the other two (git-fetch(1), "REMOTES").
        for folder in ["logs", "remotes", "branches"] {
            under(&dir.join(folder))
                .iter()
                .for_each(|file| hunt.lines(file));
        }
        hunt.fetch_head(&dir.join("FETCH_HEAD"));
    }
    if hunt.found.is_empty() {
        return vec![Check::ok(NAME, "none in this clone or in git's own files")];
    }
    hunt.found
}

struct Hunt<'a> {
    place: &'a Place,
    service: &'a Service,
    hosts: Hosts,
    /// The files whose settings have been looked at.
    read: HashSet<PathBuf>,
    /// Files that `git credential-store` keeps.
    stores: Vec<PathBuf>,
    found: Vec<Check>,
}

impl Hunt<'_> {
    fn add(&mut self, what: String, hint: String) {
        self.found.push(Check::problem(NAME, what, hint));
    }

    fn settings(&mut self, settings: &[GitSetting]) {
        // Files are the same whatever links lead to them.
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
            self.stores.extend(store_of(setting, &self.place.folder));
        }
        self.read.extend(files.into_values());
    }

    /// What is wrong with a setting, and the hint.
    fn setting(&self, setting: &GitSetting) -> Option<(String, String)> {
        let name = setting.shown_name();
        let place = match setting.origin {
            Origin::File(_) => format!("{name} {}", setting.origin),
            Origin::Environment => format!("{name}, {},", setting.origin),
        };
        if let Some(header) = self.hosts.authorization(setting) {
            return Some((
                format!("{place} has an Authorization header, which clashes with https URLs"),
                hint::unset(setting, Some(&format!("^{header}:"))),
            ));
        }
        let what = format!("{place} contains a token");
        if let Some(secret) = self.hosts.find(setting.name.as_bytes()) {
            return Some((what, hint::unset_names(&setting.origin, &secret.pattern())));
        }
        let secret = self.hosts.find(setting.value.as_bytes())?;
        Some((what, self.removal(setting, &secret)))
    }

    /// How to be rid of a secret in a value. A URL stays one, without the secret.
    fn removal(&self, setting: &GitSetting, secret: &Secret) -> String {
        if self.is_importable(setting) {
            let folder = &self.place.folder;
            let command = "git bbt migrate --import-tokens";
            return if folder.as_os_str() == "." {
                command.to_owned()
            } else {
                format!("{command} {}", hint::word(folder))
            };
        }
        hint::remove_secret(&self.hosts, setting, secret)
    }

    /// Whether it is the URL of a remote that `migrate` can convert, token and all.
    fn is_importable(&self, setting: &GitSetting) -> bool {
        let is_remote = matches!(parts(&setting.name), Some(("remote", _, "url" | "pushurl")));
        let own = self.place.git_dir.as_ref().map(|dir| dir.join("config"));
        let is_own =
            own.is_some_and(|own| setting.file().is_some_and(|file| real(file) == real(&own)));
        is_remote && is_own && Classifier::new(self.service).has_token(&setting.value)
    }

    /// A file of git's configuration that git may not have read here: a submodule's, or one that it
    /// cannot read.
    fn configuration(&mut self, file: &Path) {
        let file = real(file);
        if self.read.contains(&file) || !file.is_file() {
            return;
        }
        match git_settings::in_file(&file, true) {
            Some(settings) => self.settings(&settings),
            None => self.lines(&file),
        }
    }

    fn files_of_user(&mut self) {
        let Some(home) = dirs::home_dir() else {
            return;
        };
        let xdg = std::env::var_os("XDG_CONFIG_HOME").map_or(home.join(".config"), PathBuf::from);
        for file in [xdg.join("git/config"), home.join(".gitconfig")] {
            self.configuration(&file);
        }
        let mut stores = vec![home.join(".git-credentials"), xdg.join("git/credentials")];
        stores.append(&mut self.stores);
        let mut seen = HashSet::new();
        for store in stores.iter().map(|store| real(store)) {
            if seen.insert(store.clone()) {
                self.lines(&store);
            }
        }
        self.netrc(&home.join(if cfg!(windows) { "_netrc" } else { ".netrc" }));
    }

    /// The files of the work trees that git and git-lfs take for configuration.
    fn committed(&mut self) {
        let top = git::says(&self.place.folder, ["rev-parse", "--show-toplevel"]);
        let Some(git_dir) = &self.place.git_dir else {
            return;
        };
        for folder in work_trees(git_dir, top.map(PathBuf::from)) {
            for name in [".gitmodules", ".lfsconfig"] {
                let before = self.found.len();
                let file = real(&folder.join(name));
                let is_committed = if file.exists() {
                    // They include nothing.
                    match git_settings::in_file(&file, false) {
                        Some(settings) => self.settings(&settings),
                        None => self.lines(&file),
                    }
                    self.found.len() > before
                        && git::says(&folder, ["ls-files", "--", name])
                            .is_some_and(|files| !files.is_empty())
                } else {
                    self.blob(&folder, name, &file);
                    true
                };
                if is_committed {
                    for check in &mut self.found[before..] {
                        check.message += "; the file is committed: revoke the token";
                    }
                }
            }
        }
    }

    /// What git and git-lfs read if such a file is not in the work tree: the index, and then HEAD.
    fn blob(&mut self, folder: &Path, name: &str, file: &Path) {
        let blobs = [format!(":{name}"), format!("HEAD:{name}")];
        let read = |blob: &String| {
            let settings = git_settings::in_blob(folder, blob, file)?;
            Some((blob.clone(), settings))
        };
        let Some((blob, settings)) = blobs.iter().find_map(read) else {
            return;
        };
        let is_bare = self.place.git_dir.as_deref() == Some(folder);
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

    fn fetch_head(&mut self, file: &Path) {
        if self.secrets_in(file).is_empty() {
            return;
        }
        // git writes it anew at the next fetch.
        self.add(
            format!("{} contains a token", hint::shown(file)),
            format!("rm {}", hint::word(file)),
        );
    }

    /// A file whose lines can go one by one.
    fn lines(&mut self, file: &Path) {
        let lines = self.secrets_in(file);
        let runs = lines.chunk_by(|one, next| one + 1 == *next);
        let runs: Vec<_> = runs.map(|run| run[0]..=run[run.len() - 1]).collect();
        if !runs.is_empty() {
            let (file_name, lines) = (hint::shown(file), hint::lines(&runs));
            let what = format!("{file_name} contains a token ({lines})");
            self.add(what, hint::remove_lines(file, &runs));
        }
    }

    fn netrc(&mut self, file: &Path) {
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

    /// The lines of a file that have a secret, counted from 1.
    fn secrets_in(&self, file: &Path) -> Vec<usize> {
        let bytes = read(file).unwrap_or_default();
        let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
        let found = lines.filter(|(_, line)| self.hosts.find(line).is_some());
        found.map(|(number, _)| number).collect()
    }
}

fn read(file: &Path) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let file = untrusted_file::open(file).ok()?;
    zeroized::read(file, MAX_BYTES).ok()
}
