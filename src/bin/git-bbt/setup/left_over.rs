//! What setup has written for workspaces that config.toml and the environment have no use for any
//! more: with no token, what leads to us leads nowhere.

use std::collections::BTreeMap;

use bbt::config::{Config, Workspace};
use bbt::source::{self, Scope};

use super::global;
use super::record;
use super::wanted::{Asked, Wanted};
use crate::git_config::replace::ConfigPath;

/// For one workspace.
pub struct LeftOver {
    pub workspace: String,
    settings: usize,
    is_rewritten: bool,
    has_token: bool,
}

/// Of all workspaces. What cannot be read is setup's to tell.
pub fn all(config: &Config) -> Vec<LeftOver> {
    let mut files = global::files().map_or_else(|_| Vec::new(), Vec::from);
    files.dedup();
    let texts = files
        .iter()
        .filter_map(|file| ConfigPath::of(file).ok()?.text().ok());
    let mut found: BTreeMap<String, LeftOver> = BTreeMap::new();
    for text in texts {
        for recorded in record::all(&text) {
            let Some(workspace) = recorded.workspace else {
                continue;
            };
            let asked = Asked {
                workspaces: &[workspace.to_owned()],
                rewrite: true,
                force: false,
            };
            if Wanted::of(config, &asked).is_ok_and(|wanted| wanted.has(&recorded)) {
                continue;
            }
            let left = found.entry(workspace.to_owned()).or_insert(LeftOver {
                workspace: workspace.to_owned(),
                settings: 0,
                is_rewritten: false,
                has_token: has_token(config, workspace),
            });
            left.settings += 1;
            left.is_rewritten |= recorded.name.starts_with("url.");
        }
    }
    found.into_values().collect()
}

/// Whether there is one for any of it.
fn has_token(config: &Config, workspace: &str) -> bool {
    let of_repository = |workspace: &Workspace| !workspace.repositories.is_empty();
    config.workspace(workspace).is_some_and(of_repository)
        || !source::candidates(config, Scope::Workspace(workspace)).is_empty()
}

impl LeftOver {
    /// For people.
    pub fn says(&self) -> String {
        let (workspace, number) = (&self.workspace, self.settings);
        let settings = if number == 1 { "setting" } else { "settings" };
        match (self.has_token, self.is_rewritten) {
            (true, _) => format!(
                "{number} {settings} of git bbt setup for {workspace} are not what config.toml asks for"
            ),
            (false, true) => format!(
                "no token is configured for {workspace}, and git takes its URLs for bbt:: ones ({number} {settings} of git bbt setup)"
            ),
            (false, false) => format!(
                "no token is configured for {workspace}, and git asks nobody else ({number} {settings} of git bbt setup)"
            ),
        }
    }

    /// What to type.
    pub fn cure(&self) -> String {
        let workspace = &self.workspace;
        let undo = format!("git bbt setup --undo {workspace}");
        match (self.has_token, self.is_rewritten) {
            (true, true) => format!("{undo} && git bbt setup --rewrite"),
            (true, false) => format!("{undo} && git bbt setup"),
            (false, _) => format!("{undo}, or git bbt login {workspace}"),
        }
    }
}
