//! Whether git does what the generated file is for: a setting of the user's may override it.

use std::collections::BTreeSet;

use bbt::config::Config;
use bbt::instead_of::InsteadOf;

use super::include;
use crate::credential_context;
use crate::git_environment::{allowed_protocols, default_path};
use crate::git_settings::{GitSetting, is_always, shown};
use crate::remote_url::conditions::Conditions;
use crate::setup_file::{SetupFile, is_generated};

/// Returns what keeps the settings from having an effect, the variable too, and what they change for
/// the user.
pub fn warnings(settings: &[GitSetting], file: &SetupFile, config: &Config) -> Vec<String> {
    let (mut warnings, service) = (Vec::new(), config.service());
    if !include::is_read(settings, &file.path) {
        let path = shown(&file.path);
        warnings.push(format!(
            "git does not read {path}; see git config --list --show-origin"
        ));
    }
    let mut allowed = settings.iter().rev();
    let allowed = allowed.find(|setting| setting.name == "protocol.bbt.allow");
    if let Some(last) = allowed.filter(|last| !is_always(&last.value)) {
        warnings.push(format!(
            "{last} overrides the value from setup, always; remove it"
        ));
    }
    let helpers = credential_context::problems(settings, service).unwrap_or_default();
    warnings.extend(helpers.iter().map(|(setting, problem)| {
        let hint = setting.file().map_or("unset it", |_| "move it above");
        format!(
            "{}, since it comes after the include; {hint}",
            problem.message
        )
    }));
    warnings.extend(rules(settings));
    let conditions = Conditions::new(settings);
    let lost = file
        .names()
        .flat_map(|name| conditions.lost_in_workspace(service, name));
    let lost: BTreeSet<_> = lost.collect();
    let path = default_path().filter(|_| file.blocks().any(|block| block.rewrite));
    let problems = allowed_protocols().into_iter().chain(lost).chain(path);
    warnings.extend(problems.map(|problem| problem.to_string()));
    warnings
}

/// Returns the user's rules that git prefers to ours: longer ones, earlier ones of the same length,
/// and those for pushes.
fn rules(settings: &[GitSetting]) -> Vec<String> {
    let mut rules = InsteadOf::default();
    let (mut ours, mut users) = (BTreeSet::new(), Vec::new());
    for setting in settings {
        let rule = ["insteadof", "pushinsteadof"]
            .iter()
            .find_map(|key| Some((*key, setting.subsection("url", key)?)));
        let Some((key, base)) = rule else { continue };
        rules.add(base, key, &setting.value);
        if is_generated(setting) {
            ours.insert(setting.value.as_str());
        } else if !base.starts_with("bbt:") && !setting.value.ends_with("/info/lfs") {
            // The latter is no repository's, and keeps git-lfs's endpoint from being rewritten.
            users.push((setting, key, base));
        }
    }
    let warnings = users.iter().filter_map(|&(setting, key, base)| {
        let url = setting.value.as_str();
        let (is_used, purpose) = if key == "insteadof" {
            let is_used = rules.apply(url).is_some_and(|(_, used)| used == base);
            let is_ours = ours.iter().any(|rule| url.starts_with(rule));
            (is_used && is_ours, "some URLs")
        } else {
            let mut ours = ours.iter();
            let is_used = ours.any(|rule| url.starts_with(rule) || rule.starts_with(url));
            (is_used, "pushes")
        };
        is_used.then(|| format!("{setting} is used for {purpose} instead of bbt::"))
    });
    warnings.collect()
}
