//! `git bbt migrate`: existing remotes become `bbt::` ones, in one repository or in ten thousand,
//! and go back.
//!
//! In the order of the flow: `find` the repositories; for each, `repository` reads its configuration
//! and writes it under git's lock; `plan` goes through its URLs, `origin` tells what each is, and
//! `decide` whether it may be converted; `record` is what `undo` goes by; `report` says what was
//! done.

mod decide;
mod find;
mod gitmodules;
mod import;
mod included;
pub mod origin;
mod plan;
mod probe;
mod progress;
mod record;
mod rename;
mod report;
mod repository;
mod rewrite;
mod sources;
mod submodule;
mod undo;
mod verify;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use rayon::prelude::*;

use crate::git_settings;
use crate::output::say_unless_closed as say;
use crate::remote_url::conditions::Conditions;
use crate::store::Store;
use decide::Decider;
use find::{Found, Sightings};
use import::{EmbeddedToken, Imports};
use origin::Recognizer;
use progress::Progress;
use rename::{Rename, Renames};
use report::{Count, Name, Remote, Report};
use rewrite::{Rewrites, UserSettings};
use sources::Sources;

const EXAMPLES: &str = "\
Examples:
  git bbt migrate
  git bbt migrate --recursive ~/src --dry-run
  git bbt migrate --recursive ~/src --import-tokens
  git bbt migrate --recursive ~/src --undo";

/// Move existing remotes over to bbt::, one repository's or ten thousand's
///
/// Every https or ssh URL of a repository on Bitbucket Cloud becomes bbt::<workspace>/<repository>;
/// everything else is left alone. A remote is converted only where its token can be found: store it
/// first with git bbt login. Exits with 1 where something is left over, and says why.
///
/// Changes nothing but the repositories' own configuration, under git's lock: --undo takes it back.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// A folder in a repository; the current one where none is named
    paths: Vec<PathBuf>,

    /// Every repository below the paths: work trees, submodules, bare ones
    ///
    /// A bare repository in the work tree of another, which may be tracked files, has to be named. A
    /// work tree is known by its .git, or by core.worktree of a repository below the paths.
    #[arg(short, long)]
    recursive: bool,

    /// Say what would change, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Only remotes of this name
    #[arg(long = "remote", value_name = "NAME")]
    remotes: Vec<String>,

    /// Only repositories of this workspace
    #[arg(long = "workspace", value_name = "WORKSPACE")]
    workspaces: Vec<String>,

    /// A host of your ~/.ssh/config that is Bitbucket, as in git@<HOST>:acme/widgets.git
    #[arg(long = "ssh-alias", value_name = "HOST")]
    ssh_aliases: Vec<String>,

    /// What a repository or a workspace is called now; Bitbucket redirects no old name
    #[arg(long = "rename", value_name = "OLD=NEW", value_parser = Rename::parse)]
    renames: Vec<Rename>,

    /// Keep the tokens that stand in URLs where login would, before the URLs are changed
    ///
    /// Only a token that Bitbucket accepts is stored; if another source is configured for its
    /// repository, only one that can push. A remote whose token Bitbucket could not be asked about
    /// stays as it is, and so does a submodule whose token is in no other remote: .gitmodules may
    /// have brought it. A token that Bitbucket refuses is dropped if another source is configured.
    #[arg(long)]
    import_tokens: bool,

    /// Where to keep them [default: the keyring where one answers, else a file]
    #[arg(long, value_enum, requires = "import_tokens")]
    store: Option<Store>,

    /// Try git ls-remote on each new URL, and keep the old one where that fails
    ///
    /// It runs outside of the repository, with your own and the system's configuration: a proxy that
    /// is set in one repository does not count.
    #[arg(long)]
    verify: bool,

    /// Convert where no token is found, too; a token that stands only in a URL stays there
    #[arg(long)]
    force: bool,

    /// Take back what migrate changed; a URL that held a secret comes back without it
    #[arg(long, conflicts_with_all = ["remotes", "workspaces", "ssh_aliases", "renames", "import_tokens", "verify", "force"])]
    undo: bool,

    /// One JSON object a line for every remote
    #[arg(long)]
    json: bool,
}

/// Which URLs are meant, and what they are.
struct Wanted<'a> {
    remotes: &'a [String],
    workspaces: &'a [String],
    recognizer: Recognizer<'a>,
    rewrites: Rewrites,
    /// Whether bare repositories count only if they are named.
    refuses_discovered_bare: bool,
}

impl Wanted<'_> {
    fn has_remote(&self, name: &str) -> bool {
        self.remotes.is_empty() || self.remotes.iter().any(|wanted| wanted == name)
    }

    /// Submodules are no remotes.
    fn has_submodules(&self) -> bool {
        self.remotes.is_empty()
    }

    fn has_workspace(&self, name: &str) -> bool {
        let mut wanted = self.workspaces.iter();
        self.workspaces.is_empty() || wanted.any(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

/// What is to happen to them.
struct How<'a> {
    wanted: &'a Wanted<'a>,
    decider: Decider<'a>,
    /// Whether git may use `bbt::` for submodules, by the user's own configuration.
    user_allows_bbt: bool,
    /// What the user's configuration includes for some URLs.
    conditions: &'a Conditions<'a>,
    verify: bool,
    undo: bool,
    dry_run: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = bbt::config::Config::read_if_exists()?;
    let find = || {
        if args.recursive {
            find::below(&args.paths)
        } else {
            find::around(&args.paths)
        }
    };
    // git takes its time to start, and the disk its own.
    let (sightings, settings) = rayon::join(find, git_settings::of_user);
    let settings = settings.unwrap_or_default();
    let user = UserSettings::new(&settings);
    let wanted = Wanted {
        remotes: &args.remotes,
        workspaces: &args.workspaces,
        recognizer: Recognizer {
            service: config.service(),
            ssh_aliases: &args.ssh_aliases,
            renames: &Renames(args.renames.clone()),
        },
        rewrites: user.rewrites,
        refuses_discovered_bare: user.refuses_discovered_bare,
    };
    let sources = Sources::new(&config);
    let imports = if args.import_tokens {
        Imports::plan(&sources, tokens(&wanted, &sightings.repositories))
    } else {
        Imports::default()
    };
    keep(args, &imports)?;
    let how = How {
        wanted: &wanted,
        decider: Decider {
            sources: &sources,
            imports: &imports,
            force: args.force,
        },
        user_allows_bbt: user.allows_bbt,
        conditions: &Conditions::new(&settings),
        verify: args.verify,
        undo: args.undo,
        dry_run: args.dry_run,
    };
    let count = all(args, &how, sightings)?;
    if !args.json {
        say(&count.summary(args.dry_run))?;
    }
    Ok(ExitCode::from(u8::from(!count.is_done())))
}

/// The tokens in the URLs of all repositories.
fn tokens(wanted: &Wanted, repositories: &[Found]) -> Vec<EmbeddedToken> {
    let tokens = repositories
        .par_iter()
        .flat_map_iter(|found| repository::tokens(wanted, found));
    tokens.collect()
}

/// Before the first URL is changed, so that no token is lost whatever happens then.
fn keep(args: &Args, imports: &Imports) -> Result<()> {
    let mut lines = Vec::new();
    if !args.dry_run {
        imports.store(args.store, |import, place| {
            lines.push(format!(
                "The token for {} is in {} now.",
                import.target,
                place.describe()
            ));
        })?;
    }
    for import in imports.kept() {
        let target = &import.target;
        if args.dry_run {
            lines.push(format!("The token for {target} would be kept."));
        }
        let lay = match import.urls {
            1 => "It lay in a URL, in plain text".to_owned(),
            urls => format!("It lay in {urls} URLs, in plain text"),
        };
        lines.push(format!(
            "{lay}: create another at {}, put that in its place with git bbt login {target}, and revoke this one.",
            import.tokens_page(),
        ));
    }
    for line in lines {
        if args.json {
            bbt::messages::hint(&line)
        } else {
            say(&format!("{line}\n"))?
        }
    }
    Ok(())
}

/// Every repository, some at a time, and said in order.
fn all(args: &Args, how: &How, sightings: Sightings) -> Result<Count> {
    let print = |report: &Report| {
        if args.json {
            Ok(say(&report::json(report, args.dry_run)?)?)
        } else {
            Ok::<_, anyhow::Error>(say(&report::text(report))?)
        }
    };
    let mut count = Count::default();
    let mut lost = BTreeSet::new();
    let unread = Report {
        problems: sightings.problems,
        ..Report::default()
    };
    print(&unread)?;
    count.problems += unread.problems.len();
    let mut progress = Progress::of(sightings.repositories.len());
    let at_once = rayon::current_num_threads() * if args.verify { 2 } else { 16 };
    for some in sightings.repositories.chunks(at_once) {
        let done: Vec<_> = some
            .par_iter()
            .map(|found| repository::run(how, found))
            .collect();
        progress.advance(some.len(), || {
            for (mut report, submodules) in done {
                // Now that nobody here is at those repositories.
                for config in submodules {
                    follow(how, &mut report, config);
                }
                count.add(&report);
                print(&report)?;
                lost.append(&mut report.lost);
            }
            Ok::<_, anyhow::Error>(())
        })?;
    }
    for lost in lost {
        bbt::messages::warning(&format!("{}; {}", lost.message(), lost.hint()));
    }
    Ok(count)
}

/// A submodule's own configuration follows what was done to its URL.
fn follow(how: &How, report: &mut Report, config: PathBuf) {
    match repository::allow(how, &config) {
        Ok(false) => {}
        Ok(true) => report.remotes.push(Remote {
            name: Name::Setting("protocol.bbt.allow".to_owned()),
            urls: Vec::new(),
            also: vec![if how.undo {
                format!("taken out of {}", config.display())
            } else {
                format!("set in {}, for git submodule update", config.display())
            }],
        }),
        Err(problem) => report.problems.push(problem),
    }
}
