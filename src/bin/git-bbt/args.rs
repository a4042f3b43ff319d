//! The list of commands. Each has a module of its name, with its arguments and help.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Use Bitbucket Cloud access tokens with git
///
/// Once a token is stored, git clone bbt::<workspace>/<repository> works, and no remote contains a
/// secret.
#[derive(Parser)]
#[command(
    name = "git-bbt",
    bin_name = "git bbt",
    display_name = "git-bbt",
    version,
    max_term_width = 100,
    after_help = "Run 'git bbt <command> --help' for details. 'git bbt --help' opens the man page."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

/// Defines a command for each name, with the `Args` and `run` of its module.
macro_rules! commands {
    ($($name:ident($module:ident)),* $(,)?) => {
        #[derive(Subcommand)]
        pub enum Command {
            $($name(crate::$module::Args)),*
        }

        impl Command {
            /// Runs the command.
            pub fn run(&self) -> Result<ExitCode> {
                match self {
                    $(Command::$name(args) => crate::$module::run(args)),*
                }
            }
        }
    };
}

commands! {
    Login(login),
    Logout(logout),
    Status(status),
    Token(token),
    Api(api),
    Migrate(migrate),
    Setup(setup),
    Url(url),
    Doctor(doctor),
    Completions(completions),
    Manual(manual),
}
