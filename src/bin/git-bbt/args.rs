//! The list of commands. What a command does, and its arguments, are said and done in its file.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Bitbucket Cloud access tokens for git: sign in, look, and find out what is wrong
///
/// With a token in its place, `git clone bbt::<workspace>/<repository>` works, and no remote holds a
/// secret.
#[derive(Parser)]
#[command(
    name = "git-bbt",
    bin_name = "git bbt",
    display_name = "git-bbt",
    version,
    max_term_width = 100,
    after_help = "git bbt <command> --help tells all of a command; git takes git bbt --help for itself, and looks\nfor the man page."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

/// A line for each command: its name, and the module whose `Args` and `run` it is.
macro_rules! commands {
    ($($name:ident($module:ident)),* $(,)?) => {
        #[derive(Subcommand)]
        pub enum Command {
            $($name(crate::$module::Args)),*
        }

        impl Command {
            /// Does it.
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
    // Of these two, -h does not tell.
    Completions(completions),
    Manual(manual),
}
