//! TOML -> [`Config`].
//!
//! Read by hand, key by key, and not with serde: a derived reader quotes a value that it did not
//! expect, and `token = "ATCT..."` is the most frequent mistake.

mod token;
mod values;

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use toml::de::DeTable;

use self::values::{Key, Reader, Value, in_order};
use super::service::Base;
use super::{ANY_WORKSPACE, Config, Repository, TokenEntry, Workspace, is_email};
use crate::source::{Source, keyring};
use crate::{address, variables};

const KEYS: &[&str] = &["workspace", "bitbucket", "lfs"];
const BITBUCKET_KEYS: &[&str] = &["git_url", "api_url"];
const WORKSPACE_KEYS: &[&str] = &["token", "kind", "account", "expires", "email", "repository"];
const REPOSITORY_KEYS: &[&str] = &["token", "kind", "account", "expires"];

/// See [`Config::parse`].
pub(super) fn parse(path: &Path, text: &str) -> Result<Config> {
    let reader = Reader { path, text };
    let root = DeTable::parse(text).map_err(|error| {
        // The message names what the grammar expects; the error's Display would quote the line.
        reader.not_toml(error.span().unwrap_or_default(), error.message())
    })?;
    reader.config(root.get_ref())
}

impl Reader<'_> {
    fn config(&self, root: &DeTable) -> Result<Config> {
        let mut config = Config {
            path: Some(self.path.to_owned()),
            ..Config::default()
        };
        for (key, value) in in_order(root) {
            match key.get_ref().as_ref() {
                "workspace" => {
                    for (name, table) in in_order(self.table(key, value)?) {
                        if name.get_ref() == "*" {
                            config.any_workspace = Some(self.any_workspace(name, table)?);
                            continue;
                        }
                        let workspace = self.workspace(name, table)?;
                        self.add_to_index(&mut config, &workspace, name)?;
                        config.workspaces.push(workspace);
                    }
                }
                "bitbucket" => {
                    for (key, value) in in_order(self.table(key, value)?) {
                        match key.get_ref().as_ref() {
                            "git_url" => config.service.git = self.base(key, value)?,
                            "api_url" => config.service.api = Some(self.base(key, value)?),
                            _ => {
                                return Err(self
                                    .unknown(key, "[bitbucket]", BITBUCKET_KEYS)
                                    .into());
                            }
                        }
                    }
                }
                "lfs" => config.without_lfs = !self.boolean(key, value)?,
                _ => return Err(self.unknown(key, "the file", KEYS).into()),
            }
        }
        Ok(config)
    }

    /// Adds a workspace to the index. Two names can be the same but for case, or share a variable.
    fn add_to_index(&self, config: &mut Config, new: &Workspace, key: &Key) -> Result<()> {
        let at = config.workspaces.len();
        if let Some(old) = config.index.insert(new.name.to_ascii_lowercase(), at) {
            let old = &config.workspaces[old].name;
            let what = format!("workspace \"{}\" already exists, as \"{old}\"", new.name);
            return Err(self
                .wrong(key.span(), &what)
                .hint("make one table of the two")
                .into());
        }
        // Names with "__" have no variable, so they cannot clash.
        let Some(variable) = variables::of_workspace(&new.name) else {
            return Ok(());
        };
        if let Some(old) = config.index.insert(variable.clone(), at) {
            let what = format!(
                "workspaces \"{}\" and \"{}\" share the environment variable {variable}",
                config.workspaces[old].name, new.name
            );
            return Err(self
                .wrong(key.span(), &what)
                .hint("keep one of them here, and the other in a file of its own that BBT_CONFIG names")
                .into());
        }
        Ok(())
    }

    fn workspace(&self, name: &Key, value: &Value) -> Result<Workspace> {
        let id = name.get_ref().to_string();
        if !address::is_workspace(&id) {
            return Err(self
                .wrong(name.span(), "this is not a workspace ID")
                .hint("it is the first part of the repository's address: [workspace.acme] for acme/widgets")
                .into());
        }
        let table_name = format!("workspace.{id}");
        let table = self.table(name, value)?;
        let item = keyring::Item::new(&id, None);
        let mut workspace = Workspace {
            token: self.token_entry(name, table, &table_name, WORKSPACE_KEYS, item)?,
            name: id,
            email: None,
            repositories: Vec::new(),
        };
        let mut patterns = HashMap::new();
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "email" => workspace.email = Some(self.email(key, value)?),
                "repository" => {
                    for (pattern, table) in in_order(self.table(key, value)?) {
                        let repository = self.repository(pattern, table, &workspace.name)?;
                        let new = &repository.pattern;
                        if let Some(old) = patterns.insert(new.to_ascii_lowercase(), new.clone()) {
                            let what = format!("repository \"{new}\" already exists, as \"{old}\"");
                            let failure = self.wrong(pattern.span(), &what);
                            return Err(failure.hint("make one table of the two").into());
                        }
                        workspace.repositories.push(repository);
                    }
                }
                _ => {}
            }
        }
        Ok(workspace)
    }

    fn repository(&self, name: &Key, value: &Value, workspace: &str) -> Result<Repository> {
        let pattern = name.get_ref().to_string();
        // A pattern is valid if it can match a slug.
        if !address::is_slug(&pattern.replace('*', "x")) {
            return Err(self
                .wrong(name.span(), "this is neither a repository slug nor a pattern")
                .hint("it is the last part of the repository's address, without .git; \"*\" stands for any characters")
                .into());
        }
        let quote = if address::is_slug(&pattern) { "" } else { "\"" };
        let table_name = format!("workspace.{workspace}.repository.{quote}{pattern}{quote}");
        let item = keyring::Item::new(workspace, Some(&pattern));
        let table = self.table(name, value)?;
        let entry = self.token_entry(name, table, &table_name, REPOSITORY_KEYS, item)?;
        let token = entry.ok_or_else(|| {
            self.wrong(name.span(), &format!("[{table_name}] has no token"))
                .hint("add token = { env = \"NAME\" }, or another source")
        })?;
        Ok(Repository { pattern, token })
    }

    /// Reads `[workspace."*"]`. One token for all would be sent for any repository that a stranger's
    /// submodule names; `BBT_TOKEN` is there for that.
    fn any_workspace(&self, name: &Key, value: &Value) -> Result<TokenEntry> {
        let (table, item) = (self.table(name, value)?, keyring::Item::new("*", None));
        let entry = self.token_entry(name, table, ANY_WORKSPACE, REPOSITORY_KEYS, item)?;
        let is_rule =
            |entry: &TokenEntry| matches!(entry.source, Source::Command(_) | Source::File(_));
        Ok(entry.filter(is_rule).ok_or_else(|| {
            self.wrong(name.span(), &format!("the token of [{ANY_WORKSPACE}] has to be a command or a file"))
                .hint("it is used for every workspace that has no other: token = { file = \"/run/tokens/{workspace}\" }")
        })?)
    }

    fn email(&self, key: &Key, value: &Value) -> Result<String> {
        let text = self.string(key, value)?;
        if is_email(text) {
            return Ok(text.to_owned());
        }
        let what = "email is not an address that git can record in commits";
        Err(self
            .wrong(value.span(), what)
            .hint("write it as Bitbucket shows it with the token: email = \"<id>@bots.bitbucket.org\"; or remove the line")
            .into())
    }

    fn base(&self, key: &Key, value: &Value) -> Result<Base> {
        Base::parse(self.string(key, value)?).map_err(|why| {
            self.wrong(value.span(), &format!("{} {why}", key.get_ref()))
                .into()
        })
    }
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
