//! `url.<base>.insteadOf`: what a URL is to git, whatever is written (git-config(1)).

use std::borrow::Cow;
use std::path::Path;

use crate::git_config::{ConfigText, is_always};
use crate::git_settings::{self, GitSetting};

/// The user's and the machine's rules, read once for all repositories.
#[derive(Default, Clone)]
pub struct Rewrites {
    rules: Vec<Rule>,
    /// `pushInsteadOf`, which counts where a remote has no `pushurl`.
    of_pushes: Vec<Rule>,
    /// Whether there may be more of them in a repository than are known here.
    depend_on_place: bool,
}

#[derive(Clone)]
struct Rule {
    base: String,
    instead_of: String,
}

/// What migrate needs of the user's and the system's configuration.
pub struct UserSettings {
    pub rewrites: Rewrites,
    /// Whether git lets submodules use `bbt::`.
    pub allows_bbt: bool,
    /// Whether `safe.bareRepository` is `explicit`. A repository's own value does not count for git.
    pub refuses_discovered_bare: bool,
}

impl UserSettings {
    /// What is among `settings`.
    pub fn new(settings: &[GitSetting]) -> UserSettings {
        let mut rewrites = Rewrites::default();
        let (mut of_bbt, mut of_any, mut of_bare) = (None, None, None);
        for setting in settings {
            let value = setting.value.as_str();
            let (before, key) = setting.name.rsplit_once('.').unwrap_or_default();
            match (before, key) {
                ("protocol.bbt", "allow") => of_bbt = Some(value),
                ("protocol", "allow") => of_any = Some(value),
                ("safe", "barerepository") => of_bare = Some(value),
                (_, "insteadof" | "pushinsteadof") => {
                    rewrites.add(before.strip_prefix("url."), key, value);
                }
                _ => rewrites.depend_on_place |= before.starts_with("includeif."),
            }
        }
        UserSettings {
            rewrites,
            allows_bbt: of_bbt.or(of_any).is_some_and(is_always),
            refuses_discovered_bare: of_bare.is_some_and(|value| value == "explicit"),
        }
    }
}

impl Rewrites {
    /// With those of a repository's own configuration. git is asked only where a file is included,
    /// by the user for some repositories, or by this one.
    pub fn with(&self, folder: &Path, text: &ConfigText) -> Cow<'_, Rewrites> {
        if self.depend_on_place || text.includes_others() {
            let settings = git_settings::in_repository(folder, folder).unwrap_or_default();
            return Cow::Owned(UserSettings::new(&settings).rewrites);
        }
        let mut all = Cow::Borrowed(self);
        let rules = text
            .named("url")
            .filter(|(_, variable)| variable.key.ends_with("insteadof"));
        for (base, variable) in rules {
            if let Some(value) = text.value(variable) {
                all.to_mut().add(base, &variable.key, &value);
            }
        }
        all
    }

    fn add(&mut self, base: Option<&str>, key: &str, instead_of: &str) {
        let rules = match key {
            "insteadof" => &mut self.rules,
            _ => &mut self.of_pushes,
        };
        if let Some(base) = base {
            // git keeps those of one base together, wherever they stand.
            let same = rules.iter().rposition(|rule| rule.base == base);
            let at = same.map_or(rules.len(), |at| at + 1);
            let rule = Rule {
                base: base.to_owned(),
                instead_of: instead_of.to_owned(),
            };
            rules.insert(at, rule);
        }
    }

    /// The URL that git uses, and the base of the rule that made it.
    pub fn apply<'u>(&'u self, url: &'u str) -> (Cow<'u, str>, Option<&'u str>) {
        match longest(&self.rules, url) {
            None => (url.into(), None),
            Some((base, rest)) => (format!("{base}{rest}").into(), Some(base)),
        }
    }

    /// The URL that git pushes to where that is another.
    pub fn apply_to_push(&self, url: &str) -> Option<String> {
        let (base, rest) = longest(&self.of_pushes, url)?;
        Some(format!("{base}{rest}"))
    }
}

/// The rule that fits most of a URL, by its base, and what it leaves: of several, git takes the first.
fn longest<'r, 'u>(rules: &'r [Rule], url: &'u str) -> Option<(&'r str, &'u str)> {
    let fitting = rules
        .iter()
        .filter(|rule| url.starts_with(&rule.instead_of));
    let rule = fitting.rev().max_by_key(|rule| rule.instead_of.len())?;
    Some((&rule.base, &url[rule.instead_of.len()..]))
}
