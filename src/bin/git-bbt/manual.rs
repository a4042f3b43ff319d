//! `git bbt manual`: installs the man pages, so that `git bbt --help` and `git help bbt` find them.
//!
//! The commands' pages are generated from their arguments; the other pages are in the folder beside
//! this file.

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

/// Install the man pages, so that git bbt --help finds them
///
/// Writes to the folders man1 and man5 of FOLDER. By default, that is share/man beside the folder of
/// the programs, where man looks for them.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The folder, such as ~/.local/share/man
    #[arg(value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

/// The pages that are not generated.
const WRITTEN: [(&str, &str); 3] = [
    ("git-remote-bbt.1", include_str!("manual/git-remote-bbt.1")),
    (
        "git-credential-bbt.1",
        include_str!("manual/git-credential-bbt.1"),
    ),
    ("bbt-config.5", include_str!("manual/bbt-config.5")),
];

/// Further sections of git-bbt(1).
const GIT_BBT: &str = include_str!("manual/git-bbt.roff");

/// Further sections of git-bbt-migrate(1).
const GIT_BBT_MIGRATE: &str = include_str!("manual/git-bbt-migrate.roff");

/// The last sections of each command's page, before the examples.
const EACH_COMMAND: &str = include_str!("manual/each-command.roff");

/// Replaced by the version and [`DATE`] in the pages that are not generated.
const VERSION: &str = "@VERSION@";
const DATE_HERE: &str = "@DATE@";

/// When the pages were last changed.
const DATE: &str = "2026-11-28";

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
    say(&format!(
        "Installed {count} man pages in {}\n",
        folder.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns every page's name and text.
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
        let text = text.replace(VERSION, env!("CARGO_PKG_VERSION"));
        pages.push((name.to_owned(), text.replace(DATE_HERE, DATE)));
    }
    Ok(pages)
}

/// Returns a command's page, with the sections of `more` before the examples.
fn page(command: &Command, more: &str) -> io::Result<String> {
    let source = concat!("git-remote-bbt ", env!("CARGO_PKG_VERSION"));
    let name = command.get_display_name().unwrap_or_default();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    writeln!(
        page,
        ".TH \"{}\" 1 \"{DATE}\" \"{source}\" git-remote-bbt",
        name.to_uppercase()
    )?;
    // Prevents line breaks in addresses and options.
    writeln!(page, ".nh\n.ad l")?;
    man.render_name_section(&mut page)?;
    page.extend_from_slice(synopsis(command).as_bytes());
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    page.extend_from_slice(more.as_bytes());
    page.extend_from_slice(EACH_COMMAND.as_bytes());
    if let Some(examples) = command.get_after_long_help() {
        page.extend_from_slice(examples_section(&examples.to_string()).as_bytes());
    }
    let others = if command.has_subcommands() {
        r"git\-remote\-bbt(1), git\-credential\-bbt(1), bbt\-config(5)"
    } else {
        r"git\-bbt(1), bbt\-config(5)"
    };
    writeln!(page, ".SH \"SEE ALSO\"\n{others}")?;
    // Where clap_mangen has a blank line, man has a macro.
    Ok(String::from_utf8_lossy(&page).replace(".br\n\n.br\n", ".sp\n"))
}

/// Not clap_mangen's, which omits options' values and repetition.
fn synopsis(command: &Command) -> String {
    let mut line = vec![bold(command.get_bin_name().unwrap_or_default())];
    let (positionals, options): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .partition(|arg| arg.is_positional());
    for option in options {
        // A non-breaking space.
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

/// Returns the section for a command's examples, whose lines are not filled.
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

/// Returns the folder in which man looks for the pages of programs in our folder.
fn beside_the_programs() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot find the path of this program")?;
    let prefix = program.parent().and_then(Path::parent);
    let prefix = prefix.ok_or_else(|| {
        Failure::new(format!(
            "{} is not in a folder for programs",
            program.display()
        ))
        .hint("name a folder: git bbt manual ~/.local/share/man")
    })?;
    Ok(prefix.join("share").join("man"))
}

/// Writes a page; its mode follows the user's umask.
fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true);
    untrusted_file::open_own(path, options)?.write_all(text.as_bytes())
}
