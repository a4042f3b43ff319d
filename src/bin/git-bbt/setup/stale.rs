//! What is set up for a workspace whose token is gone: its URLs go to us, and we cannot help.

use bbt::config::Config;

use super::file::{Block, SetupFile};
use super::include::Level;
use super::workspace::has_any_token;

/// What is set up, for the user and for everybody. A file that cannot be read is reported by setup
/// itself.
pub struct SetUp(Vec<(Level, Block)>);

/// A workspace that is set up and has no token any more.
pub struct Stale {
    pub workspace: String,
    level: Level,
    rewrite: bool,
}

impl SetUp {
    /// Reads both files.
    pub fn read() -> SetUp {
        let blocks = [Level::User, Level::System].into_iter().flat_map(|level| {
            let file = level.generated_file().and_then(SetupFile::read).ok();
            let blocks = file
                .into_iter()
                .flat_map(|file| file.workspaces.into_values());
            blocks.map(move |block| (level, block))
        });
        SetUp(
            blocks
                .filter(|(_, block)| !block.settings.is_empty())
                .collect(),
        )
    }

    /// The workspaces that have no token any more.
    pub fn stale(&self, config: &Config) -> Vec<Stale> {
        let blocks = self.0.iter();
        blocks
            .filter(|(_, block)| !block.force && !has_any_token(config, &block.name))
            .map(|(level, block)| Stale {
                workspace: block.name.clone(),
                level: *level,
                rewrite: block.rewrite,
            })
            .collect()
    }

    /// Whether URLs are rewritten to `bbt::`.
    pub fn rewrites_urls(&self) -> bool {
        self.0.iter().any(|(_, block)| block.rewrite)
    }
}

impl Stale {
    /// What is wrong.
    pub fn message(&self) -> String {
        let effect = if self.rewrite {
            "rewrites its URLs to bbt::"
        } else {
            "asks only git-credential-bbt for it"
        };
        format!(
            "no token is configured for {}, and git {effect}",
            self.workspace
        )
    }

    /// What to type.
    pub fn hint(&self) -> String {
        let system = match self.level {
            Level::User => "",
            Level::System => "--system ",
        };
        format!(
            "run 'git bbt setup {system}--undo {0}', or 'git bbt login {0}'",
            self.workspace
        )
    }
}
