//! Other credential helpers that git would give a token to, for what `git bbt setup` has set up.

use std::collections::BTreeMap;

use bbt::config::Service;
use bbt::shell;

use super::check::Check;
use super::hint;
use super::settings::{Origin, Setting};
use crate::setup::credential_context::may_be_asked;

const NAME: &str = "helpers";

/// Goes through the helpers of each URL that ours is set up for, as git does: git asks them in turn
/// and gives all of them the token that was accepted. An empty one removes those before it.
pub fn checks(settings: &[Setting], service: &Service) -> Vec<Check> {
    let scopes = scopes(settings, &service.git_url());
    if scopes.is_empty() {
        return vec![];
    }
    let mut others: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for scope in scopes {
        // No setting names this path, so that only those for all of the scope match it.
        let inside = format!("{scope}/\0");
        let mut asked = Vec::new();
        for (at, setting) in settings.iter().enumerate() {
            match setting.value.is_empty() {
                true if may_be_asked(&setting.name, &inside) => asked.clear(),
                false if may_be_asked(&setting.name, scope) => asked.push(at),
                _ => {}
            }
        }
        for at in asked.into_iter().filter(|at| !is_ours(&settings[*at])) {
            others.entry(at).or_default().push(scope);
        }
    }
    if others.is_empty() {
        return vec![Check::ok(
            NAME,
            "no other credential helper is given the tokens",
        )];
    }
    let others = others.iter();
    others
        .map(|(at, scopes)| other(&settings[*at], scopes))
        .collect()
}

/// The URLs that our helper is set up for.
fn scopes<'s>(settings: &'s [Setting], git_url: &str) -> Vec<&'s str> {
    let ours = settings.iter().filter(|setting| is_ours(setting));
    let scopes = ours.filter_map(|setting| {
        let scope = setting
            .name
            .strip_prefix("credential.")?
            .strip_suffix(".helper")?;
        let path = scope.strip_prefix(git_url)?;
        path.starts_with('/').then_some(scope)
    });
    let mut scopes: Vec<&str> = scopes.collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn is_ours(setting: &Setting) -> bool {
    let value = &setting.value[..];
    setting.name.ends_with(".helper") && (value == "bbt" || value.ends_with("git-credential-bbt"))
}

fn other(setting: &Setting, scopes: &[&str]) -> Check {
    let place = match &setting.origin {
        Origin::File(file) => format!("in {}", hint::shown(file)),
        Origin::Environment => "set by git -c or GIT_CONFIG_COUNT".to_owned(),
    };
    let what = format!(
        "{} = {} ({place}) is also given the token for {}",
        hint::name(&setting.name),
        hint::helper(&setting.value),
        scopes.join(", ")
    );
    let hint = match &setting.origin {
        Origin::File(file) => {
            let scopes: Vec<String> = scopes.iter().map(shell::word).collect();
            let section = r#"\n[credential "%s"]\n\thelper =\n\thelper = bbt\n"#;
            format!(
                "printf '{section}' {} >>{}",
                scopes.join(" "),
                hint::word(file)
            )
        }
        Origin::Environment => hint::FORGET.to_owned(),
    };
    Check::problem(NAME, what, hint)
}
