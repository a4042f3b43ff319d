//! `git bbt`, the companion. Each command is a module of its name.

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
mod git_environment;
mod git_settings;
mod hint;
mod login;
mod logout;
mod manual;
mod migrate;
mod output;
mod problem;
mod remote_url;
mod secret;
mod setup;
mod setup_file;
mod status;
mod store;
mod style;
mod target;
mod terminal;
mod token;
mod url;
mod write;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use bbt::{messages, redact};
use clap::Parser;

use args::Args;

/// musl's own allocator makes migrate three times as slow (measured).
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // After a Ctrl-C, no program of ours runs on, and the terminal's echo is on again.
    if let Err(error) = bbt::child::on_exit(terminal::restore) {
        return failed(&error.into());
    }
    if AutoStream::choice(&io::stderr()) != ColorChoice::Never {
        messages::use_colours();
    }
    match Args::try_parse() {
        Ok(args) => args.command.run().unwrap_or_else(|error| failed(&error)),
        Err(error) if error.use_stderr() => wrong_arguments(&error),
        Err(help) => help.exit(),
    }
}

/// The exit status of a program that a Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// A closed stdout (`| head`) is not a failure. A Ctrl-C at a prompt needs no message.
fn failed(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(ErrorKind::BrokenPipe) => ExitCode::SUCCESS,
        Some(ErrorKind::Interrupted) => ExitCode::from(INTERRUPTED),
        _ => messages::failure_of_command(error),
    }
}

/// Prints clap's error without the secrets in it: it quotes arguments.
fn wrong_arguments(error: &clap::Error) -> ExitCode {
    let text = redact::tokens(&error.render().to_string());
    let words: String = text
        .split_inclusive(' ')
        .map(|word| redact::userinfo(word, "***@"))
        .collect();
    let lines = words.lines().map(|line| redact::for_terminal(line) + "\n");
    let _ = std::io::stderr().write_all(lines.collect::<String>().as_bytes());
    ExitCode::from(2)
}
