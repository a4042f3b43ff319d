//! What the workspaces need in git's configuration, every spelling of it.

use anyhow::Result;
use bbt::address;
use bbt::config::{Config, Service, Workspace};
use bbt::lfs::Setting;
use bbt::report::Failure;

use super::identity::{self, Identity};

/// All of it, in the order it is written in.
pub struct Wanted {
    pub groups: Vec<Group>,
    pub identities: Vec<Identity>,
    /// What cannot be had, for people.
    pub notes: Vec<String>,
}

/// What is set together or not at all.
pub struct Group {
    pub kind: Kind,
    pub settings: Vec<Setting>,
}

/// What would stand in its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Another value of the same variable.
    Value,
    /// Another helper in the same list.
    Helper,
    /// The same URL as another one's.
    Rewrite,
}

/// What worked there with other credentials stops; whoever sets the rules up has to know.
const LIBRARIES: &str = "\
Programs that use libgit2 or JGit in place of git follow these rules too, and cannot take bbt::. For
cargo: CARGO_NET_GIT_FETCH_WITH_CLI=true
";

/// Reads an argument; for clap.
pub fn workspace(text: &str) -> Result<String, Failure> {
    match address::is_workspace(text) {
        true => Ok(text.to_owned()),
        false => Err(Failure::new(
            "it is no workspace, as acme is; setup is for whole workspaces",
        )),
    }
}

impl Wanted {
    /// What the workspaces of config.toml need, and those that are named.
    ///
    /// # Errors
    /// Where a commit identity has no place to be kept.
    pub fn of(config: &Config, named: &[String], rewrite: bool) -> Result<Wanted> {
        let allow = Group {
            kind: Kind::Value,
            settings: vec![setting("protocol", "bbt", "allow", "always")],
        };
        let mut wanted = Wanted {
            groups: vec![allow],
            identities: Vec::new(),
            notes: Vec::new(),
        };
        let is_named = |name: &str| named.iter().any(|named| named.eq_ignore_ascii_case(name));
        for workspace in config.workspaces() {
            let reach = match is_named(&workspace.name) || workspace.token.is_some() {
                true => Reach::Whole,
                false => wanted.reach_of(workspace),
            };
            wanted.add(config.service(), &workspace.name, &reach, rewrite);
            if let Some(email) = &workspace.email {
                wanted.add_identity(config.service(), &workspace.name, email)?;
            }
        }
        for (at, name) in named.iter().enumerate() {
            let is_done = named[..at]
                .iter()
                .any(|done| done.eq_ignore_ascii_case(name));
            if config.workspace(name).is_none() && !is_done {
                wanted.add(config.service(), name, &Reach::Whole, rewrite);
            }
        }
        let is_rewrite = |group: &Group| group.kind == Kind::Rewrite;
        if wanted.groups.iter().any(is_rewrite) {
            wanted.notes.push(LIBRARIES.to_owned());
        }
        Ok(wanted)
    }

    /// Where there are tokens for some repositories alone, the others of the workspace stay with
    /// whoever serves them today.
    fn reach_of(&mut self, workspace: &Workspace) -> Reach {
        let patterns = workspace
            .repositories
            .iter()
            .map(|repository| repository.pattern.as_str());
        let (patterns, slugs): (Vec<&str>, Vec<&str>) =
            patterns.partition(|name| name.contains('*'));
        for pattern in patterns {
            let name = &workspace.name;
            self.notes.push(format!(
                "Not set up: {name}/{pattern}, since git's configuration has no such patterns. Where the\n\
                 token serves all of {name}: git bbt setup {name}\n"
            ));
        }
        Reach::Some(slugs.into_iter().map(str::to_owned).collect())
    }

    fn add(&mut self, service: &Service, workspace: &str, reach: &Reach, rewrite: bool) {
        for spelled in spellings(workspace) {
            for path in reach.paths(&spelled) {
                let url = format!("{}/{path}", service.git_url());
                self.groups.push(Group {
                    kind: Kind::Helper,
                    settings: vec![
                        // Emptied first, so that no other helper is asked, told, or made to erase.
                        setting("credential", &url, "helper", ""),
                        setting("credential", &url, "helper", "bbt"),
                        setting("credential", &url, "useHttpPath", "true"),
                    ],
                });
            }
        }
        if rewrite {
            self.add_rewrites(service, workspace, reach);
        }
    }

    /// One rule for each beginning of a URL: git takes the longest that fits, so that a wider rule of
    /// the user's stays in force for everybody else's repositories.
    fn add_rewrites(&mut self, service: &Service, workspace: &str, reach: &Reach) {
        let rest = match reach {
            Reach::Whole => vec![String::new()],
            // Without its end, the rule would fit repositories whose names only begin so.
            Reach::Some(slugs) => slugs.iter().map(|slug| format!("{slug}.git")).collect(),
        };
        for rest in &rest {
            let base = format!("bbt::{workspace}/{rest}");
            for spelled in spellings(workspace) {
                let beginnings = hosts_of(service).into_iter().chain(SSH.map(str::to_owned));
                self.groups.extend(beginnings.map(|host| Group {
                    kind: Kind::Rewrite,
                    settings: vec![setting(
                        "url",
                        &base,
                        "insteadOf",
                        &format!("{host}{spelled}/{rest}"),
                    )],
                }));
            }
        }
        if rest.is_empty() {
            return;
        }
        let git = if matches!(reach, Reach::Whole) {
            ""
        } else {
            "URLs without .git, "
        };
        self.notes.push(format!(
            "Not rewritten, since git cannot: {git}https://<user>@bitbucket.org/{workspace}/...; git bbt migrate\n\
             changes those where they are remotes.\n"
        ));
    }

    /// git knows no patterns for more than one spelling (git-config(1), "hasconfig:remote.*.url"),
    /// and looks at the URL as it is written, before any rule is applied.
    fn add_identity(&mut self, service: &Service, workspace: &str, email: &str) -> Result<()> {
        let identity = Identity::new(workspace, email)?;
        let path = identity::for_git(&identity.path)?;
        let ours = ["bbt::", "bbt://"].map(str::to_owned);
        let https = hosts_of(service).into_iter().flat_map(|host| {
            let rest = host.strip_prefix("https://").unwrap_or(&host).to_owned();
            [host, format!("https://*@{rest}"), format!("http://{rest}")]
        });
        let beginnings: Vec<String> = ours
            .into_iter()
            .chain(https)
            .chain(SSH.map(str::to_owned))
            .collect();
        for spelled in spellings(workspace) {
            self.groups.extend(beginnings.iter().map(|host| Group {
                kind: Kind::Value,
                settings: vec![setting(
                    "includeIf",
                    &format!("hasconfig:remote.*.url:{host}{spelled}/**"),
                    "path",
                    &path,
                )],
            }));
        }
        self.identities.push(identity);
        Ok(())
    }
}

/// How much of a workspace there is a token for.
enum Reach {
    Whole,
    Some(Vec<String>),
}

impl Reach {
    /// As git's credential settings have it: only whole parts of a path fit (gitcredentials(7)).
    fn paths(&self, workspace: &str) -> Vec<String> {
        match self {
            Reach::Whole => vec![workspace.to_owned()],
            Reach::Some(slugs) => slugs
                .iter()
                .flat_map(|slug| ["", ".git"].map(|end| format!("{workspace}/{slug}{end}")))
                .collect(),
        }
    }
}

/// Before a workspace's name, in every spelling by ssh that people have in remotes.
const SSH: [&str; 6] = [
    "git@bitbucket.org:",
    "git@bitbucket.org:/",
    "ssh://git@bitbucket.org/",
    "git@ssh.bitbucket.org:",
    "ssh://git@ssh.bitbucket.org/",
    "ssh://git@altssh.bitbucket.org:443/",
];

/// The same by https: what other people's manifests say, beside the address that is configured.
fn hosts_of(service: &Service) -> Vec<String> {
    let mut hosts = vec![format!("{}/", service.git_url())];
    let public = "https://bitbucket.org/".to_owned();
    if !hosts.contains(&public) {
        hosts.push(public);
    }
    hosts
}

/// git minds case, and Bitbucket writes names in lower case.
fn spellings(workspace: &str) -> Vec<String> {
    let lower = workspace.to_ascii_lowercase();
    match lower == workspace {
        true => vec![lower],
        false => vec![workspace.to_owned(), lower],
    }
}

fn setting(section: &'static str, subsection: &str, key: &'static str, value: &str) -> Setting {
    Setting {
        section,
        subsection: subsection.to_owned(),
        key,
        value: value.to_owned(),
    }
}
