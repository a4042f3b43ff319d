//! What login asks a person, and what it reads instead if there is none.

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

/// How often a question is asked.
const ATTEMPTS: usize = 3;

/// The token, from stdin or from the prompt. `old` is the entry that it will replace.
///
/// # Errors
/// If there is none, or nobody to ask.
pub fn token(
    is_on_stdin: bool,
    target: Option<&Target>,
    old: Option<&TokenEntry>,
    service: &Service,
) -> Result<Pasted> {
    let bytes = if is_on_stdin {
        zeroized::read(io::stdin().lock(), token::MAX_BYTES + 2)?
    } else {
        prompt(target, old.is_some())?
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
                _ => failure.hint("copy it again, all of it: it starts with ATCT or ATAT and ends in eight digits and letters"),
            }
        }
        Refusal::Other(what) => Failure::new(format!("the input {what}")).hint(ALONE),
    }
}

const ALONE: &str = "paste the token alone";

fn named(target: Option<&Target>) -> String {
    target.map_or("<workspace>".to_owned(), Target::to_string)
}

fn prompt(target: Option<&Target>, is_replaced: bool) -> Result<Zeroizing<Vec<u8>>> {
    let from_file = format!("git bbt login {} --with-token < file", named(target));
    if !io::stdin().is_terminal() {
        return Err(Failure::new("there is no terminal to ask for the token at")
            .hint(from_file)
            .into());
    }
    if !terminal::is_foreground() {
        return Err(
            Failure::new("nobody can be asked for the token from the background")
                .hint(from_file)
                .into(),
        );
    }
    let question = match target {
        Some(target) => {
            say(&introduction(target, is_replaced))?;
            format!("Token for {target} (hidden): ")
        }
        None => {
            "The token, or the git clone command with it that Bitbucket shows (hidden): ".to_owned()
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

/// The token's last day; `None` if it has none, or nobody knows it.
///
/// # Errors
/// If no date is entered in the end.
pub fn end(is_interactive: bool) -> Result<Option<Date>> {
    if !is_interactive {
        messages::hint(
            "tokens expire, and Bitbucket sends no reminder: with --expires 2027-03-01 (or 90d, 1y) you are warned in time",
        );
        return Ok(None);
    }
    for _ in 0..ATTEMPTS {
        let question =
            "Its last day, as Bitbucket shows it (2027-03-01, 90d, 1y; Enter for none): ";
        let Some(text) = terminal::read_line(question)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match date::parse(&text) {
            Ok(date) => return Ok(Some(date)),
            Err(why) => say(&format!("{why}\n"))?,
        }
    }
    Err(Failure::new("no date was entered")
        .hint("nothing was stored")
        .into())
}

/// The address of the bot that commits, if it is another one with the new token: a token that was
/// rotated keeps its bot, and one that was created has a new one.
///
/// # Errors
/// The system's.
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
            "commits use {old}, the bot of the old token; a token that was created and not rotated has another: git bbt login {target} --email <email>"
        ));
        return Ok(None);
    }
    let question = format!(
        "Commits use {old}. A new token has another bot, one that was rotated has not.\n\
         Its address, as Bitbucket shows it (Enter to keep this one): "
    );
    for _ in 0..ATTEMPTS {
        let Some(text) = terminal::read_line(&question)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        if text.contains('@') && !text.contains(char::is_whitespace) {
            return Ok(Some(text));
        }
        say("expected an email address\n")?;
    }
    Err(Failure::new("no email address was entered")
        .hint("nothing was stored")
        .into())
}
