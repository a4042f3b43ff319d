//! Which credential helpers git asks about a URL (gitcredentials(7), "CREDENTIAL CONTEXTS"), and which
//! settings are in the way of ours.

use std::collections::{BTreeMap, BTreeSet};

use bbt::git::is_false;
use bbt::url::{Url, without_https_port};

use crate::git_settings::GitSetting;

/// A setting of the user's, and what it does to our helper.
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
    /// Without useHttpPath, ours is not told which repository it is about, and gives no token.
    HidesRepository,
}

/// What a setting does in its context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Ours,
    Other,
    Reset,
    SendsPath(bool),
}

/// A setting by its index, where it applies, and what it does.
type Positioned<'s> = (usize, Context<'s>, Entry);

/// Goes through the settings of each URL below `git_url` that ours is set up for, as git does: it
/// takes all that apply in their order, the narrower one not before the wider (`git config
/// --get-urlmatch` does). In the order of the settings; `None` if ours is not set up.
pub fn interfering<'s>(settings: &'s [GitSetting], git_url: &str) -> Option<Vec<Interference<'s>>> {
    let entries = settings.iter().enumerate();
    let entries: Vec<Positioned> = entries
        .filter_map(|(at, setting)| {
            let (context, entry) = Entry::read(setting)?;
            Some((at, context, entry))
        })
        .collect();
    let ours = entries.iter().filter(|(.., entry)| *entry == Entry::Ours);
    let scopes: BTreeSet<&str> = ours
        .filter_map(|(at, ..)| settings[*at].subsection("credential", "helper"))
        .filter(|scope| {
            let path = scope.strip_prefix(git_url);
            path.is_some_and(|path| path.starts_with('/'))
        })
        .collect();
    let mut found: BTreeMap<(usize, Effect), Vec<&str>> = BTreeMap::new();
    for scope in &scopes {
        for key in effects(&entries, &Context::parse(scope)) {
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

/// Returns what the entries do to our helper for `url`.
fn effects(entries: &[Positioned], url: &Context) -> Vec<(usize, Effect)> {
    let (mut others, mut is_asked) = (Vec::new(), false);
    let (mut removed, mut hidden) = (None, None);
    let entries = entries
        .iter()
        .filter(|(_, context, _)| context.overlaps(url));
    for &(at, ref context, entry) in entries {
        // One for a part of the URL changes nothing elsewhere.
        let is_whole = context.covers(url);
        match entry {
            Entry::Ours => (is_asked, removed) = (true, None),
            Entry::Other => others.push((at, Effect::IsGivenToken)),
            Entry::Reset => {
                removed = removed.or(Some((at, Effect::RemovesOurs)));
                if is_whole {
                    (others, is_asked) = (Vec::new(), false);
                }
            }
            Entry::SendsPath(true) if is_whole => hidden = None,
            Entry::SendsPath(true) => {}
            Entry::SendsPath(false) => hidden = hidden.or(Some((at, Effect::HidesRepository))),
        }
    }
    if !is_asked {
        others.clear();
    }
    others.extend(removed);
    others.extend(hidden);
    others
}

impl Entry {
    /// Reads a setting. `None` if it is of another kind, or for another scheme.
    fn read(setting: &GitSetting) -> Option<(Context<'_>, Entry)> {
        let (context, key) = Context::of_setting(&setting.name)?;
        let entry = match (key, setting.value.as_str()) {
            ("usehttppath", value) => Entry::SendsPath(!is_false(value)),
            (_, "") => Entry::Reset,
            (_, value) if is_ours(value) => Entry::Ours,
            _ => Entry::Other,
        };
        Some((context, entry))
    }
}

/// By name or by path.
fn is_ours(helper: &str) -> bool {
    helper == "bbt" || helper.ends_with("git-credential-bbt")
}

/// The URL, or part of one, of `credential[.<url>].helper`.
struct Context<'s> {
    /// In lower case, without a user and the default port; `None` for every host.
    host: Option<String>,
    path: &'s str,
}

impl<'s> Context<'s> {
    /// Splits a setting's name into context and key. `None` for other keys, and for another scheme.
    fn of_setting(name: &'s str) -> Option<(Context<'s>, &'s str)> {
        let (scope, key) = name.strip_prefix("credential")?.rsplit_once('.')?;
        if !["helper", "usehttppath"].contains(&key) {
            return None;
        }
        let Some(scope) = scope.strip_prefix('.') else {
            let everywhere = Context {
                host: None,
                path: "",
            };
            return scope.is_empty().then_some((everywhere, key));
        };
        let scheme = scope.split_once("://").map(|(scheme, _)| scheme);
        // git accepts a URL without a scheme.
        scheme
            .is_none_or(|scheme| scheme.eq_ignore_ascii_case("https"))
            .then(|| (Context::parse(scope), key))
    }

    fn parse(url: &'s str) -> Context<'s> {
        let Url { host, path, .. } = Url::split(url);
        Context {
            host: Some(without_https_port(host).to_ascii_lowercase()),
            path: path.trim_end_matches('/'),
        }
    }

    /// Returns whether git may ask a helper of this context about a URL that begins with `url`: one for its
    /// host, or for a part of its path.
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
        Context::of_setting(name)
            .is_some_and(|(context, _)| context.overlaps(&Context::parse(ours)))
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
