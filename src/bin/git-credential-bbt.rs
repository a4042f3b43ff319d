//! The credential helper, where `credential.helper = bbt` is configured: for git-lfs, and for
//! programs that bypass remote helpers.

use std::process::ExitCode;

use anyhow::Result;
use bbt::credential;
use bbt::messages::{self, Failure};

const HELP: &str = "\
git-credential-bbt is a git credential helper for Bitbucket Cloud. It returns
the token that git-remote-bbt would use. To configure it for a workspace:

    git config --global credential.https://bitbucket.org/acme.helper bbt
    git config --global credential.https://bitbucket.org/acme.useHttpPath true

It prints nothing for hosts and workspaces without a configured token. It never
stores or erases anything.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    run(&arguments).unwrap_or_else(|error| messages::failure(&error))
}

fn run(arguments: &[&str]) -> Result<ExitCode> {
    match arguments {
        [] | ["--help" | "-h"] => messages::print_help(HELP),
        ["--version" | "-V"] => messages::print_help(concat!(
            "git-credential-bbt ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        )),
        // We take no options; git appends the operation.
        [operation] => {
            credential::for_anyone(operation)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(
            Failure::new("git runs this with one argument: get, store or erase")
                .hint("see git-credential-bbt --help")
                .into(),
        ),
    }
}
