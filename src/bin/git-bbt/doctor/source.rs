//! Checks config.toml, the source that is used, and its token.

use anyhow::Result;
use bbt::config::Config;
use bbt::lookup;
use bbt::target::Target;
use bbt::token::{Kind, Token};

use super::check::Check;
use crate::git_settings::shown;

/// Checks that config.toml can be read.
pub fn configuration(config: &Result<Config>) -> Check {
    match config {
        Err(error) => Check::failed("config", error),
        Ok(config) => {
            let none = || "no config.toml, and none is needed".to_owned();
            Check::ok("config", config.path().map_or_else(none, shown))
        }
    }
}

/// Checks the source that is used, and its token. Returns that and its account, if they can be read.
pub fn read_token(
    config: &Config,
    target: &Target,
    checks: &mut Vec<Check>,
) -> Option<(Token, Option<String>)> {
    let chosen = lookup::choose(config, target);
    let chosen = match chosen.and_then(|chosen| chosen.check_source().map(|()| chosen)) {
        Ok(chosen) => chosen,
        Err(error) => {
            checks.push(Check::failed("source", &error));
            checks.push(Check::skipped("token", "no source to read it from"));
            return None;
        }
    };
    let others = lookup::candidates(config, target).into_iter().skip(1);
    let others: Vec<String> = others.map(|other| other.describe()).collect();
    let mut message = chosen.describe();
    if !others.is_empty() {
        message += &format!("; it comes before {}", others.join(", "));
    }
    checks.push(Check::ok("source", message));
    let token = chosen.token();
    checks.push(match &token {
        Err(error) => Check::failed("token", error),
        Ok(token) => {
            let kind = match token.kind() {
                Kind::Access => "an access token",
                Kind::Api => "a person's API token",
            };
            match chosen.expiry() {
                Some(when) => {
                    Check::warning("token", format!("{kind}, which {when}"), lookup::ROTATE)
                }
                None => Check::ok("token", kind),
            }
        }
    });
    Some((token.ok()?, chosen.account().map(str::to_owned)))
}
