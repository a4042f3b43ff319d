//! `git bbt`: signs in, looks, talks to Bitbucket, and tells what is wrong. A command is a file of
//! its name.

mod api;
mod args;
mod bitbucket;
mod checksum;
mod completions;
mod config_file;
mod credential_context;
mod current_repository;
mod date;
mod doctor;
mod git;
mod git_config_file;
mod git_dir;
mod git_settings;
mod hint;
mod login;
mod logout;
mod manual;
mod migrate;
mod output;
mod redact;
mod remote_url;
mod secret;
mod setup;
mod status;
mod store;
mod target;
mod terminal;
mod token;
mod url;
mod write;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use bbt::messages;
use clap::Parser;

use args::Args;

fn main() -> ExitCode {
    // Nothing of ours goes on, and no terminal stays silent, after a Ctrl-C.
    if let Err(error) = bbt::child::watch(terminal::leave) {
        return failed(&error.into());
    }
    match Args::try_parse() {
        Ok(args) => args.command.run().unwrap_or_else(|error| failed(&error)),
        Err(error) if error.use_stderr() => wrong_arguments(&error),
        Err(help) => help.exit(),
    }
}

/// As of a program that a Ctrl-C ends.
const INTERRUPTED: u8 = 130;

/// That nobody reads any more (`| head`) is no failure. A Ctrl-C at a prompt has nothing to add.
fn failed(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(ErrorKind::BrokenPipe) => ExitCode::SUCCESS,
        Some(ErrorKind::Interrupted) => ExitCode::from(INTERRUPTED),
        _ => messages::failure_of_command(error),
    }
}

/// clap quotes what it does not understand, and that may be a token in the wrong place.
fn wrong_arguments(error: &clap::Error) -> ExitCode {
    let text = bbt::token::masked(&error.render().to_string());
    let words: String = text
        .split_inclusive(' ')
        .map(|word| target::with_userinfo(word, "***@"))
        .collect();
    let lines = words.lines().map(|line| messages::printable(line) + "\n");
    let _ = std::io::stderr().write_all(lines.collect::<String>().as_bytes());
    ExitCode::from(2)
}
