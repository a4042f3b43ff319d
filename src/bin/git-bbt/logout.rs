//! `git bbt logout`: takes back what login stored.

use std::process::ExitCode;

use anyhow::Result;
use bbt::child;
use bbt::config::Config;
use bbt::lookup;
use bbt::messages::Failure;

use crate::config_file::{ConfigFile, entry_of, read_config};
use crate::git_settings::shown;
use crate::output::say;
use crate::setup;
use crate::store::StoreLocation;
use crate::target::{self, Target};
use crate::write;

const EXAMPLES: &str = "\
Examples:
  git bbt logout acme";

/// Remove a token that login stored, here and not at Bitbucket
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// As it was given to login: acme, or acme/widgets [default: what login stored for the current
    /// clone]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    // Nothing is made where there is nothing to take back, and what a login that was killed has left
    // goes, though it has no entry.
    let config = read_config()?;
    let target = &match &args.target {
        Some(target) => target.clone(),
        None => stored_here(&config)?,
    };
    if let Some(path) = Config::location()? {
        write::clean(&path);
    }
    entry_of(&config, target).ok_or_else(|| not_signed_in(&config, target))?;
    let mut file = ConfigFile::open()?;
    let entry = file
        .entry_of(target)
        .ok_or_else(|| not_signed_in(file.config(), target))?;
    let place = StoreLocation::of_login(target, &entry.source, file.folder()).ok_or_else(|| {
        Failure::new(format!(
            "the token for {target} is in a place that login did not make, [{}] in {}",
            entry.table,
            shown(file.path())
        ))
        .hint("take it out there by hand, and the entry out of config.toml")
    })?;

    // First the secret: an entry without one says what to do, a secret without an entry is
    // forgotten.
    file.remove_token(target);
    let was_there = child::with_signals_deferred(|| {
        let was_there = place.remove()?;
        file.save().map(|()| was_there)
    })?;

    let removed = if was_there {
        format!("The token for {target} is gone from {}", place.describe())
    } else {
        format!(
            "There was no token for {target} in {} any more",
            place.describe()
        )
    };
    say(&format!(
        "{removed}, and its entry from {}.\nIt still exists at Bitbucket. Revoke it at\n  {}\n",
        shown(file.path()),
        target.tokens_page()
    ))?;
    drop(file);
    setup::refresh(target.workspace());
    Ok(ExitCode::SUCCESS)
}

/// The repository of the current clone if it has a token of its own, else its workspace.
fn stored_here(config: &Config) -> Result<Target, Failure> {
    let repository = target::or_current(None, config)?;
    if entry_of(config, &repository).is_some() {
        return Ok(repository);
    }
    Ok(Target::Workspace(repository.workspace().to_owned()))
}

fn not_signed_in(config: &Config, target: &Target) -> Failure {
    let failure = Failure::new(format!("login stored no token for {target}"));
    match lookup::candidates(config, target).into_iter().next() {
        Some(other) => failure.hint(format!("its token comes from {}", other.describe())),
        None => failure.hint("git bbt status lists what is configured"),
    }
}
