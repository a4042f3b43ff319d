//! TOML -> [`Config`].
//!
//! Read by hand, key by key, and not with serde: a derived reader quotes a value that it did not
//! expect, and `token = "ATCT..."` is the most frequent mistake.

mod field;
mod token;

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::field::{Field, Reader};
use super::service::base_url;
use super::{Config, Repository, TokenEntry, Workspace, is_email};
use crate::messages::Failure;
use crate::source::{Source, keyring};
use crate::{address, variables};

const KEYS: &[&str] = &["workspace", "bitbucket", "lfs"];
const BITBUCKET_KEYS: &[&str] = &["git_url", "api_url"];
const WORKSPACE_KEYS: &[&str] = &["token", "kind", "account", "expires", "email", "repository"];
const REPOSITORY_KEYS: &[&str] = &["token", "kind", "account", "expires"];

/// See [`Config::parse`].
pub(super) fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
    let reader = Reader { path, text };
    let root = DeTable::parse(text).map_err(|error| {
        // The message names what the grammar expects; the error's Display would quote the line.
        reader.not_toml(error.span().unwrap_or_default().start, error.message())
    })?;
    let root = Field {
        file: &reader,
        key: &Spanned::new(0..0, "the file".into()),
        value: &DeValue::Table(root.into_inner()),
    };
    let root = root.table("the file", KEYS)?;
    let mut config = Config {
        path: Some(path.to_owned()),
        without_lfs: root.get("lfs", Field::boolean)? == Some(false),
        ..Config::default()
    };
    if let Some(table) = root.get("bitbucket", |it| it.table("[bitbucket]", BITBUCKET_KEYS))? {
        config.service.git = table.get("git_url", base)?.unwrap_or(config.service.git);
        config.service.api = table.get("api_url", base)?;
    }
    for field in root.get("workspace", Field::fields)?.unwrap_or_default() {
        if field.name() == "*" {
            config.any_workspace = Some(any_workspace(field)?);
        } else {
            add(&mut config, workspace(field)?, field)?;
        }
    }
    Ok(config)
}

/// Adds a workspace. Two names can be the same but for case, or share a variable.
fn add(config: &mut Config, new: Workspace, field: Field) -> Result<(), Failure> {
    let at = config.workspaces.len();
    if let Some(old) = config.index.insert(new.name.to_ascii_lowercase(), at) {
        let old = &config.workspaces[old].name;
        let what = format!("workspace \"{}\" already exists, as \"{old}\"", new.name);
        return Err(field.error(what).hint("make one table of the two"));
    }
    // Names with "__" have no variable, so they cannot clash.
    if let Some(variable) = variables::of_workspace(&new.name)
        && let Some(old) = config.index.insert(variable.clone(), at)
    {
        let what = format!(
            "workspaces \"{}\" and \"{}\" share the environment variable {variable}",
            config.workspaces[old].name, new.name
        );
        return Err(field.error(what).hint(
            "keep one of them here, and the other in a file of its own that BBT_CONFIG names",
        ));
    }
    config.workspaces.push(new);
    Ok(())
}

fn workspace(field: Field) -> Result<Workspace, Failure> {
    let name = field.name();
    if !address::is_workspace(name) {
        return Err(field.error("this is not a workspace ID").hint(
            "it is the first part of the repository's address: [workspace.acme] for acme/widgets",
        ));
    }
    let shown = format!("workspace.{name}");
    let table = field.table(format_args!("[{shown}]"), WORKSPACE_KEYS)?;
    let mut workspace = Workspace {
        name: name.to_owned(),
        email: table.get("email", email)?,
        token: token::entry(field, &table, &shown, keyring::Item::new(name, None))?,
        repositories: Vec::new(),
    };
    let mut patterns = HashMap::new();
    for field in table.get("repository", Field::fields)?.unwrap_or_default() {
        let new = field.name();
        workspace.repositories.push(repository(field, name)?);
        if let Some(old) = patterns.insert(new.to_ascii_lowercase(), new) {
            let what = format!("repository \"{new}\" already exists, as \"{old}\"");
            return Err(field.error(what).hint("make one table of the two"));
        }
    }
    Ok(workspace)
}

fn repository(field: Field, workspace: &str) -> Result<Repository, Failure> {
    let pattern = field.name();
    // A pattern is valid if it can match a slug.
    if !address::is_slug(&pattern.replace('*', "x")) {
        return Err(field
            .error("this is neither a repository slug nor a pattern")
            .hint("it is the last part of the repository's address, without .git; \"*\" stands for any characters"));
    }
    let quote = if address::is_slug(pattern) { "" } else { "\"" };
    let shown = format!("workspace.{workspace}.repository.{quote}{pattern}{quote}");
    let table = field.table(format_args!("[{shown}]"), REPOSITORY_KEYS)?;
    let item = keyring::Item::new(workspace, Some(pattern));
    let token = token::entry(field, &table, &shown, item)?.ok_or_else(|| {
        field
            .error(format!("[{shown}] has no token"))
            .hint(token::ADD)
    })?;
    Ok(Repository {
        pattern: pattern.to_owned(),
        token,
    })
}

/// Reads `[workspace."*"]`. One token for all would be sent for any repository that a stranger's
/// submodule names; `BBT_TOKEN` is there for that.
fn any_workspace(field: Field) -> Result<TokenEntry, Failure> {
    let shown = "workspace.\"*\"";
    let table = field.table(format_args!("[{shown}]"), REPOSITORY_KEYS)?;
    let entry = token::entry(field, &table, shown, keyring::Item::new("*", None))?;
    let is_rule = |entry: &TokenEntry| matches!(entry.source, Source::Command(_) | Source::File(_));
    entry.filter(is_rule).ok_or_else(|| {
        field.error(format!("the token of [{shown}] has to be a command or a file"))
            .hint("it is used for every workspace that has no other: token = { file = \"/run/tokens/{workspace}\" }")
    })
}

fn email(field: Field) -> Result<String, Failure> {
    let text = field.string()?;
    if is_email(text) {
        return Ok(text.to_owned());
    }
    Err(field.wrong("is not an address that git can record in commits").hint(
        "write it as Bitbucket shows it with the token: email = \"<id>@bots.bitbucket.org\"; or remove the line",
    ))
}

fn base(field: Field) -> Result<String, Failure> {
    base_url(field.string()?).map_err(|why| field.wrong(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// bbt-config(5) documents every key, in bold.
    #[test]
    fn every_key_is_in_the_manual() {
        let page = include_str!("../../bin/git-bbt/manual/bbt-config.5");
        let bold = page.lines().filter(|line| line.starts_with(".B"));
        let words: Vec<&str> = bold
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .collect();
        let keys = [
            KEYS,
            BITBUCKET_KEYS,
            WORKSPACE_KEYS,
            REPOSITORY_KEYS,
            token::KEYS,
        ];
        for key in keys.into_iter().flatten() {
            assert!(words.contains(key), "{key}");
        }
    }
}
