//! `git bbt setup --undo`.

use std::process::ExitCode;

use anyhow::Result;

use super::Args;
use super::file::SetupFile;
use super::include::{self, Level};
use crate::git_settings::shown;
use crate::output::say;
use crate::write;

/// The file and the line, if they exist.
///
/// # Errors
/// If git's configuration or the file cannot be written.
pub fn all(args: &Args, file: SetupFile) -> Result<ExitCode> {
    let path = shown(&file.path);
    if args.dry_run {
        if file.exists {
            say(&format!(
                "Would remove {path}, and the line that includes it.\n"
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let changed = include::remove(&file.path);
    let is_removed = file.exists && write::remove(&file.path)?;
    let changed = changed?;
    if is_removed {
        say(&format!("Removed {path}.\n"))?;
    }
    for config in &changed {
        say(&format!("Removed the include from {config}.\n"))?;
    }
    if !is_removed && changed.is_empty() {
        say("Nothing to undo.\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings of the workspaces that are named.
///
/// # Errors
/// If the file cannot be written.
pub fn some(args: &Args, level: Level, mut file: SetupFile) -> Result<ExitCode> {
    for name in &args.workspaces {
        let removed = file.workspaces.remove(&name.to_ascii_lowercase());
        let text = match (removed, args.dry_run) {
            (None, _) => format!("Nothing to undo for {name}.\n"),
            (Some(block), true) => format!("Would remove:\n{}", block.settings),
            (Some(block), false) => format!("Removed the settings for {}.\n", block.name),
        };
        say(&text)?;
    }
    if !args.dry_run && file.exists {
        file.write(level == Level::System)?;
    }
    Ok(ExitCode::SUCCESS)
}
