//! `git bbt login`: stores a token, and adds its entry to config.toml.

mod pasted;
mod questions;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::{Config, TokenEntry, is_email};
use bbt::lookup;
use bbt::messages::{self, Failure};
use bbt::source::keyring;
use bbt::token::{Kind, Token};

use crate::config_file::{ConfigFile, TokenMetadata, entry_of};
use crate::git_settings::shown;
use crate::output::say;
use crate::store::{Store, StoreLocation};
use crate::target::{self, Target};
use crate::{checksum, current_repository, date, setup_file};
use pasted::Pasted;

const EXAMPLES: &str = "\
Examples:
  git bbt login acme
  git bbt login acme/widgets --store file --expires 2027-03-01
  git bbt login acme --with-token <acme.token";

/// Store an access token for a workspace or repository
///
/// Reads the token from a hidden prompt, or from stdin with --with-token; never from an argument,
/// which other users could see. The git clone command that Bitbucket shows beside a new token is also
/// accepted, as are a header, an assignment and JSON that contain the token. Checks the token with
/// Bitbucket, stores it in the keyring or in a private file, and adds an entry to config.toml.
///
/// Create a token with the scopes repository (clone, fetch) and repository:write (push), under Access
/// tokens in the settings of the workspace or of a project (Premium plan), or of one repository (every
/// plan). If the workspace or repository is known, the prompt shows the address of that page.
///
/// To replace a token, press Rotate beside it in Bitbucket, which makes a new secret with the same
/// scopes (the old one works for up to 30 minutes), and log in again.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The workspace or repository that the token is for: acme, acme/widgets, or its URL [default:
    /// what a pasted URL names, or the workspace of the current clone]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,

    /// Read the token from stdin
    #[arg(long)]
    with_token: bool,

    /// Where to store it [default: the keyring if one is available, otherwise a file]
    #[arg(long, value_enum)]
    store: Option<Store>,

    /// Email of the Atlassian account that owns an API token (needed for REST)
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,

    /// Email of the token's bot for commits, <id>@bots.bitbucket.org, which Bitbucket shows with the
    /// token
    #[arg(long, value_name = "EMAIL", value_parser = email)]
    email: Option<String>,

    /// Expiry date, e.g. 2027-03-01, 90d or 1y (at most 365 days ahead, unless your workspace allows
    /// more); you are warned seven days before, since Bitbucket sends no reminder
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
    // Reports mistakes in config.toml before prompting for a secret.
    let config = Config::read_if_exists()?;
    if args.store == Some(Store::Keyring) {
        keyring::available().map_err(|failure| failure.hint(TO_FILE))?;
    }
    let current = match args.target {
        Some(_) => None,
        None => current_repository::find(config.service()),
    };
    let workspace = |address: &Address| Target::Workspace(address.workspace().to_owned());
    let expected = args
        .target
        .clone()
        .or_else(|| current.as_ref().map(workspace));
    let old = expected
        .as_ref()
        .and_then(|target| entry_of(&config, target));
    let is_interactive = !args.with_token;
    let pasted = questions::token(is_interactive, expected.as_ref(), old, config.service())?;
    if let Some(what) = pasted.taken_from {
        say(&format!("Using the token in {what}.\n"))?;
    }
    if !checksum::matches(&pasted.token) {
        messages::warning("the token's checksum does not match; was it pasted completely?");
    }

    let asked_about = asked_about(args, &pasted, expected)?;
    let mut account = account(args, &pasted, entry_of(&config, &asked_about));
    let needs_account = pasted.token.kind() == Kind::Api;
    if needs_account && account.is_none() && !args.no_verify {
        account = questions::account(is_interactive, &asked_about)?;
    }
    let identity = if args.no_verify || (needs_account && account.is_none()) {
        None
    } else {
        verify::ask(
            args,
            &config,
            &asked_about,
            &pasted.token,
            account.as_deref(),
        )?
    };
    let target = &match &identity {
        Some(identity) if args.target.is_none() => verify::target(identity, &asked_about, current),
        _ => asked_about,
    };
    refuse_email_of_repository(args, Some(target))?;
    let old = entry_of(&config, target);
    let expires = match args.expires {
        Some(date) => Some(date),
        None => questions::expiry_date(is_interactive)?,
    };
    let email = match &args.email {
        None if old.is_some() => questions::email(is_interactive, target, &pasted.token, &config)?,
        email => email.clone(),
    };

    // Locked only now: a prompt may take long to be answered.
    let mut file = ConfigFile::open()?;

    let (store, why_not_keyring) = match args.store {
        Some(store) => (store, None),
        None => Store::available(),
    };
    let location = StoreLocation::new(target, store, file.folder());
    let metadata = TokenMetadata {
        account: account.as_deref(),
        expires,
        kind: kind(&pasted.token, old),
    };
    file.set_token(target, location.to_source(), &metadata)?;
    if let Some(email) = &email {
        file.set_email(target.workspace(), email)?;
    }
    warn_if_replaced(&file, target);
    let config = file.save_with(target, &location, &pasted.token)?;

    if let Some(identity) = identity {
        say(&format!("Token verified: {}\n", identity.description()))?;
    }
    let why = why_not_keyring.map(|why| format!("({why})\n"));
    say(&format!(
        "Stored the token for {target} in {} and added its entry to {}.\n{}",
        location.describe(),
        shown(file.path()),
        why.unwrap_or_default()
    ))?;
    warn_if_shadowed(&config, target, file.path());
    drop(file);
    setup_file::refresh(target.workspace());
    Ok(ExitCode::SUCCESS)
}

fn email(text: &str) -> Result<String, &'static str> {
    let email = is_email(text).then(|| text.to_owned());
    email.ok_or("expected an email address")
}

/// The hint for a machine without a keyring.
const TO_FILE: &str = "use --store file to store the token in a private file";

fn refuse_email_of_repository(args: &Args, target: Option<&Target>) -> Result<(), Failure> {
    match target {
        Some(target) if args.email.is_some() && target.repository().is_some() => Err(Failure::new(
            "--email is for a workspace, not for one repository",
        )
        .hint(format!("git bbt login {} --email ...", target.workspace()))),
        _ => Ok(()),
    }
}

/// Returns the target that the token is checked for: the argument, or else that of the pasted URL, or
/// else `expected`.
fn asked_about(args: &Args, pasted: &Pasted, expected: Option<Target>) -> Result<Target, Failure> {
    match (&args.target, &pasted.target) {
        (Some(named), Some(pasted))
            if !named.workspace().eq_ignore_ascii_case(pasted.workspace()) =>
        {
            let (named, pasted) = (named.workspace(), pasted.workspace());
            Err(Failure::new(format!(
                "the pasted URL is for workspace {pasted}, not {named}"
            ))
            .hint(format!("the token was not stored; for {pasted}, run: git bbt login {pasted}")))
        }
        (Some(named), _) => Ok(named.clone()),
        (None, Some(pasted)) => Ok(pasted.clone()),
        (None, None) => expected.ok_or_else(|| {
            Failure::new("no workspace given, and no remote here is on Bitbucket").hint(
                "run 'git bbt login <workspace>', or paste the git clone command that Bitbucket shows",
            )
        }),
    }
}

/// Returns the account of an API token. A token that replaces another keeps the account.
fn account(args: &Args, pasted: &Pasted, old: Option<&TokenEntry>) -> Option<String> {
    let old = || old.and_then(|old| old.account.clone());
    let known = || pasted.account.clone().or_else(old);
    let known = || known().filter(|_| pasted.token.kind() == Kind::Api);
    args.account.clone().or_else(known)
}

/// Returns the kind to record: `None` if the prefix shows it, or if nothing does.
fn kind(token: &Token, old: Option<&TokenEntry>) -> Option<Kind> {
    if token.has_known_prefix() {
        return None;
    }
    let is_stated = old.is_some_and(|old| old.kind.is_some()) || token.kind() == Kind::Api;
    is_stated.then(|| token.kind())
}

/// Warns that an entry is replaced whose token login did not store, and does not remove.
fn warn_if_replaced(file: &ConfigFile, target: &Target) {
    if let Some(entry) = entry_of(file.config(), target)
        && StoreLocation::of_login(target, &entry.source, file.folder()).is_none()
    {
        messages::warning(&format!(
            "this replaces {}",
            entry.describe(Some(file.path()))
        ));
    }
}

/// Warns of a variable in the environment that is used in place of the new token.
fn warn_if_shadowed(config: &Config, target: &Target, path: &Path) {
    let candidates = lookup::candidates(config, target);
    if let Some(winner) = candidates.first().filter(|winner| winner.is_variable()) {
        messages::warning(&format!(
            "{} comes before the entry in {}; unset it to use the token that was stored",
            winner.describe(),
            shown(path)
        ));
    }
}
