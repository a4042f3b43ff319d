//! `git bbt setup`: what belongs in the user's git configuration, written there in one edit, and
//! taken out again.
//!
//! In the order of the flow: `wanted` is what the workspaces need, in all `spellings`; `standing` what
//! git is told already, by an `entry` of the user's; `plan` what is to be added; `global` finds the file
//! and writes it under git's lock; `record` is what `undo` and `left_over` go by, and `identity` keeps
//! the files that are included; `listing` is what people are shown.

pub mod credential_scope;
mod entry;
mod global;
mod identity;
pub mod left_over;
mod listing;
mod plan;
mod record;
mod spellings;
mod standing;
mod undo;
mod wanted;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use bbt::report;

use crate::config_file::read_config;
use crate::output::say;
use record::Recorded;
use standing::Standing;
use wanted::{Asked, Wanted};

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
/// that stands in the way is told and left alone, and a workspace without a token is left out; the
/// exit status is then 1.
///
/// All of it is one edit of the file that git config --global writes. --undo takes it out again, for
/// all workspaces or for those that are named.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Workspaces beside those in config.toml; with --undo, those to take out
    #[arg(value_name = "WORKSPACE", value_parser = wanted::workspace)]
    workspaces: Vec<String>,

    /// Have git take https and ssh URLs of the workspaces for bbt:: ones, wherever they stand:
    /// in remotes, .gitmodules, package manifests, scripts
    #[arg(long)]
    rewrite: bool,

    /// Set up the workspaces that are named though they have no token yet, as in an image where it
    /// comes later
    #[arg(long, requires = "workspaces")]
    force: bool,

    /// Say what would be added, or taken out, every spelling of it, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Take out what setup has written; what you changed since stays
    #[arg(long, conflicts_with_all = ["rewrite", "force"])]
    undo: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    match args.undo {
        true => undo::run(&args.workspaces, args.dry_run),
        false => set_up(args),
    }
}

fn set_up(args: &Args) -> Result<ExitCode> {
    let config = read_config()?;
    let asked = Asked {
        workspaces: &args.workspaces,
        rewrite: args.rewrite,
        force: args.force,
    };
    let wanted = Wanted::of(&config, &asked)?;
    let forced = args.workspaces.iter().filter(|_| args.force);
    let forced: BTreeSet<String> = forced.map(|name| name.to_ascii_lowercase()).collect();
    if !args.dry_run {
        for identity in &wanted.identities {
            identity.write()?;
        }
    }
    let file = global::file()?;
    let (plan, former) = global::change(&file, args.dry_run, |text| {
        let is_former = |recorded: &Recorded| wanted.is_former_identity(recorded);
        let (without, former) = match text {
            Some(text) => undo::without(text, is_former, false),
            None => (None, None),
        };
        let plan = plan::plan(&Standing::read()?, &wanted);
        let old = text.map_or_else(Default::default, |text| text.bytes().clone());
        let is_new = |name: &String| !text.is_some_and(|text| record::is_forced(text, name));
        let forced: Vec<String> = forced.iter().filter(|name| is_new(name)).cloned().collect();
        let added = plan.applied_to(without.as_ref().unwrap_or(&old), &forced, text.is_none());
        Ok((added.or(without), (plan, former)))
    })?;
    let former = former.as_ref();
    let removed = match former.filter(|_| !args.dry_run) {
        Some(former) => identity::remove(&former.identities)?,
        None => Vec::new(),
    };
    say(&plan.text(&file, former, args.dry_run))?;
    for identity in removed {
        say(&format!("  removed   {}\n", identity.display()))?;
    }
    say(&wanted.notes.concat())?;
    if args.workspaces.is_empty() && config.workspaces().is_empty() {
        report::hint("git bbt setup <workspace> does more for one");
    }
    for workspace in &wanted.without_token {
        report::warning(&format!(
            "{workspace} is left out: no token is configured for all of it, and its URLs would stop \
             working; git bbt login {workspace}, or --force where the token comes later"
        ));
    }
    for warning in &plan.warnings {
        report::warning(warning);
    }
    if !args.dry_run {
        for warning in identity::beaten(&wanted.identities) {
            report::warning(&warning);
        }
        let left = left_over::all(&config).into_iter();
        for left in left.filter(|left| !forced.contains(&left.workspace)) {
            report::warning(&left.line());
        }
    }
    let is_whole = plan.left.is_empty() && wanted.without_token.is_empty();
    Ok(ExitCode::from(u8::from(!is_whole)))
}
