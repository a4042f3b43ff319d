//! Which credential helpers git asks about a URL (gitcredentials(7), "CREDENTIAL CONTEXTS"), and which
//! settings interfere with ours.

use std::collections::{BTreeMap, BTreeSet};

use bbt::config::Service;
use bbt::git::is_false;
use bbt::shell;
use bbt::url::{Url, without_https_port};

use crate::git_settings::{GitSetting, Origin};
use crate::hint::{self, Problem};

/// How a setting interferes with our helper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// git asks all helpers in turn, and sends `store` with the accepted token to each of them.
    IsGivenToken,
    /// An empty value removes the helpers before it.
    RemovesOurs,
    /// Without useHttpPath, ours is not told which repository it is about, and gives no token.
    HidesRepository,
}

/// What a setting does in its context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    AddsOurs,
    AddsOther,
    Resets,
    SendsPath(bool),
}

/// A setting by its index, where it applies, and what it does.
type Entry<'s> = (usize, Context<'s>, Action);

/// Goes through the settings of each URL of Bitbucket that ours is set up for, as git does: it takes
/// all that apply in their order, the narrower one not before the wider (`git config
/// --get-urlmatch` does). In the order of the settings; `None` if ours is not set up.
pub fn problems<'s>(
    settings: &'s [GitSetting],
    service: &Service,
) -> Option<Vec<(&'s GitSetting, Problem)>> {
    let git_url = service.git_url();
    let read = |(at, setting)| read(setting).map(|(context, action)| (at, context, action));
    let entries: Vec<Entry> = settings.iter().enumerate().filter_map(read).collect();
    let is_below = |scope: &&str| {
        let path = scope.strip_prefix(&*git_url);
        path.is_some_and(|path| path.starts_with('/'))
    };
    let ours = entries.iter().filter(|entry| entry.2 == Action::AddsOurs);
    let scopes = ours.filter_map(|entry| settings[entry.0].subsection("credential", "helper"));
    let scopes: BTreeSet<&str> = scopes.filter(is_below).collect();
    let mut found: BTreeMap<(usize, Effect), Vec<&str>> = BTreeMap::new();
    for scope in &scopes {
        for key in effects(&entries, &Context::parse(scope)?) {
            found.entry(key).or_default().push(scope);
        }
    }
    let found = found.into_iter();
    let problems = found.map(|((at, effect), scopes)| {
        let setting = &settings[at];
        (setting, explain(setting, effect, &scopes))
    });
    (!scopes.is_empty()).then(|| problems.collect())
}

/// Returns what the entries do to our helper for `url`.
fn effects(entries: &[Entry], url: &Context) -> Vec<(usize, Effect)> {
    let (mut found, mut is_asked) = (Vec::new(), false);
    let (mut removed, mut hidden) = (None, None);
    let overlapping = entries.iter().filter(|entry| entry.1.overlaps(url));
    for &(at, ref context, action) in overlapping {
        // One for a part of the URL changes nothing elsewhere.
        let is_whole = context.covers(url);
        match action {
            Action::AddsOurs => (is_asked, removed) = (true, None),
            Action::AddsOther => found.push((at, Effect::IsGivenToken)),
            Action::Resets => {
                removed = removed.or(Some((at, Effect::RemovesOurs)));
                if is_whole {
                    (found, is_asked) = (Vec::new(), false);
                }
            }
            Action::SendsPath(true) if is_whole => hidden = None,
            Action::SendsPath(true) => {}
            Action::SendsPath(false) => hidden = hidden.or(Some((at, Effect::HidesRepository))),
        }
    }
    if !is_asked {
        found.clear();
    }
    found.extend(removed);
    found.extend(hidden);
    found
}

/// Explains what a setting does for `scopes`. The hint sets ours again, behind it.
fn explain(setting: &GitSetting, effect: Effect, scopes: &[&str]) -> Problem {
    const OURS: &str = r"\thelper =\n\thelper = bbt\n";
    let (does, lines) = match effect {
        Effect::IsGivenToken => ("is also given the token for", OURS),
        Effect::RemovesOurs => ("removes git-credential-bbt for", OURS),
        Effect::HidesRepository => (
            "keeps git-credential-bbt from seeing the repository for",
            r"\tuseHttpPath = true\n",
        ),
    };
    let hint = match &setting.origin {
        Origin::File(file) => {
            let words: Vec<String> = scopes.iter().map(shell::word).collect();
            let (words, file) = (words.join(" "), hint::word(file));
            format!(r#"printf '\n[credential "%s"]\n{lines}' {words} >>{file}"#)
        }
        Origin::Environment => hint::FORGET.to_owned(),
    };
    let shown = match scopes {
        [one, other, _, rest @ ..] if !rest.is_empty() => {
            format!("{one}, {other} and {} more", rest.len() + 1)
        }
        few => few.join(", "),
    };
    Problem::new(format!("{setting} {does} {shown}"), hint)
}

/// Reads where a setting applies, and what it does. `None` if it is of another kind, or for another
/// scheme.
fn read(setting: &GitSetting) -> Option<(Context<'_>, Action)> {
    let rest = setting.name.strip_prefix("credential.")?;
    let (scope, key) = rest.rsplit_once('.').unwrap_or(("", rest));
    let action = match (key, setting.value.as_str()) {
        ("usehttppath", value) => Action::SendsPath(!is_false(value)),
        ("helper", "") => Action::Resets,
        // By name or by path.
        ("helper", value) if value == "bbt" || value.ends_with("git-credential-bbt") => {
            Action::AddsOurs
        }
        ("helper", _) => Action::AddsOther,
        _ => return None,
    };
    Some((Context::parse(scope)?, action))
}

/// The URL, or part of one, of `credential[.<url>].helper`.
struct Context<'s> {
    /// In lower case, without a user and the default port; empty for every host.
    host: String,
    path: &'s str,
}

impl<'s> Context<'s> {
    /// Returns `None` for another scheme. git accepts a URL without one.
    fn parse(url: &'s str) -> Option<Context<'s>> {
        let url = Url::split(url);
        let is_https = |scheme: &str| scheme.eq_ignore_ascii_case("https");
        url.scheme.is_none_or(is_https).then(|| Context {
            host: without_https_port(url.host).to_ascii_lowercase(),
            path: url.path.trim_end_matches('/'),
        })
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
        let (pattern, host) = (self.host.split('.'), url.host.split('.'));
        let mut pairs = pattern.clone().zip(host.clone());
        self.host.is_empty()
            || pattern.count() == host.count() && pairs.all(|(part, is)| part == "*" || part == is)
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

    fn may_be_asked(scope: &str, ours: &str) -> bool {
        let ours = Context::parse(ours).expect("it is https");
        Context::parse(scope).is_some_and(|context| context.overlaps(&ours))
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
            assert_eq!(may_be_asked(scope, ours), is_asked, "{scope}");
        }
        assert!(may_be_asked("", ours));
        assert!(may_be_asked(
            "https://localhost:8443",
            "https://localhost:8443/acme"
        ));
    }
}
