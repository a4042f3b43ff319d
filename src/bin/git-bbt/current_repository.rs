//! The repository of the current folder, found by its remotes.

use std::path::Path;

use bbt::address::Address;
use bbt::config::Service;

use crate::git;
use crate::remote_url::{Classifier, RemoteUrl};

/// Returns the repository of `origin`, else of the first remote on Bitbucket.
pub fn find(service: &Service) -> Option<Address> {
    let remotes = git::output(Path::new("."), ["remote"])?;
    let origin = remotes.lines().filter(|name| *name == "origin");
    let others = remotes.lines().filter(|name| *name != "origin");
    origin.chain(others).find_map(|name| {
        let url = remote_url(name)?;
        match Classifier::new(service).classify_as_written(&url) {
            RemoteUrl::Bitbucket { address, .. } | RemoteUrl::Bbt { address } => Some(address),
            RemoteUrl::Server { .. } | RemoteUrl::Other { .. } => None,
        }
    })
}

/// Returns the URL of a remote after the user's `insteadOf` rules; `None` if no such remote exists.
pub fn remote_url(name: &str) -> Option<String> {
    git::output(Path::new("."), ["remote", "get-url", "--", name])
}
