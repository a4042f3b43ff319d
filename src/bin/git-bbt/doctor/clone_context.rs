//! The repository that doctor checks: the one that is named, or that of a clone's remote.

use std::path::{Path, PathBuf};

use bbt::config::{Config, Service};
use bbt::lfs::{self, ENDPOINT_KEYS};
use bbt::{handoff, redact, shell, untrusted_file};

use super::check::Check;
use super::machine;
use crate::git;
use crate::git_settings::real;
use crate::hint;
use crate::remote_url::{Classifier, RemoteUrl};
use crate::target::{self, Target};

/// The folder and the repository that are checked.
pub struct CloneContext {
    pub folder: PathBuf,
    /// The clone's `.git` folder, if the folder is in a clone.
    pub git_dir: Option<PathBuf>,
    /// The top of its work tree.
    pub top: Option<PathBuf>,
    pub target: Option<Target>,
    /// The remote that names the target.
    remote: Option<String>,
    /// Whether the target is that of the remotes, since no repository is named.
    is_folder: bool,
}

impl CloneContext {
    /// Returns the context, and the check of its address.
    pub fn find(about: Option<&str>, service: &Service) -> (CloneContext, Check) {
        let (mut context, check) = CloneContext::named(about);
        let common = ["rev-parse", "--git-common-dir"];
        let dir = git::output(&context.folder, common);
        context.git_dir = dir.map(|dir| real(&context.folder.join(dir)));
        let top = git::output(&context.folder, ["rev-parse", "--show-toplevel"]);
        context.top = top.map(PathBuf::from);
        if !context.is_folder {
            return (context, check);
        }
        if context.git_dir.is_none() {
            return match about {
                None => (context, check),
                Some(about) => {
                    let message = format!("{about} is not in a repository");
                    let check = Check::problem("address", message, WRITE);
                    (context, check)
                }
            };
        }
        let check = context.read_remotes(service);
        (context, check)
    }

    /// As [`find`](Self::find), without running git.
    pub fn named(about: Option<&str>) -> (CloneContext, Check) {
        let mut context = CloneContext {
            folder: PathBuf::from("."),
            git_dir: None,
            top: None,
            target: None,
            remote: None,
            is_folder: about.is_none(),
        };
        let Some(about) = about else {
            let hint = Some(WRITE.to_owned());
            let check = Check::note("address", "no repository given, and none here", hint);
            return (context, check);
        };
        let is_path = about.starts_with('.') || Path::new(about).is_absolute();
        match target::parse(about) {
            // A folder of that name comes before a workspace.
            Ok(Target::Workspace(_)) if Path::new(about).is_dir() => context.of_folder(about),
            Ok(target) if !is_path => {
                let message = match &target {
                    Target::Workspace(name) => format!("workspace {name}"),
                    Target::Repository(address) => format!("bbt::{address}"),
                };
                context.target = Some(target);
                (context, Check::ok("address", message))
            }
            _ if Path::new(about).is_dir() => context.of_folder(about),
            Err(failure) if !is_path => (context, Check::failed("address", &failure.into())),
            _ => {
                let message = format!("no folder {about}");
                (context, Check::problem("address", message, WRITE))
            }
        }
    }

    fn of_folder(mut self, about: &str) -> (CloneContext, Check) {
        self.folder = PathBuf::from(about);
        self.is_folder = true;
        (self, Check::skipped("address", machine::why_no_git()))
    }

    /// Finds the first remote that is a `bbt::` one, after `insteadOf` and `vcs`. `origin` comes first.
    fn read_remotes(&mut self, service: &Service) -> Check {
        let names = git::output(&self.folder, ["remote"]).unwrap_or_default();
        let mut names: Vec<&str> = names.lines().collect();
        names.sort_by_key(|name| *name != "origin");
        let mut hint = WRITE;
        for name in names {
            let Some((url, is_ours)) = self.remote(name) else {
                continue;
            };
            match service.address(&url) {
                Ok(address) if is_ours => {
                    let check = Check::ok(
                        "address",
                        format!("bbt::{address}, remote {}", redact::url(name)),
                    );
                    self.target = Some(Target::Repository(address));
                    self.remote = Some(name.to_owned());
                    return check;
                }
                Err(failure) if is_ours => return Check::failed("address", &failure.into()),
                _ if service.address(&redact::userinfo(&url, "")).is_ok() => {
                    hint = "git bbt migrate"
                }
                _ => {}
            }
        }
        Check::warning("address", "no remote here has a bbt:: URL", hint)
    }

    /// Returns a remote's URL, and whether git runs us for it.
    fn remote(&self, name: &str) -> Option<(String, bool)> {
        let url = git::output(&self.folder, ["ls-remote", "--get-url", name])?;
        let vcs = || git::output(&self.folder, ["config", &format!("remote.{name}.vcs")]);
        let is_ours = url.starts_with("bbt:") || vcs().as_deref() == Some("bbt");
        Some((url, is_ours))
    }

    /// Returns whether the remote's URL for fetches or pushes, depending on `key`, is not on Bitbucket.
    fn is_elsewhere(&self, name: &str, key: &str, service: &Service) -> bool {
        if key == ENDPOINT_KEYS[0] {
            let remote = self.remote(name);
            return remote.is_some_and(|(url, is_ours)| !is_ours && is_other(&url, service));
        }
        let vcs = git::output(&self.folder, ["config", &format!("remote.{name}.vcs")]);
        let pushed = ["remote", "get-url", "--push", "--all", "--", name];
        let urls = git::output(&self.folder, pushed).filter(|_| vcs.as_deref() != Some("bbt"));
        urls.is_some_and(|urls| urls.lines().all(|url| is_other(url, service)))
    }

    /// Warns of remotes that now have another host, while git-lfs still transfers their content to
    /// Bitbucket.
    pub fn stale_lfs_endpoints(&self, service: &Service) -> Vec<Check> {
        let pattern = r"^remote\..*\.lfs(push)?url$";
        let set =
            git::output(&self.folder, ["config", "--get-regexp", pattern]).unwrap_or_default();
        let endpoints = set.lines().filter_map(|line| {
            let (key, endpoint) = line.rsplit_once(' ')?;
            let (name, key_of_remote) = key.strip_prefix("remote.")?.rsplit_once('.')?;
            lfs::settings_with(endpoint, name)?;
            Some((key, name, key_of_remote))
        });
        let former = endpoints.filter(|(_, name, key)| self.is_elsewhere(name, key, service));
        let checks = former.map(|(key, name, key_of_remote)| {
            let is_not = if key_of_remote == ENDPOINT_KEYS[0] {
                "is not on"
            } else {
                "is not pushed to"
            };
            Check::warning(
                "git-lfs",
                format!(
                    "{} {is_not} Bitbucket any more, but git-lfs still transfers its content there",
                    redact::url(name)
                ),
                hint::change("git config", "--unset", key, &[]),
            )
        });
        checks.collect()
    }

    /// Warns if git-lfs uses a login of `~/.netrc` and never asks us: its content may then go to another
    /// repository than the commits.
    pub fn netrc_overrides_lfs(&self, service: &Service) -> Option<Check> {
        let remote = self.remote.as_ref()?;
        let endpoint = git::output(&self.folder, ["config", &format!("remote.{remote}.lfsurl")])?;
        lfs::settings_with(&endpoint, remote)?;
        let host = service.host();
        handoff::netrc_has_login(host).then(|| {
            Check::warning(
                "git-lfs",
                format!("~/.netrc has a login for {host}, which git-lfs uses without asking us"),
                format!("remove {host}, or the default entry, from ~/.netrc"),
            )
        })
    }

    /// Checks that git-lfs has an endpoint if the clone uses it, since it cannot read `bbt::` URLs.
    pub fn lfs(&self, config: Option<&Config>) -> Option<Check> {
        let remote = self.remote.as_ref()?;
        let top = self.top.as_ref()?;
        let attributes = untrusted_file::read_text(&top.join(".gitattributes"));
        which::which("git-lfs").ok()?;
        attributes.ok().filter(|text| text.contains("filter=lfs"))?;
        let key = format!("remote.{remote}.lfsurl");
        let set = |key| git::output(&self.folder, ["config", key]);
        if set(&key).or_else(|| set("lfs.url")).is_some() {
            return Some(Check::ok("git-lfs", format!("{} is set", hint::name(&key))));
        }
        // The next fetch sets it, unless lfs = false, or another file defines the remote.
        let url = format!("remote.{remote}.url");
        let is_own = git::output(&self.folder, ["config", "--local", &url]).is_some();
        let end = if remote.starts_with('-') { "-- " } else { "" };
        let word = shell::word(redact::url(remote));
        let hint = format!("git fetch {end}{word} && git lfs pull {end}{word}");
        let hint = if !is_own {
            "define the remote in the clone's own configuration: git remote add <name> <url>"
                .to_owned()
        } else if config?.lfs() {
            hint
        } else {
            format!("remove lfs = false from config.toml; {hint}")
        };
        Some(Check::warning(
            "git-lfs",
            "git-lfs cannot read the URL of this remote",
            hint,
        ))
    }
}

fn is_other(url: &str, service: &Service) -> bool {
    let url = Classifier::new(service).classify_as_written(url);
    matches!(url, RemoteUrl::Other { .. })
}

const WRITE: &str = "git bbt doctor <workspace>/<repository>";
