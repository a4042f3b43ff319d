//! `git bbt doctor`: checks each step of a clone, and prints a hint for each that fails.

mod ca_folder;
mod certificates;
mod check;
mod clone_context;
mod files_of_git;
mod helpers;
mod machine;
mod netrc;
mod protocol;
mod service;
mod setup;
mod source;
mod tokens;

use std::process::ExitCode;

use anyhow::Result;
use bbt::config::Config;
use bbt::target::Target;

use crate::git;
use crate::git_settings;
use crate::output::{say, say_styled};
use check::{Check, State};
use clone_context::CloneContext;

const EXAMPLES: &str = "\
Examples:
  git bbt doctor
  git bbt doctor acme/widgets
  git bbt doctor --json";

/// Diagnose problems with git, tokens and access
///
/// Checks each step of a clone and a push, from git's version to a push that sends nothing.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The repository or workspace on Bitbucket, or the folder of a clone [default: the current clone]
    #[arg(value_name = "WORKSPACE[/REPOSITORY] | PATH")]
    about: Option<String>,
    /// Print a JSON array of {name, state, message, hint}
    #[arg(long)]
    json: bool,
}

/// Prints every check, in the order of the flow. Fails if there are problems, but not for warnings.
pub fn run(args: &Args) -> Result<ExitCode> {
    let checks = examine(args.about.as_deref());
    if args.json {
        say(&check::json(&checks)?)?;
    } else {
        say_styled(&check::text(&checks))?;
    }
    let has_problem = checks.iter().any(|check| check.state == State::Problem);
    Ok(if has_problem {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn examine(about: Option<&str>) -> Vec<Check> {
    let (mut checks, has_git) = machine::checks();
    let config = Config::read();
    let known = config.as_ref().map(|config| config.service().clone());
    let service = known.unwrap_or_default();
    let (context, address) = if has_git {
        CloneContext::find(about, &service)
    } else {
        CloneContext::named(about)
    };
    let top = context.top.as_ref().unwrap_or(&context.folder);
    let settings = git_settings::in_repository(&context.folder, top).ok();
    let has_git = has_git && !git::is_stuck();
    checks.push(match &settings {
        Some(settings) => protocol::check(settings),
        None if has_git => Check::problem(
            "protocol",
            "git cannot read its configuration",
            "git config --list",
        ),
        None => Check::skipped("protocol", machine::why_no_git()),
    });
    checks.push(source::configuration(&config));
    checks.push(address);
    // Without a target, the check of the address says what to type.
    match (&config, &context.target) {
        (Ok(config), Some(target)) => checks.extend(remote(config, target, has_git)),
        (Err(_), Some(_)) => checks.extend(
            ["source", "token", "bitbucket", "fetch", "push"]
                .map(|name| Check::skipped(name, "config.toml has a mistake")),
        ),
        (_, None) => {}
    }
    let read = settings.as_deref().unwrap_or_default();
    if has_git {
        checks.extend(certificates::checks(read, &service));
        checks.extend(ca_folder::note(read, &service));
        checks.extend(helpers::checks(read, &service));
        checks.extend(context.lfs(config.as_ref().ok()));
        checks.extend(context.stale_lfs_endpoints(&service));
        if config.is_ok() {
            checks.extend(context.netrc_overrides_lfs(&service));
        }
        checks.extend(tokens::checks(&context, read, &service));
    }
    if let Ok(config) = &config {
        checks.extend(setup::checks(config, read, &context));
    }
    checks.extend(machine::stuck());
    checks
}

/// Checks the source, the token, and access with it.
fn remote(config: &Config, target: &Target, has_git: bool) -> Vec<Check> {
    let (mut checks, token) = source::checks(config, target);
    let Some(token) = token else {
        checks.extend(["bitbucket", "fetch", "push"].map(|name| Check::skipped(name, "no token")));
        return checks;
    };
    let (rest, permission) = service::ask(config, target, &token);
    checks.push(rest);
    let skipped = |why| {
        ["fetch", "push"]
            .map(|name| Check::skipped(name, why))
            .into()
    };
    checks.extend(match target.repository() {
        Some(address) if has_git => service::transfer(address, permission),
        Some(_) => skipped(machine::why_no_git()),
        None => skipped("no repository given"),
    });
    checks
}
