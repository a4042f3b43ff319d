//! What the workspaces need in git's configuration, every spelling of it.

use anyhow::Result;
use bbt::address;
use bbt::config::{Config, Service, Workspace};
use bbt::lfs::Setting;
use bbt::report::Failure;
use bbt::source::{self, Scope};

use super::identity::{self, Identity};
use super::record::Recorded;
use super::spellings;

/// All of it, in the order it is written in.
#[derive(Default)]
pub struct Wanted {
    pub groups: Vec<Group>,
    pub identities: Vec<Identity>,
    /// What cannot be had, for people.
    pub notes: Vec<String>,
    /// Workspaces that were named, and that no token is configured for.
    pub without_token: Vec<String>,
    /// Workspaces of config.toml with no email, in lower case.
    without_email: Vec<String>,
}

/// What is set together or not at all.
pub struct Group {
    /// Whose it is, in lower case; none for what is for all.
    pub workspace: Option<String>,
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
    /// Nothing: a variable that may have several values.
    Include,
}

/// What is asked for beside config.toml.
pub struct Asked<'a> {
    /// Workspaces, with those of config.toml.
    pub workspaces: &'a [String],
    /// Whether ordinary URLs become `bbt::` ones.
    pub rewrite: bool,
    /// Whether workspaces that are named need no token yet.
    pub force: bool,
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
    /// What the workspaces of config.toml need, and those that are named. Where a workspace has no
    /// token, nothing that leads to us: its URLs would stop working.
    ///
    /// # Errors
    /// Where a commit identity has no place to be kept.
    pub fn of(config: &Config, asked: &Asked) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        wanted.groups.push(Group {
            workspace: None,
            kind: Kind::Value,
            settings: vec![setting("protocol", "bbt", "allow", "always")],
        });
        let names_of = |name: &str| {
            let named = asked.workspaces.iter();
            let named = named.filter(|named| named.eq_ignore_ascii_case(name));
            named.map(String::as_str).collect::<Vec<_>>()
        };
        for workspace in config.workspaces() {
            let named = names_of(&workspace.name);
            let spelled = spellings::of_name(
                [&workspace.name[..]]
                    .into_iter()
                    .chain(named.iter().copied()),
            );
            let reach = wanted.reach_of(config, workspace, !named.is_empty(), asked.force);
            wanted.add(config.service(), &spelled, &reach, asked.rewrite);
            match &workspace.email {
                Some(email) => wanted.add_identity(config.service(), &spelled, email)?,
                None => wanted.without_email.push(spelled[0].to_ascii_lowercase()),
            }
        }
        for (at, name) in asked.workspaces.iter().enumerate() {
            let mut before = asked.workspaces[..at].iter();
            let is_done = before.any(|done| done.eq_ignore_ascii_case(name));
            if is_done || config.workspace(name).is_some() {
                continue;
            }
            let spelled = spellings::of_name(names_of(name));
            match has_token_for_all(config, name) || asked.force {
                true => wanted.add(config.service(), &spelled, &Reach::Whole, asked.rewrite),
                false => wanted.without_token.push(name.clone()),
            }
        }
        let is_rewrite = |group: &Group| group.kind == Kind::Rewrite;
        if wanted.groups.iter().any(is_rewrite) {
            wanted.notes.push(LIBRARIES.to_owned());
        }
        Ok(wanted)
    }

    /// Whether something that is recorded is among it, in whatever case.
    pub fn has(&self, recorded: &Recorded) -> bool {
        let groups = self.groups.iter();
        let groups = groups.filter(|group| group.workspace.as_deref() == recorded.workspace);
        groups.flat_map(|group| &group.settings).any(|setting| {
            recorded.name.eq_ignore_ascii_case(&setting.name())
                && recorded.value.eq_ignore_ascii_case(&setting.value)
        })
    }

    /// Whether it is an address that config.toml has no more, though it has the workspace.
    pub fn is_former_identity(&self, recorded: &Recorded) -> bool {
        let of = |workspace| self.without_email.iter().any(|name| name == workspace);
        recorded.is_identity() && recorded.workspace.is_some_and(of)
    }

    /// Where there are tokens for some repositories alone, the others of the workspace stay with
    /// whoever serves them today.
    fn reach_of(
        &mut self,
        config: &Config,
        workspace: &Workspace,
        is_named: bool,
        force: bool,
    ) -> Reach {
        let name = &workspace.name;
        let is_whole = match is_named {
            true => force || has_token_for_all(config, name),
            // A variable that is set today may be gone tomorrow: only a name makes it count.
            false => workspace.token.is_some(),
        };
        if is_whole {
            return Reach::Whole;
        }
        let patterns = workspace
            .repositories
            .iter()
            .map(|repository| repository.pattern.as_str());
        let (patterns, slugs): (Vec<&str>, Vec<&str>) =
            patterns.partition(|name| name.contains('*'));
        for pattern in patterns {
            self.notes.push(format!(
                "Not set up: {name}/{pattern}, since git's configuration has no such patterns. For all of {name}:\n\
                 git bbt setup {name} --force\n"
            ));
        }
        match workspace.repositories.is_empty() {
            true if is_named => self.without_token.push(name.clone()),
            true if has_token_for_all(config, name) => self.notes.push(format!(
                "Not set up but for its email: {name}, whose token is in the environment. Where it always is:\n\
                 git bbt setup {name}\n"
            )),
            _ => {}
        }
        Reach::Some(spellings::of_name(slugs))
    }

    fn add(&mut self, service: &Service, spelled: &[String], reach: &Reach, rewrite: bool) {
        for path in spelled.iter().flat_map(|spelled| reach.paths(spelled)) {
            let url = format!("{}/{path}", service.git_url());
            self.group(
                spelled,
                Kind::Helper,
                vec![
                    // Emptied first, so that no other helper is asked, told, or made to erase.
                    setting("credential", &url, "helper", ""),
                    setting("credential", &url, "helper", "bbt"),
                    setting("credential", &url, "useHttpPath", "true"),
                ],
            );
        }
        if rewrite {
            self.add_rewrites(service, spelled, reach);
        }
    }

    /// One rule for each beginning of a URL: git takes the longest that fits, so that a wider rule of
    /// the user's stays in force for everybody else's repositories.
    fn add_rewrites(&mut self, service: &Service, spelled: &[String], reach: &Reach) {
        let name = &spelled[0];
        let rest = match reach {
            Reach::Whole => vec![String::new()],
            // Without its end, the rule would fit repositories whose names only begin so.
            Reach::Some(slugs) => slugs.iter().map(|slug| format!("{slug}.git")).collect(),
        };
        for rest in &rest {
            let base = format!("bbt::{name}/{rest}");
            for spelling in spelled {
                for host in spellings::beginnings(service) {
                    let url = format!("{host}{spelling}/{rest}");
                    let rule = setting("url", &base, "insteadOf", &url);
                    self.group(spelled, Kind::Rewrite, vec![rule]);
                }
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
            "Not rewritten, since git cannot: {git}https://<user>@bitbucket.org/{name}/...; git bbt migrate\n\
             changes those where they are remotes.\n"
        ));
        if let Some(git) = rest.iter().find(|rest| !rest.is_empty()) {
            self.notes.push(format!(
                "Rewritten as well, since git looks at the beginning alone: {name}/{git}hub.io, where there is such\n\
                 a repository.\n"
            ));
        }
    }

    fn add_identity(&mut self, service: &Service, spelled: &[String], email: &str) -> Result<()> {
        let identity = Identity::new(&spelled[0], email)?;
        let path = identity::for_git(&identity.path)?;
        for spelling in spelled {
            for before in spellings::patterns(service) {
                let condition = format!("hasconfig:remote.*.url:{before}{spelling}/**");
                let include = setting("includeIf", &condition, "path", &path);
                self.group(spelled, Kind::Include, vec![include]);
            }
        }
        self.identities.push(identity);
        Ok(())
    }

    fn group(&mut self, spelled: &[String], kind: Kind, settings: Vec<Setting>) {
        self.groups.push(Group {
            workspace: Some(spelled[0].to_ascii_lowercase()),
            kind,
            settings,
        });
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

/// Whether there is a token for all of a workspace.
pub fn has_token_for_all(config: &Config, workspace: &str) -> bool {
    !source::candidates(config, Scope::Workspace(workspace)).is_empty()
}

fn setting(section: &'static str, subsection: &str, key: &'static str, value: &str) -> Setting {
    Setting {
        section,
        subsection: subsection.to_owned(),
        key,
        value: value.to_owned(),
    }
}
