//! `git bbt setup`: what belongs in the user's git configuration, written there in one edit, and
//! taken out again.
//!
//! In the order of the flow: `wanted` is what the workspaces need, `standing` what git is told
//! already, `plan` what is to be added; `global` finds the file and writes it under git's lock;
//! `record` is what `undo` goes by, and `identity` keeps the files that are included.

mod global;
mod identity;
mod plan;
mod record;
mod standing;
mod undo;
mod wanted;

use std::process::ExitCode;

use anyhow::Result;
use bbt::report;
use bbt::source::{self, Scope};

use crate::config_file::read_config;
use crate::output::say;
use standing::Standing;
use wanted::Wanted;

const EXAMPLES: &str = "\
Examples:
  git bbt setup
  git bbt setup acme --rewrite --dry-run
  git bbt setup acme --rewrite
  git bbt setup --undo";

/// Write what git needs for your workspaces into your git configuration
///
/// For the workspaces that are named and those in config.toml: leave for submodules to use bbt::
/// (protocol.bbt.allow); git-credential-bbt for tools that bypass remote helpers; and, for a
/// workspace with an email in config.toml, that address on commits in its clones. An entry of yours
/// that stands in the way is told and left alone; the exit status is then 1.
///
/// All of it is one edit of the file that git config --global writes. --undo takes it out again.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Workspaces beside those in config.toml
    #[arg(value_name = "WORKSPACE", value_parser = wanted::workspace)]
    workspaces: Vec<String>,

    /// Have git take https and ssh URLs of the workspaces for bbt:: ones, wherever they stand:
    /// in remotes, .gitmodules, package manifests, scripts
    #[arg(long)]
    rewrite: bool,

    /// Say what would be added, or taken out, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Take out what setup has written; what you changed since stays
    #[arg(long, conflicts_with_all = ["workspaces", "rewrite"])]
    undo: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    match args.undo {
        true => undo::run(args.dry_run),
        false => set_up(args),
    }
}

fn set_up(args: &Args) -> Result<ExitCode> {
    let config = read_config()?;
    let wanted = Wanted::of(&config, &args.workspaces, args.rewrite)?;
    if !args.dry_run {
        for identity in &wanted.identities {
            identity.write()?;
        }
    }
    let file = global::file()?;
    let plan = global::change(&file, args.dry_run, |text| {
        let plan = plan::plan(&Standing::read()?, &wanted);
        Ok((plan.applied_to(text), plan))
    })?;
    say(&plan.text(&file, args.dry_run))?;
    say(&wanted.notes.concat())?;
    if args.workspaces.is_empty() && config.workspaces().is_empty() {
        report::hint("git bbt setup <workspace> does more for one");
    }
    for workspace in &args.workspaces {
        if source::candidates(&config, Scope::Workspace(workspace)).is_empty() {
            report::warning(&format!(
                "no token is configured for {workspace}: git bbt login {workspace}"
            ));
        }
    }
    for warning in &plan.warnings {
        report::warning(warning);
    }
    if !args.dry_run {
        for warning in identity::beaten(&wanted.identities) {
            report::warning(&warning);
        }
    }
    Ok(match plan.left.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
