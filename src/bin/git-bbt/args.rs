//! The arguments of every command. What a command does is said here, and done in its file.

use clap::{Parser, Subcommand};

/// Bitbucket Cloud access tokens for git: sign in, look, and find out what is wrong
///
/// With a token in its place, `git clone bbt::<workspace>/<repository>` works, and no remote holds a
/// secret.
#[derive(Parser)]
#[command(name = "git bbt", bin_name = "git bbt", version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Login(crate::login::Args),
    Logout(crate::logout::Args),
    Status(crate::status::Args),
    Token(crate::token::Args),
    Api(crate::api::Args),
    Migrate(crate::migrate::Args),
    Setup(crate::setup::Args),
    Url(crate::url::Args),
    Doctor(crate::doctor::Args),
}
