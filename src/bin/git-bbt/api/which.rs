//! The URL of a request, and the target whose token is used for it.

use anyhow::Result;
use bbt::address::{self, Address};
use bbt::config::Service;
use bbt::messages::Failure;
use reqwest::Url;

use crate::bitbucket::Bitbucket;
use crate::current_repository;
use crate::target::Target;

/// Returns the URL of a path, with or without a slash and `/2.0` before it. A whole URL is accepted, too.
pub fn url(bitbucket: &Bitbucket, service: &Service, path: &str) -> Result<Url> {
    let path = fill_placeholders(service, path)?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    bitbucket.url(path.strip_prefix("2.0/").unwrap_or(path))
}

/// Replaces `{workspace}` and `{repo}`; other braces are Bitbucket's, around a UUID.
fn fill_placeholders(service: &Service, path: &str) -> Result<String> {
    if !path.contains("{workspace}") && !path.contains("{repo}") {
        return Ok(path.to_owned());
    }
    let current = current_repository::find(service).ok_or_else(|| {
        Failure::new("{workspace} and {repo} stand for the current repository, and no remote here is on Bitbucket")
            .hint("write the names, or go to a clone with a remote such as bbt::acme/widgets")
    })?;
    Ok(path
        .replace("{workspace}", current.workspace())
        .replace("{repo}", current.repository()))
}

/// Returns the target of a URL: the one that the path names, else `chosen`, else the current repository.
pub fn target(
    bitbucket: &Bitbucket,
    service: &Service,
    url: &Url,
    chosen: Option<&Target>,
) -> Result<Target> {
    let named = target_in_path(bitbucket, url);
    if let (Some(named), Some(chosen)) = (&named, chosen) {
        let (named, chosen) = (named.workspace(), chosen.workspace());
        if !named.eq_ignore_ascii_case(chosen) {
            let what = format!("the path names workspace {named}, and --workspace names {chosen}");
            return Err(Failure::new(what).hint("omit --workspace").into());
        }
    }
    let current = || current_repository::find(service).map(Target::Repository);
    let target = chosen.cloned().or(named).or_else(current);
    target.ok_or_else(|| {
        Failure::new(format!("{} names no workspace", url.path()))
            .hint("add --workspace <workspace>, or go to a clone with a remote such as bbt::acme/widgets")
            .into()
    })
}

/// Returns the target that a URL's path names, in `repositories/...` and `workspaces/...`.
fn target_in_path(bitbucket: &Bitbucket, url: &Url) -> Option<Target> {
    let inner = bitbucket.path_of(url)?.split(['?', '#']).next()?;
    let mut parts = inner.split('/');
    let kind = parts.next()?;
    let workspace = parts.next().filter(|name| address::is_workspace(name))?;
    let repository = parts.next().filter(|name| address::is_slug(name));
    match (kind, repository) {
        ("repositories", Some(repository)) => {
            let address = Address::from_names(workspace, repository)?;
            Some(Target::Repository(address))
        }
        ("repositories" | "workspaces" | "snippets", _) => {
            Some(Target::Workspace(workspace.to_owned()))
        }
        _ => None,
    }
}
