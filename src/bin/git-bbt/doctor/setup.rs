//! Checks what `git bbt setup` wrote, and what else follows from it: whether the user's `includeIf`
//! conditions still apply, and git-lfs's endpoint is still one.

use bbt::config::Config;
use bbt::{redact, shell};

use super::check::Check;
use super::clone_context::CloneContext;
use crate::git;
use crate::git_environment::default_path;
use crate::git_settings::{self, GitSetting};
use crate::remote_url::conditions::Conditions;
use crate::setup_file;

/// Returns warnings only.
pub fn checks(config: &Config, settings: &[GitSetting], context: &CloneContext) -> Vec<Check> {
    let set_up = setup_file::set_up();
    let stale = setup_file::stale(&set_up, config).into_iter();
    let mut checks: Vec<Check> = stale
        .map(|stale| Check::warning("setup", stale.message, stale.hint))
        .collect();
    if set_up.iter().any(|(_, block)| block.rewrite) {
        let path = default_path();
        checks.extend(path.map(|(message, hint)| Check::warning("path", message, hint)));
        checks.extend(rewritten_endpoints(settings, context));
    }
    checks.extend(lost_conditions(config, settings));
    checks
}

/// git-lfs applies `insteadOf` to its endpoints, too, and cannot use `bbt::`. No rule that is longer
/// can be for all repositories.
fn rewritten_endpoints(settings: &[GitSetting], context: &CloneContext) -> Vec<Check> {
    let of_team = context.top.as_ref().and_then(|top| {
        let file = top.join(".lfsconfig");
        git_settings::in_file(&file, false)
    });
    let of_team = of_team.unwrap_or_default();
    let is_endpoint = |setting: &&GitSetting| {
        let of_remote = |key| setting.subsection("remote", key).is_some();
        let is_general = ["lfs.url", "lfs.pushurl"].contains(&setting.name.as_str());
        is_general || of_remote("lfsurl") || of_remote("lfspushurl")
    };
    let endpoints = settings.iter().chain(&of_team).filter(is_endpoint);
    let checks = endpoints.filter_map(|setting| {
        let url = setting.value.as_str();
        let effective = git::output(&context.folder, ["ls-remote", "--get-url", "--", url])?;
        (url.starts_with("http") && effective.starts_with("bbt:")).then(|| {
            let key = shell::word(format!("url.{url}.insteadOf"));
            Check::warning(
                "git-lfs",
                format!("git-lfs cannot use {setting}: it follows insteadOf to bbt::"),
                format!("git config --global {key} {}", shell::word(url)),
            )
        })
    });
    checks.collect()
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
