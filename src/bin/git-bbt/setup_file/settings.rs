//! The settings for one workspace.

use std::env;

use bbt::config::{Config, Service};
use bbt::target::Target;
use bbt::{lookup, variables};

use crate::remote_url;

/// Returns what a token is configured for: the workspace, as `acme`, or else single repositories of
/// it, as `acme/widgets`. What is for any workspace counts for one that `is_named` on the
/// command line.
pub fn paths(config: &Config, name: &str, is_named: bool) -> Vec<String> {
    let sources = lookup::candidates(config, Target::Workspace(name.to_owned()));
    let mut sources = sources.iter();
    if sources.any(|source| is_named || !source.is_for_any_workspace()) {
        return vec![name.to_owned()];
    }
    let slugs = repositories(config, name).filter(|slug| !slug.contains('*'));
    slugs.map(|slug| format!("{name}/{slug}")).collect()
}

/// Returns the repositories of a workspace that config.toml has tokens for, and patterns of them.
pub fn repositories<'c>(config: &'c Config, name: &str) -> impl Iterator<Item = &'c str> {
    let workspace = config.workspace(name).into_iter();
    let repositories = workspace.flat_map(|workspace| &workspace.repositories);
    repositories.map(|repository| repository.pattern.as_str())
}

/// Returns whether a token is configured for any part of the workspace.
pub fn has_any_token(config: &Config, name: &str) -> bool {
    let of_repository = || {
        let prefix = variables::of_workspace(name)? + "__";
        let mut names = env::vars_os().map(|(name, _)| name);
        names.find(|name| name.to_str().is_some_and(|name| name.starts_with(&prefix)))
    };
    !paths(config, name, true).is_empty()
        || repositories(config, name).next().is_some()
        || of_repository().is_some()
}

/// Generates sections of git's configuration. Nothing in them needs quotes: names and the configured
/// address consist of letters, digits and `-_./:[]`.
pub fn generate(service: &Service, paths: &[String], rewrite: bool) -> String {
    let mut text = String::new();
    for path in paths {
        // git compares case, and Bitbucket's own names are in lower case.
        let mut forms = vec![path.clone(), path.to_ascii_lowercase()];
        forms.dedup();
        // Without its end, a rule would apply to all names that begin like this one.
        let (ends, end): (&[&str], _) = if path.contains('/') {
            (&["", ".git"], ".git")
        } else {
            (&[""], "/")
        };
        for form in &forms {
            let credentials = ends
                .iter()
                .map(|end| credential(service, &format!("{form}{end}")));
            text.extend(credentials);
        }
        if rewrite {
            // git takes the longest rule, so that a wider one of the user's stays in force for
            // everybody else's repositories.
            text += &format!("[url \"bbt::{path}{end}\"]\n");
            for base in remote_url::bases(service) {
                let rules = forms
                    .iter()
                    .map(|form| format!("\tinsteadOf = {base}{form}{end}\n"));
                text.extend(rules);
            }
        }
    }
    text
}

/// Generates the section that has git ask our helper. The empty value resets the list, so that no
/// other helper is asked, or given the token.
pub fn credential(service: &Service, path: &str) -> String {
    let git_url = service.git_url();
    format!("[credential \"{git_url}/{path}\"]\n\thelper =\n\thelper = bbt\n\tuseHttpPath = true\n")
}
