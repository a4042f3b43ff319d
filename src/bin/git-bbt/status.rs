//! `git bbt status`: every configured workspace and repository, and where its token comes from.

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use bbt::address::Address;
use bbt::config::{Config, TokenEntry};
use bbt::lookup::{self, Candidate};
use bbt::token::Kind;
use bbt::variables;
use bbt::{messages, redact};
use rayon::prelude::*;
use serde::Serialize;

use crate::bitbucket::{self, Bitbucket, Problem, Verdict};
use crate::date;
use crate::output::say;
use crate::setup_file::{set_up, stale};
use crate::target::{self, Target};

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
    /// Only this workspace or repository [default: all that are configured]
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

/// How many tokens are checked at the same time, most of which is waiting for Bitbucket.
const CHECKS_AT_ONCE: usize = 8;

/// One line of it.
#[derive(Serialize)]
struct Row {
    /// `acme`, `acme/widgets`, or a pattern, `acme/infra-*`.
    target: String,
    /// Where the token that wins comes from; none where only an e-mail is configured.
    source: Option<String>,
    /// What it comes before.
    shadows: Vec<String>,
    /// `access` or `api`, where config.toml says it or --check has seen it.
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

#[derive(Serialize)]
struct Check {
    /// `None` if it was not checked, or if Bitbucket's response does not reveal it.
    works: Option<bool>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let config = Config::read()?;
    let bitbucket = args.check.then(|| Bitbucket::new(&config)).transpose()?;
    let is_silent = AtomicBool::new(false);
    let checks = bitbucket.as_ref().map(|bitbucket| Checks {
        bitbucket,
        is_silent: &is_silent,
    });
    let configured = match &args.target {
        Some(target) => vec![Configured::Target(target.clone())],
        None => configured(&config),
    };
    let row = |configured| row(&config, configured, checks);
    let mut rows: Vec<Row> = if args.check {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(CHECKS_AT_ONCE);
        let pool = threads.build()?;
        // The first one alone: a silent Bitbucket costs one time-out.
        let (first, rest) = configured.split_at(configured.len().min(1));
        let mut rows: Vec<Row> = first.iter().map(row).collect();
        rows.extend(pool.install(|| rest.par_iter().map(row).collect::<Vec<_>>()));
        rows
    } else {
        configured.iter().map(row).collect()
    };
    let at: HashMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.target.to_ascii_lowercase(), at))
        .collect();
    for stale in stale(&set_up(), &config) {
        let setup = Some(format!("{}; {}", stale.message, stale.hint));
        match at.get(&stale.workspace.to_ascii_lowercase()) {
            Some(&at) => rows[at].setup = setup,
            None if args.target.is_some() => {}
            None => rows.push(Row {
                setup,
                ..Row::of(stale.workspace)
            }),
        }
    }

    let output = if args.json {
        serde_json::to_string_pretty(&rows)? + "\n"
    } else if rows.is_empty() {
        "Nothing is configured. Store a token with: git bbt login <workspace>\n".to_owned()
    } else {
        rows.iter().map(text).collect()
    };
    say(&output)?;
    let all_work = rows
        .iter()
        .filter_map(|row| row.check.as_ref())
        .all(|check| check.works != Some(false));
    let is_expiring = |row: &Row| args.expiring.is_some_and(|day| row.ends_by(day));
    let expiring: Vec<&Row> = rows.iter().filter(|row| is_expiring(row)).collect();
    for row in &expiring {
        messages::warning(&format!(
            "the token for {} ends on {}; {}",
            row.target,
            row.expires.as_deref().unwrap_or_default(),
            lookup::ROTATE
        ));
    }
    Ok(ExitCode::from(u8::from(!all_work || !expiring.is_empty())))
}

/// Something that config.toml or the environment has a token or an e-mail for.
enum Configured<'c> {
    Target(Target),
    /// A pattern stands for no one repository: its own entry is all there is to say.
    Pattern(String, &'c TokenEntry),
    /// A variable alone: `BBT_TOKEN`, for whatever workspace is asked for, or one whose name may be
    /// that of several, as `ACME_INC` is of `acme-inc` and `acme_inc`.
    Variable(String),
}

fn configured(config: &Config) -> Vec<Configured<'_>> {
    let mut all = Vec::new();
    for workspace in config.workspaces() {
        all.push(Configured::Target(Target::Workspace(
            workspace.name.clone(),
        )));
        for repository in &workspace.repositories {
            let (name, pattern) = (&workspace.name, &repository.pattern);
            all.push(match Address::from_names(name, pattern) {
                Some(address) => Configured::Target(Target::Repository(address)),
                None => Configured::Pattern(format!("{name}/{pattern}"), &repository.token),
            });
        }
    }
    let known: HashSet<String> = all.iter().flat_map(variables_of).collect();
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| {
            *name == variables::TOKEN || name.starts_with(&format!("{}_", variables::TOKEN))
        })
        .filter(|name| !known.contains(name))
        .collect();
    names.sort();
    all.extend(names.into_iter().map(by_its_name));
    all
}

fn variables_of(configured: &Configured) -> Vec<String> {
    match configured {
        Configured::Target(target) => {
            let of_repository = target.repository().and_then(|address| {
                variables::of_repository(address.workspace(), address.repository())
            });
            let of_workspace = variables::of_workspace(target.workspace());
            of_repository.into_iter().chain(of_workspace).collect()
        }
        _ => Vec::new(),
    }
}

/// What a variable is for, where its name tells.
fn by_its_name<'c>(name: String) -> Configured<'c> {
    let rest = name
        .strip_prefix(variables::TOKEN)
        .and_then(|rest| rest.strip_prefix('_'));
    let target = rest.map(|rest| rest.replacen("__", "/", 1).to_ascii_lowercase());
    match target
        .filter(|target| !target.contains('_'))
        .map(|target| target::parse(&target))
    {
        Some(Ok(target)) => Configured::Target(target),
        _ => Configured::Variable(name),
    }
}

/// How --check asks Bitbucket, until a response takes too long.
#[derive(Clone, Copy)]
struct Checks<'a> {
    bitbucket: &'a Bitbucket,
    is_silent: &'a AtomicBool,
}

fn row(config: &Config, configured: &Configured, checks: Option<Checks>) -> Row {
    let mut row = Row::of(String::new());
    match configured {
        Configured::Target(target) => {
            let mut candidates = lookup::candidates(config, target).into_iter();
            let winner = candidates.next();
            row.target = target.to_string();
            row.email = config
                .workspace(target.workspace())
                .and_then(|workspace| workspace.email.clone());
            row.shadows = candidates.map(|other| other.describe()).collect();
            if let Some(winner) = winner {
                row.source = Some(winner.describe());
                row.tell_of(winner.entry());
                row.check = checks.map(|checks| check(checks, target, &winner, &mut row.kind));
            }
        }
        Configured::Pattern(name, entry) => {
            row.target = name.clone();
            row.source = Some(entry.describe(config.path()));
            row.tell_of(Some(entry));
            row.check =
                checks.map(|_| Check::not_checked("it names no one workspace or repository"));
        }
        Configured::Variable(name) => {
            row.target = match name.strip_prefix(variables::TOKEN) {
                Some("") | None => "*".to_owned(),
                // Any of the characters that stand for "_" in a variable.
                Some(rest) => rest[1..]
                    .to_lowercase()
                    .replacen("__", "/", 1)
                    .replace('_', "?"),
            };
            row.check =
                checks.map(|_| Check::not_checked("it names no one workspace or repository"));
            row.source = Some(format!("{name} in the environment"));
        }
    }
    row
}

impl Check {
    fn not_checked(why: &str) -> Check {
        Check {
            works: None,
            message: format!("not checked: {why}"),
            hint: None,
        }
    }
}

impl Row {
    /// One of which there is nothing to say yet.
    fn of(target: String) -> Row {
        Row {
            target,
            source: None,
            shadows: Vec::new(),
            kind: None,
            email: None,
            expires: None,
            end: None,
            setup: None,
            check: None,
        }
    }

    fn ends_by(&self, day: time::Date) -> bool {
        self.end.is_some_and(|end| end <= day)
    }

    fn tell_of(&mut self, entry: Option<&TokenEntry>) {
        let Some(entry) = entry else {
            return;
        };
        self.kind = entry.kind.map(name_of);
        self.expires = entry.expires.map(|date| date.to_string());
        self.end = entry.expires;
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Access => "access",
        Kind::Api => "api",
    }
}

fn check(
    checks: Checks,
    target: &Target,
    winner: &Candidate,
    kind: &mut Option<&'static str>,
) -> Check {
    if checks.is_silent.load(Ordering::Relaxed) {
        return Check::not_checked("an earlier request to Bitbucket timed out");
    }
    let checked = winner.token().and_then(|token| {
        *kind = Some(name_of(token.kind()));
        let verdict = checks.bitbucket.check(target, &token, winner.account());
        let verdict = verdict.inspect_err(|error| {
            let is_silent = bitbucket::is_timeout(error);
            checks.is_silent.fetch_or(is_silent, Ordering::Relaxed);
        })?;
        // An empty workspace looks the same as one that the token is not for.
        Ok(match verdict {
            Verdict::Accepted(identity) if identity.sees_nothing => {
                (None, Err(Problem::sees_nothing(&identity, target)))
            }
            Verdict::Accepted(identity) => (Some(true), Ok(identity.description())),
            Verdict::Refused(refusal) => {
                let problem = refusal.problem(target, &token, &target.tokens_page());
                (Some(false), Err(problem))
            }
        })
    });
    let (works, message, hint) = match checked {
        Ok((works, Ok(message))) => (works, message, None),
        Ok((works, Err(Problem { message, hint }))) => (works, message, Some(hint)),
        Err(error) => {
            let hint = messages::hints_of(&error).next().cloned();
            (Some(false), format!("not checked: {error:#}"), hint)
        }
    };
    Check {
        works,
        message,
        hint,
    }
}

/// A target, and indented below it what there is to say.
fn text(row: &Row) -> String {
    let mut lines = format!("{}\n", row.target);
    // What a server says may be meant for the terminal, and more than a line.
    let mut line = |name: &str, value: &str| {
        lines += &format!("  {name:<8} {}\n", redact::for_terminal(value))
    };
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
