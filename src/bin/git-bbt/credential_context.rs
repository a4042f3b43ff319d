//! Finds credential helpers that interfere with ours (gitcredentials(7), "CREDENTIAL CONTEXTS").

use std::collections::{BTreeMap, BTreeSet};

use bbt::url::{Url, without_https_port};

use crate::git_settings::GitSetting;

/// A helper of the user's that interferes with ours.
pub struct Interference<'s> {
    pub setting: &'s GitSetting,
    pub effect: Effect,
    /// The URLs that ours is configured for and that are affected.
    pub scopes: Vec<&'s str>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// git asks all helpers in turn, and sends `store` with the accepted token to each of them.
    IsGivenToken,
    /// An empty value removes the helpers before it.
    RemovesOurs,
}

/// Returns the helpers that interfere for a URL below `git_url`, in the order of the settings; `None` if
/// ours is not configured for any.
pub fn interfering<'s>(settings: &'s [GitSetting], git_url: &str) -> Option<Vec<Interference<'s>>> {
    let helpers: Vec<(usize, Context, bool)> = settings
        .iter()
        .enumerate()
        .filter_map(|(at, setting)| {
            Some((at, Context::of_helper(&setting.name)?, is_ours(setting)))
        })
        .collect();
    let scopes: BTreeSet<&str> = helpers
        .iter()
        .filter(|(_, _, is_ours)| *is_ours)
        .filter_map(|(at, ..)| settings[*at].subsection("credential", "helper"))
        .filter(|scope| {
            let path = scope.strip_prefix(git_url);
            path.is_some_and(|path| path.starts_with('/'))
        })
        .collect();
    let mut found: BTreeMap<(usize, Effect), Vec<&str>> = BTreeMap::new();
    for scope in &scopes {
        let url = Context::parse(scope);
        let (mut asked, mut is_asked, mut removed) = (Vec::new(), false, None);
        for (at, context, is_ours) in &helpers {
            if !context.overlaps(&url) {
                continue;
            }
            if *is_ours {
                (is_asked, removed) = (true, None);
            } else if !settings[*at].value.is_empty() {
                asked.push(*at);
            } else {
                removed = removed.or(Some(*at));
                // Its effect is limited to the part of the URL that it names.
                if context.covers(&url) {
                    (asked, is_asked) = (Vec::new(), false);
                }
            }
        }
        let removed = removed.map(|at| (at, Effect::RemovesOurs));
        let asked = asked.into_iter().filter(|_| is_asked);
        let asked = asked.map(|at| (at, Effect::IsGivenToken));
        for key in asked.chain(removed) {
            found.entry(key).or_default().push(scope);
        }
    }
    let found = found
        .into_iter()
        .map(|((at, effect), scopes)| Interference {
            setting: &settings[at],
            effect,
            scopes,
        });
    (!scopes.is_empty()).then(|| found.collect())
}

/// Returns whether the helper is ours, by name or path.
fn is_ours(setting: &GitSetting) -> bool {
    let value = setting.value.as_str();
    value == "bbt" || value.ends_with("git-credential-bbt")
}

/// The URL, or part of one, of `credential[.<url>].helper`.
struct Context<'s> {
    /// In lower case, without a user and the default port; `None` for every host.
    host: Option<String>,
    path: &'s str,
}

impl<'s> Context<'s> {
    /// Returns the context of a helper; `None` if the setting is not one, or is for another scheme.
    fn of_helper(name: &'s str) -> Option<Context<'s>> {
        if name == "credential.helper" {
            return Some(Context {
                host: None,
                path: "",
            });
        }
        let scope = name.strip_prefix("credential.")?.strip_suffix(".helper")?;
        let scheme = scope.split_once("://").map(|(scheme, _)| scheme);
        // git accepts a URL without a scheme.
        scheme
            .is_none_or(|scheme| scheme.eq_ignore_ascii_case("https"))
            .then(|| Context::parse(scope))
    }

    fn parse(url: &'s str) -> Context<'s> {
        let Url { host, path, .. } = Url::split(url);
        Context {
            host: Some(without_https_port(host).to_ascii_lowercase()),
            path: path.trim_end_matches('/'),
        }
    }

    /// Returns whether git may ask a helper of this context about some URL that starts with `url`.
    fn overlaps(&self, url: &Context) -> bool {
        (is_within(url.path, self.path) || is_within(self.path, url.path)) && self.matches_host(url)
    }

    /// Returns whether git asks a helper of this context about every URL that starts with `url`.
    fn covers(&self, url: &Context) -> bool {
        is_within(url.path, self.path) && self.matches_host(url)
    }

    /// Returns whether the host, in which `*` stands for a part of the name, matches that of `url`.
    fn matches_host(&self, url: &Context) -> bool {
        let (Some(pattern), Some(host)) = (&self.host, &url.host) else {
            return true;
        };
        let (pattern, host) = (pattern.split('.'), host.split('.'));
        pattern.clone().count() == host.clone().count()
            && pattern
                .zip(host)
                .all(|(part, is)| part == "*" || part == is)
    }
}

/// Returns whether a path is `folder` or below it.
fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::Context;

    fn may_be_asked(name: &str, ours: &str) -> bool {
        Context::of_helper(name).is_some_and(|context| context.overlaps(&Context::parse(ours)))
    }

    #[test]
    fn hosts_are_compared_as_git_does() {
        let ours = "https://bitbucket.org/acme";
        for (scope, is_asked) in [
            ("https://bitbucket.org", true),
            ("https://bitbucket.org/", true),
            ("https://bitbucket.org/acme/", true),
            ("https://bitbucket.org/acme/widgets.git", true),
            ("https://BitBucket.org:443", true),
            ("HTTPS://me@bitbucket.org", true),
            ("https://*.org", true),
            ("bitbucket.org", true),
            ("https://bitbucket.org/acme-labs", false),
            ("https://bitbucket.org/corp", false),
            ("https://bitbucket.org:8443", false),
            ("https://*.bitbucket.org", false),
            ("http://bitbucket.org", false),
            ("https://example.com", false),
        ] {
            let name = format!("credential.{scope}.helper");
            assert_eq!(may_be_asked(&name, ours), is_asked, "{scope}");
        }
        assert!(may_be_asked("credential.helper", ours));
        assert!(may_be_asked(
            "credential.https://localhost:8443.helper",
            "https://localhost:8443/acme"
        ));
    }
}
