//! `git bbt url`: prints a repository's URL in another form, for tools that do not know bbt::.

use std::process::ExitCode;

use anyhow::Result;
use bbt::address::Address;
use bbt::config::{Config, Service};
use bbt::messages::Failure;
use bbt::redact;

use crate::current_repository;
use crate::output::say;
use crate::remote_url::{Classifier, NOT_ON_BITBUCKET, RemoteUrl};

const EXAMPLES: &str = "\
Examples:
  git bbt url
  git bbt url origin --web
  git bbt url --bbt https://bitbucket.org/acme/widgets.git";

/// Print a repository's URL in another form
///
/// Without an argument, the URL of the current clone. The URL never contains a secret, even if the
/// remote's URL does.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// A remote of the current clone, or any URL of a repository on Bitbucket
    #[arg(value_name = "REMOTE|URL")]
    of: Option<String>,

    #[command(flatten)]
    form: Form,
}

/// https by default: every tool understands that.
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

    /// The repository's page, for a browser
    #[arg(long)]
    web: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read_if_exists()?;
    let service = config.service();
    let address = match &args.of {
        Some(of) => from_argument(of, service)?,
        None => current_repository::find(service).ok_or_else(|| {
            Failure::new("no remote here is on Bitbucket").hint("git bbt url <remote or url>")
        })?,
    };
    say(&format!("{}\n", args.form.format(&address, service)))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the repository of a remote or a URL. A remote comes first, as in git.
fn from_argument(of: &str, service: &Service) -> Result<Address, Failure> {
    let remote = (!of.contains(':'))
        .then(|| current_repository::remote_url(of))
        .flatten();
    match remote {
        Some(url) => from_url(&url, service),
        None if !of.contains([':', '/']) => {
            let failure = Failure::new(format!("no remote \"{of}\" here"));
            Err(failure.hint("list the remotes: git remote"))
        }
        None => from_url(of, service),
    }
}

fn from_url(url: &str, service: &Service) -> Result<Address, Failure> {
    // `acme/widgets` is a folder to git, but a repository as an argument of ours.
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
            let meant = Address::guess(&redact::userinfo(url, ""));
            Err(Failure::new(format!(
                "{} is not the URL of a repository on Bitbucket: {why}",
                redact::address(url)
            ))
            .hint(match meant {
                Some(address) => format!("did you mean bbt::{address}?"),
                None => "git bbt url bbt::<workspace>/<repository>".to_owned(),
            }))
        }
    }
}

impl Form {
    fn format(&self, address: &Address, service: &Service) -> String {
        match self {
            Form { bbt: true, .. } => format!("bbt::{address}"),
            // ssh moved from bitbucket.org to a host of its own on 12 November 2026.
            Form { ssh: true, .. } => format!("git@ssh.bitbucket.org:{}.git", address.full_name()),
            Form { web: true, .. } => {
                let url = service.url(address, None);
                url.strip_suffix(".git").unwrap_or(&url).to_owned()
            }
            Form { .. } => service.url(address, None),
        }
    }
}
