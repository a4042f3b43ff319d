//! `git bbt`: signs in, looks, talks to Bitbucket, and tells what is wrong. A command is a file of
//! its name.

mod answer;
mod api;
mod args;
mod bitbucket;
mod checksum;
mod completions;
mod config_file;
mod doctor;
mod git;
mod git_config;
mod git_dir;
mod here;
mod login;
mod logout;
mod manual;
mod migrate;
mod network;
mod output;
mod reply;
mod scopes;
mod setup;
mod status;
mod store;
mod target;
mod terminal;
mod token;
mod unreachable;
mod url;
mod write;

use std::io::Write;
use std::process::ExitCode;

use bbt::report;
use clap::Parser;

use args::Args;

fn main() -> ExitCode {
    match Args::try_parse() {
        Ok(args) => args.command.run().unwrap_or_else(|error| failed(&error)),
        Err(error) if error.use_stderr() => wrong_arguments(&error),
        Err(help) => help.exit(),
    }
}

/// That nobody reads any more (`| head`) is no failure.
fn failed(error: &anyhow::Error) -> ExitCode {
    let io = error.downcast_ref::<std::io::Error>();
    match io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        true => ExitCode::SUCCESS,
        false => report::failure_of_command(error),
    }
}

/// clap quotes what it does not understand, and that may be a token in the wrong place.
fn wrong_arguments(error: &clap::Error) -> ExitCode {
    let text = bbt::token::masked(&error.render().to_string());
    let words: String = text
        .split_inclusive(' ')
        .map(|word| target::with_userinfo(word, "***@"))
        .collect();
    let lines = words.lines().map(|line| report::printable(line) + "\n");
    let _ = std::io::stderr().write_all(lines.collect::<String>().as_bytes());
    ExitCode::from(2)
}
