//! `git bbt login`: a token into a store, and its entry into config.toml.

mod pasted;
mod questions;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::{Config, TokenEntry};
use bbt::lookup;
use bbt::messages::{self, Failure};
use bbt::source::keyring;
use bbt::token::{Kind, Token};

use crate::config_file::{ConfigFile, TokenMetadata, entry_of, read_config};
use crate::git_settings::shown;
use crate::output::say;
use crate::store::{Store, StoreLocation};
use crate::target::{self, Target};
use crate::{checksum, current_repository, date, setup};
use pasted::Pasted;

const EXAMPLES: &str = "\
Examples:
  git bbt login acme
  git bbt login acme/widgets --store file --expires 2027-03-01
  git bbt login acme --with-token <acme.token";

/// Store a token, so that git finds it
///
/// Reads the token from a hidden prompt, or from stdin with --with-token; never from an argument,
/// which others could see. The git clone command that Bitbucket shows beside a new token will do, as
/// will a header, an assignment or JSON with the token in it. Checks it with
/// Bitbucket, stores it in the keyring or in a private file, and writes the entry into config.toml.
///
/// To replace a token, press Rotate beside it in Bitbucket, which makes a new secret with the same
/// scopes (the old one works for up to 30 minutes), and log in again.
///
/// Create a token with the scopes `repository` (clone, fetch) and `repository:write` (push):
///
///   workspace    https://bitbucket.org/<workspace>/workspace/settings/access-tokens
///                (Premium plan)
///   project      the project's settings, Access tokens (Premium plan)
///   repository   the repository's settings, Access tokens (every plan)
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = EXAMPLES)]
pub struct Args {
    /// The workspace that the token is for, or the repository: acme, acme/widgets, or a URL of it
    /// [default: what a pasted URL names, or the workspace of the current clone]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,

    /// Read the token from stdin
    #[arg(long)]
    with_token: bool,

    /// Where to keep it [default: the keyring where one answers, else a file]
    #[arg(long, value_enum)]
    store: Option<Store>,

    /// The e-mail of an API token's account, which Bitbucket's REST API wants to know
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,

    /// The bot's address for commits, <id>@bots.bitbucket.org, which Bitbucket shows with the token
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,

    /// The token's last day, as in 2027-03-01, or a time from today, as in 90d or 1y (at most 365
    /// days ahead, unless your workspace allows more); Bitbucket sends no reminder, and you are
    /// warned in time
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    expires: Option<time::Date>,

    /// Skip checking the token with Bitbucket
    #[arg(long)]
    no_verify: bool,

    /// Store the token even if it sees no repository in the workspace
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    refuse_email_of_repository(args, args.target.as_ref())?;
    // Whatever is wrong with config.toml is said before a secret is asked for.
    let config = read_config()?;
    if args.store == Some(Store::Keyring) {
        keyring::available().map_err(|failure| failure.hint(TO_FILE))?;
    }
    let here = match args.target {
        Some(_) => None,
        None => current_repository::find(config.service()),
    };
    let workspace = |address: &Address| Target::Workspace(address.workspace().to_owned());
    let expected = args.target.clone().or_else(|| here.as_ref().map(workspace));
    let old = expected
        .as_ref()
        .and_then(|target| entry_of(&config, target));
    let pasted = questions::token(args.with_token, expected.as_ref(), old, config.service())?;
    if let Some(what) = pasted.taken_from {
        say(&format!("Using the token in {what}.\n"))?;
    }
    if !checksum::matches(&pasted.token) {
        messages::warning("the token's checksum does not fit its text: was the paste cut short?");
    }

    let asked_about = asked_about(args, &pasted, expected)?;
    let old = entry_of(&config, &asked_about);
    let request = verify::Request {
        target: &asked_about,
        token: &pasted.token,
        account: account(args, &pasted, old),
        force: args.force,
        is_interactive: !args.with_token,
    };
    let verified = if args.no_verify {
        None
    } else {
        verify::ask(&request, &config)?
    };
    let target = &match &verified {
        Some(verified) if args.target.is_none() => verified.target(asked_about.clone(), here),
        _ => asked_about.clone(),
    };
    refuse_email_of_repository(args, Some(target))?;
    let old = entry_of(&config, target);
    let expires = match args.expires {
        Some(date) => Some(date),
        None => questions::end(!args.with_token)?,
    };
    let email = match &args.email {
        None if old.is_some() => {
            questions::email(!args.with_token, target, &pasted.token, &config)?
        }
        email => email.clone(),
    };

    // Locked only now: a person may sit long at the prompt.
    let mut file = ConfigFile::open()?;

    let (store, why_not_keyring) = match args.store {
        Some(store) => (store, None),
        None => Store::default_here(),
    };
    let place = StoreLocation::new(target, store, file.folder());
    let account = verified
        .as_ref()
        .and_then(|verified| verified.account.clone());
    let account = account.or(request.account.clone());
    let beside = TokenMetadata {
        account: account.as_deref(),
        expires: expires.map(for_toml),
        kind: kind(&pasted.token, old),
    };
    file.set_token(target, place.to_source(), &beside)?;
    if let Some(email) = &email {
        file.set_email(target.workspace(), email)?;
    }
    warn_of_what_is_replaced(&file, target);
    file.save_with(target, &place, &pasted.token)?;

    let mut lines = match &verified {
        Some(verified) => format!("Token verified: {}\n", verified.identity.description()),
        None => String::new(),
    };
    lines += &format!("The token for {target} is in {}.\n", place.describe());
    if let Some(why) = why_not_keyring {
        lines += &format!("(Not in a keyring: {why})\n");
    }
    lines += &format!("{} says so to git.\n", shown(file.path()));
    say(&lines)?;
    warn_where_shadowed(target, file.path())?;
    drop(file);
    setup::refresh(target.workspace());
    Ok(ExitCode::SUCCESS)
}

/// For a machine on which no keyring is in reach.
const TO_FILE: &str = "to store the token in a private file instead: --store file";

fn refuse_email_of_repository(args: &Args, target: Option<&Target>) -> Result<(), Failure> {
    match target {
        Some(target) if args.email.is_some() && target.repository().is_some() => Err(Failure::new(
            "--email is recorded for a workspace, not for one repository",
        )
        .hint(format!("git bbt login {} --email ...", target.workspace()))),
        _ => Ok(()),
    }
}

/// What Bitbucket is asked about: what was named, or else what the pasted URL is of, or else
/// `expected`.
fn asked_about(args: &Args, pasted: &Pasted, expected: Option<Target>) -> Result<Target, Failure> {
    match (&args.target, &pasted.target) {
        (Some(named), Some(pasted))
            if !named.workspace().eq_ignore_ascii_case(pasted.workspace()) =>
        {
            let (named, pasted) = (named.workspace(), pasted.workspace());
            Err(Failure::new(format!(
                "the pasted URL is of workspace {pasted}, and {named} was named"
            ))
            .hint(format!("for {pasted}: git bbt login {pasted}"))
            .hint("nothing was stored"))
        }
        (Some(named), _) => Ok(named.clone()),
        (None, Some(pasted)) => Ok(pasted.clone()),
        (None, None) => expected.ok_or_else(|| {
            Failure::new("which workspace is the token for? No remote here is on Bitbucket").hint(
                "git bbt login <workspace>, or paste the git clone command that Bitbucket shows",
            )
        }),
    }
}

/// Whose API token it is. That a new one replaces an old one does not change it.
fn account(args: &Args, pasted: &Pasted, old: Option<&TokenEntry>) -> Option<String> {
    let old = || old.and_then(|old| old.account.clone());
    let known = || pasted.account.clone().or_else(old);
    let known = || known().filter(|_| pasted.token.kind() == Kind::Api);
    args.account.clone().or_else(known)
}

/// The kind, if the prefix does not show it and something else does.
fn kind(token: &Token, old: Option<&TokenEntry>) -> Option<Kind> {
    if token.has_known_prefix() {
        return None;
    }
    let is_stated = old.is_some_and(|old| old.kind.is_some()) || token.kind() == Kind::Api;
    is_stated.then(|| token.kind())
}

fn for_toml(date: time::Date) -> toml_edit::Date {
    toml_edit::Date {
        year: u16::try_from(date.year()).unwrap_or(9999),
        month: date.month().into(),
        day: date.day(),
    }
}

/// Of what login did not make nothing is removed, but the entry is.
fn warn_of_what_is_replaced(file: &ConfigFile, target: &Target) {
    if let Some(entry) = file.entry_of(target)
        && StoreLocation::of_login(target, &entry.source, file.folder()).is_none()
    {
        messages::warning(&format!(
            "this replaces {}",
            entry.describe(Some(file.path()))
        ));
    }
}

/// An older variable in the environment would go on winning.
fn warn_where_shadowed(target: &Target, path: &Path) -> Result<()> {
    let config = Config::read()?;
    let Some(winner) = lookup::candidates(&config, target).into_iter().next() else {
        return Ok(());
    };
    if winner.is_variable() {
        messages::warning(&format!(
            "{} comes before the entry in {}; unset it to use the token that was stored",
            winner.describe(),
            shown(path)
        ));
    }
    Ok(())
}
