//! What is set up for a workspace whose token is gone: its URLs go to us, and we cannot help.

use bbt::config::Config;

use super::file::SetupFile;
use super::include::Level;
use super::workspace::has_any_token;

/// A workspace that is set up and has no token any more.
pub struct Stale {
    pub workspace: String,
    rewrite: bool,
}

/// All such workspaces. A file that cannot be read is reported by setup itself.
pub fn stale(config: &Config) -> Vec<Stale> {
    let file = Level::User.generated_file().and_then(SetupFile::read);
    let blocks = file
        .into_iter()
        .flat_map(|file| file.workspaces.into_values());
    blocks
        .filter(|block| !block.settings.is_empty() && !block.force)
        .filter(|block| !has_any_token(config, &block.name))
        .map(|block| Stale {
            workspace: block.name,
            rewrite: block.rewrite,
        })
        .collect()
}

/// Whether URLs are rewritten to `bbt::`, for this user.
pub fn rewrites_urls() -> bool {
    let file = Level::User.generated_file().and_then(SetupFile::read);
    file.is_ok_and(|file| {
        file.workspaces
            .values()
            .any(|block| block.rewrite && !block.settings.is_empty())
    })
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
        format!(
            "run 'git bbt setup --undo {0}', or 'git bbt login {0}'",
            self.workspace
        )
    }
}
