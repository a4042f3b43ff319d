//! `git bbt migrate`: converts existing remotes to `bbt::` URLs, in one repository or in ten thousand,
//! and takes that back.
//!
//! In the order of the flow: `search` finds each `repository`; `convert` reads its configurations;
//! `plan` goes through the values, and changes those that `decision` converts, each with a `record`, by
//! which it takes that back, and what goes along with a URL; `left_tokens` finds what is left; `report`
//! prints it.

mod candidate;
mod convert;
mod decision;
mod import;
mod left_tokens;
mod migration;
mod plan;
mod record;
mod report;
mod repository;
mod search;
mod submodules;
mod token_cache;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use bbt::config::Config;
use bbt::messages;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use rayon::prelude::*;

use crate::output::{say_styled, say_unless_closed};
use crate::remote_url::conditions::Conditions;
use crate::remote_url::{Classifier, Rename, Renames, Server};
use crate::secret::Hosts;
use crate::store::Store;
use crate::style::Style;
use crate::{git_settings, hint};
use import::Imports;
use migration::{Migration, UserSettings, contains};
use report::{Count, Name, Report};
use search::Search;
use token_cache::TokenCache;

const EXAMPLES: &str = "\
Examples:
  git bbt migrate
  git bbt migrate --recursive ~/src --dry-run
  git bbt migrate --recursive ~/src --import-tokens
  git bbt migrate --recursive ~/src --from https://bitbucket.example.com --rename PROJ=acme
  git bbt migrate --recursive ~/src --undo";

/// Convert existing remotes to bbt:: URLs
///
/// Every https or ssh URL of a repository on Bitbucket Cloud becomes bbt::<workspace>/<repository>;
/// other URLs are unchanged. A remote is converted only if a token is configured for it: store one first
/// with git bbt login. BBT_TOKEN and [workspace."*"] count only for workspaces that --workspace, --rename
/// or config.toml names. Exits with 1 if something is not converted, or a setting still contains a token.
///
/// Edits only the repositories' own configuration, under git's lock; --undo takes that back.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Folders in repositories [default: the current one]
    paths: Vec<PathBuf>,

    /// Convert every repository below the paths: work trees, submodules, bare ones
    ///
    /// A bare repository in the work tree of another, which may be tracked files, has to be named, and
    /// so does a repository elsewhere that a linked work tree belongs to. A work tree is known by its
    /// .git, or by core.worktree of a repository below the paths.
    #[arg(short, long)]
    recursive: bool,

    /// Show what would change, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Convert only remotes of this name
    #[arg(long = "remote", value_name = "NAME")]
    remotes: Vec<String>,

    /// Convert only repositories of this workspace
    #[arg(long = "workspace", value_name = "WORKSPACE")]
    workspaces: Vec<String>,

    /// Host of your ~/.ssh/config that is Bitbucket, as in git@<HOST>:acme/widgets.git
    #[arg(long = "ssh-alias", value_name = "HOST")]
    ssh_aliases: Vec<String>,

    /// Bitbucket Data Center or Server that has moved to Bitbucket Cloud; --rename gives each of its
    /// projects a workspace
    #[arg(long = "from", value_name = "URL")]
    servers: Vec<Server>,

    /// New name of a workspace, repository or project (PROJ=acme, old/name=acme/name, ~jane=acme);
    /// Bitbucket redirects no old name
    #[arg(long = "rename", value_name = "OLD=NEW")]
    renames: Vec<Rename>,

    /// Store the tokens in URLs, as git bbt login does, before the URLs are changed
    ///
    /// Only a token that Bitbucket accepts is stored; if another source is configured for its
    /// repository, only one that can push. A URL is unchanged if its token could not be checked, and so
    /// is a submodule's whose token is in no other remote: .gitmodules may have brought it. A token that
    /// Bitbucket rejects is dropped if another source is configured.
    #[arg(long)]
    import_tokens: bool,

    /// Where to store them [default: the keyring if there is one, else a file]
    #[arg(long, value_enum, requires = "import_tokens")]
    store: Option<Store>,

    /// Try git ls-remote on each new URL, and keep the old URL if that fails
    ///
    /// It runs outside of the repository, with your own and the system's configuration: a proxy that
    /// is set in one repository is not used.
    #[arg(long)]
    verify: bool,

    /// Convert without a token, too; a token that is only in a URL stays there
    #[arg(long)]
    force: bool,

    /// Take back what migrate changed; a secret in a URL is not restored
    #[arg(long, conflicts_with_all = ["remotes", "workspaces", "ssh_aliases", "servers", "renames", "import_tokens", "verify", "force"])]
    undo: bool,

    /// Print one JSON object a line for every remote
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read_if_exists()?;
    let find = || {
        if args.recursive {
            search::below(&args.paths)
        } else {
            search::around(&args.paths)
        }
    };
    // While git starts, the folders are read.
    let (search, settings) = rayon::join(find, git_settings::of_user);
    let settings = settings.unwrap_or_default();
    let renames = Renames(args.renames.clone());
    let is_named = |workspace: &str| {
        contains(&args.workspaces, workspace)
            || renames.lead_to(workspace)
            || config.workspace(workspace).is_some()
    };
    let tokens = TokenCache::new(&config, &is_named);
    let mut hosts = Hosts::from_service(config.service());
    args.servers
        .iter()
        .for_each(|server| hosts.add(server.host()));
    let mut migration = Migration {
        args,
        classifier: Classifier {
            service: config.service(),
            ssh_aliases: &args.ssh_aliases,
            servers: &args.servers,
        },
        renames: &renames,
        tokens: &tokens,
        imports: Imports::default(),
        conditions: Conditions::new(&settings),
        hosts,
        user: UserSettings::new(&settings),
    };
    if args.import_tokens {
        let repositories = search.repositories.par_iter();
        let found = repositories.flat_map_iter(|it| convert::tokens(&migration, it));
        migration.imports = Imports::plan(&tokens, found.collect());
    }
    // Before the first URL is changed, so that no token is lost whatever happens then.
    for line in migration.imports.store(args.store, args.dry_run)? {
        if args.json {
            messages::hint(&line)
        } else {
            say_unless_closed(&format!("{line}\n"))?
        }
    }
    let style = Style::of_stdout();
    let count = all(&migration, search, &style)?;
    if !args.json {
        say_styled(&count.text(args.dry_run, &style))?;
    }
    let has_token = |it| hint::remove_any_secret(&migration.hosts, it).is_some();
    if !args.undo && settings.iter().any(has_token) {
        messages::warning("your own git configuration contains a token: run 'git bbt doctor'");
    }
    Ok(ExitCode::from(u8::from(!count.is_done())))
}

/// Migrates every repository, some at a time, and prints the reports in order.
fn all(migration: &Migration, search: Search, style: &Style) -> Result<Count> {
    let args = migration.args;
    let mut count = Count::default();
    let mut lost = BTreeSet::new();
    let mut finish = |mut report: Report| {
        count.add(&report);
        lost.append(&mut report.lost);
        if args.json {
            Ok(say_unless_closed(&report.json(args.dry_run)?)?)
        } else {
            Ok::<_, anyhow::Error>(say_styled(&report::text(&report, style))?)
        }
    };
    let mut skipped = Report::default();
    skipped.skip(search.problems);
    finish(skipped)?;
    let at_once = rayon::current_num_threads() * if args.verify { 2 } else { 16 };
    // Drawn on stderr, if that is a terminal and the run takes several steps.
    let bar = if search.repositories.len() > at_once {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} repositories")?;
        let bar = ProgressBar::new(search.repositories.len() as u64).with_style(style);
        bar.with_finish(ProgressFinish::AndClear)
    } else {
        ProgressBar::hidden()
    };
    for some in search.repositories.chunks(at_once) {
        let done = some.par_iter().map(|found| convert::run(migration, found));
        let done: Vec<_> = done.collect();
        bar.inc(some.len() as u64);
        bar.suspend(|| {
            done.into_iter().try_for_each(|mut report| {
                // After the threads, one of which may have edited the same file.
                for config in std::mem::take(&mut report.submodules) {
                    follow(migration, &mut report, &config);
                }
                finish(report)
            })
        })?;
    }
    count.repositories = search.repositories.len();
    for lost in lost {
        messages::warning(&lost.to_string());
    }
    Ok(count)
}

/// Has a submodule's own configuration follow its URL.
fn follow(migration: &Migration, report: &mut Report, config: &Path) {
    match plan::allow(migration, config) {
        Ok(false) => {}
        Ok(true) => {
            let config = git_settings::shown(config);
            let what = if migration.args.undo {
                format!("removed from {config}")
            } else {
                format!("set in {config}, for git submodule update")
            };
            let name = Name::Setting("protocol.bbt.allow".to_owned());
            report.line(name).also.push(what);
        }
        Err(problem) => report.skip([problem]),
    }
}
