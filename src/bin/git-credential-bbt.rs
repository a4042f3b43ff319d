//! The credential helper, where `credential.helper = bbt` is configured: for git-lfs, and for
//! programs that bypass remote helpers.

use std::process::ExitCode;

use anyhow::Result;
use bbt::credential;
use bbt::messages::{self, Failure};

const HELP: &str = "\
git-credential-bbt answers git's question for a Bitbucket Cloud credential with
the token that git-remote-bbt would use. git runs it, where it is configured:

    git config --global credential.https://bitbucket.org/acme.helper bbt
    git config --global credential.https://bitbucket.org/acme.useHttpPath true

It answers for workspaces that a token is configured for, and stays silent for
everything else. It stores nothing and erases nothing.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| argument.to_string_lossy())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    serve(&arguments).unwrap_or_else(|error| messages::failure(&error))
}

fn serve(arguments: &[&str]) -> Result<ExitCode> {
    match arguments {
        [] | ["--help" | "-h"] => messages::print_help(HELP),
        ["--version" | "-V"] => messages::print_help(concat!(
            "git-credential-bbt ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        )),
        // Of what follows options of ours there are none; git appends the operation.
        [operation] => {
            credential::for_anyone(operation)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(
            Failure::new("git calls this with one of get, store and erase")
                .hint("git-credential-bbt --help tells how it is used")
                .into(),
        ),
    }
}
