//! Checks what `git bbt setup` wrote, and what else follows from it: whether the user's `includeIf`
//! conditions still apply, and git-lfs's endpoint is still one.

use bbt::config::{Config, Service};
use bbt::lfs::ENDPOINT_KEYS;
use bbt::{redact, shell};

use super::check::{Check, State};
use super::clone_context::CloneContext;
use crate::credential_context;
use crate::git_environment::default_path;
use crate::git_settings::{self, GitSetting};
use crate::remote_url::conditions::Conditions;
use crate::setup_file::{self, SetupFile};

/// Returns a problem for each setting that gives the tokens to other credential helpers, or keeps ours
/// from giving them; nothing if ours is not configured.
pub fn helpers(settings: &[GitSetting], service: &Service) -> Vec<Check> {
    let Some(problems) = credential_context::problems(settings, service) else {
        return vec![];
    };
    if problems.is_empty() {
        let message = "no other credential helper is given the tokens";
        return vec![Check::ok("helpers", message)];
    }
    let problems = problems.into_iter().map(|(_, problem)| problem);
    problems
        .map(|problem| Check::with_hint("helpers", State::Problem, problem))
        .collect()
}

/// Returns warnings only.
pub fn checks(config: &Config, settings: &[GitSetting], context: &CloneContext) -> Vec<Check> {
    let warning = |name, problem| Check::with_hint(name, State::Warning, problem);
    let files = setup_file::set_up(Some(settings));
    let stale = setup_file::stale(&files, config).into_iter();
    let mut checks: Vec<Check> = stale.map(|(_, stale)| warning("setup", stale)).collect();
    let mut blocks = files.iter().flat_map(SetupFile::blocks);
    if blocks.any(|block| block.rewrite) {
        checks.extend(default_path().map(|problem| warning("path", problem)));
        checks.extend(rewritten_endpoints(settings, context));
    }
    checks.extend(lost_conditions(config, settings));
    checks
}

/// git-lfs applies `insteadOf` to its endpoints, too, and cannot use `bbt::`. No rule that is longer
/// can be for all repositories.
fn rewritten_endpoints(settings: &[GitSetting], context: &CloneContext) -> Vec<Check> {
    let top = context.top.as_ref();
    let of_team = top.and_then(|top| git_settings::in_file(&top.join(".lfsconfig"), false));
    let is_endpoint = |setting: &&GitSetting| {
        ["lfs.url", "lfs.pushurl"].contains(&setting.name.as_str())
            || ENDPOINT_KEYS
                .iter()
                .any(|key| setting.subsection("remote", key).is_some())
    };
    let rules = git_settings::of_remotes(settings).rules();
    let endpoints = settings
        .iter()
        .chain(of_team.iter().flatten())
        .filter(is_endpoint);
    let checks = endpoints.filter_map(|setting| {
        let url = setting.value.as_str();
        let (effective, _) = rules.apply(url)?;
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
    let (service, conditions) = (config.service(), Conditions::new(settings));
    let mut checks = Vec::new();
    for setting in settings
        .iter()
        .filter(|setting| setting.value.starts_with("bbt:"))
    {
        let remote = setting.subsection("remote", "url");
        let (Some(remote), Ok(address)) = (remote, service.address(&setting.value)) else {
            continue;
        };
        for lost in conditions.lost_of_any_form(service, &address, &setting.value) {
            let message = format!("{} ({})", lost.message, redact::url(remote));
            checks.push(Check::warning("includeIf", message, lost.hint));
        }
    }
    checks
}
