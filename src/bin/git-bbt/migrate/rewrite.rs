//! `url.<base>.insteadOf`: what a URL is to git, whatever is written (git-config(1)).

use std::borrow::Cow;
use std::path::Path;

use crate::git;
use crate::git_config::ConfigText;

/// The rules, and whether git lets submodules use `bbt::`: what the user's and the machine's
/// configuration say, read once for all repositories.
#[derive(Default, Clone)]
pub struct Rewrites(Vec<Rule>);

#[derive(Clone)]
struct Rule {
    base: String,
    instead_of: String,
}

impl Rewrites {
    /// The user's and the machine's rules, and `protocol.bbt.allow`.
    pub fn of_user() -> (Rewrites, bool) {
        let pattern = r"^(url\..*\.insteadof|protocol\.(bbt\.)?allow)$";
        // At the root there is no repository with rules of its own.
        let root = Path::new(if cfg!(windows) { "C:\\" } else { "/" });
        let set = git::says(root, ["config", "-z", "--get-regexp", pattern]).unwrap_or_default();
        let mut rewrites = Rewrites::default();
        let (mut of_bbt, mut of_any) = (None, None);
        for setting in set.split('\0') {
            let Some((key, value)) = setting.split_once('\n') else {
                continue;
            };
            match key {
                "protocol.bbt.allow" => of_bbt = Some(value.to_owned()),
                "protocol.allow" => of_any = Some(value.to_owned()),
                key => rewrites.add(
                    key.strip_prefix("url.")
                        .and_then(|key| key.strip_suffix(".insteadof")),
                    value,
                ),
            }
        }
        (rewrites, of_bbt.or(of_any).as_deref() == Some("always"))
    }

    /// With those of a repository's own configuration.
    pub fn with(&self, text: &ConfigText) -> Cow<'_, Rewrites> {
        let mut all = Cow::Borrowed(self);
        for (base, variable) in text
            .named("url")
            .filter(|(_, variable)| variable.key == "insteadof")
        {
            if let Some(value) = text.value(variable) {
                all.to_mut().add(base, &value);
            }
        }
        all
    }

    fn add(&mut self, base: Option<&str>, instead_of: &str) {
        if let Some(base) = base {
            self.0.push(Rule {
                base: base.to_owned(),
                instead_of: instead_of.to_owned(),
            });
        }
    }

    /// The URL that git uses, and the base of the rule that made it: the longest that fits.
    pub fn apply<'u>(&'u self, url: &'u str) -> (Cow<'u, str>, Option<&'u str>) {
        let fitting = self
            .0
            .iter()
            .filter(|rule| url.starts_with(&rule.instead_of));
        match fitting.max_by_key(|rule| rule.instead_of.len()) {
            None => (url.into(), None),
            Some(Rule { base, instead_of }) => {
                let rest = &url[instead_of.len()..];
                (format!("{base}{rest}").into(), Some(base))
            }
        }
    }
}
