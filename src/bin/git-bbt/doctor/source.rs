//! Checks config.toml, the source that is used, and its token.

use anyhow::Result;
use bbt::config::Config;
use bbt::lookup;
use bbt::target::Target;
use bbt::token::{Kind, Token};

use super::check::Check;
use crate::git_settings::shown;

/// A token and its account.
pub struct TokenOfAccount {
    pub token: Token,
    pub account: Option<String>,
}

/// Checks that config.toml can be read.
pub fn configuration(config: &Result<Config>) -> Check {
    match config {
        Err(error) => Check::failed("config", error),
        Ok(config) => Check::ok(
            "config",
            match config.path() {
                Some(path) => shown(path),
                None => "no config.toml, and none is needed".to_owned(),
            },
        ),
    }
}

/// Checks the source that is used. Returns its token, too.
pub fn checks(config: &Config, target: &Target) -> (Vec<Check>, Option<TokenOfAccount>) {
    let skipped = || Check::skipped("token", "no source to read it from");
    let chosen = match lookup::choose(config, target) {
        Ok(chosen) => chosen,
        Err(error) => return (vec![Check::failed("source", &error), skipped()], None),
    };
    if let Err(error) = chosen.check_source() {
        return (vec![Check::failed("source", &error), skipped()], None);
    }
    let others = lookup::candidates(config, target).into_iter().skip(1);
    let others: Vec<String> = others.map(|other| other.describe()).collect();
    let message = if others.is_empty() {
        chosen.describe()
    } else {
        format!(
            "{}; it comes before {}",
            chosen.describe(),
            others.join(", ")
        )
    };
    let source = Check::ok("source", message);
    match chosen.token() {
        Err(error) => (vec![source, Check::failed("token", &error)], None),
        Ok(token) => {
            let kind = match token.kind() {
                Kind::Access => "an access token",
                Kind::Api => "a person's API token",
            };
            let check = match chosen.expiry() {
                Some(when) => {
                    Check::warning("token", format!("{kind}, which {when}"), lookup::ROTATE)
                }
                None => Check::ok("token", kind),
            };
            let account = chosen.account().map(str::to_owned);
            (vec![source, check], Some(TokenOfAccount { token, account }))
        }
    }
}
