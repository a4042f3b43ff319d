//! Finds the token in one setting of git's, and the command that removes it.

use bbt::git_settings::split_key;

use super::Finder;
use crate::git_settings::{GitSetting, Origin, real};
use crate::hint;
use crate::remote_url::Classifier;
use crate::secret::Secret;

impl Finder<'_> {
    /// Returns what is wrong with a setting, and the hint.
    pub(super) fn setting(&self, setting: &GitSetting) -> Option<(String, String)> {
        let name = setting.shown_name();
        let location = match setting.origin {
            Origin::File(_) => format!("{name} {}", setting.origin),
            Origin::Environment => format!("{name}, {},", setting.origin),
        };
        if let Some(header) = self.hosts.authorization(setting) {
            return Some((
                format!(
                    "{location} has an Authorization header, which would replace the token in https requests"
                ),
                hint::unset(setting, Some(&format!("^{header}:"))),
            ));
        }
        let what = format!("{location} contains a token");
        if let Some(secret) = self.hosts.find(setting.name.as_bytes()) {
            return Some((what, hint::unset_names(&setting.origin, &secret.pattern())));
        }
        let secret = self.hosts.find(setting.value.as_bytes())?;
        Some((what, self.removal(setting, &secret)))
    }

    /// Returns the hint that removes a secret from a value. A URL is kept without it.
    fn removal(&self, setting: &GitSetting, secret: &Secret) -> String {
        if self.is_importable(setting) {
            let folder = &self.context.folder;
            let command = "git bbt migrate --import-tokens";
            return if folder.as_os_str() == "." {
                command.to_owned()
            } else {
                format!("{command} {}", hint::word(folder))
            };
        }
        hint::remove_secret(&self.hosts, setting, secret)
    }

    /// Returns whether `migrate --import-tokens` can convert the setting: a remote's URL with a token.
    fn is_importable(&self, setting: &GitSetting) -> bool {
        let is_remote = matches!(
            split_key(&setting.name),
            Some(("remote", _, "url" | "pushurl"))
        );
        let own = self.context.git_dir.as_ref().map(|dir| dir.join("config"));
        let is_own =
            own.is_some_and(|own| setting.file().is_some_and(|file| real(file) == real(&own)));
        is_remote && is_own && Classifier::new(self.service).has_token(&setting.value)
    }
}
