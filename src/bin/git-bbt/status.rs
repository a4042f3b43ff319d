//! `git bbt status`: every configured workspace and repository, and where its token comes from.

mod check;
mod configured;

use std::process::ExitCode;

use anyhow::Result;
use bbt::config::{Config, TokenEntry};
use bbt::lookup;
use bbt::messages;
use bbt::redact::for_terminal;
use bbt::token::Kind;
use bbt::variables;
use serde::Serialize;

use crate::date;
use crate::output::say;
use crate::setup_file::{set_up, stale};
use crate::target::{self, Target};
use check::{Check, Checker};
use configured::Configured;

const EXAMPLES: &str = "\
Examples:
  git bbt status
  git bbt status --check --json
  git bbt status --expiring 30d";

/// Show every configured workspace and repository, and where its token comes from
///
/// Reads no token, unless --check asks for it.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Only this repository, or this workspace and its repositories [default: all that are configured]
    #[arg(value_name = "WORKSPACE[/REPOSITORY]", value_parser = target::parse)]
    target: Option<Target>,

    /// Check with Bitbucket each token that is for a workspace or repository; exits with 1 if one does
    /// not work
    #[arg(long)]
    check: bool,

    /// Exit with 1 if a token ends by this day; a date, or a time from today (30d, 4w). Counts
    /// only tokens whose end config.toml has
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    expiring: Option<time::Date>,

    /// One array of objects, for scripts
    #[arg(long)]
    json: bool,
}

/// What is printed about a workspace or repository.
#[derive(Default, Serialize)]
struct Row {
    /// `acme`, `acme/widgets`, or a pattern, `acme/infra-*`.
    target: String,
    /// The source that is used; `None` if only an e-mail is configured.
    source: Option<String>,
    /// The sources that are not used, since this one comes before them.
    shadows: Vec<String>,
    /// `access` or `api`, if config.toml names it or --check has read the token.
    kind: Option<&'static str>,
    /// The bot's address for commits.
    email: Option<String>,
    /// The token's last day.
    expires: Option<String>,
    #[serde(skip)]
    end: Option<time::Date>,
    /// That it is set up without a token, and what to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup: Option<String>,
    /// The result of --check.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Check>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read()?;
    let checker = args.check.then(|| Checker::new(&config)).transpose()?;
    let configured = match &args.target {
        Some(target) => configured::below(target, &config),
        None => configured::all(&config),
    };
    let row = |configured: &Configured| Row::new(&config, configured, checker.as_ref());
    let mut rows: Vec<Row> = if args.check {
        Checker::rows(&configured, row)?
    } else {
        configured.iter().map(row).collect()
    };
    add_stale(&mut rows, &config, args.target.is_some());

    let output = if args.json {
        serde_json::to_string_pretty(&rows)? + "\n"
    } else if rows.is_empty() {
        "Nothing is configured. Store a token with: git bbt login <workspace>\n".to_owned()
    } else {
        rows.iter().map(text).collect()
    };
    say(&output)?;
    let mut checks = rows.iter().filter_map(|row| row.check.as_ref());
    let is_broken = checks.any(|check| check.works == Some(false));
    let ends = |row: &&Row| {
        args.expiring
            .is_some_and(|day| row.end.is_some_and(|end| end <= day))
    };
    let expiring: Vec<&Row> = rows.iter().filter(ends).collect();
    for row in &expiring {
        messages::warning(&format!(
            "the token for {} ends on {}; {}",
            row.target,
            row.expires.as_deref().unwrap_or_default(),
            lookup::ROTATE
        ));
    }
    Ok(ExitCode::from(u8::from(is_broken || !expiring.is_empty())))
}

/// Adds what is set up without a token.
fn add_stale(rows: &mut Vec<Row>, config: &Config, only_these: bool) {
    for (target, problem) in stale(&set_up(None), config) {
        let setup = Some(problem.to_string());
        let mut all = rows.iter_mut();
        match all.find(|row| row.target.eq_ignore_ascii_case(&target)) {
            Some(row) => row.setup = setup,
            None if only_these => {}
            None => rows.push(Row {
                target,
                setup,
                ..Row::default()
            }),
        }
    }
}

impl Row {
    fn new(config: &Config, configured: &Configured, checker: Option<&Checker>) -> Row {
        let mut row = Row::default();
        match configured {
            Configured::Target(target) => {
                let mut candidates = lookup::candidates(config, target).into_iter();
                let used = candidates.next();
                row.target = target.to_string();
                row.email = config
                    .workspace(target.workspace())
                    .and_then(|workspace| workspace.email.clone());
                row.shadows = candidates.map(|other| other.describe()).collect();
                if let Some(used) = used {
                    row.source = Some(used.describe());
                    row.set_entry(used.entry());
                    if let Some(checker) = checker {
                        let (check, kind) = checker.check(target, &used);
                        row.check = Some(check);
                        row.kind = kind.map(kind_name).or(row.kind);
                    }
                }
                return row;
            }
            Configured::Pattern(name, entry) => {
                row.target = name.clone();
                row.source = Some(entry.describe(config.path()));
                row.set_entry(Some(entry));
            }
            Configured::Variable(name) => {
                row.target = match name.strip_prefix(variables::TOKEN) {
                    Some("") | None => "*".to_owned(),
                    // Any of the characters that "_" replaces in a variable.
                    Some(rest) => rest[1..]
                        .to_lowercase()
                        .replacen("__", "/", 1)
                        .replace('_', "?"),
                };
                row.source = Some(format!("{name} in the environment"));
            }
        }
        row.check = checker.map(|_| Check::not_checked("it names no one workspace or repository"));
        row
    }

    fn set_entry(&mut self, entry: Option<&TokenEntry>) {
        if let Some(entry) = entry {
            self.kind = entry.kind.map(kind_name);
            self.expires = entry.expires.map(|date| date.to_string());
            self.end = entry.expires;
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Access => "access",
        Kind::Api => "api",
    }
}

/// The target, and its properties indented below it.
fn text(row: &Row) -> String {
    let mut lines = format!("{}\n", row.target);
    // A server's message may have several lines, and codes for the terminal.
    let mut line =
        |name: &str, value: &str| lines += &format!("  {name:<8} {}\n", for_terminal(value));
    line("token", row.source.as_deref().unwrap_or("none"));
    for other in &row.shadows {
        line("before", other);
    }
    let check = row.check.as_ref();
    let optional = [
        ("kind", row.kind),
        ("email", row.email.as_deref()),
        ("expires", row.expires.as_deref()),
        ("setup", row.setup.as_deref()),
        ("check", check.map(|check| check.message.as_str())),
        ("hint", check.and_then(|check| check.hint.as_deref())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            line(name, value);
        }
    }
    lines
}
