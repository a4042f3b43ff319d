//! What migrate needs of the user's and the system's configuration.

use std::borrow::Cow;
use std::path::Path;

use bbt::instead_of::InsteadOf;

use crate::git_config_file::GitConfigFile;
use crate::git_settings::{self, GitSetting, is_always, parts};

/// Read once for all repositories.
pub struct UserSettings {
    rules: InsteadOf,
    /// Whether a file is included for some repositories only.
    depends_on_place: bool,
    /// Whether git lets submodules use `bbt::`.
    pub allows_bbt: bool,
    /// Whether `safe.bareRepository` is `explicit`. git ignores a repository's own value.
    pub refuses_discovered_bare: bool,
}

impl UserSettings {
    pub fn new(settings: &[GitSetting]) -> UserSettings {
        let last = |name: &str| {
            let mut settings = settings.iter().rev();
            let setting = settings.find(|setting| setting.name == name)?;
            Some(setting.value.as_str())
        };
        let allow = last("protocol.bbt.allow").or_else(|| last("protocol.allow"));
        let mut names = settings.iter().map(|setting| &setting.name);
        UserSettings {
            rules: rules(settings),
            depends_on_place: names.any(|name| name.starts_with("includeif.")),
            allows_bbt: allow.is_some_and(is_always),
            refuses_discovered_bare: last("safe.barerepository") == Some("explicit"),
        }
    }

    /// Returns the rules in a repository. git is asked only if a file is included, by the user for some
    /// repositories or by this one.
    pub fn rules_in(&self, folder: &Path, file: &GitConfigFile) -> Cow<'_, InsteadOf> {
        if self.depends_on_place || file.includes_others() {
            let settings = git_settings::in_repository(folder, folder).unwrap_or_default();
            return Cow::Owned(rules(&settings));
        }
        let mut all = Cow::Borrowed(&self.rules);
        for (_, setting) in file.settings().filter(|(_, it)| it.section == "url") {
            if let Some(base) = &setting.subsection {
                all.to_mut().add(base, &setting.key, &setting.value);
            }
        }
        all
    }
}

fn rules(settings: &[GitSetting]) -> InsteadOf {
    let mut rules = InsteadOf::default();
    for setting in settings {
        if let Some(("url", base, key)) = parts(&setting.name) {
            rules.add(base, key, &setting.value);
        }
    }
    rules
}
