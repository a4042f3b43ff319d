//! Which URL is meant, and whose token serves it.

use anyhow::Result;
use bbt::address::{self, Address};
use bbt::config::Service;
use bbt::messages::Failure;
use reqwest::Url;

use crate::bitbucket::Bitbucket;
use crate::current_repository;
use crate::target::Target;

/// The URL of a path that a person typed: with or without a slash and `/2.0` before it, or whole.
pub fn url(bitbucket: &Bitbucket, service: &Service, path: &str) -> Result<Url> {
    let path = filled(service, path)?;
    if path.contains("://") {
        let url = Url::parse(&path).ok().filter(|url| bitbucket.contains(url));
        let what = || Failure::new(format!("the URL is not below {}", bitbucket.api_url()));
        return url.ok_or_else(|| what().hint("the token goes nowhere else").into());
    }
    let path = path.strip_prefix('/').unwrap_or(&path);
    bitbucket.url(path.strip_prefix("2.0/").unwrap_or(path))
}

/// `{workspace}` and `{repo}` replaced; other braces are Bitbucket's, around a UUID.
fn filled(service: &Service, path: &str) -> Result<String> {
    if !path.contains("{workspace}") && !path.contains("{repo}") {
        return Ok(path.to_owned());
    }
    let here = current_repository::find(service).ok_or_else(|| {
        Failure::new("{workspace} and {repo} stand for the repository you are in, and no remote here is on Bitbucket")
            .hint("write the names, or go to a clone with a remote such as bbt::acme/widgets")
    })?;
    Ok(path
        .replace("{workspace}", here.workspace())
        .replace("{repo}", here.repository()))
}

/// Whose token serves the URL: what the path names, else `chosen`, else the repository one is in.
pub fn target(
    bitbucket: &Bitbucket,
    service: &Service,
    url: &Url,
    chosen: Option<&Target>,
) -> Result<Target> {
    let named = named(bitbucket, url);
    match (named, chosen) {
        (Some(named), Some(chosen))
            if !named.workspace().eq_ignore_ascii_case(chosen.workspace()) =>
        {
            let what = format!(
                "the path is of workspace {}, and --workspace names {}",
                named.workspace(),
                chosen.workspace()
            );
            Err(Failure::new(what)
                .hint("leave --workspace out: the path tells")
                .into())
        }
        (_, Some(chosen)) => Ok(chosen.clone()),
        (Some(named), None) => Ok(named),
        (None, None) => current_repository::find(service).map(Target::Repository).ok_or_else(|| {
            Failure::new(format!("whose token? {} names no workspace", url.path()))
                .hint("add --workspace <workspace>, or go to a clone with a remote such as bbt::acme/widgets")
                .into()
        }),
    }
}

/// What the path of a URL names: the second part of `repositories/...` and `workspaces/...`.
fn named(bitbucket: &Bitbucket, url: &Url) -> Option<Target> {
    let inner = url.as_str().strip_prefix(bitbucket.api_url())?;
    let inner = inner.split(['?', '#']).next()?;
    let mut parts = inner.split('/').skip(1);
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
