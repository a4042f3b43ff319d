//! Checks for credential helpers that interfere with ours.

use bbt::config::Service;
use bbt::shell;

use super::check::Check;
use crate::credential_context::{Effect, Interference, interfering};
use crate::git_settings::{GitSetting, Origin};
use crate::hint;

const NAME: &str = "helpers";

/// Returns a problem for each such helper; nothing if ours is not configured.
pub fn checks(settings: &[GitSetting], service: &Service) -> Vec<Check> {
    let git_url = service.git_url();
    let Some(others) = interfering(settings, &git_url) else {
        return vec![];
    };
    if others.is_empty() {
        return vec![Check::ok(
            NAME,
            "no other credential helper is given the tokens",
        )];
    }
    others.iter().map(problem).collect()
}

fn problem(other: &Interference) -> Check {
    let (setting, scopes) = (other.setting, &other.scopes);
    let effect = match other.effect {
        Effect::IsGivenToken => "is also given the token for",
        Effect::RemovesOurs => "removes git-credential-bbt for",
        Effect::HidesRepository => "keeps git-credential-bbt from seeing the repository for",
    };
    let what = format!("{setting} {effect} {}", scopes.join(", "));
    let hint = match &setting.origin {
        Origin::File(file) => {
            let scopes: Vec<String> = scopes.iter().map(shell::word).collect();
            let lines = match other.effect {
                Effect::HidesRepository => r"\tuseHttpPath = true\n",
                _ => r"\thelper =\n\thelper = bbt\n",
            };
            let section = format!(r#"\n[credential "%s"]\n{lines}"#);
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
