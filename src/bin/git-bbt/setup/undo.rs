//! `git bbt setup --undo`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::Args;
use super::file::SetupFile;
use super::include::{self, Level};
use crate::config_file::LOCK;
use crate::git_settings::shown;
use crate::output::say;
use crate::write;

/// The file and the line, if they exist.
///
/// # Errors
/// If git's configuration or the file cannot be written.
pub fn all(args: &Args, file: SetupFile) -> Result<ExitCode> {
    // Reported below: the file may be what git cannot read.
    let includes = include::find(&file.path);
    let mut removed = Ok(());
    if !args.dry_run {
        removed = includes.as_ref().map_or(Ok(()), include::remove);
        if file.exists {
            write::remove(&file.path)?;
        }
        if args.system {
            remove_folder(&file.path);
        }
    }
    let includes = includes?;
    removed?;
    let verb = if args.dry_run {
        "Would remove"
    } else {
        "Removed"
    };
    if file.exists {
        say(&format!("{verb} {}.\n", shown(&file.path)))?;
    }
    let configs: BTreeSet<&String> = includes.iter().map(|(config, _)| config).collect();
    for config in &configs {
        let config = shown(Path::new(config));
        say(&format!("{verb} the include from {config}.\n"))?;
    }
    if !file.exists && configs.is_empty() {
        say("Nothing to undo.\n")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes the folder that setup has created, unless something else is in it.
fn remove_folder(file: &Path) {
    let folder = file.with_file_name("");
    let mut files = fs::read_dir(&folder).into_iter().flatten().flatten();
    if files.all(|file| file.file_name() == LOCK) {
        let _ = fs::remove_file(folder.join(LOCK));
        let _ = fs::remove_dir(folder);
    }
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
