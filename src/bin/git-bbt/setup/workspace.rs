//! What git is told about one workspace.

use std::env;

use bbt::address;
use bbt::config::{Config, Service, Workspace};
use bbt::messages::Failure;
use bbt::target::Target;
use bbt::{lookup, variables};

use crate::remote_url;

/// How much of a workspace a token is configured for.
pub enum Coverage {
    Workspace,
    /// These repositories.
    Repositories(Vec<String>),
    Nothing,
}

/// Reads an argument; for clap.
pub fn parse(text: &str) -> Result<String, Failure> {
    if address::is_workspace(text) {
        return Ok(text.to_owned());
    }
    Err(Failure::new(
        "not a workspace name, such as acme; setup is for whole workspaces",
    ))
}

/// What config.toml and the environment have tokens for. `BBT_TOKEN`, which is named for no
/// workspace, counts only for one that `is_named` on the command line.
pub fn coverage(config: &Config, name: &str, is_named: bool) -> Coverage {
    let general = usize::from(!is_named && env::var_os(variables::TOKEN).is_some());
    if lookup::candidates(config, Target::Workspace(name.to_owned())).len() > general {
        return Coverage::Workspace;
    }
    let slugs = repositories(config, name).filter(|name| !name.contains('*'));
    let slugs: Vec<String> = slugs.map(str::to_owned).collect();
    if slugs.is_empty() {
        Coverage::Nothing
    } else {
        Coverage::Repositories(slugs)
    }
}

/// The repositories of a workspace that config.toml has tokens for, and patterns of them.
pub fn repositories<'c>(config: &'c Config, name: &str) -> impl Iterator<Item = &'c str> {
    let workspace = config.workspace(name).into_iter();
    let repositories = workspace.flat_map(|workspace: &Workspace| &workspace.repositories);
    repositories.map(|repository| repository.pattern.as_str())
}

/// Whether a token is configured for any part of the workspace.
pub fn has_any_token(config: &Config, name: &str) -> bool {
    let of_repository = || {
        let prefix = variables::of_workspace(name)? + "__";
        let mut names = env::vars_os().map(|(name, _)| name);
        names.find(|name| name.to_str().is_some_and(|name| name.starts_with(&prefix)))
    };
    !matches!(coverage(config, name, true), Coverage::Nothing)
        || repositories(config, name).next().is_some()
        || of_repository().is_some()
}

/// Sections of git's configuration. Nothing in them needs quotes: names and the configured address
/// consist of letters, digits and `-_./:[]`.
pub fn settings(service: &Service, name: &str, coverage: &Coverage, rewrite: bool) -> String {
    // git compares case, and Bitbucket's own names are in lower case.
    let mut forms = vec![name.to_owned(), name.to_ascii_lowercase()];
    forms.dedup();
    let slugs = match coverage {
        Coverage::Workspace => return workspace_settings(service, &forms, rewrite),
        Coverage::Repositories(slugs) => slugs,
        Coverage::Nothing => return String::new(),
    };
    let mut text = String::new();
    for slug in slugs {
        let mut slugs = vec![slug.clone(), slug.to_ascii_lowercase()];
        slugs.dedup();
        let with_slug = |form: &String| slugs.iter().map(|slug| format!("{form}/{slug}")).collect();
        let paths: Vec<String> = forms.iter().flat_map::<Vec<_>, _>(with_slug).collect();
        for path in &paths {
            // git compares whole parts of a path.
            text += &credential(service, path);
            text += &credential(service, &format!("{path}.git"));
        }
        if rewrite {
            // Without its end, a rule would apply to all repositories whose names begin like this.
            let ends: Vec<String> = paths.iter().map(|path| format!("{path}.git")).collect();
            text += &rewrites(service, &ends);
        }
    }
    text
}

fn workspace_settings(service: &Service, names: &[String], rewrite: bool) -> String {
    let mut text: String = names.iter().map(|name| credential(service, name)).collect();
    if rewrite {
        let starts: Vec<String> = names.iter().map(|name| format!("{name}/")).collect();
        text += &rewrites(service, &starts);
    }
    text
}

/// The empty helper resets the list, so that no other helper is asked, or given the token.
fn credential(service: &Service, path: &str) -> String {
    let git_url = service.git_url();
    format!("[credential \"{git_url}/{path}\"]\n\thelper =\n\thelper = bbt\n\tuseHttpPath = true\n")
}

/// Rules for the first of `starts` and other forms of it. git takes the longest rule, so that a
/// wider one of the user's stays in force for everybody else's repositories.
fn rewrites(service: &Service, starts: &[String]) -> String {
    let mut text = format!("[url \"bbt::{}\"]\n", starts[0]);
    for base in remote_url::bases(service) {
        for start in starts {
            text += &format!("\tinsteadOf = {base}{start}\n");
        }
    }
    text
}
