//! Whether git and REST look at certificates at all.

use std::env;

use bbt::config::Service;

use super::check::Check;
use super::hint;
use super::secret::Hosts;
use super::settings::{Origin, Setting};
use crate::git_config::is_true;

const NAME: &str = "certificates";
const VARIABLE: &str = "GIT_SSL_NO_VERIFY";

/// Returns a problem for each place that switches certificates off for Bitbucket, from whatever scope.
pub fn checks(settings: &[Setting], service: &Service) -> Vec<Check> {
    let hosts = Hosts::from_service(service);
    let is_off = |setting: &&Setting| {
        let scope = setting.name.strip_prefix("http.");
        let scope = scope.and_then(|name| name.strip_suffix("sslverify"));
        let is_for_us = |scope: &str| scope.is_empty() || hosts.match_scope(scope);
        scope.is_some_and(is_for_us) && !is_true(&setting.value)
    };
    let settings = settings.iter().filter(is_off).map(|setting| {
        let place = match &setting.origin {
            Origin::File(file) => format!("in {}", hint::shown(file)),
            Origin::Environment => "set by git -c or GIT_CONFIG_COUNT".to_owned(),
        };
        let what = format!(
            "{} = {} ({place})",
            hint::name(&setting.name),
            &*setting.value
        );
        problem(&what, hint::unset(setting, None))
    });
    // git looks only at whether it is set.
    let variable = env::var_os(VARIABLE).map(|_| problem(VARIABLE, format!("unset {VARIABLE}")));
    let problems: Vec<Check> = settings.chain(variable).collect();
    match problems.is_empty() {
        true => vec![Check::ok(NAME, "certificates are verified")],
        false => problems,
    }
}

fn problem(what: &str, hint: String) -> Check {
    let why = "certificates are not verified, so anyone on the network can read the token";
    Check::problem(NAME, format!("{what}: {why}"), hint)
}
