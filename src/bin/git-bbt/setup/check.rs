//! Whether git does what the generated file is for: a setting of the user's may override it.

use std::collections::BTreeSet;

use bbt::config::Service;
use bbt::instead_of::InsteadOf;

use crate::credential_context::{Effect, Interference, interfering};
use crate::git_environment::allowed_protocols;
use crate::git_settings::{GitSetting, Origin, is_always};

/// Returns everything that overrides a generated setting, the variable too.
pub fn overrides(settings: &[GitSetting], service: &Service) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut allowed = settings.iter().rev();
    let allowed = allowed.find(|setting| setting.name == "protocol.bbt.allow");
    if let Some(last) = allowed.filter(|last| !is_always(&last.value)) {
        warnings.push(format!(
            "{last} overrides the value from setup, always; remove it"
        ));
    }
    let credentials = interfering(settings, &service.git_url()).unwrap_or_default();
    warnings.extend(credentials.iter().map(credential));
    warnings.extend(rules(settings));
    warnings.extend(allowed_protocols().map(|(message, hint)| format!("{message}; {hint}")));
    warnings
}

fn credential(other: &Interference) -> String {
    let effect = match other.effect {
        Effect::IsGivenToken => "is given the token too",
        Effect::RemovesOurs => "removes git-credential-bbt from the list",
        Effect::HidesRepository => "keeps git-credential-bbt from seeing the repository's name",
    };
    let hint = match other.setting.origin {
        Origin::File(_) => "move it above the include",
        Origin::Environment => "unset it",
    };
    format!(
        "{} comes after the include, and {effect}; {hint}",
        other.setting
    )
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

/// Returns whether the setting is in a generated file, the user's or the system's.
fn is_generated(setting: &GitSetting) -> bool {
    let file = setting.file();
    file.is_some_and(|file| file.ends_with("git-remote-bbt/setup.gitconfig"))
}
