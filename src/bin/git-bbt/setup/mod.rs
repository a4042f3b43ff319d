//! `git bbt setup`: what git needs for your workspaces, in a file of ours that your git
//! configuration includes with one line.
//!
//! ```text
//! ~/.gitconfig                                [include] path = ~/.config/git-remote-bbt/setup.gitconfig
//! ~/.config/git-remote-bbt/setup.gitconfig    protocol.bbt.allow; for each workspace: credential
//!                                             helper, insteadOf rules
//! ```
//!
//! [`setup_file`](crate::setup_file) is the file, `include` adds and removes the line, and `check`
//! compares with what git does then.

mod check;
mod include;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use bbt::address;
use bbt::config::Config;
use bbt::messages::{self, Failure};

use crate::config_file::{LOCK, lock_beside};
use crate::git_settings::{self, shown};
use crate::output::say;
use crate::setup_file::{self, Block, Level, SetupFile, repositories};
use crate::style::Style;
use crate::write;

const EXAMPLES: &str = "\
Examples:
  git bbt setup
  git bbt setup acme --rewrite --dry-run
  git bbt setup acme --rewrite
  git bbt setup --undo";

/// Configure git for your workspaces
///
/// For the workspaces in config.toml and those that are named: lets submodules use bbt::
/// (protocol.bbt.allow), and sets git-credential-bbt as the credential helper for tools that bypass
/// remote helpers. A workspace without a token is skipped, and the exit status is then 1.
///
/// All settings are in one generated file next to config.toml, which your git configuration includes
/// with one line. git bbt login and logout keep it up to date. --undo removes both, or what is for
/// the workspaces that are named.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Workspaces besides those in config.toml; with --undo, those to remove
    #[arg(value_name = "WORKSPACE", value_parser = parse_workspace)]
    workspaces: Vec<String>,

    /// Have git rewrite the https and ssh URLs of the workspaces to bbt::, wherever they are: in
    /// remotes, .gitmodules, package manifests, scripts
    ///
    /// git cannot rewrite URLs with a user, https://<user>@bitbucket.org/..., and does not rewrite
    /// rare forms, such as one with an unusual port: git bbt migrate converts such remotes. Programs
    /// that use libgit2 or JGit follow the rules too, and cannot use bbt::; for cargo, set
    /// CARGO_NET_GIT_FETCH_WITH_CLI=true. git-lfs applies them to an endpoint in .lfsconfig: git bbt
    /// doctor in the clone prints the rule to add.
    #[arg(long)]
    rewrite: bool,

    /// Set up the named workspaces even if they have no token yet, as in an image that gets it later
    #[arg(long, requires = "workspaces")]
    force: bool,

    /// Write the system's configuration, for all users of this machine or image
    #[arg(long)]
    system: bool,

    /// Print what would be written, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Remove what setup has written
    #[arg(long, conflicts_with_all = ["rewrite", "force"])]
    undo: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let level = if args.system {
        Level::System
    } else {
        Level::User
    };
    let path = level.generated_file()?;
    let _lock = if args.dry_run || args.undo && !path.exists() {
        None
    } else {
        if let Some(folder) = path.parent().filter(|_| args.system) {
            write::create_public(folder)
                .with_context(|| format!("cannot create {}", shown(folder)))?;
        }
        Some(lock_beside(&path)?)
    };
    let file = SetupFile::read(level)?;
    if !args.undo {
        set_up(args, level, file)
    } else if args.workspaces.is_empty() {
        undo_all(args, &file)
    } else {
        undo_some(args, file)
    }
}

fn set_up(args: &Args, level: Level, mut file: SetupFile) -> Result<ExitCode> {
    let config = Config::read_if_exists()?;
    let without_token = update(&mut file, &config, args);
    let path = shown(&file.path);
    if args.dry_run {
        say(&format!("{path}:\n{}", file.text()))?;
        if !include::is_read(&git_settings::of_user()?, &file.path) {
            say(&format!(
                "To be included by git's configuration: [include] path = {path}\n"
            ))?;
        }
        return Ok(report_tokens(&without_token, &config));
    }
    file.write()?;
    let workspaces = match file.blocks().count() {
        1 => "1 workspace".to_owned(),
        count => format!("{count} workspaces"),
    };
    say(&format!("Wrote {path} for {workspaces}.\n"))?;
    let mut lines = String::new();
    for note in notes(&file, &config) {
        Style::of_stdout().add(&mut lines, 0, &note, None);
    }
    say(&lines)?;
    let status = report_tokens(&without_token, &config);
    let settings = include::add(level, &file.path, git_settings::of_user()?)?;
    for warning in check::warnings(&settings, &file, &config) {
        messages::warning(&warning);
    }
    Ok(status)
}

/// Generates the settings of the workspaces that are named, configured, or set up before. Returns
/// those that were asked for and have no token. What they had been set up with stays.
fn update(file: &mut SetupFile, config: &Config, args: &Args) -> Vec<String> {
    let lower = |name: &String| name.to_ascii_lowercase();
    let named: BTreeSet<String> = args.workspaces.iter().map(lower).collect();
    let configured = config.workspaces().iter().map(|workspace| &workspace.name);
    let all = file.names().chain(configured).chain(&args.workspaces);
    // The last form of a name counts.
    let all: BTreeMap<_, _> = all.map(|name| (lower(name), name.clone())).collect();
    let mut without_token = Vec::new();
    for (key, name) in all {
        let is_named = named.contains(&key);
        let options = Block {
            name: name.clone(),
            rewrite: args.rewrite,
            force: args.force && is_named,
            settings: String::new(),
        };
        let is_asked = is_named || config.workspace(&key).is_some();
        if !file.set(config, is_named, options) && is_asked {
            without_token.push(name);
        }
    }
    without_token
}

/// Warns about every workspace without a token, in one sentence: it is skipped, or was set up when
/// it had one.
fn report_tokens(without_token: &[String], config: &Config) -> ExitCode {
    let stale = setup_file::stale(&setup_file::set_up(None), config);
    for name in without_token {
        if !stale
            .iter()
            .any(|(stale, _)| stale.eq_ignore_ascii_case(name))
        {
            messages::warning(&format!(
                "skipping {name}: no workspace token is configured, so its URLs would stop working; \
                 run 'git bbt login {name}', or use --force if the token is set later"
            ));
        }
    }
    for (_, problem) in stale {
        messages::warning(&problem.to_string());
    }
    ExitCode::from(u8::from(!without_token.is_empty()))
}

/// Returns what git cannot do, a paragraph each.
fn notes(file: &SetupFile, config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    for Block { name, .. } in file.blocks().filter(|block| !block.force) {
        for pattern in repositories(config, name).filter(|slug| slug.contains('*')) {
            notes.push(format!(
                "Not set up: {name}/{pattern}, since git cannot match a pattern. For all of {name}: \
                 git bbt setup {name} --force"
            ));
        }
    }
    let rewritten = || file.blocks().filter(|block| block.rewrite);
    if rewritten().any(|block| block.settings.contains(".git\n")) {
        notes.push("Of single repositories, only URLs that end in .git are rewritten.".to_owned());
    }
    // What is always so is for people, and not for every job's log.
    if rewritten().next().is_some() && io::stdout().is_terminal() {
        notes.push("For the limits of rewriting, see: git bbt setup --help".to_owned());
    }
    notes
}

/// Removes the file and the line, if they exist.
fn undo_all(args: &Args, file: &SetupFile) -> Result<ExitCode> {
    // An error is reported in the end: the file may be what git cannot read.
    let includes = include::find(&file.path);
    let mut removed = Ok(());
    if !args.dry_run {
        removed = includes.as_ref().map_or(Ok(()), include::remove);
        write::remove(&file.path)?;
        if args.system {
            remove_folder(&file.path.with_file_name(""));
        }
    }
    let includes = includes?;
    removed?;
    let configs: BTreeSet<_> = includes.iter().map(|(config, _)| config).collect();
    let own = file.exists.then(|| shown(&file.path)).into_iter();
    let all = own.chain(
        configs
            .into_iter()
            .map(|config| format!("the include from {}", shown(config))),
    );
    let verb = if args.dry_run {
        "Would remove"
    } else {
        "Removed"
    };
    let text: String = all.map(|what| format!("{verb} {what}.\n")).collect();
    say(if text.is_empty() {
        "Nothing to undo.\n"
    } else {
        &text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Removes the folder that setup has created, unless something else is in it.
fn remove_folder(folder: &Path) {
    let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
    if files.all(|file| file.file_name() == LOCK) {
        let _ = fs::remove_file(folder.join(LOCK));
        let _ = fs::remove_dir(folder);
    }
}

/// Removes the settings of the workspaces that are named.
fn undo_some(args: &Args, mut file: SetupFile) -> Result<ExitCode> {
    for name in &args.workspaces {
        let text = match file.remove(name) {
            None => format!("Nothing to undo for {name}.\n"),
            Some(block) if args.dry_run => format!("Would remove:\n{}", block.settings),
            Some(block) => format!("Removed the settings for {}.\n", block.name),
        };
        say(&text)?;
    }
    if !args.dry_run && file.exists {
        file.write()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads an argument; for clap.
fn parse_workspace(text: &str) -> Result<String, Failure> {
    if address::is_workspace(text) {
        return Ok(text.to_owned());
    }
    Err(Failure::new(
        "not a workspace name, such as acme; setup is for whole workspaces",
    ))
}
