//! The repository one stands in, by its remotes.

use std::path::Path;

use bbt::address::Address;
use bbt::config::Service;

use crate::git;
use crate::migrate::origin::{Origin, Recognizer};

/// What `origin` names, else the first remote that names a repository on Bitbucket.
pub fn repository(service: &Service) -> Option<Address> {
    let remotes = git::says(Path::new("."), ["remote"])?;
    let origin = remotes.lines().filter(|name| *name == "origin");
    let others = remotes.lines().filter(|name| *name != "origin");
    origin.chain(others).find_map(|name| {
        let url = remote(name)?;
        match Recognizer::of(service).origin(&url, &Default::default()) {
            Origin::Bitbucket { address, .. } | Origin::Bbt { address, .. } => Some(address),
            Origin::Other { .. } => None,
        }
    })
}

/// The URL of a remote, after the user's rules; none where there is no such remote.
pub fn remote(name: &str) -> Option<String> {
    git::says(Path::new("."), ["remote", "get-url", "--", name])
}
