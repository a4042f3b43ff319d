//! The Bitbucket stand-in as a program, for people and scripts.

#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::{env, thread};

use bbt_stand_in::{Grant, StandIn};
use tempfile::NamedTempFile;

const USAGE: &str = "\
usage: stand-in [--port N] [--root DIR] [--env-file FILE] [workspace/repository...]

It runs until the end of its input, or Ctrl-C, and reads these commands:
  rotate WORKSPACE   revoke the workspace's token and issue another
  log                print the requests so far
  forget             empty the log";

fn main() -> ExitCode {
    match Arguments::parse(env::args().skip(1)) {
        Some(arguments) => {
            run(arguments).expect("standard output and the env file are writable");
            ExitCode::SUCCESS
        }
        None => {
            println!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    port: u16,
    root: Option<PathBuf>,
    env_file: Option<PathBuf>,
    repositories: Vec<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--port" => arguments.port = words.next()?.parse().ok()?,
                "--root" => arguments.root = Some(words.next()?.into()),
                "--env-file" => arguments.env_file = Some(words.next()?.into()),
                name if !name.starts_with('-') && name.contains('/') => {
                    arguments.repositories.push(word);
                }
                _ => return None,
            }
        }
        Some(arguments)
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    let mut builder = StandIn::builder().port(arguments.port);
    if let Some(root) = arguments.root {
        builder = builder.root(root);
    }
    let mut host = Host {
        bitbucket: builder.start(),
        tokens: BTreeMap::new(),
        env_file: arguments.env_file,
    };
    for full_name in &arguments.repositories {
        host.bitbucket.repository(full_name);
        let workspace = full_name.split('/').next().unwrap_or_default();
        host.issue(workspace);
    }
    host.write_env_file()?;
    host.introduce();

    let (sender, events) = mpsc::channel();
    let commands = sender.clone();
    thread::spawn(move || read_commands(&commands));
    thread::spawn(move || wait_for_interrupt(&sender));
    for event in events {
        match event {
            Event::Command(line) => host.run_command(&line)?,
            Event::Stop => break,
        }
    }
    host.remove_env_file();
    Ok(())
}

enum Event {
    Command(String),
    Stop,
}

fn read_commands(events: &Sender<Event>) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let _ = events.send(Event::Command(line));
    }
    let _ = events.send(Event::Stop);
}

/// Handles Ctrl-C, so that its files are removed then, too.
fn wait_for_interrupt(events: &Sender<Event>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a tokio runtime");
    if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
        let _ = events.send(Event::Stop);
    }
}

/// The stand-in, with one token for each workspace.
struct Host {
    bitbucket: StandIn,
    tokens: BTreeMap<String, String>,
    env_file: Option<PathBuf>,
}

impl Host {
    fn issue(&mut self, workspace: &str) {
        let grant = Grant::workspace(workspace).scopes(["repository", "repository:write"]);
        let token = self.bitbucket.token(grant);
        if let Some(old) = self.tokens.insert(workspace.to_owned(), token) {
            self.bitbucket.revoke(&old);
        }
    }

    fn run_command(&mut self, line: &str) -> io::Result<()> {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["rotate", workspace] if self.tokens.contains_key(*workspace) => {
                self.issue(workspace);
                self.write_env_file()?;
                println!("rotated {workspace}");
            }
            ["log"] => self.print_log(),
            ["forget"] => drop(self.bitbucket.take_requests()),
            [] => {}
            _ => println!("not understood: {line}"),
        }
        io::stdout().flush()
    }

    fn print_log(&self) {
        for request in self.bitbucket.requests() {
            let status = request.status.map_or("cut".to_owned(), |s| s.to_string());
            let who = match request.authorization {
                Some(_) => "with credentials",
                None => "anonymous",
            };
            println!("{} {} {status} {who}", request.method, request.path);
        }
    }

    fn introduce(&self) {
        let url = self.bitbucket.url();
        let ca = self.bitbucket.ca_file().display();
        println!("A stand-in for Bitbucket is at {url}, its authority's certificate in {ca}.\n");
        let api_url = self.bitbucket.api_url();
        println!("config.toml:\n\n[bitbucket]\ngit_url = \"{url}\"\napi_url = \"{api_url}\"\n");
        println!(
            "environment:\n\nexport GIT_SSL_CAINFO={}\nexport no_proxy=localhost",
            quoted(&ca.to_string())
        );
        match &self.env_file {
            Some(file) => {
                println!(". {}", quoted(&file.display().to_string()));
                for workspace in self.tokens.keys() {
                    let name = variable(workspace);
                    println!("export BBT_TOKEN_{name}=\"$BBT_STAND_IN_TOKEN_{name}\"");
                }
            }
            None => {
                for (workspace, token) in &self.tokens {
                    println!("export BBT_TOKEN_{}={}", variable(workspace), quoted(token));
                }
            }
        }
        println!("\nIt runs until the end of its input (Ctrl-D) or Ctrl-C.");
    }

    /// Replaces the file atomically, with a mode that only this user can read.
    fn write_env_file(&self) -> io::Result<()> {
        let Some(path) = &self.env_file else {
            return Ok(());
        };
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut file = NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
        let ca = self.bitbucket.ca_file().display().to_string();
        writeln!(file, "BBT_STAND_IN_URL={}", quoted(self.bitbucket.url()))?;
        writeln!(
            file,
            "BBT_STAND_IN_API_URL={}",
            quoted(&self.bitbucket.api_url())
        )?;
        writeln!(file, "BBT_STAND_IN_CA={}", quoted(&ca))?;
        for (workspace, token) in &self.tokens {
            let name = variable(workspace);
            writeln!(file, "BBT_STAND_IN_TOKEN_{name}={}", quoted(token))?;
        }
        file.persist(path)?;
        Ok(())
    }

    fn remove_env_file(&self) {
        if let Some(path) = &self.env_file {
            // The stand-in is ending; somebody may have removed the file already.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Returns a workspace's name as part of a variable's name.
fn variable(workspace: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    workspace.chars().map(letter).collect()
}

/// Quotes a text as one word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
