//! Which credential helpers git asks about a URL (gitcredentials(7), "CREDENTIAL CONTEXTS"), and which
//! settings interfere with ours.

use std::collections::{BTreeMap, BTreeSet};

use bbt::config::Service;
use bbt::git::is_false;
use bbt::shell;
use bbt::url::{Url, without_https_port};

use crate::git_settings::{GitSetting, Origin};
use crate::hint;
use crate::problem::Problem;

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

/// What a setting does for the URLs of its context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    AddsHelper {
        is_ours: bool,
    },
    /// An empty value.
    RemovesHelpers,
    SendsPath(bool),
}

/// A setting by its index, where it applies, and what it does.
type Entry<'s> = (usize, Context<'s>, Action);

/// Goes through the settings of each URL of Bitbucket that ours is set up for, and of each below it that
/// has settings of its own. In the order of the settings; `None` if ours is not set up.
pub fn problems<'s>(
    settings: &'s [GitSetting],
    service: &Service,
) -> Option<Vec<(&'s GitSetting, Problem)>> {
    let git_url = service.git_url();
    let read = |(at, setting)| read(setting).map(|(context, action)| (at, context, action));
    let entries: Vec<Entry> = settings.iter().enumerate().filter_map(read).collect();
    let ours = entries
        .iter()
        .filter(|entry| entry.2 == Action::AddsHelper { is_ours: true });
    let scopes = ours.filter_map(|entry| settings[entry.0].subsection("credential", "helper"));
    let scopes: BTreeSet<&str> = scopes
        .filter(|scope| {
            scope
                .strip_prefix(git_url)
                .is_some_and(|path| path.starts_with('/'))
        })
        .collect();
    let mut found: BTreeMap<(usize, Effect), BTreeSet<&str>> = BTreeMap::new();
    for scope in &scopes {
        let Context { host, path } = Context::parse(scope)?;
        let inner = entries.iter().map(|(_, context, _)| context.path);
        let paths: BTreeSet<&str> = inner.filter(|inner| is_within(inner, path)).collect();
        for path in paths {
            for effect in effects(&entries, &host, path) {
                found.entry(effect).or_default().insert(scope);
            }
        }
    }
    let found = found.into_iter();
    let problems = found.map(|((at, effect), scopes)| {
        let setting = &settings[at];
        let scopes: Vec<&str> = scopes.into_iter().collect();
        (setting, explain(setting, effect, &scopes))
    });
    (!scopes.is_empty()).then(|| problems.collect())
}

/// Applies the entries of a URL as git does: all in their order, the narrower one not before the wider
/// (`git config --get-urlmatch` does). Returns what they do to our helper.
fn effects(entries: &[Entry], host: &str, path: &str) -> Vec<(usize, Effect)> {
    let (mut helpers, mut removed, mut hidden) = (Vec::new(), None, None);
    for &(at, _, action) in entries
        .iter()
        .filter(|(_, context, _)| context.covers(host, path))
    {
        match action {
            Action::AddsHelper { is_ours } => helpers.push((at, is_ours)),
            Action::RemovesHelpers => {
                helpers.clear();
                removed = Some((at, Effect::RemovesOurs));
            }
            Action::SendsPath(true) => hidden = None,
            Action::SendsPath(false) => hidden = hidden.or(Some((at, Effect::HidesRepository))),
        }
    }
    let is_asked = helpers.iter().any(|(_, is_ours)| *is_ours);
    let others = helpers.iter().filter(|(_, is_ours)| is_asked && !is_ours);
    let others = others.map(|(at, _)| (*at, Effect::IsGivenToken));
    others
        .chain(removed.filter(|_| !is_asked))
        .chain(hidden)
        .collect()
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
        ("helper", "") => Action::RemovesHelpers,
        ("helper", value) => Action::AddsHelper {
            // By name or by path.
            is_ours: value == "bbt" || value.ends_with("git-credential-bbt"),
        },
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

    /// Returns whether git takes the context for one of the URL's. In its host, `*` stands for a part of
    /// the name.
    fn covers(&self, host: &str, path: &str) -> bool {
        let mut parts = self.host.split('.').zip(host.split('.'));
        let is_host = self.host.split('.').count() == host.split('.').count()
            && parts.all(|(pattern, part)| pattern == "*" || pattern == part);
        is_within(path, self.path) && (self.host.is_empty() || is_host)
    }
}

/// Returns whether a path is `folder` or below it.
fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
}
