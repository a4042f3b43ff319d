//! Which repository is meant: one that is named, or that of a clone's remote.

use std::path::{Path, PathBuf};

use bbt::clone_config::ENDPOINT_KEYS;
use bbt::config::{Config, Service};
use bbt::{handoff, lfs, shell, untrusted_file};

use super::check::Check;
use super::machine;
use crate::git;
use crate::git_settings::real;
use crate::hint;
use crate::redact::url as shown;
use crate::remote_url::{Classifier, RemoteUrl};
use crate::target::{self, Target, with_userinfo};

/// Where we look.
pub struct Place {
    pub folder: PathBuf,
    /// The clone's `.git`, where there is one.
    pub git_dir: Option<PathBuf>,
    pub target: Option<Target>,
    /// The remote that names it.
    remote: Option<String>,
    /// Whether it is for the remotes to tell: a folder is meant, and no repository named.
    is_folder: bool,
}

impl Place {
    /// The place, and the check of its address.
    pub fn find(about: Option<&str>, service: &Service) -> (Place, Check) {
        let (mut place, check) = Place::named(about);
        let common = ["rev-parse", "--git-common-dir"];
        let dir = git::says(&place.folder, common);
        place.git_dir = dir.map(|dir| real(&place.folder.join(dir)));
        if !place.is_folder {
            return (place, check);
        }
        if place.git_dir.is_none() {
            return match about {
                None => (place, check),
                Some(about) => {
                    let message = format!("{about} is in no repository");
                    let check = Check::problem("address", message, WRITE);
                    (place, check)
                }
            };
        }
        let check = place.look_at_remotes(service);
        (place, check)
    }

    /// What the argument alone says.
    pub fn named(about: Option<&str>) -> (Place, Check) {
        let mut place = Place {
            folder: PathBuf::from("."),
            git_dir: None,
            target: None,
            remote: None,
            is_folder: about.is_none(),
        };
        let Some(about) = about else {
            let mut check = Check::skipped("address", "no repository is named, and none is here");
            check.hint = Some(WRITE.to_owned());
            return (place, check);
        };
        let is_path = about.starts_with('.') || Path::new(about).is_absolute();
        match target::parse(about) {
            // A word that is a folder's name here, and may be a workspace's, is the folder.
            Ok(Target::Workspace(_)) if Path::new(about).is_dir() => place.of_folder(about),
            Ok(target) if !is_path => {
                let message = match &target {
                    Target::Workspace(name) => format!("workspace {name}"),
                    Target::Repository(address) => format!("bbt::{address}"),
                };
                place.target = Some(target);
                (place, Check::ok("address", message))
            }
            // A word that is no address may be a folder.
            _ if Path::new(about).is_dir() => place.of_folder(about),
            Err(failure) if !is_path => (place, Check::failed("address", &failure.into())),
            _ => {
                let message = format!("there is no folder {about}");
                (place, Check::problem("address", message, WRITE))
            }
        }
    }

    fn of_folder(mut self, about: &str) -> (Place, Check) {
        self.folder = PathBuf::from(about);
        self.is_folder = true;
        (self, Check::skipped("address", machine::missing()))
    }

    /// As git reads them, `insteadOf` and `vcs` too; `origin` before the others.
    fn look_at_remotes(&mut self, service: &Service) -> Check {
        let names = git::says(&self.folder, ["remote"]).unwrap_or_default();
        let mut names: Vec<&str> = names.lines().collect();
        names.sort_by_key(|name| *name != "origin");
        let mut hint = WRITE;
        for name in names {
            let Some((url, is_ours)) = self.remote(name) else {
                continue;
            };
            match service.address(&url) {
                Ok(address) if is_ours => {
                    let check =
                        Check::ok("address", format!("bbt::{address}, remote {}", shown(name)));
                    self.target = Some(Target::Repository(address));
                    self.remote = Some(name.to_owned());
                    return check;
                }
                Err(failure) if is_ours => return Check::failed("address", &failure.into()),
                _ if service.address(&with_userinfo(&url, "")).is_ok() => hint = "git bbt migrate",
                _ => {}
            }
        }
        Check::warning("address", "no remote here is a bbt:: one", hint)
    }

    /// A remote's URL, and whether git comes to us with it.
    fn remote(&self, name: &str) -> Option<(String, bool)> {
        let url = git::says(&self.folder, ["ls-remote", "--get-url", name])?;
        let vcs = || git::says(&self.folder, ["config", &format!("remote.{name}.vcs")]);
        let is_ours = url.starts_with("bbt:") || vcs().as_deref() == Some("bbt");
        Some((url, is_ours))
    }

    /// Whether git fetches from a remote, or pushes to it, somewhere else than on Bitbucket.
    fn is_elsewhere(&self, name: &str, key: &str, service: &Service) -> bool {
        if key == ENDPOINT_KEYS[0] {
            let remote = self.remote(name);
            return remote.is_some_and(|(url, is_ours)| !is_ours && is_other(&url, service));
        }
        let vcs = git::says(&self.folder, ["config", &format!("remote.{name}.vcs")]);
        let pushed = ["remote", "get-url", "--push", "--all", "--", name];
        let urls = git::says(&self.folder, pushed).filter(|_| vcs.as_deref() != Some("bbt"));
        urls.is_some_and(|urls| urls.lines().all(|url| is_other(url, service)))
    }

    /// Remotes that were set to another host since, and whose content git-lfs goes on taking to
    /// Bitbucket: nobody comes to us with them any more.
    pub fn former_lfs(&self, service: &Service) -> Vec<Check> {
        let pattern = r"^remote\..*\.lfs(push)?url$";
        let set = git::says(&self.folder, ["config", "--get-regexp", pattern]).unwrap_or_default();
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
                    "{} {is_not} Bitbucket any more, and git-lfs still takes its content there",
                    shown(name)
                ),
                hint::change("git config", "--unset", key, &[]),
            )
        });
        checks.collect()
    }

    /// Warns if git-lfs uses an identity of `~/.netrc` and never asks us, so that nothing keeps its
    /// content from going to another repository than the commits.
    pub fn netrc(&self, service: &Service) -> Option<Check> {
        let remote = self.remote.as_ref()?;
        let endpoint = git::says(&self.folder, ["config", &format!("remote.{remote}.lfsurl")])?;
        lfs::settings_with(&endpoint, remote)?;
        let host = service.host();
        handoff::netrc_names(host).then(|| {
            Check::warning(
                "git-lfs",
                format!(
                    "~/.netrc has an identity for {host}, which git-lfs uses without asking us"
                ),
                format!("remove {host}, or the default, from ~/.netrc"),
            )
        })
    }

    /// Where a clone uses git-lfs, which reads no `bbt::` URL: that it is told another.
    pub fn lfs(&self, config: Option<&Config>) -> Option<Check> {
        let remote = self.remote.as_ref()?;
        let top = git::says(&self.folder, ["rev-parse", "--show-toplevel"])?;
        let attributes = untrusted_file::read_text(&Path::new(&top).join(".gitattributes"));
        which::which("git-lfs").ok()?;
        attributes.ok().filter(|text| text.contains("filter=lfs"))?;
        let key = format!("remote.{remote}.lfsurl");
        let set = |key| git::says(&self.folder, ["config", key]);
        if set(&key).or_else(|| set("lfs.url")).is_some() {
            return Some(Check::ok("git-lfs", format!("{} is set", hint::name(&key))));
        }
        // The next contact sets it, unless it may not.
        let end = if remote.starts_with('-') { "-- " } else { "" };
        let word = shell::word(shown(remote));
        let hint = format!("git fetch {end}{word} && git lfs pull {end}{word}");
        let hint = if config?.lfs() {
            hint
        } else {
            format!("take lfs = false out of config.toml; {hint}")
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
