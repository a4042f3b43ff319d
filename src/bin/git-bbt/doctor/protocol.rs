//! Checks that git may use bbt:: and https (git-config(1), "protocol.allow"; git(1),
//! "GIT_ALLOW_PROTOCOL").

use std::env;

use bbt::git;

use super::check::{Check, State};
use crate::git_environment::{ALLOWED, allowed_protocols};
use crate::git_settings::{GitSetting, Origin, is_always};
use crate::hint;

const NAME: &str = "protocol";
const FROM_USER: &str = "GIT_PROTOCOL_FROM_USER";

pub fn check(settings: &[GitSetting]) -> Check {
    // git looks at this list alone, if it is set.
    if let Some(problem) = allowed_protocols() {
        return Check::with_hint(NAME, State::Problem, problem);
    }
    if env::var_os(ALLOWED).is_some() {
        let what = format!("{} includes bbt and https", ALLOWED);
        return Check::ok(NAME, what);
    }
    let https = Policy::find("https", settings);
    if https.is("never") || (https.is("user") && !is_from_user()) {
        return https.refused("https");
    }
    let bbt = Policy::find("bbt", settings);
    match bbt.value() {
        _ if bbt.is("never") => bbt.refused("bbt"),
        Some(policy) if is_always(policy) && https.is("user") => https.not_in_submodules("https"),
        Some(policy) if is_always(policy) => {
            Check::ok(NAME, "bbt:: is allowed, for submodules too")
        }
        _ if !is_from_user() => Check::problem(
            NAME,
            format!("{FROM_USER} is off, and bbt:: is not always allowed"),
            format!("unset {FROM_USER}"),
        ),
        _ => Check::warning(NAME, "bbt:: is not allowed for submodules", "git bbt setup"),
    }
}

/// True by default, as in git.
fn is_from_user() -> bool {
    !env::var(FROM_USER).is_ok_and(|value| git::is_false(&value))
}

/// The setting that applies to a protocol, if any.
struct Policy<'s>(Option<&'s GitSetting>);

impl<'s> Policy<'s> {
    fn find(protocol: &str, settings: &'s [GitSetting]) -> Policy<'s> {
        let own = format!("protocol.{protocol}.allow");
        let last = |name: &str| settings.iter().rfind(|setting| setting.name == name);
        Policy(last(&own).or_else(|| last("protocol.allow")))
    }

    fn value(&self) -> Option<&'s str> {
        self.0.map(|setting| &setting.value[..])
    }

    fn is(&self, policy: &str) -> bool {
        self.value()
            .is_some_and(|value| value.eq_ignore_ascii_case(policy))
    }

    fn refused(&self, protocol: &str) -> Check {
        let what = format!("git is configured to refuse {protocol}{}", self.location());
        Check::problem(NAME, what, self.allow(protocol))
    }

    fn not_in_submodules(&self, protocol: &str) -> Check {
        let what = format!(
            "{protocol} is not allowed for submodules{}",
            self.location()
        );
        Check::warning(NAME, what, self.allow(protocol))
    }

    fn location(&self) -> String {
        match self.0.map(|setting| (&setting.name, &setting.origin)) {
            Some((name, Origin::File(file))) => format!(": {name} in {}", hint::shown(file)),
            Some((name, Origin::Environment)) => format!(": {name}, set by git -c"),
            None => String::new(),
        }
    }

    fn allow(&self, protocol: &str) -> String {
        let name = format!("protocol.{protocol}.allow");
        self.0
            .map_or(String::new(), |setting| hint::set(setting, &name, "always"))
    }
}
