//! Checks that git and REST verify certificates.

use std::env;

use bbt::config::Service;
use bbt::git;

use super::check::Check;
use crate::git_settings::GitSetting;
use crate::hint;
use crate::secret::Hosts;

const NAME: &str = "certificates";
const VARIABLE: &str = "GIT_SSL_NO_VERIFY";

/// Returns a problem for each setting that turns verification off for Bitbucket.
pub fn checks(settings: &[GitSetting], service: &Service) -> Vec<Check> {
    let hosts = Hosts::from_service(service);
    let is_off = |setting: &&GitSetting| {
        let scope = setting.name.strip_prefix("http.");
        let scope = scope.and_then(|name| name.strip_suffix("sslverify"));
        let is_for_us = |scope: &str| scope.is_empty() || hosts.match_scope(scope);
        scope.is_some_and(is_for_us) && !git::is_true(&setting.value)
    };
    let settings = settings
        .iter()
        .filter(is_off)
        .map(|setting| problem(&setting.to_string(), hint::unset(setting, None)));
    // Its value does not matter to git.
    let variable = env::var_os(VARIABLE).map(|_| problem(VARIABLE, format!("unset {VARIABLE}")));
    let problems: Vec<Check> = settings.chain(variable).collect();
    if problems.is_empty() {
        vec![Check::ok(NAME, "certificates are verified")]
    } else {
        problems
    }
}

fn problem(what: &str, hint: String) -> Check {
    let why = "certificates are not verified, so anyone on the network can read the token";
    Check::problem(NAME, format!("{what}: {why}"), hint)
}
