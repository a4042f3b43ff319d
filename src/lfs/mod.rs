//! What git-lfs needs to be told. It reads a remote's URL itself and knows no `bbt::`, so each
//! remote gets an endpoint of its own, and git-lfs's question for a password comes to
//! `git-credential-bbt` (git-lfs-config(5); measured with git-lfs 3.3).

mod permission;
mod refusals;
mod remote;
mod url_handoff;

pub use permission::{check, git_dir};
pub use refusals::Refusals;
pub use remote::Remote;
pub use url_handoff::UrlHandoff;

use crate::address::Address;
use crate::config::Service;
use crate::token::Kind;

const SCHEME: &str = "https://";

/// What git-lfs's endpoint has behind a repository's URL.
pub const LFS: &str = "/info/lfs";

/// One variable of git's configuration, which always has a subsection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Before the first dot.
    pub section: &'static str,
    /// Between the first dot and the last.
    pub subsection: String,
    /// After the last dot.
    pub key: &'static str,
    /// What it is set to.
    pub value: String,
}

impl Setting {
    /// Its name, as `git config` takes it.
    pub fn name(&self) -> String {
        format!("{}.{}.{}", self.section, self.subsection, self.key)
    }
}

/// What to set for a remote, in this order. Only the first is the remote's own; the others are for
/// the repository on Bitbucket, whichever remotes lead to it.
///
/// The user in the endpoint keeps an `insteadOf` rule from matching it. git-lfs looks its `access`
/// up without the user; with it there, it sends an empty password first, and is refused. The helper
/// is emptied first, so that no other is asked, and without the path git-lfs would ask for the host
/// alone.
pub fn settings(service: &Service, remote: &str, address: &Address) -> [Setting; 5] {
    settings_for(&service.url(address, None), remote)
}

/// The same for a repository by its https URL.
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

/// All of [`settings`], where an endpoint has the form of ours: which repository it is for, and at
/// which service, is another matter.
pub fn settings_with(endpoint: &str, remote: &str) -> Option<[Setting; 5]> {
    let user = Kind::Access.git_user();
    let path = endpoint.strip_prefix(SCHEME)?.strip_prefix(user)?;
    let path = path.strip_prefix('@')?.strip_suffix(LFS)?;
    let is_repository = path.ends_with(".git");
    is_repository.then(|| settings_for(&format!("{SCHEME}{path}"), remote))
}

/// Those of [`settings`] behind the first that have yet to be added, where `values` gives all that a
/// variable has, in order. Of the helpers the last two count: an empty one takes back those before
/// it, and of two that write at once, one may have emptied the list after the other's last word.
pub fn missing<V: AsRef<str>>(
    settings: &[Setting; 5],
    values: impl Fn(&Setting) -> Vec<V>,
) -> Vec<&Setting> {
    let [_endpoint, access, empty, helper, path] = settings;
    let ends_with = |setting: &Setting, end: &[&Setting]| {
        let has = values(setting);
        let start = has.len().saturating_sub(end.len());
        let has = has[start..].iter().map(AsRef::as_ref);
        has.eq(end.iter().map(|setting| setting.value.as_str()))
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
