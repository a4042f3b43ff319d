//! Checks what `git bbt setup` wrote, and the user's `includeIf` conditions.

use bbt::config::Config;
use bbt::redact;

use super::check::Check;
use crate::git_environment::default_path;
use crate::git_settings::GitSetting;
use crate::remote_url::conditions::Conditions;
use crate::setup_file;

/// Returns warnings only.
pub fn checks(config: &Config, settings: &[GitSetting]) -> Vec<Check> {
    let set_up = setup_file::set_up();
    let stale = setup_file::stale(&set_up, config).into_iter();
    let mut checks: Vec<Check> = stale
        .map(|stale| Check::warning("setup", stale.message, stale.hint))
        .collect();
    if set_up.iter().any(|(_, block)| block.rewrite) {
        let path = default_path();
        checks.extend(path.map(|(message, hint)| Check::warning("path", message, hint)));
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
