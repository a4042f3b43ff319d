//! `git bbt manual`: the man pages, so that `git bbt --help` and `git help bbt` find them.
//!
//! Those of the commands are made of their arguments; those of the other programs and of
//! config.toml are written, and lie in the folder beside this file.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use bbt::messages::Failure;
use bbt::untrusted_file;
use clap::{ArgAction, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::args;
use crate::output::say;

const EXAMPLES: &str = "\
Examples:
  git bbt manual
  git bbt manual ~/.local/share/man";

/// Write the man pages, so that git bbt --help finds them
///
/// Into the folders man1 and man5 of FOLDER. Where it is left out, it is share/man beside the folder
/// that the programs are in, where man looks for it.
#[derive(clap::Args)]
#[command(hide = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// Such as ~/.local/share/man
    #[arg(value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

/// Those that are written.
const WRITTEN: [(&str, &str); 3] = [
    ("git-remote-bbt.1", include_str!("manual/git-remote-bbt.1")),
    (
        "git-credential-bbt.1",
        include_str!("manual/git-credential-bbt.1"),
    ),
    ("bbt-config.5", include_str!("manual/bbt-config.5")),
];

/// What git-bbt(1) says beside its arguments.
const GIT_BBT: &str = include_str!("manual/git-bbt.roff");

/// What the page of migrate has more than its help.
const GIT_BBT_MIGRATE: &str = include_str!("manual/git-bbt-migrate.roff");

/// What the text of the written pages has in the place of the version.
const VERSION: &str = "@VERSION@";

pub fn run(args: &Args) -> Result<ExitCode> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => beside_the_programs()?,
    };
    let mut count = 0;
    for (name, text) in pages()? {
        let (_, section) = name.rsplit_once('.').unwrap_or_default();
        let path = folder.join(format!("man{section}")).join(&name);
        put(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        count += 1;
    }
    say(&format!("{count} pages are in {}\n", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Every page: its name, and what is in it.
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut all = args::Args::command()
        .disable_help_subcommand(true)
        .subcommand_help_heading("COMMANDS");
    all.build();
    let mut pages = vec![("git-bbt.1".to_owned(), page(&all, GIT_BBT)?)];
    for command in all.get_subcommands() {
        let name = format!("git-bbt-{}.1", command.get_name());
        let more = if command.get_name() == "migrate" {
            GIT_BBT_MIGRATE
        } else {
            ""
        };
        pages.push((name, page(command, more)?));
    }
    for (name, text) in WRITTEN {
        pages.push((
            name.to_owned(),
            text.replace(VERSION, env!("CARGO_PKG_VERSION")),
        ));
    }
    Ok(pages)
}

/// A command's, with `more` before the examples.
fn page(command: &Command, more: &str) -> io::Result<String> {
    let source = concat!("git-remote-bbt ", env!("CARGO_PKG_VERSION"));
    let name = command.get_display_name().unwrap_or_default();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    // Not clap_mangen's, which leaves out a date that is empty, and not its place.
    writeln!(
        page,
        ".TH \"{}\" 1 \"\" \"{source}\" git-remote-bbt",
        name.to_uppercase()
    )?;
    // Addresses and options are typed as they stand: no line ends in the middle of one.
    writeln!(page, ".nh\n.ad l")?;
    man.render_name_section(&mut page)?;
    page.extend_from_slice(synopsis(command).as_bytes());
    page.extend_from_slice(description(command).as_bytes());
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    page.extend_from_slice(more.as_bytes());
    if let Some(examples) = command.get_after_long_help() {
        page.extend_from_slice(examples_section(&examples.to_string()).as_bytes());
    }
    page.extend_from_slice(see_also(command).as_bytes());
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Not clap_mangen's, which leaves out what an option wants, and what may be said more than once.
fn synopsis(command: &Command) -> String {
    let mut line = vec![bold(command.get_bin_name().unwrap_or_default())];
    let (positionals, options): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .partition(|arg| arg.is_positional());
    for option in options {
        // The blank is one that no line is broken at.
        let shown = option.to_string().replace(' ', "\u{a0}");
        let (name, value) = shown.split_at(shown.find(['\u{a0}', '[']).unwrap_or(shown.len()));
        line.push(roman(" ["));
        if let Some(short) = option.get_short().filter(|_| option.get_long().is_some()) {
            line.extend([bold(format!("-{short}")), roman("|")]);
        }
        line.extend([bold(name), italic(value), roman("]")]);
        if matches!(option.get_action(), ArgAction::Append | ArgAction::Count) {
            line.push(roman("..."));
        }
    }
    for positional in positionals {
        line.extend([roman(" "), italic(positional.to_string())]);
    }
    if command.has_subcommands() {
        line.push(italic(" <COMMAND>"));
    }
    let mut roff = Roff::new();
    let section = roff.control("SH", ["SYNOPSIS"]).text(line).render();
    section.replace('\u{a0}', "\\ ")
}

/// Not clap_mangen's, which fills lines that are indented, and so tables, as if they were text.
fn description(command: &Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    let mut is_filled = true;
    for line in about.lines() {
        if is_filled == line.starts_with(' ') {
            is_filled = !is_filled;
            roff.control(if is_filled { "fi" } else { "nf" }, []);
        }
        match line.trim() {
            "" => roff.control("PP", []),
            _ => roff.text([roman(line)]),
        };
    }
    if !is_filled {
        roff.control("fi", []);
    }
    roff.render()
}

/// What help says below its heading, as it stands there.
fn examples_section(help: &str) -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"])
        .control("RS", ["4"])
        .control("EX", []);
    for line in help.lines().skip(1) {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("EE", []).control("RE", []).render()
}

fn see_also(command: &Command) -> String {
    let others: &[&str] = if command.has_subcommands() {
        &[
            "git-remote-bbt(1)",
            "git-credential-bbt(1)",
            "bbt-config(5)",
        ]
    } else {
        &["git-bbt(1)", "bbt-config(5)"]
    };
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(others.join(", "))]).render()
}

/// The folder that man looks into for programs that are where ours are.
fn beside_the_programs() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    let prefix = program.parent().and_then(Path::parent);
    let prefix = prefix.ok_or_else(|| {
        Failure::new(format!("{} is in no folder of programs", program.display()))
            .hint("name a folder: git bbt manual ~/.local/share/man")
    })?;
    Ok(prefix.join("share").join("man"))
}

/// For all to read, as the user's umask has it.
fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true);
    untrusted_file::open_own(path, options)?.write_all(text.as_bytes())
}
