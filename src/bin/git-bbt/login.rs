//! `git bbt login`: a token into a store, and its entry into config.toml.

use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use bbt::config::Config;
use bbt::report::{self, Failure};
use bbt::source;
use bbt::token::{self, Flaw, Kind, Token};
use zeroize::Zeroizing;

use crate::answer::{Identity, Verdict};
use crate::bitbucket::Bitbucket;
use crate::config_file::{Beside, ConfigFile, read_config};
use crate::output::say;
use crate::store::{Place, Store};
use crate::target::{self, Target};
use crate::{checksum, scopes, setup, terminal};

const EXAMPLES: &str = "\
Examples:
  git bbt login acme
  git bbt login acme/widgets --store file --expires 2027-03-01
  git bbt login acme --with-token <acme.token";

/// Store a token, so that git finds it
///
/// Reads the token from a hidden prompt, or from stdin with --with-token; never from an argument,
/// which others could see. Asks Bitbucket whether it serves, keeps it in the keyring or in a private
/// file, and writes the entry into config.toml.
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
    /// The workspace that the token is for, or the repository: acme, or acme/widgets
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Target,

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

    /// The token's last day, as in 2027-03-01 (at most 365 days ahead, unless your workspace allows
    /// more); Bitbucket tells no one, and you are warned in time
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    expires: Option<toml_edit::Date>,

    /// Do not ask Bitbucket whether it serves
    #[arg(long)]
    no_verify: bool,
}

fn parse_date(text: &str) -> Result<toml_edit::Date, &'static str> {
    let datetime: Result<toml_edit::Datetime, _> = text.parse();
    match datetime {
        Ok(toml_edit::Datetime {
            date: Some(date),
            time: None,
            offset: None,
        }) if is_to_come(date) => Ok(date),
        Ok(toml_edit::Datetime {
            date: Some(_),
            time: None,
            ..
        }) => Err("that day is over"),
        _ => Err("a date is written as in 2027-03-01"),
    }
}

fn is_to_come(date: toml_edit::Date) -> bool {
    let today = time::OffsetDateTime::now_utc().date();
    let day = (i32::from(date.year), date.month, date.day);
    day >= (today.year(), u8::from(today.month()), today.day())
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let target = &args.target;
    if args.email.is_some() && target.repository().is_some() {
        return Err(
            Failure::new("--email is recorded for a workspace, not for one repository")
                .hint(format!("git bbt login {} --email ...", target.workspace()))
                .into(),
        );
    }
    // Whatever is wrong with config.toml is said before a secret is asked for.
    let config = read_config()?;
    let token = read_token(args)?;
    if !checksum::fits(&token) {
        report::warning("the token's checksum does not fit its text: was the paste cut short?");
    }
    let verified = match args.no_verify {
        true => None,
        false => Some(verify(args, &token, &config)?),
    };

    // Locked only now: a person may sit long at the prompt.
    let mut file = ConfigFile::open()?;

    let (store, why_not_keyring) = match args.store {
        Some(store) => (store, None),
        None => Store::default_here(),
    };
    let place = Place::of(target, store, file.folder());
    let beside = Beside {
        account: args.account.as_deref(),
        expires: args.expires,
        kind: None,
    };
    file.set_token(target, place.as_source(), &beside)?;
    if let Some(email) = &args.email {
        file.set_email(target.workspace(), email)?;
    }
    warn_of_what_is_replaced(&file, target);
    file.save_with(target, &place, &token)?;

    let mut lines = match &verified {
        Some(identity) => format!("Bitbucket knows it: {}\n", described(identity)),
        None => String::new(),
    };
    lines += &format!("The token for {target} is in {}.\n", place.described());
    if let Some(why) = why_not_keyring {
        lines += &format!("(Not in a keyring: {why})\n");
    }
    lines += &format!("{} says so to git.\n", file.path().display());
    say(&lines)?;
    warn_where_shadowed(target, file.path())?;
    drop(file);
    setup::refresh(target.workspace());
    Ok(ExitCode::SUCCESS)
}

fn read_token(args: &Args) -> Result<Token> {
    let target = &args.target;
    let bytes = match args.with_token {
        true => read_stdin()?,
        false => prompt(target)?,
    };
    Token::new(bytes, None).map_err(|flaw| {
        let failure = Failure::new(format!("what was given {flaw}"));
        let page = format!("create an access token at {}", target.tokens_page());
        match flaw {
            Flaw::AppPassword => failure.hint(page),
            _ => failure.hint("copy it again, all of it: it starts with ATCT or ATAT and ends in eight digits and letters"),
        }
        .into()
    })
}

fn read_stdin() -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(token::MAX_BYTES + 2));
    io::stdin()
        .lock()
        .take(token::MAX_BYTES as u64 + 2)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn prompt(target: &Target) -> Result<Zeroizing<Vec<u8>>> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new("there is no terminal to ask for the token at")
            .hint(format!("git bbt login {target} --with-token < file"))
            .into());
    }
    if !terminal::has_us_in_front() {
        return Err(
            Failure::new("nobody can be asked for the token from the background")
                .hint(format!("git bbt login {target} --with-token < file"))
                .into(),
        );
    }
    say(&format!(
        "Create a token with the scopes repository and repository:write at\n  {}\n",
        target.tokens_page()
    ))?;
    let typed = terminal::ask(&format!("Token for {target} (hidden): "))?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

/// What Bitbucket says of it; nothing is stored unless it serves.
fn verify(args: &Args, token: &Token, config: &Config) -> Result<Identity> {
    let target = &args.target;
    if token.kind() == Kind::Api && args.account.is_none() {
        return Err(Failure::new(
            "this is a person's API token, and Bitbucket's REST API wants its account too",
        )
        .hint(format!("git bbt login {target} --account <e-mail>"))
        .hint("or store it unseen with --no-verify; git itself needs no account")
        .into());
    }
    let bitbucket = Bitbucket::new(config)?;
    let unseen = "nothing was stored; --no-verify stores it unseen";
    let refused = |what: String| Failure::new(what).hint(unseen);
    match bitbucket.check(target, token, args.account.as_deref())? {
        Verdict::Accepted(identity) => {
            warn_of_missing_scopes(target, &identity);
            Ok(identity)
        }
        Verdict::MissingScope { identity, .. } => {
            warn_of_missing_scopes(target, &identity);
            Ok(identity)
        }
        Verdict::Dead => Err(refused(
            "Bitbucket refuses the token: it is expired, revoked or mistyped".to_owned(),
        )
        .hint(format!("create one at {}", target.tokens_page()))),
        Verdict::NotVisible(_) => Err(refused(format!(
            "Bitbucket knows the token, but there is no {target}, or the token is not for it"
        ))),
        Verdict::RateLimited => Err(refused(
            "Bitbucket has had too many requests; wait a while".to_owned(),
        )),
        Verdict::Unexpected(answer) => Err(refused(format!(
            "Bitbucket did not say whether the token serves: {answer}"
        ))),
    }
    .map_err(Into::into)
}

fn warn_of_missing_scopes(target: &Target, identity: &Identity) {
    let Some(granted) = &identity.scopes else {
        return;
    };
    for (scope, does) in [(scopes::FETCH, "clone and fetch"), (scopes::PUSH, "push")] {
        if !scopes::cover(granted, scope) {
            report::warning(&format!(
                "the token lacks the scope {scope}: it cannot {does}. Scopes cannot be added later; create another at {}",
                target.tokens_page()
            ));
        }
    }
}

/// `a workspace access token with the scopes repository, repository:write`
pub fn described(identity: &Identity) -> String {
    let kind = match identity.credential.as_deref() {
        Some("workspace_access_token") => "a workspace access token",
        Some("project_access_token") => "a project access token",
        Some("repo_access_token") => "a repository access token",
        Some("api_token" | "apikey") => "an API token",
        Some(other) => other,
        None => "a token",
    };
    match &identity.scopes {
        Some(scopes) if scopes.is_empty() => format!("{kind} without any scope"),
        Some(scopes) => format!("{kind} with the scopes {}", scopes.join(", ")),
        None => kind.to_owned(),
    }
}

/// Of what login did not make nothing is removed, but the entry is.
fn warn_of_what_is_replaced(file: &ConfigFile, target: &Target) {
    if let Some(entry) = file.entry_of(target)
        && Place::made_by_login(target, &entry.source, file.folder()).is_none()
    {
        report::warning(&format!("this replaces {}", entry.place(Some(file.path()))));
    }
}

/// An older variable in the environment would go on winning.
fn warn_where_shadowed(target: &Target, path: &Path) -> Result<()> {
    let config = Config::read()?;
    let Some(winner) = source::candidates(&config, target).into_iter().next() else {
        return Ok(());
    };
    if winner.is_variable() {
        report::warning(&format!(
            "{} comes before the entry in {}; unset it to use the token that was stored",
            winner.place(),
            path.display()
        ));
    }
    Ok(())
}
