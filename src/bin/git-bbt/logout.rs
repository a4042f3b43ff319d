//! `git bbt logout`: removes a token that login stored, and its entry.

use std::process::ExitCode;

use anyhow::Result;
use bbt::child;
use bbt::config::Config;
use bbt::lookup;
use bbt::messages::Failure;
use bbt::target::Target;

use crate::config_file::{ConfigFile, entry_of};
use crate::git_settings::shown;
use crate::output::say;
use crate::setup_file;
use crate::store::StoreLocation;
use crate::target;
use crate::write;

const EXAMPLES: &str = "\
Examples:
  git bbt logout acme";

/// Remove a stored token (does not revoke it in Bitbucket)
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// acme, or acme/widgets, as it was given to login [default: the current clone's]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if let Some(path) = Config::location()?.filter(|path| !path.exists()) {
        // Opening it would create its folder.
        write::clean(&path);
        let config = Config::read_if_exists()?;
        return Err(not_signed_in(&config, &named_or_stored(args, &config)?).into());
    }
    let mut file = ConfigFile::open()?;
    let target = &named_or_stored(args, file.config())?;
    let entry =
        entry_of(file.config(), target).ok_or_else(|| not_signed_in(file.config(), target))?;
    let location =
        StoreLocation::of_login(target, &entry.source, file.folder()).ok_or_else(|| {
            Failure::new(format!(
                "login did not store the token for {target} that [{}] in {} names",
                entry.table,
                shown(file.path())
            ))
            .hint("remove the entry by hand, and the token from its source")
        })?;

    // The secret first: an entry without its secret is reported, a secret without an entry is not.
    file.remove_token(target);
    let existed = child::with_signals_deferred(|| {
        let existed = location.remove()?;
        file.save().map(|_| existed)
    })?;

    let removed = if existed {
        format!(
            "Removed the token for {target} from {} and",
            location.describe()
        )
    } else {
        let location = location.describe();
        format!("The token for {target} was missing from {location}. Removed")
    };
    say(&format!(
        "{removed} its entry from {}.\nIt is still valid in Bitbucket. To revoke it, go to\n  {}\n",
        shown(file.path()),
        target.tokens_page()
    ))?;
    drop(file);
    setup_file::refresh(target.workspace());
    Ok(ExitCode::SUCCESS)
}

/// Returns what the argument names, or else the repository of the current clone if it has a token of
/// its own, or else its workspace.
fn named_or_stored(args: &Args, config: &Config) -> Result<Target, Failure> {
    if let Some(target) = &args.target {
        return Ok(target.clone());
    }
    let repository = target::or_current(None, config)?;
    if entry_of(config, &repository).is_some() {
        return Ok(repository);
    }
    Ok(Target::Workspace(repository.workspace().to_owned()))
}

fn not_signed_in(config: &Config, target: &Target) -> Failure {
    let failure = Failure::new(format!("no stored token for {target}"));
    match lookup::candidates(config, target).into_iter().next() {
        Some(other) => failure.hint(format!("its token comes from {}", other.describe())),
        None => failure.hint("git bbt status lists what is configured"),
    }
}
