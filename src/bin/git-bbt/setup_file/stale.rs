//! Workspaces that are set up and have no token any more: their URLs go to `bbt::`, which fails.

use bbt::config::Config;

use super::settings::has_any_token;
use super::{Block, Level, SetupFile};

/// A workspace that is set up and has no token any more.
pub struct Stale {
    pub workspace: String,
    /// What is wrong.
    pub message: String,
    /// What to type.
    pub hint: String,
}

/// Returns what is set up, for the user and for everybody. What is wrong with one of the files is
/// reported by setup itself.
pub fn set_up() -> Vec<(Level, Block)> {
    let mut all = Vec::new();
    for level in [Level::User, Level::System] {
        if let Ok(file) = SetupFile::read(level) {
            all.extend(file.blocks().map(|block| (level, block.clone())));
        }
    }
    all
}

/// Returns the workspaces of [`set_up`] that have no token any more.
pub fn stale(set_up: &[(Level, Block)], config: &Config) -> Vec<Stale> {
    let blocks = set_up.iter();
    let stale = blocks.filter(|(_, block)| !block.force && !has_any_token(config, &block.name));
    stale
        .map(|(level, Block { name, rewrite, .. })| {
            let effect = if *rewrite {
                "rewrites its URLs to bbt::"
            } else {
                "asks only git-credential-bbt for it"
            };
            let option = match level {
                Level::User => "--undo",
                Level::System => "--system --undo",
            };
            Stale {
                workspace: name.clone(),
                message: format!("no token is configured for {name}, and git {effect}"),
                hint: format!("run 'git bbt setup {option} {name}', or 'git bbt login {name}'"),
            }
        })
        .collect()
}
