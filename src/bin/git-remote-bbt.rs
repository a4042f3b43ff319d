//! The remote helper that git runs for `bbt::<workspace>/<repository>`.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Result;
use bbt::messages::{self, Failure};
use bbt::{credential, remote, shell};

const HELP: &str = "\
git-remote-bbt lets git clone, fetch and push Bitbucket Cloud repositories with
an access token that is looked up only when git needs it, so that no remote
contains a secret.

git runs it; you type:

    git clone bbt::<workspace>/<repository>
    git remote set-url origin bbt::<workspace>/<repository>

The first source that is configured wins:

    BBT_TOKEN_<WORKSPACE>__<REPOSITORY>   in the environment
    [workspace.<workspace>.repository.<repository>]   in config.toml
    BBT_TOKEN_<WORKSPACE>                 in the environment
    [workspace.<workspace>]               in config.toml
    BBT_TOKEN                             in the environment
    [workspace.\"*\"]                       in config.toml

config.toml is in the folder git-remote-bbt of your configuration folder
(~/.config on Linux), unless BBT_CONFIG names another file:

    [workspace.acme]
    token = { command = [\"op\", \"read\", \"op://ci/acme/token\"] }

A token is one of { env = \"NAME\" }, { file = \"path\" }, { command = [...] },
{ keyring = true } and { value = \"...\" }. BBT_TRACE=1 prints on stderr what was
read and why.
";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    run(&arguments).unwrap_or_else(|error| {
        let status = messages::failure(&error);
        if arguments.len() == 2 {
            wait_for_git();
        }
        status
    })
}

/// Reads git's first line, which it always writes (gitremote-helpers(7)). If we had ended by then, git
/// would be killed by SIGPIPE (measured on a busy machine), and our exit status lost.
fn wait_for_git() {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let _ = stdin.read_line(&mut String::new());
    }
}

/// Decides by the number of arguments first: a remote may be named `--version`.
fn run(arguments: &[OsString]) -> Result<ExitCode> {
    match arguments {
        [remote, address] => remote::run(remote, address).map(ExitCode::from),
        [flag, address, operation] if flag == "--credential" => {
            credential::for_handoff(&address.to_string_lossy(), &operation.to_string_lossy())?;
            Ok(ExitCode::SUCCESS)
        }
        [] => messages::print_help(HELP),
        [flag] if flag == "--help" || flag == "-h" => messages::print_help(HELP),
        [flag] if flag == "--version" || flag == "-V" => {
            messages::print_help(concat!("git-remote-bbt ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        // git passes no address for a remote with `vcs = bbt` and without a url.
        [remote] => Err(
            Failure::new(format!("remote \"{0}\" has no url", remote.display()))
                .hint(format!(
                    "git config {} bbt::<workspace>/<repository>",
                    shell::word(format!("remote.{}.url", remote.display()))
                ))
                .into(),
        ),
        _ => Err(Failure::new(
            "git runs this with a remote and an address, not with so many arguments",
        )
        .hint("see git-remote-bbt --help")
        .into()),
    }
}
