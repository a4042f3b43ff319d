//! Whether git does what the generated file is for: a setting of the user's may override it.

use std::collections::BTreeMap;

use bbt::config::Service;

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
    // git keeps the rules of one base together, where the first of them is.
    let mut bases = BTreeMap::new();
    let mut ours = BTreeMap::new();
    let mut users = Vec::new();
    for (at, setting) in settings.iter().enumerate() {
        let rule = ["insteadof", "pushinsteadof"]
            .iter()
            .find_map(|key| Some((*key, setting.subsection("url", key)?)));
        let Some((key, base)) = rule else { continue };
        let at = *bases.entry((key, base)).or_insert(at);
        if is_generated(setting) {
            ours.entry(setting.value.as_str()).or_insert(at);
        } else if !base.starts_with("bbt:") && !setting.value.ends_with("/info/lfs") {
            // The latter is no repository's, and keeps git-lfs's endpoint from being rewritten.
            users.push((setting, key == "insteadof", at));
        }
    }
    let warnings = users.iter().filter_map(|&(setting, is_for_all, at)| {
        let url = setting.value.as_str();
        let mut ours = ours.iter();
        let (is_used, purpose) = if is_for_all {
            let is_used = ours.any(|(rule, first)| match url.strip_prefix(rule) {
                Some("") => at < *first,
                rest => rest.is_some(),
            });
            (is_used, "some URLs")
        } else {
            let is_used = ours.any(|(rule, _)| url.starts_with(rule) || rule.starts_with(url));
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
