//! What `git bbt setup` wrote, and whether commits still get what the user's conditions include.

use bbt::config::Config;

use super::check::Check;
use crate::git_settings::GitSetting;
use crate::redact;
use crate::remote_url::conditions::Conditions;
use crate::setup::{self, SetUp};

/// Warnings only.
pub fn checks(config: &Config, settings: &[GitSetting]) -> Vec<Check> {
    let set_up = SetUp::read();
    let mut checks: Vec<Check> = set_up
        .stale(config)
        .iter()
        .map(|stale| Check::warning("setup", stale.message(), stale.hint()))
        .collect();
    if set_up.rewrites_urls()
        && let Some((message, hint)) = setup::default_path()
    {
        checks.push(Check::warning("path", message, hint));
    }
    checks.extend(lost_conditions(config, settings));
    checks
}

fn lost_conditions(config: &Config, settings: &[GitSetting]) -> Vec<Check> {
    let conditions = Conditions::new(settings);
    let mut checks = Vec::new();
    for setting in settings {
        let Some(remote) = setting.subsection("remote", "url") else {
            continue;
        };
        let url = &setting.value;
        let Ok(address) = config.service().address(url) else {
            continue;
        };
        if !url.starts_with("bbt:") {
            continue;
        }
        for lost in conditions.lost_of_any_form(config.service(), &address, url) {
            let message = format!("{} ({})", lost.message(), redact::url(remote));
            checks.push(Check::warning("includeIf", message, lost.hint()));
        }
    }
    checks
}
