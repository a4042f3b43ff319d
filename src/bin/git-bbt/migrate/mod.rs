//! `git bbt migrate`: converts existing remotes to `bbt::` URLs, in one repository or in ten thousand,
//! and takes that back.
//!
//! In the order of the flow: `search` finds each `repository`; `convert` reads its configurations;
//! `plan` goes through the URLs, of which `policy` decides whether they may be
//! converted, and changes them with a `record`, by which `undo` takes them back; `clone_settings` is
//! what goes along; `left_tokens` finds what is left; `report` prints it.

mod clone_settings;
mod convert;
mod gitmodules;
mod import;
mod left_tokens;
mod migration;
mod plan;
mod policy;
mod probe;
mod progress;
mod record;
mod report;
mod repository;
mod search;
mod submodule;
mod token_cache;
mod undo;
mod user;
mod verify;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use bbt::config::Config;
use bbt::messages;
use rayon::prelude::*;

use crate::git_settings;
use crate::output::{say_styled, say_unless_closed};
use crate::remote_url::conditions::Conditions;
use crate::remote_url::{Classifier, Rename, Renames, Server};
use crate::secret::Hosts;
use crate::store::Store;
use crate::style::Style;
use import::Imports;
use migration::{Filter, Migration, contains};
use policy::Policy;
use progress::Progress;
use report::{Count, Name, Remote, Report};
use search::Search;
use token_cache::TokenCache;
use user::UserSettings;

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
/// with git bbt login. BBT_TOKEN counts only for workspaces that --workspace, --rename or config.toml
/// names. Exits with 1 if something is not converted, or a setting still contains a token.
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
    // git takes its time to start, and the disk its own.
    let (search, settings) = rayon::join(find, git_settings::of_user);
    let settings = settings.unwrap_or_default();
    let renames = Renames(args.renames.clone());
    let is_named = |workspace: &str| {
        contains(&args.workspaces, workspace)
            || renames.lead_to(workspace)
            || config.workspace(workspace).is_some()
    };
    let tokens = TokenCache::new(&config, &is_named);
    let user = UserSettings::new(&settings);
    let conditions = Conditions::new(&settings);
    let migration = |imports| Migration {
        filter: Filter {
            remotes: &args.remotes,
            workspaces: &args.workspaces,
        },
        classifier: Classifier {
            service: config.service(),
            ssh_aliases: &args.ssh_aliases,
            servers: &args.servers,
        },
        renames: &renames,
        user: &user,
        policy: Policy {
            tokens: &tokens,
            imports,
            force: args.force,
        },
        conditions: &conditions,
        hosts: Hosts::from_service(config.service()),
        verify: args.verify,
        undo: args.undo,
        dry_run: args.dry_run,
    };
    let none = Imports::default();
    let imports = if args.import_tokens {
        let migration = migration(&none);
        let repositories = search.repositories.par_iter();
        let found = repositories.flat_map_iter(|it| convert::tokens(&migration, it));
        Imports::plan(&tokens, found.collect())
    } else {
        Imports::default()
    };
    store(args, &imports)?;
    let style = Style::of_stdout();
    let count = all(args, &migration(&imports), search, &style)?;
    if !args.json {
        say_styled(&count.text(args.dry_run, &style))?;
    }
    Ok(ExitCode::from(u8::from(!count.is_done())))
}

/// Stores the imports before the first URL is changed, so that no token is lost whatever happens then.
fn store(args: &Args, imports: &Imports) -> Result<()> {
    let mut lines = Vec::new();
    if !args.dry_run {
        imports.store(args.store, |import, place| {
            let place = place.describe();
            lines.push(format!(
                "Stored the token for {} in {place}.",
                import.target
            ));
        })?;
    }
    for import in imports.all() {
        let target = &import.target;
        if args.dry_run {
            lines.push(format!("Would store the token for {target}."));
        }
        let urls = match import.urls {
            1 => "a URL".to_owned(),
            count => format!("{count} URLs"),
        };
        lines.push(format!(
            "It was in {urls} in plain text: create a new one at {}, store that with 'git bbt login {target}', and revoke this one.",
            import.tokens_page(),
        ));
    }
    for line in lines {
        if args.json {
            messages::hint(&line)
        } else {
            say_unless_closed(&format!("{line}\n"))?
        }
    }
    Ok(())
}

/// Migrates every repository, some at a time, and prints the reports in order.
fn all(args: &Args, migration: &Migration, search: Search, style: &Style) -> Result<Count> {
    let print = |report: &Report| {
        if args.json {
            Ok(say_unless_closed(&report::json(report, args.dry_run)?)?)
        } else {
            Ok::<_, anyhow::Error>(say_styled(&report::text(report, style))?)
        }
    };
    let mut count = Count::default();
    let mut lost = BTreeSet::new();
    let not_found = Report {
        problems: search.problems,
        ..Report::default()
    };
    print(&not_found)?;
    count.add_rest(&not_found);
    let mut progress = Progress::new(search.repositories.len());
    let at_once = rayon::current_num_threads() * if args.verify { 2 } else { 16 };
    for some in search.repositories.chunks(at_once) {
        let done: Vec<_> = some
            .par_iter()
            .map(|found| convert::run(migration, found))
            .collect();
        progress.advance(some.len(), || {
            for (mut report, submodules) in done {
                // After the threads, one of which may have edited the same file.
                for config in submodules {
                    follow(migration, &mut report, config);
                }
                count.add(&report);
                print(&report)?;
                lost.append(&mut report.lost);
            }
            Ok::<_, anyhow::Error>(())
        })?;
    }
    for lost in lost {
        messages::warning(&format!("{}; {}", lost.message(), lost.hint()));
    }
    Ok(count)
}

/// Has a submodule's own configuration follow its URL.
fn follow(migration: &Migration, report: &mut Report, config: PathBuf) {
    match convert::allow(migration, &config) {
        Ok(false) => {}
        Ok(true) => {
            let config = git_settings::shown(&config);
            report.remotes.push(Remote {
                name: Name::Setting("protocol.bbt.allow".to_owned()),
                urls: Vec::new(),
                also: vec![if migration.undo {
                    format!("removed from {config}")
                } else {
                    format!("set in {config}, for git submodule update")
                }],
            });
        }
        Err(problem) => report.problems.push(problem),
    }
}
