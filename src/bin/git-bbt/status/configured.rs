//! Everything that config.toml or the environment has a token or an e-mail for.

use std::collections::HashSet;

use bbt::address::Address;
use bbt::config::{Config, TokenEntry};
use bbt::variables;

use crate::target::{self, Target};

/// A workspace, a repository, or what may be for several of them.
pub enum Configured<'c> {
    Target(Target),
    /// A pattern of repositories, `acme/infra-*`, or of all workspaces, `*`, and its entry.
    Pattern(String, &'c TokenEntry),
    /// A variable alone: `BBT_TOKEN`, for whatever workspace is asked for, or one whose name may be
    /// that of several, as `ACME_INC` is of `acme-inc` and `acme_inc`.
    Variable(String),
}

/// Returns what config.toml has, in its order, then what only a variable has, then the rule for every
/// workspace.
pub fn all(config: &Config) -> Vec<Configured<'_>> {
    let mut all = Vec::new();
    for workspace in config.workspaces() {
        let name = &workspace.name;
        all.push(Configured::Target(Target::Workspace(name.clone())));
        for repository in &workspace.repositories {
            let pattern = &repository.pattern;
            all.push(match Address::from_names(name, pattern) {
                Some(address) => Configured::Target(Target::Repository(address)),
                None => Configured::Pattern(format!("{name}/{pattern}"), &repository.token),
            });
        }
    }
    let known: HashSet<String> = all.iter().flat_map(variables_of).collect();
    let is_of_ours = |name: &String| {
        let rest = name.strip_prefix(variables::TOKEN);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| is_of_ours(name) && !known.contains(name))
        .collect();
    names.sort();
    all.extend(names.into_iter().map(from_variable));
    let rule = config.any_workspace().into_iter();
    all.extend(rule.map(|entry| Configured::Pattern("*".to_owned(), entry)));
    all
}

/// Returns `target`, and below a workspace what is configured for its repositories.
pub fn below<'c>(target: &Target, config: &'c Config) -> Vec<Configured<'c>> {
    let is_in = |workspace: &str| workspace.eq_ignore_ascii_case(target.workspace());
    let is_below = |configured: &Configured| match configured {
        Configured::Target(other) => other.repository().is_some() && is_in(other.workspace()),
        Configured::Pattern(name, _) => name.split('/').next().is_some_and(is_in),
        Configured::Variable(_) => false,
    };
    let mut found = vec![Configured::Target(target.clone())];
    if target.repository().is_none() {
        found.extend(all(config).into_iter().filter(is_below));
    }
    found
}

fn variables_of(configured: &Configured) -> Vec<String> {
    let Configured::Target(target) = configured else {
        return Vec::new();
    };
    let of_repository = target
        .repository()
        .and_then(|address| variables::of_repository(address.workspace(), address.repository()));
    let of_workspace = variables::of_workspace(target.workspace());
    of_repository.into_iter().chain(of_workspace).collect()
}

/// Returns what a variable is for, if that can be told from its name.
fn from_variable<'c>(name: String) -> Configured<'c> {
    let rest = name.strip_prefix(variables::TOKEN);
    let rest = rest.and_then(|rest| rest.strip_prefix('_'));
    let target = rest.map(|rest| rest.replacen("__", "/", 1).to_ascii_lowercase());
    let target = target.filter(|target| !target.contains('_'));
    match target.map(|target| target::parse(&target)) {
        Some(Ok(target)) => Configured::Target(target),
        _ => Configured::Variable(name),
    }
}
