//! The repository that doctor checks: the one that is named, or that of a clone's remote.

use std::path::PathBuf;

use bbt::config::{Config, Service};
use bbt::git_settings::GitSettings;
use bbt::lfs::{self, ENDPOINT_KEYS};
use bbt::messages::Failure;
use bbt::{handoff, redact, shell, untrusted_file};
use zeroize::Zeroizing;

use super::check::Check;
use super::machine;
use crate::git;
use crate::git_settings::{self, GitSetting, real};
use crate::hint;
use crate::remote_url::{Classifier, RemoteUrl};
use crate::target::{self, Target};

/// What is checked, and what git reports about it.
#[derive(Default)]
pub struct CloneContext {
    pub folder: PathBuf,
    /// The clone's `.git` folder, if the folder is in a clone.
    pub git_dir: Option<PathBuf>,
    /// The top of its work tree.
    pub top: Option<PathBuf>,
    /// git's configuration in the folder; `None` if git cannot read it.
    pub settings: Option<Vec<GitSetting>>,
    /// The same, for questions about remotes.
    remotes: GitSettings,
    pub target: Option<Target>,
    /// The remote that names the target.
    remote: Option<String>,
}

/// Returns the folder that git is asked in, and the target. Without one, the folder's remotes are checked.
fn parse(about: Option<&str>) -> (PathBuf, Result<Option<Target>, Failure>) {
    let here = PathBuf::from(".");
    let Some(about) = about else {
        return (here, Ok(None));
    };
    let path = PathBuf::from(about);
    let is_path = about.starts_with('.') || path.is_absolute();
    match target::parse(about) {
        // A folder of that name comes before a workspace.
        Ok(Target::Workspace(_)) if path.is_dir() => (path, Ok(None)),
        Ok(target) if !is_path => (here, Ok(Some(target))),
        _ if path.is_dir() => (path, Ok(None)),
        Err(failure) if !is_path => (here, Err(failure)),
        _ => (
            here,
            Err(Failure::new(format!("no folder {about}")).hint(WRITE)),
        ),
    }
}

impl CloneContext {
    /// Returns the context of the argument, or of the current folder, and the check of its address.
    pub fn find(about: Option<&str>, service: &Service, has_git: bool) -> (CloneContext, Check) {
        let (folder, target) = parse(about);
        let mut context = CloneContext {
            folder,
            ..CloneContext::default()
        };
        if has_git {
            context.ask_git();
        }
        let check = match target {
            Err(failure) => Check::failed("address", &failure.into()),
            Ok(Some(target)) => {
                let message = match &target {
                    Target::Workspace(name) => format!("workspace {name}"),
                    Target::Repository(address) => format!("bbt::{address}"),
                };
                context.target = Some(target);
                Check::ok("address", message)
            }
            Ok(None) if !has_git => Check::skipped("address", machine::why_no_git()),
            Ok(None) if context.git_dir.is_some() => context.read_remotes(service),
            Ok(None) => match about {
                Some(about) => {
                    let message = format!("{about} is not in a repository");
                    Check::problem("address", message, WRITE)
                }
                None => {
                    let message = "no repository given, and none here";
                    Check::note("address", message, Some(WRITE.to_owned()))
                }
            },
        };
        (context, check)
    }

    fn ask_git(&mut self) {
        // A bare repository has no top, which ends the command.
        let arguments = ["rev-parse", "--git-common-dir", "--show-toplevel"];
        if let Some(outcome) = git::ask(&self.folder, arguments) {
            let mut lines = outcome.stdout.lines();
            self.git_dir = lines.next().map(|dir| real(&self.folder.join(dir)));
            self.top = lines.next().map(PathBuf::from);
        }
        let top = self.top.as_ref().unwrap_or(&self.folder);
        self.settings = git_settings::in_repository(&self.folder, top).ok();
        self.remotes = git_settings::of_remotes(self.settings.iter().flatten());
    }

    /// Finds the first remote that is a `bbt::` one, after `insteadOf` and `vcs`: `origin`, then in the
    /// order of `git remote`.
    fn read_remotes(&mut self, service: &Service) -> Check {
        let mut names = self.remotes.remotes();
        names.sort_by_key(|name| (*name != "origin", *name));
        let mut hint = WRITE;
        for name in names {
            let Some(url) = self.remotes.fetch_url(name) else {
                continue;
            };
            let is_ours = url.starts_with("bbt:") || self.has_vcs(name);
            match service.address(&url) {
                Ok(address) if is_ours => {
                    let name = name.to_owned();
                    let message = format!("bbt::{address}, remote {}", redact::url(&name));
                    self.target = Some(Target::Repository(address));
                    self.remote = Some(name);
                    return Check::ok("address", message);
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

    /// Returns whether the folder is in a clone without submodules.
    pub fn has_no_submodules(&self) -> bool {
        let top = self.top.as_ref().map(|top| top.join(".gitmodules"));
        let git_dir = self.git_dir.as_ref();
        git_dir.is_some_and(|git_dir| !git_dir.join("modules").exists())
            && !top.is_some_and(|file| file.exists())
    }

    /// Warns of remotes that now have another host, while git-lfs still transfers their content to
    /// Bitbucket.
    pub fn stale_lfs_endpoints(&self, service: &Service) -> Vec<Check> {
        let mut checks = Vec::new();
        for name in self.remotes.remotes() {
            let [lfsurl, lfspushurl] = ENDPOINT_KEYS;
            let fetched = self.remotes.fetch_url(name).into_iter().collect();
            for (key, urls, is_not) in [
                (lfsurl, fetched, "is not on"),
                (lfspushurl, self.remotes.push_urls(name), "is not pushed to"),
            ] {
                if self.has_our_endpoint(name, key) && self.are_elsewhere(name, &urls, service) {
                    let shown = redact::url(name);
                    checks.push(Check::warning(
                        "git-lfs",
                        format!("{shown} {is_not} Bitbucket any more, but git-lfs still transfers its content there"),
                        hint::change("git config", "--unset", &format!("remote.{name}.{key}"), &[]),
                    ));
                }
            }
        }
        checks
    }

    fn are_elsewhere(&self, remote: &str, urls: &[Zeroizing<String>], service: &Service) -> bool {
        let classifier = Classifier::new(service);
        let mut classified = urls.iter().map(|url| classifier.classify_as_written(url));
        !self.has_vcs(remote) && classified.all(|url| matches!(url, RemoteUrl::Other { .. }))
    }

    fn has_vcs(&self, remote: &str) -> bool {
        self.remotes.last(&format!("remote.{remote}.vcs")) == Some("bbt")
    }

    fn has_our_endpoint(&self, remote: &str, key: &str) -> bool {
        let endpoint = self.remotes.last(&format!("remote.{remote}.{key}"));
        endpoint.is_some_and(|endpoint| lfs::settings_with(endpoint, remote).is_some())
    }

    /// Warns if git-lfs uses a login of `~/.netrc` and never asks us: its content may then go to another
    /// repository than the commits.
    pub fn netrc_overrides_lfs(&self, service: &Service) -> Option<Check> {
        let remote = self.remote.as_deref()?;
        let host = service.host();
        let is_asked = self.has_our_endpoint(remote, ENDPOINT_KEYS[0]);
        (is_asked && handoff::netrc_has_login(host)).then(|| {
            Check::warning(
                "git-lfs",
                format!("~/.netrc has a login for {host}, which git-lfs uses without asking us"),
                format!("remove {host}, or the default entry, from ~/.netrc"),
            )
        })
    }

    /// Checks that git-lfs has an endpoint if the clone uses it, since it cannot read `bbt::` URLs.
    pub fn lfs(&self, config: Option<&Config>) -> Option<Check> {
        let remote = self.remote.as_deref()?;
        let attributes = untrusted_file::read_text(&self.top.as_ref()?.join(".gitattributes"));
        which::which("git-lfs").ok()?;
        attributes.ok().filter(|text| text.contains("filter=lfs"))?;
        let own = self.remotes.last(&format!("remote.{remote}.lfsurl"));
        if own.is_some() || self.remotes.last("lfs.url").is_some() {
            let key = hint::name(&format!("remote.{remote}.lfsurl"));
            return Some(Check::ok("git-lfs", format!("{key} is set")));
        }
        // The next fetch sets it, unless lfs = false, or another file defines the remote.
        let file = self.git_dir.as_ref()?.join("config");
        let is_own = |setting: &GitSetting| {
            setting.subsection("remote", "url") == Some(remote)
                && setting.file().is_some_and(|set| real(set) == real(&file))
        };
        let is_own = self.settings.iter().flatten().any(is_own);
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
        let message = "git-lfs cannot read the URL of this remote";
        Some(Check::warning("git-lfs", message, hint))
    }
}

const WRITE: &str = "git bbt doctor <workspace>/<repository>";
