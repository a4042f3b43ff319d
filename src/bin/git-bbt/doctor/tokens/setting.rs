//! Finds the token in one setting of git's, and the command that removes it.

use bbt::redact;

use super::Finder;
use crate::doctor::hint;
use crate::doctor::secret::Secret;
use crate::git_config::parts;
use crate::git_settings::{GitSetting, Origin, real};
use crate::migrate::origin::{self, Recognizer};

impl Finder<'_> {
    /// Returns what is wrong with a setting, and the hint.
    pub(super) fn setting(&self, setting: &GitSetting) -> Option<(String, String)> {
        let name = setting.shown_name();
        let location = match setting.origin {
            Origin::File(_) => format!("{name} {}", setting.origin),
            Origin::Environment => format!("{name}, {},", setting.origin),
        };
        if let Some(header) = self.authorization(setting) {
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

    /// Returns the name of an Authorization header for Bitbucket, as it is written.
    fn authorization<'s>(&self, setting: &'s GitSetting) -> Option<&'s str> {
        let scope = setting
            .name
            .strip_prefix("http.")?
            .strip_suffix("extraheader")?;
        let (header, _) = setting.value.split_once(':')?;
        let is_for_us = scope.is_empty() || self.hosts.match_scope(scope);
        (header.eq_ignore_ascii_case("authorization") && is_for_us).then_some(header)
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
        let pattern = secret.pattern();
        let is_rule = setting.name.starts_with("url.") || setting.name.starts_with("credential.");
        let url = redact::userinfo(&setting.value, "");
        let is_url = setting.value.split_once("://").is_some_and(|(scheme, _)| {
            scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        });
        if is_url && !is_rule && self.hosts.find(url.as_bytes()).is_none() {
            return hint::replace(setting, &url, Some(&pattern));
        }
        hint::unset(setting, Some(&pattern))
    }

    /// Returns whether `migrate --import-tokens` can convert the setting: a remote's URL with a token.
    fn is_importable(&self, setting: &GitSetting) -> bool {
        let is_remote = matches!(parts(&setting.name), Some(("remote", _, "url" | "pushurl")));
        let own = self.context.git_dir.as_ref().map(|dir| dir.join("config"));
        let is_own =
            own.is_some_and(|own| setting.file().is_some_and(|file| real(file) == real(&own)));
        let read = || Recognizer::of(self.service).origin(&setting.value, &Default::default());
        let is_token = |url| {
            matches!(
                url,
                origin::Origin::Bitbucket {
                    secret: Some(origin::Secret::Token { .. }),
                    ..
                }
            )
        };
        is_remote && is_own && is_token(read())
    }
}
