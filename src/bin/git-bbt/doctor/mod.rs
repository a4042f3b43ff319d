//! `git bbt doctor`: checks each step of a clone, and prints a hint for each that fails.

mod certificates;
mod check;
mod clone_context;
mod files_of_git;
mod flow;
mod machine;
mod netrc;
mod protocol;
mod setup;
mod tokens;

use std::process::ExitCode;

use anyhow::Result;
use bbt::config::{Config, Service};

use crate::git;
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
        say(&(serde_json::to_string_pretty(&checks)? + "\n"))?;
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
    let service = config
        .as_ref()
        .map_or_else(|_| Service::default(), |config| config.service().clone());
    let (context, address) = CloneContext::find(about, &service, has_git);
    let has_git = has_git && !git::is_stuck();
    checks.push(match &context.settings {
        Some(settings) => {
            let mut check = protocol::check(settings);
            // It warns of what git refuses in submodules only.
            if check.state == State::Warning && context.has_no_submodules() {
                check.state = State::Note;
            }
            check
        }
        None if has_git => Check::problem(
            "protocol",
            "git cannot read its configuration",
            "git config --list",
        ),
        None => Check::skipped("protocol", machine::why_no_git()),
    });
    checks.push(flow::configuration(&config));
    checks.push(address);
    // Without a target, the check of the address says what to type.
    if let Some(target) = &context.target {
        checks.extend(flow::checks(&config, target, has_git));
    }
    let settings = context.settings.as_deref().unwrap_or_default();
    if has_git {
        checks.extend(certificates::checks(settings, &service));
        checks.extend(certificates::read_twice(settings, &service));
        checks.extend(setup::helpers(settings, &service));
        checks.extend(context.lfs(config.as_ref().ok()));
        checks.extend(context.stale_lfs_endpoints(&service));
        checks.extend(context.netrc_overrides_lfs(&service));
        checks.extend(tokens::checks(&context, settings, &service));
    }
    if let Ok(config) = &config {
        checks.extend(setup::checks(config, settings, &context));
    }
    checks.extend(machine::stuck());
    checks
}
