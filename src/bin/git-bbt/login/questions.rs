//! Login's questions, and what it reads if nobody can answer.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal};

use anyhow::Result;
use bbt::config::{Config, Service, TokenEntry};
use bbt::messages::{self, Failure};
use bbt::target::Target;
use bbt::token::{self, Flaw, Kind, Token};
use bbt::zeroized;
use time::Date;
use zeroize::Zeroizing;

use super::pasted::{self, Pasted, Refusal};
use crate::output::say;
use crate::{date, terminal};

/// How often a question is repeated.
const ATTEMPTS: usize = 3;

/// Returns the token from stdin or from the prompt. `old` is the entry that it will replace.
///
/// # Errors
/// If no token was entered, or stdin is not a terminal.
pub fn token(
    is_interactive: bool,
    target: Option<&Target>,
    old: Option<&TokenEntry>,
    service: &Service,
) -> Result<Pasted> {
    let bytes = if is_interactive {
        prompt(target, old.is_some())?
    } else {
        zeroized::read(io::stdin().lock(), token::MAX_BYTES + 2)?
    };
    let kind = old.and_then(|old| old.kind);
    pasted::read(bytes, service, kind).map_err(|refusal| failure(&refusal, target).into())
}

fn failure(refusal: &Refusal, target: Option<&Target>) -> Failure {
    let page = || match target {
        Some(target) => format!("create an access token at {}", target.tokens_page()),
        None => "create an access token in the workspace's or the repository's settings".to_owned(),
    };
    match refusal {
        Refusal::Flaw(Flaw::Blank) => Failure::new("no token was entered").hint(format!(
            "paste it at the prompt, or: git bbt login {} --with-token < file",
            named(target)
        )),
        Refusal::Flaw(flaw) => {
            let failure = Failure::new(format!("the input {flaw}"));
            match (flaw, flaw.hint()) {
                (Flaw::AppPassword, _) => failure.hint(page()),
                (Flaw::Surrounded, _) => failure.hint(ALONE),
                (_, Some(hint)) => failure.hint(hint),
                _ => failure.hint("copy the whole token again; it starts with ATCT or ATAT and ends in eight digits and letters"),
            }
        }
        Refusal::Other(what) => Failure::new(format!("the input {what}")).hint(ALONE),
    }
}

const ALONE: &str = "paste only the token";

fn named(target: Option<&Target>) -> String {
    target.map_or("<workspace>".to_owned(), Target::to_string)
}

fn prompt(target: Option<&Target>, is_replaced: bool) -> Result<Zeroizing<Vec<u8>>> {
    let problem = if !io::stdin().is_terminal() {
        Some("cannot prompt for a token: standard input is not a terminal")
    } else if !terminal::is_foreground() {
        Some("cannot prompt for a token from a background job")
    } else {
        None
    };
    if let Some(problem) = problem {
        let hint = format!("git bbt login {} --with-token < file", named(target));
        return Err(Failure::new(problem).hint(hint).into());
    }
    let question = match target {
        Some(target) => {
            say(&introduction(target, is_replaced))?;
            format!("Paste the token for {target} (input is hidden): ")
        }
        None => {
            "Paste the token, or the git clone command that Bitbucket shows (input is hidden): "
                .to_owned()
        }
    };
    match terminal::read_password(&question) {
        Ok(typed) => Ok(Zeroizing::new(typed.into_bytes())),
        // Ctrl-D.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            say("\n")?;
            Ok(Zeroizing::default())
        }
        Err(error) => Err(error.into()),
    }
}

fn introduction(target: &Target, is_replaced: bool) -> String {
    let page = target.tokens_page();
    if is_replaced {
        format!(
            "{target} has a token. To replace it, press Rotate beside it, or create another, at\n  {page}\n\
             (Rotate keeps the scopes; the old secret works for up to 30 minutes.)\n"
        )
    } else {
        format!("Create a token with the scopes repository and repository:write at\n  {page}\n")
    }
}

/// Asks for the token's expiry date; `None` if it has none or nobody knows it.
///
/// # Errors
/// If no date is entered.
pub fn expiry_date(is_interactive: bool) -> Result<Option<Date>> {
    if !is_interactive {
        messages::hint(
            "use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder",
        );
        return Ok(None);
    }
    let question = "Expiry date, e.g. 2027-03-01, 90d or 1y (Enter for none): ";
    ask(question, date::parse, "no date was entered")
}

/// Asks for the email of the token's bot, if it may be another one: a rotated token keeps its bot, and
/// a new token has a new one.
///
/// # Errors
/// If stdin cannot be read, or no email is entered.
pub fn email(
    is_interactive: bool,
    target: &Target,
    token: &Token,
    config: &Config,
) -> Result<Option<String>> {
    let workspace = config.workspace(target.workspace());
    let old = workspace.and_then(|workspace| workspace.email.as_deref());
    let Some(old) = old.filter(|email| email.ends_with("@bots.bitbucket.org")) else {
        return Ok(None);
    };
    if target.repository().is_some() || token.kind() == Kind::Api {
        return Ok(None);
    }
    if !is_interactive {
        messages::hint(&format!(
            "commits use {old}, the old token's bot; if the token is new and was not rotated, run: git bbt login {target} --email <email>"
        ));
        return Ok(None);
    }
    let question = format!(
        "Commits use {old}. A new token has another bot; a rotated one keeps it.\n\
         Email of the new bot (Enter to keep this one): "
    );
    ask(&question, super::email, "no email address was entered")
}

/// Asks for the account of an API token; `None` to store the token without it.
///
/// # Errors
/// If stdin cannot be read, or nobody can be asked.
pub fn account(is_interactive: bool, target: &Target) -> Result<Option<String>> {
    if is_interactive {
        let question =
            "The email of this API token's account, for REST (Enter to store it unchecked): ";
        return Ok(terminal::read_line(question)?.filter(|email| !email.is_empty()));
    }
    Err(
        Failure::new("an API token needs its account's email for REST, and none was given")
            .hint(format!("git bbt login {target} --account <email>"))
            .hint("or use --no-verify to store it without checking; git itself needs no account")
            .into(),
    )
}

/// Asks until `parse` accepts what is entered; `None` for an empty line.
fn ask<T, E: Display>(
    question: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    missing: &str,
) -> Result<Option<T>> {
    for _ in 0..ATTEMPTS {
        let Some(text) = terminal::read_line(question)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match parse(&text) {
            Ok(value) => return Ok(Some(value)),
            Err(why) => say(&format!("{why}\n"))?,
        }
    }
    Err(Failure::new(missing)
        .hint("the token was not stored")
        .into())
}
