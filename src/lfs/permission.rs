//! Whether git-lfs is given a credential: only if its content goes where the commits go.

use zeroize::Zeroizing;

use super::{ENDPOINT_KEYS, Setting, UrlHandoff, git_dir, our_endpoints, settings};
use crate::address::Address;
use crate::config::Service;
use crate::git_settings::{GitSettings, LocalRepository};
use crate::messages::Failure;
use crate::shell;

/// Checks git-lfs's request for a credential of `address`, if it comes from an endpoint that we have
/// set. What the user or the team has set is theirs to decide.
///
/// # Errors
/// The endpoint's remote leads elsewhere, by whichever file or `git -c`, or a hand-off to another
/// repository, by its URL, is under way: what to type in each case.
pub fn check(address: &Address, service: &Service) -> Result<(), Failure> {
    let Some(LocalRepository { git_dir, own }) = LocalRepository::read(&git_dir()) else {
        return Ok(());
    };
    let url = &settings(service, "", address)[0].value;
    let mut asked_by = our_endpoints(&own);
    asked_by.retain(|[endpoint, ..]| endpoint.value.eq_ignore_ascii_case(url));
    if asked_by.is_empty() {
        return Ok(());
    }
    let all = GitSettings::from_git().unwrap_or(own);
    if all.last("lfs.url").or(all.last("lfs.pushurl")).is_some() {
        return Ok(());
    }
    for [endpoint, ..] in &asked_by {
        let is_replaced = all.values_of(endpoint).any(|value| value != endpoint.value);
        if !is_replaced {
            check_remote(&all, endpoint, address, service)?;
        }
    }
    let mut by_url = UrlHandoff::under_way(&git_dir).into_iter();
    let by_url = by_url.find(|other| !other.is_same(address));
    by_url.map_or(Ok(()), |other| Err(pushed_by_url(&other, address)))
}

/// Checks that a remote leads to the repository that its endpoint is for.
fn check_remote(
    all: &GitSettings,
    endpoint: &Setting,
    address: &Address,
    service: &Service,
) -> Result<(), Failure> {
    let remote = endpoint.subsection.as_str();
    let [lfsurl, lfspushurl] = ENDPOINT_KEYS;
    // By whichever transport: only the destination counts.
    let is_here =
        |url: &Zeroizing<String>| service.address(url).is_ok_and(|to| to.is_same(address));
    let push_urls = all.push_urls(remote);
    let is_pushed_here = !push_urls.is_empty() && push_urls.iter().all(is_here);
    let leads_here = if endpoint.key == lfsurl {
        all.fetch_url(remote).as_ref().is_some_and(is_here)
    } else {
        is_pushed_here
    };
    let refused =
        |why: String| Failure::new(format!("git-lfs gets no credential for {address}: {why}"));
    if !leads_here {
        let name = endpoint.name();
        return Err(
            refused(format!("{remote} no longer points there, but {name} does"))
                .hint(format!("git config --unset {}", shell::word(name))),
        );
    }
    if is_pushed_here || all.last(&format!("remote.{remote}.{lfspushurl}")).is_some() {
        return Ok(());
    }
    let failure = refused(format!(
        "{remote} pushes to another repository, and its lfspushurl is not set"
    ));
    Err(failure.hint(if all.pushed(remote, service).is_some() {
        format!("git fetch {}, and try again", shell::word(remote))
    } else {
        let key = shell::word(format!("remote.{remote}.{lfspushurl}"));
        format!("git config {key} <the LFS URL of the repository that is pushed to>")
    }))
}

fn pushed_by_url(other: &Address, address: &Address) -> Failure {
    let remote = other.repository();
    Failure::new(format!(
        "git-lfs gets no credential for {address}: git uses {other} by its URL, and git-lfs does not support bbt:: URLs"
    ))
    .hint(format!("git remote add {remote} bbt::{other}"))
    .hint(format!("git push {remote} HEAD"))
    .hint(format!("if another command uses {other}, try again when it has ended"))
}
