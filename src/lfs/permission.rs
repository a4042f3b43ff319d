//! Whether git-lfs is given a credential: only if its content goes where the commits go.

use std::path::{Path, PathBuf};

use super::{Setting, UrlHandoff, settings};
use crate::address::Address;
use crate::clone_config::{Clone, ENDPOINT_KEYS, Entries, common_dir};
use crate::config::Service;
use crate::messages::Failure;
use crate::shell;

/// Returns the repository that git runs a credential helper in, as the folder that its work trees
/// share. git goes to the top of the work tree, and sets `GIT_DIR` unless that is `.git` there.
pub fn git_dir() -> PathBuf {
    let git_dir = std::env::var_os("GIT_DIR").unwrap_or_else(|| ".git".into());
    common_dir(Path::new(&git_dir))
}

/// Checks that git-lfs asks for `address` rightly, if it asks by an endpoint that we have set. The
/// user's own and the team's are theirs to decide.
///
/// # Errors
/// The endpoint's remote leads elsewhere, or a hand-off to another repository, by its URL, is under
/// way: what to type in each case.
pub fn check(address: &Address, service: &Service) -> Result<(), Failure> {
    let Some(clone) = Clone::read(&git_dir()) else {
        return Ok(());
    };
    let url = settings(service, "", address)[0].value.clone();
    let mut asked_by = clone.our_endpoints();
    asked_by.retain(|settings| settings[0].value.eq_ignore_ascii_case(&url));
    if asked_by.is_empty() {
        return Ok(());
    }
    let failure = |entries: &Entries| {
        let by_url = || pushed_by_url(&clone.git_dir, address);
        let endpoints = asked_by.iter().map(|settings| &settings[0]);
        let mut wrong = endpoints.filter_map(|endpoint| wrong(entries, endpoint, address, service));
        wrong.next().or_else(by_url)
    };
    if failure(&clone.own).is_none() {
        return Ok(());
    }
    // Settings outside the repository may rewrite its URLs, or have an endpoint that comes first.
    let all = Entries::from_git();
    let has_own = |all: &Entries| {
        ["url", "pushurl"]
            .iter()
            .any(|key| all.last("lfs", None, key).is_some())
    };
    match all
        .filter(|all| !has_own(all))
        .and_then(|all| failure(&all))
    {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Why an endpoint leads to another repository than its remote does.
fn wrong(
    entries: &Entries,
    endpoint: &Setting,
    address: &Address,
    service: &Service,
) -> Option<Failure> {
    let (name, remote) = (endpoint.name(), endpoint.subsection.as_str());
    let is_here = |to: Option<Address>| to.is_some_and(|to| to.is_same(address));
    let [lfsurl, lfspushurl] = ENDPOINT_KEYS;
    let leads = match endpoint.key {
        key if key == lfsurl => is_here(entries.fetched(remote, service)),
        _ => is_here(entries.pushed(remote, service)),
    };
    if !leads {
        return Some(
            Failure::new(format!(
                "git-lfs gets no credential for {address}: {remote} no longer points there, but {name} does"
            ))
            .hint(format!("git config --unset {}", shell::word(name))),
        );
    }
    let has_push = entries.last("remote", Some(remote), lfspushurl).is_some();
    let pushed = entries.pushed(remote, service);
    let is_other = pushed.is_some();
    if has_push || is_here(pushed) {
        return None;
    }
    let failure = Failure::new(format!(
        "git-lfs gets no credential for {address}: {remote} pushes to another repository, and its lfspushurl is not set"
    ));
    Some(failure.hint(if is_other {
        format!("git fetch {}, and try again", shell::word(remote))
    } else {
        let key = shell::word(format!("remote.{remote}.{lfspushurl}"));
        format!("git config {key} <the LFS URL of the repository that is pushed to>")
    }))
}

fn pushed_by_url(git_dir: &Path, address: &Address) -> Option<Failure> {
    let mut names = UrlHandoff::under_way(git_dir).into_iter();
    let other = names.find(|name| !name.eq_ignore_ascii_case(&address.full_name()))?;
    let other = Address::parse(&other).ok()?;
    let remote = other.repository();
    Some(
        Failure::new(format!(
            "git-lfs gets no credential for {address}: git uses {other} by its URL, and git-lfs does not support bbt:: URLs"
        ))
        .hint(format!("git remote add {remote} bbt::{other}"))
        .hint(format!("git push {remote} HEAD")),
    )
}
