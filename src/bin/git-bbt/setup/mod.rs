//! `git bbt setup`: what git needs for your workspaces, in a file of ours that your git
//! configuration includes with one line.
//!
//! ```text
//! ~/.gitconfig                                [include] path = ~/.config/git-remote-bbt/setup.gitconfig
//! ~/.config/git-remote-bbt/setup.gitconfig    protocol.bbt.allow; for each workspace: credential
//!                                             helper, insteadOf rules
//! ```
//!
//! `workspace` generates the settings of one workspace, `file` reads and writes the file with all
//! of them, `include` adds and removes the line, and `check` compares with what git does then.

mod check;
mod file;
mod include;
mod stale;
mod undo;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context, Result};
use bbt::config::Config;
use bbt::messages;

use crate::config_file::lock_beside;
use crate::git_settings::{self, GitSetting, shown};
use crate::output::say;
use crate::remote_url::conditions::Conditions;
use crate::write;
use file::SetupFile;
use include::Level;
use workspace::{Coverage, coverage, repositories};

pub use check::{ALLOWED, allowed_protocols, default_path};
pub use stale::SetUp;

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
    #[arg(value_name = "WORKSPACE", value_parser = workspace::parse)]
    workspaces: Vec<String>,

    /// Have git rewrite the https and ssh URLs of the workspaces to bbt::, wherever they are: in
    /// remotes, .gitmodules, package manifests, scripts
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
    level.check()?;
    let path = level.generated_file()?;
    let _lock = if args.dry_run || args.undo && !path.exists() {
        None
    } else {
        if args.system
            && let Some(folder) = path.parent()
        {
            write::create_public(folder)
                .with_context(|| format!("cannot create {}", shown(folder)))?;
        }
        Some(lock_beside(&path)?)
    };
    let file = SetupFile::read(path)?;
    match (args.undo, args.workspaces.is_empty()) {
        (false, _) => set_up(args, level, file),
        (true, true) => undo::all(args, file),
        (true, false) => undo::some(args, level, file),
    }
}

fn set_up(args: &Args, level: Level, mut file: SetupFile) -> Result<ExitCode> {
    let config = Config::read_if_exists()?;
    let skipped = update(&mut file, &config, args);
    let status = ExitCode::from(u8::from(!skipped.is_empty()));
    let warn = || {
        for name in &skipped {
            messages::warning(&format!(
                "skipping {name}: no workspace token is configured, so its URLs would stop working; \
                 run 'git bbt login {name}', or use --force if the token is set later"
            ));
        }
    };
    let path = shown(&file.path);
    if args.dry_run {
        say(&format!("{path}:\n{}", file.text()))?;
        if !include::is_read(&git_settings::of_user()?, &file.path) {
            say(&format!(
                "To be included by git's configuration: [include] path = {path}\n"
            ))?;
        }
        warn();
        return Ok(status);
    }
    file.write(level == Level::System)?;
    let count = file
        .workspaces
        .values()
        .filter(|block| !block.settings.is_empty());
    let workspaces = match count.count() {
        1 => "1 workspace".to_owned(),
        count => format!("{count} workspaces"),
    };
    say(&format!("Wrote {path} for {workspaces}.\n"))?;
    say(&notes(&file, &config))?;
    warn();
    let settings = level.include(&file.path)?;
    for warning in warnings(&settings, &file, &config) {
        messages::warning(&warning);
    }
    for stale in SetUp::read().stale(&config) {
        messages::warning(&format!("{}; {}", stale.message(), stale.hint()));
    }
    Ok(status)
}

/// Generates the settings of the workspaces that are named, configured, or set up before. Returns
/// those that were asked for and have no token. What they had been set up with stays.
fn update(file: &mut SetupFile, config: &Config, args: &Args) -> Vec<String> {
    let configured = config.workspaces().iter().map(|workspace| &workspace.name);
    let asked: BTreeMap<String, &String> = configured
        .chain(&args.workspaces)
        .map(|name| (name.to_ascii_lowercase(), name))
        .collect();
    let named: BTreeSet<String> = args
        .workspaces
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let before = file.workspaces.clone();
    let mut skipped = Vec::new();
    for (key, name) in &asked {
        let is_whole = before.get(key).is_some_and(|block| block.is_whole(config));
        let is_named = named.contains(key);
        let is_forced = args.force && is_named || before.get(key).is_some_and(|block| block.force);
        let coverage = match coverage(config, name, is_named || is_whole) {
            _ if is_forced => Coverage::Workspace,
            coverage => coverage,
        };
        if matches!(coverage, Coverage::Nothing) {
            skipped.push((*name).clone());
            continue;
        }
        file.set(config, name, &coverage, (args.rewrite, is_forced));
    }
    for (key, block) in before {
        let coverage = coverage(config, &block.name, true);
        if !asked.contains_key(&key) && !block.force && !matches!(coverage, Coverage::Nothing) {
            file.set(config, &block.name, &coverage, (args.rewrite, false));
        }
    }
    skipped
}

/// What git cannot do.
fn notes(file: &SetupFile, config: &Config) -> String {
    let mut notes = String::new();
    let blocks = || {
        file.workspaces
            .values()
            .filter(|block| !block.settings.is_empty())
    };
    for block in blocks().filter(|block| !block.force) {
        for pattern in repositories(config, &block.name).filter(|name| name.contains('*')) {
            let name = &block.name;
            notes += &format!(
                "Not set up: {name}/{pattern}, since git cannot match a pattern. For all of {name}: \
                 git bbt setup {name} --force\n"
            );
        }
    }
    if let Some(block) = blocks().find(|block| block.rewrite) {
        notes += &format!(
            "Not rewritten, since git cannot: https://<user>@bitbucket.org/{}/...; git bbt migrate converts\n\
             such remotes.\n",
            block.name
        );
        if blocks().any(|block| block.rewrite && block.settings.contains(".git\n")) {
            notes += "Of single repositories, only URLs that end in .git are rewritten.\n";
        }
        notes += "Programs that use libgit2 or JGit follow these rules too, and cannot use bbt::. For cargo:\n\
                  CARGO_NET_GIT_FETCH_WITH_CLI=true\n";
    }
    notes
}

fn warnings(settings: &[GitSetting], file: &SetupFile, config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if !include::is_read(settings, &file.path) {
        warnings.push(format!(
            "git does not read {}; see git config --list --show-origin",
            shown(&file.path)
        ));
    }
    warnings.extend(check::overrides(settings, &file.path, config.service()));
    let conditions = Conditions::new(settings);
    let names = file.workspaces.values().map(|block| &block.name);
    let lost: BTreeSet<_> = names
        .flat_map(|name| conditions.lost_in_workspace(config.service(), name))
        .collect();
    warnings.extend(
        lost.iter()
            .map(|lost| format!("{}; {}", lost.message(), lost.hint())),
    );
    if file.workspaces.values().any(|block| block.rewrite) {
        let path = default_path();
        warnings.extend(path.map(|(message, hint)| format!("{message}; {hint}")));
    }
    warnings
}

/// Brings the settings of a workspace up to date with its tokens, if it is set up. Without a
/// token nothing is set any more, and its URLs go where they went before.
pub fn refresh(workspace: &str) {
    let refreshed = Level::User.generated_file().and_then(|path| {
        if !path.exists() {
            return Ok(());
        }
        let config = Config::read_if_exists()?;
        let _lock = lock_beside(&path)?;
        let mut file = SetupFile::read(path)?;
        let before = file
            .workspaces
            .get(&workspace.to_ascii_lowercase())
            .cloned();
        let is_whole = before.as_ref().is_some_and(|block| block.is_whole(&config));
        let coverage = coverage(&config, workspace, is_whole);
        // Not set up, or before it has a token.
        if before.is_none_or(|block| block.force && matches!(coverage, Coverage::Nothing)) {
            return Ok(());
        }
        file.set(&config, workspace, &coverage, (false, false));
        file.write(false)
    });
    if let Err(error) = refreshed {
        messages::warning(&format!(
            "the settings of git bbt setup are not up to date: {error:#}"
        ));
    }
}
