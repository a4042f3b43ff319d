//! What setup has written, and config.toml and the environment have no use for any more: with no
//! token, what leads to us leads nowhere.

use std::collections::BTreeMap;
use std::env;

use bbt::config::{Config, Workspace};
use bbt::source::variable;

use super::global;
use super::record::{self, Recorded};
use super::wanted::{Asked, Wanted, has_token_for_all};
use crate::git_config::ConfigText;
use crate::git_config::replace::ConfigPath;

/// For one workspace.
pub struct LeftOver {
    /// In lower case.
    pub workspace: String,
    settings: usize,
    why: Why,
    cure: String,
}

enum Why {
    /// What leads to us leads nowhere.
    NoToken {
        is_rewritten: bool,
    },
    NoEmail,
    /// Another address of the service, as a rule, or a token for less than it was.
    Changed,
}

/// Of all workspaces. What cannot be read is setup's to tell.
pub fn all(config: &Config) -> Vec<LeftOver> {
    let texts: Vec<ConfigText> = global::files()
        .unwrap_or_default()
        .iter()
        .filter_map(|file| ConfigPath::of(file).ok()?.text().ok())
        .collect();
    let mut workspaces: BTreeMap<&str, (Vec<Recorded>, bool)> = BTreeMap::new();
    for text in &texts {
        for recorded in record::all(text) {
            if let Some(workspace) = recorded.workspace {
                let (all, is_forced) = workspaces.entry(workspace).or_default();
                *is_forced |= record::is_forced(text, workspace);
                all.push(recorded);
            }
        }
    }
    let left = workspaces
        .into_iter()
        .filter_map(|(workspace, (recorded, is_forced))| {
            LeftOver::of(config, workspace, &recorded, is_forced)
        });
    left.collect()
}

impl LeftOver {
    fn of(
        config: &Config,
        workspace: &str,
        recorded: &[Recorded],
        is_forced: bool,
    ) -> Option<LeftOver> {
        let has_token = has_token(config, workspace);
        let named = [workspace.to_owned()];
        // Whether it was named is not known, and both are right.
        let wanted = [&[], &named[..]].map(|workspaces| {
            let asked = Asked {
                workspaces,
                rewrite: true,
                force: is_forced && has_token,
            };
            Wanted::of(config, &asked)
        });
        let is_wanted = |recorded: &Recorded| {
            let mut wanted = wanted.iter().flatten();
            wanted.any(|wanted| wanted.has(recorded))
        };
        let left: Vec<&Recorded> = recorded.iter().filter(|is| !is_wanted(is)).collect();
        if left.is_empty() {
            return None;
        }
        let is_rule = |recorded: &Recorded| recorded.name.starts_with("url.");
        let why = match () {
            () if left.iter().all(|left| left.is_identity()) => Why::NoEmail,
            () if has_token => Why::Changed,
            () => Why::NoToken {
                is_rewritten: left.iter().any(|left| is_rule(left)),
            },
        };
        let undo = format!("git bbt setup --undo {workspace}");
        let cure = match why {
            Why::NoToken { .. } => format!("{undo}, or git bbt login {workspace}"),
            // Else nothing of it is to come back.
            Why::NoEmail if left.len() == recorded.len() => undo,
            _ => {
                let mut again = format!("{undo} && git bbt setup");
                if is_forced || !is_configured(config, workspace) {
                    again = format!("{again} {workspace}");
                }
                for (flag, is_due) in [
                    ("--rewrite", recorded.iter().any(is_rule)),
                    ("--force", is_forced),
                ] {
                    if is_due {
                        again = format!("{again} {flag}");
                    }
                }
                again
            }
        };
        Some(LeftOver {
            workspace: workspace.to_owned(),
            settings: left.len(),
            why,
            cure,
        })
    }

    /// For people.
    pub fn says(&self) -> String {
        let workspace = &self.workspace;
        let settings = match self.settings {
            1 => "1 setting of git bbt setup".to_owned(),
            number => format!("{number} settings of git bbt setup"),
        };
        match self.why {
            Why::NoToken { is_rewritten: true } => format!(
                "no token is configured for {workspace}, and git takes its URLs for bbt:: ones ({settings})"
            ),
            Why::NoToken { .. } => format!(
                "no token is configured for {workspace}, and git asks nobody but us ({settings})"
            ),
            Why::NoEmail => format!("config.toml has no email for {workspace} ({settings})"),
            Why::Changed => {
                format!("{settings} for {workspace} do not fit config.toml any more")
            }
        }
    }

    /// Both, on a line.
    pub fn line(&self) -> String {
        format!("{}; {}", self.says(), self.cure)
    }

    /// What to type.
    pub fn cure(&self) -> &str {
        &self.cure
    }
}

/// Whether config.toml has a token for any of it.
fn is_configured(config: &Config, workspace: &str) -> bool {
    let has_one = |of: &Workspace| of.token.is_some() || !of.repositories.is_empty();
    config.workspace(workspace).is_some_and(has_one)
}

/// Whether there is one for any of it, wherever.
fn has_token(config: &Config, workspace: &str) -> bool {
    let variables = || {
        let prefix = variable::of_workspace(workspace)? + "__";
        let mut names = env::vars_os().map(|(name, _)| name);
        names.find(|name| name.to_str().is_some_and(|name| name.starts_with(&prefix)))
    };
    is_configured(config, workspace)
        || has_token_for_all(config, workspace)
        || variables().is_some()
}
