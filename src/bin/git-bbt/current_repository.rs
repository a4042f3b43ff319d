//! The repository of the current folder, found by its remotes.

use std::path::Path;

use bbt::address::Address;
use bbt::config::Service;
use bbt::git_settings::GitSettings;
use zeroize::Zeroizing;

use crate::git_settings;
use crate::remote_url::{Classifier, RemoteUrl};

/// Returns the repository of `origin`, else of the first remote on Bitbucket.
pub fn find(service: &Service) -> Option<Address> {
    let settings = settings()?;
    let mut names = settings.remotes();
    names.sort_by_key(|name| *name != "origin");
    names.into_iter().find_map(|name| {
        let url = settings.fetch_url(name)?;
        match Classifier::new(service).classify_as_written(&url) {
            RemoteUrl::Bitbucket { address, .. } | RemoteUrl::Bbt { address } => Some(address),
            RemoteUrl::Server { .. } | RemoteUrl::Other { .. } => None,
        }
    })
}

/// Returns the URL of a remote after the user's `insteadOf` rules; `None` if no such remote exists.
pub fn remote_url(name: &str) -> Option<Zeroizing<String>> {
    settings()?.fetch_url(name)
}

fn settings() -> Option<GitSettings> {
    let here = Path::new(".");
    let listed = git_settings::in_repository(here, here).ok()?;
    Some(git_settings::of_remotes(&listed))
}
