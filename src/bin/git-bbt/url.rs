//! `git bbt url`: a repository's URL in another spelling, for tools that want one they understand.

use std::process::ExitCode;

use anyhow::Result;
use bbt::address::{self, Address};
use bbt::config::Service;
use bbt::messages::Failure;

use crate::config_file::read_config;
use crate::current_repository;
use crate::output::say;
use crate::remote_url::{Classifier, NOT_ON_BITBUCKET, RemoteUrl};
use crate::target::with_userinfo;

const EXAMPLES: &str = "\
Examples:
  git bbt url
  git bbt url origin --web
  git bbt url --bbt https://bitbucket.org/acme/widgets.git";

/// Print the URL of a repository in another spelling
///
/// Without an argument, that of the clone you are in. What is printed holds no secret, whatever the
/// URL that it is made from has in it.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// A remote of this clone, or any URL of a repository on Bitbucket
    #[arg(value_name = "REMOTE|URL")]
    of: Option<String>,

    #[command(flatten)]
    form: Form,
}

/// https where none is asked for: every tool understands that.
#[derive(clap::Args)]
#[group(multiple = false)]
struct Form {
    /// bbt::acme/widgets
    #[arg(long)]
    bbt: bool,

    /// https://bitbucket.org/acme/widgets.git (the default)
    #[arg(long)]
    https: bool,

    /// git@ssh.bitbucket.org:acme/widgets.git
    #[arg(long)]
    ssh: bool,

    /// The page of the repository, for a browser
    #[arg(long)]
    web: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = read_config()?;
    let service = config.service();
    let address = match &args.of {
        Some(of) => named(of, service)?,
        None => current_repository::find(service).ok_or_else(|| {
            Failure::new("no remote here is on Bitbucket").hint("git bbt url <remote or url>")
        })?,
    };
    say(&format!("{}\n", args.form.of(&address, service)))?;
    Ok(ExitCode::SUCCESS)
}

/// A remote comes first, as with git itself.
fn named(of: &str, service: &Service) -> Result<Address, Failure> {
    let remote = (!of.contains(':'))
        .then(|| current_repository::remote_url(of))
        .flatten();
    match remote {
        Some(url) => of_url(&url, service),
        None if !of.contains([':', '/']) => {
            let failure = Failure::new(format!("there is no remote \"{of}\" here"));
            Err(failure.hint("git remote lists those there are"))
        }
        None => of_url(of, service),
    }
}

fn of_url(url: &str, service: &Service) -> Result<Address, Failure> {
    // `acme/widgets` is a folder to git, and a repository to whoever types it here.
    if let Ok(address) = service.address(url) {
        return Ok(address);
    }
    match Classifier::new(service).classify_as_written(url) {
        RemoteUrl::Bitbucket { address, .. } | RemoteUrl::Bbt { address } => Ok(address),
        other => {
            let why = match other {
                RemoteUrl::Other { why, .. } => why,
                _ => NOT_ON_BITBUCKET.to_owned(),
            };
            let meant = Address::meant(&with_userinfo(url, ""));
            Err(Failure::new(format!(
                "{} is no URL of a repository on Bitbucket: {why}",
                address::quotable(url)
            ))
            .hint(match meant {
                Some(address) => format!("did you mean bbt::{address}?"),
                None => "git bbt url bbt::<workspace>/<repository>".to_owned(),
            }))
        }
    }
}

impl Form {
    fn of(&self, address: &Address, service: &Service) -> String {
        match self {
            Form { bbt: true, .. } => format!("bbt::{address}"),
            // ssh ended on bitbucket.org on 12 November 2026, and has a host of its own now.
            Form { ssh: true, .. } => format!("git@ssh.bitbucket.org:{}.git", address.full_name()),
            Form { web: true, .. } => {
                let url = service.url(address, None);
                url.strip_suffix(".git").unwrap_or(&url).to_owned()
            }
            Form { .. } => service.url(address, None),
        }
    }
}
