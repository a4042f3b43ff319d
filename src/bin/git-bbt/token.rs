//! `git bbt token`: prints a token, for scripts.

use std::process::ExitCode;

use anyhow::Result;
use bbt::config::Config;
use bbt::{credential, lookup};

use crate::output::token_line;
use crate::target::{self, Target};

const EXAMPLES: &str = "\
Examples:
  git bbt token acme | sed 's/^/Authorization: Bearer /' |
    curl -H @- https://api.bitbucket.org/2.0/repositories/acme";

/// Print a token, for scripts
///
/// Do not pass it as an argument, which every user of the machine can see: pass it on stdin. For
/// Bitbucket's REST API, use git bbt api instead.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// acme, or acme/widgets [default: the repository of the current clone]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read()?;
    let target = target::or_current(args.target.as_ref(), &config)?;
    let token = lookup::choose(&config, &target)?.token()?;
    credential::write_raw(&token_line(&token))?;
    Ok(ExitCode::SUCCESS)
}
