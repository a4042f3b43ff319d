//! git-lfs's endpoint, and when git-lfs is given a credential. git-lfs reads a remote's URL itself and
//! does not support `bbt::`, so each remote gets an endpoint of its own, for which git-lfs asks
//! `git-credential-bbt` (git-lfs-config(5); measured with git-lfs 3.3).

mod permission;
mod refusals;
mod url_handoff;

use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::config::Service;
use crate::git_settings::{GitSettings, common_dir};
use crate::token::Kind;

pub use crate::git_settings::Setting;
pub use permission::check;
pub use refusals::Refusals;
pub use url_handoff::UrlHandoff;

const SCHEME: &str = "https://";

/// The end of git-lfs's endpoint, after the repository's URL.
pub const LFS: &str = "/info/lfs";

/// The keys of a remote that hold git-lfs's endpoint: of everything, and of uploads if those go
/// elsewhere (git-lfs-config(5)).
pub const ENDPOINT_KEYS: [&str; 2] = ["lfsurl", "lfspushurl"];

/// Returns the settings for a remote, in this order. Only the first is the remote's own; the others
/// are for the repository on Bitbucket, whichever remotes lead to it.
///
/// The user in the endpoint keeps an `insteadOf` rule from matching it. git-lfs looks up `access`
/// without the user; without `basic`, it sends an empty password first, and is refused. The list of
/// helpers is emptied first, so that no other is asked, and without `useHttpPath` git-lfs would ask
/// for the host alone.
pub fn settings(service: &Service, remote: &str, address: &Address) -> [Setting; 5] {
    settings_for(&service.url(address, None), remote)
}

/// As [`settings`], for a repository by its https URL.
pub fn settings_for(repository: &str, remote: &str) -> [Setting; 5] {
    let path = repository.strip_prefix(SCHEME).unwrap_or(repository);
    let endpoint = format!("{SCHEME}{}@{path}{LFS}", Kind::Access.git_user());
    let setting = |section, subsection: &str, key, value: &str| Setting {
        section,
        subsection: subsection.to_owned(),
        key,
        value: value.to_owned(),
    };
    [
        setting("remote", remote, "lfsurl", &endpoint),
        setting("lfs", &format!("{repository}{LFS}"), "access", "basic"),
        setting("credential", repository, "helper", ""),
        setting("credential", repository, "helper", "bbt"),
        setting("credential", repository, "useHttpPath", "true"),
    ]
}

/// Returns all of [`settings`] that go with an endpoint. `None` if it has another form than ours. It
/// may be for any repository of any service.
pub fn settings_with(endpoint: &str, remote: &str) -> Option<[Setting; 5]> {
    let user = Kind::Access.git_user();
    let path = endpoint.strip_prefix(SCHEME)?.strip_prefix(user)?;
    let path = path.strip_prefix('@')?.strip_suffix(LFS)?;
    let is_repository = path.ends_with(".git");
    is_repository.then(|| settings_for(&format!("{SCHEME}{path}"), remote))
}

/// Returns the settings after the first that `own` lacks. Of the helpers the last two count: an empty
/// one clears those before it.
pub fn missing<'s>(settings: &'s [Setting; 5], own: &GitSettings) -> Vec<&'s Setting> {
    let [_endpoint, access, empty, helper, path] = settings;
    let ends_with = |setting: &Setting, end: &[&Setting]| {
        let mut values = own.values_of(setting).rev();
        let mut end = end.iter().rev();
        end.all(|setting| values.next() == Some(&setting.value))
    };
    let mut missing = Vec::new();
    missing.extend((!ends_with(access, &[access])).then_some(access));
    if !ends_with(helper, &[empty, helper]) {
        missing.extend((!ends_with(empty, &[empty])).then_some(empty));
        missing.push(helper);
    }
    missing.extend((!ends_with(path, &[path])).then_some(path));
    missing
}

/// Returns all settings that belong to a remote's endpoint if we have set it, by the repository's own
/// configuration: an endpoint of the user's may look the same, but lacks the other settings.
pub fn our_endpoint(own: &GitSettings, remote: &str, key: &'static str) -> Option<[Setting; 5]> {
    let mut settings = settings_with(own.last(&format!("remote.{remote}.{key}"))?, remote)?;
    settings[0].key = key;
    let is_set = |setting: &Setting| own.values_of(setting).next().is_some();
    settings[1..].iter().all(is_set).then_some(settings)
}

/// Returns our endpoints of all remotes.
pub fn our_endpoints(own: &GitSettings) -> Vec<[Setting; 5]> {
    let of_remote = |remote| ENDPOINT_KEYS.map(|key| our_endpoint(own, remote, key));
    own.remotes()
        .into_iter()
        .flat_map(of_remote)
        .flatten()
        .collect()
}

/// Returns whether two endpoints are the same.
pub fn is_same(one: &[Setting; 5], other: &[Setting; 5]) -> bool {
    one[0].value.eq_ignore_ascii_case(&other[0].value)
}

/// Returns the folder that the work trees share of the repository that git runs a credential helper
/// in. git goes to the top of the work tree, and sets `GIT_DIR` unless that is `.git` there.
fn git_dir() -> PathBuf {
    let git_dir = std::env::var_os("GIT_DIR").unwrap_or_else(|| ".git".into());
    common_dir(Path::new(&git_dir))
}

/// Returns the folders for files about a repository that our processes share: its own, and the user's
/// cache, for one that cannot be written.
fn state_folders(git_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let cache = dirs::cache_dir().map(|cache| cache.join("git-remote-bbt"));
    let own = Some(git_dir.to_owned()).filter(|folder| folder.is_dir());
    own.into_iter().chain(cache)
}
