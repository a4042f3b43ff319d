//! Which source is used for a workspace or repository: environment or config.toml, the narrower scope
//! first.
//!
//! A source that is configured and fails is an error, and the next one is not tried: the user wants to
//! know, and the next token may be somebody else's.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;
use time::{Date, OffsetDateTime};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::config::{Config, TokenEntry};
use crate::messages::{self, Failure};
use crate::source::Source;
use crate::target::Target;
use crate::token::{self, Flaw, Token};
use crate::variables;

/// What to do about a token that is about to expire.
pub const ROTATE: &str = "press Rotate beside it in Bitbucket, which gives it a new secret and end";

/// A source that could be used for a workspace or repository.
#[derive(Debug)]
pub struct Candidate<'c> {
    target: Target,
    /// Owned if it is one of our environment variables; else it is the source of `entry`.
    source: Cow<'c, Source>,
    /// The entry of config.toml with the source, or with the same variable: its `kind`, `account` and
    /// `expires` apply.
    entry: Option<&'c TokenEntry>,
    /// config.toml, for messages.
    file: Option<&'c Path>,
    is_for_any_workspace: bool,
}

/// Returns every source that could be used for the target, the one that is used first: the narrower
/// scope wins, and in one scope the environment before config.toml. What is for any workspace comes
/// last: `BBT_TOKEN`, then `[workspace."*"]`.
pub fn candidates<'c>(config: &'c Config, target: impl Into<Target>) -> Vec<Candidate<'c>> {
    let target = target.into();
    let (workspace, address) = (target.workspace(), target.repository());
    let (mut of_repository, mut of_workspace) = (None, None);
    if config.shares_variable(workspace).is_none() {
        of_repository = address.and_then(|it| variables::of_repository(workspace, it.repository()));
        of_workspace = variables::of_workspace(workspace);
    }
    let repository_entries = address.into_iter().flat_map(|it| config.repository(it));
    let workspace_entry = config.workspace(workspace).and_then(|it| it.token.as_ref());
    let any_variable = Some(variables::TOKEN.to_owned());
    let any_entry = config.any_workspace();
    let scopes: [(_, Vec<&TokenEntry>, _); 3] = [
        (of_repository, repository_entries.collect(), false),
        (of_workspace, workspace_entry.into_iter().collect(), false),
        (any_variable, any_entry.into_iter().collect(), true),
    ];
    let mut candidates = Vec::new();
    for (variable, mut entries, is_for_any_workspace) in scopes {
        let candidate = |source, entry| Candidate {
            target: target.clone(),
            source,
            entry,
            file: config.path(),
            is_for_any_workspace,
        };
        if let Some(name) = variable.filter(|name| std::env::var_os(name).is_some()) {
            let is_same = |it: &&TokenEntry| matches!(&it.source, Source::Env(it) if *it == name);
            let same = entries.iter().position(is_same);
            let same = same.map(|at| entries.remove(at));
            candidates.push(candidate(Cow::Owned(Source::Env(name)), same));
        }
        let of_entry = |entry: &'c TokenEntry| candidate(Cow::Borrowed(&entry.source), Some(entry));
        candidates.extend(entries.into_iter().map(of_entry));
    }
    candidates
}

/// Returns the source that is used for the target, which may be an [`Address`].
///
/// # Errors
/// No token is configured; the hints name the command and the variable to set one.
pub fn choose(config: &Config, target: impl Into<Target>) -> Result<Candidate<'_>> {
    let target = target.into();
    let mut candidates = candidates(config, &target).into_iter();
    let chosen = candidates
        .next()
        .ok_or_else(|| not_configured(&target, config))?;
    messages::trace(|| {
        let others: Vec<String> = candidates.map(|other| other.describe()).collect();
        let source = chosen.describe();
        if others.is_empty() {
            return format!("source: {source}");
        }
        format!("source: {source}; it comes before {}", others.join(", "))
    });
    Ok(chosen)
}

fn not_configured(target: &Target, config: &Config) -> Failure {
    let workspace = target.workspace();
    let failure = Failure::new(format!("no token is configured for {target}"));
    let variable = variables::of_workspace(workspace);
    if let (Some(variable), Some(owner)) = (&variable, config.shares_variable(workspace)) {
        return failure.hint(format!(
            "{variable} is for workspace {}, which is in config.toml; give {workspace} a file of its own, and name that in BBT_CONFIG",
            owner.name
        ));
    }
    let failure = failure.hint(format!("store one: git bbt login {workspace}"));
    let Some(variable) = variable else {
        return failure.hint(format!(
            "or name a source in config.toml: [workspace.\"{workspace}\"] token = {{ env = \"NAME\" }}"
        ));
    };
    let failure = failure.hint(format!(
        "or set it for this shell: export {variable}=<token>"
    ));
    let repository = target.repository().map(Address::repository);
    match variables::similar(workspace, repository) {
        Some(name) => failure.hint(format!(
            "{name} is set; to use it here: export {variable}=\"${name}\""
        )),
        None => failure,
    }
}

impl Candidate<'_> {
    /// Checks the source as far as the secret need not be fetched: git is not started for a source
    /// that cannot work, since it would add lines of its own to the message.
    ///
    /// # Errors
    /// What is missing or cannot be a token, and what to type.
    pub fn check(&self) -> Result<()> {
        self.check_source()?;
        if let Source::Env(_) | Source::Value(_) = *self.source {
            token::check(&self.read()?).map_err(|flaw| self.flawed(flaw))?;
        }
        Ok(())
    }

    /// Checks the source, but not what it contains.
    ///
    /// # Errors
    /// What is missing, and what to type.
    pub fn check_source(&self) -> Result<()> {
        let checked = self.source.check(&self.target);
        checked.map_err(|failure| self.failed(failure).into())
    }

    /// Returns the token.
    ///
    /// # Errors
    /// Why the source returned nothing, or why what it returned cannot be a token.
    pub fn token(&self) -> Result<Token> {
        let kind = self.entry.and_then(|entry| entry.kind);
        Token::new(self.read()?, kind).map_err(|flaw| self.flawed(flaw).into())
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let bytes = self.source.read(&self.target);
        bytes.map_err(|failure| self.failed(failure))
    }

    /// Describes where the source is named, for messages: a variable, or a table of config.toml.
    pub fn describe(&self) -> String {
        match (self.variable(), self.entry) {
            (None, Some(entry)) => entry.describe(self.file),
            (name, _) => format!("{} in the environment", name.unwrap_or_default()),
        }
    }

    /// Warns of a token that is about to expire, or has expired: Bitbucket sends no reminder.
    pub fn warn_of_expiry(&self) {
        if let Some(expiry) = self.expiry() {
            let (target, source) = (&self.target, self.describe());
            messages::warning(&format!("the token for {target} {expiry} ({source})"));
            messages::hint(&format!("{ROTATE}, and then run 'git bbt login'"));
        }
    }

    /// Describes the token's expiry, as in `ends today`; `None` until seven days before.
    pub fn expiry(&self) -> Option<String> {
        describe_expiry(self.entry?.expires?, OffsetDateTime::now_utc().date())
    }

    /// Returns the account of an API token, if config.toml names it; REST needs it.
    pub fn account(&self) -> Option<&str> {
        self.entry?.account.as_deref()
    }

    /// Returns whether the source is one of our environment variables, and not an entry of
    /// config.toml.
    pub fn is_variable(&self) -> bool {
        self.variable().is_some()
    }

    /// Returns whether the source is for any workspace, and not named for this one: `BBT_TOKEN` or
    /// `[workspace."*"]`.
    pub fn is_for_any_workspace(&self) -> bool {
        self.is_for_any_workspace
    }

    /// Returns whether the source is `[workspace."*"]`, which may have tokens for some workspaces only.
    pub fn is_rule(&self) -> bool {
        self.is_for_any_workspace && !self.is_variable()
    }

    /// Returns what is equal for candidates that have the same token.
    pub fn identity(&self) -> String {
        let source = self.describe();
        if self.is_rule() || self.source.has_placeholder() {
            return format!("{source} for {}", self.target).to_ascii_lowercase();
        }
        source
    }

    /// Returns the environment variable of ours that is the source, if it is one.
    pub fn variable(&self) -> Option<&str> {
        match &self.source {
            Cow::Owned(Source::Env(name)) => Some(name),
            _ => None,
        }
    }

    /// Returns the entry of config.toml that the token belongs to, if any.
    pub fn entry(&self) -> Option<&TokenEntry> {
        self.entry
    }

    /// Adds the target and, for an entry, the source; a variable is named in the message already.
    fn failed(&self, failure: Failure) -> Failure {
        let failure = failure.within(&format!("no token for {}", self.target));
        if self.is_variable() {
            return failure;
        }
        failure.hint(format!("its source is {}", self.describe()))
    }

    fn flawed(&self, flaw: Flaw) -> Failure {
        let subject = self.variable().unwrap_or("the value");
        let failure = self.failed(Failure::new(format!("{subject} {flaw}")));
        let is_command = matches!(*self.source, Source::Command(_));
        match flaw {
            Flaw::AppPassword => failure.hint(format!(
                "create an access token at {} and put it there",
                Target::Workspace(self.target.workspace().to_owned()).tokens_page()
            )),
            Flaw::SeveralLines if is_command => {
                failure.hint("first_line = true beside command takes the first line, as for pass")
            }
            _ => match flaw.hint() {
                Some(hint) => failure.hint(hint),
                None => failure,
            },
        }
    }
}

/// See [`Candidate::expiry`]; `expires` is the token's last day.
fn describe_expiry(expires: Date, today: Date) -> Option<String> {
    match (expires - today).whole_days() {
        ..0 => Some(format!("ended on {expires}")),
        0 => Some("ends today".to_owned()),
        1 => Some(format!("ends tomorrow, {expires}")),
        days @ 2..=7 => Some(format!("ends in {days} days, on {expires}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Month;

    #[test]
    fn expiry_is_described_from_seven_days_before() {
        let day = |day| Date::from_calendar_date(2027, Month::March, day).expect("a day of March");
        let expiry = |today| describe_expiry(day(20), day(today));
        assert_eq!(expiry(12), None);
        assert_eq!(expiry(13).as_deref(), Some("ends in 7 days, on 2027-03-20"));
        assert_eq!(expiry(19).as_deref(), Some("ends tomorrow, 2027-03-20"));
        assert_eq!(expiry(20).as_deref(), Some("ends today"));
        assert_eq!(expiry(21).as_deref(), Some("ended on 2027-03-20"));
    }
}
