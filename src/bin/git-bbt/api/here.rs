//! The repository one stands in, by its remotes.

use std::process::{Command, Stdio};

use bbt::address::Address;

/// What `origin` names, else the first remote that names a repository on Bitbucket.
pub fn repository() -> Option<Address> {
    let remotes = git(&["remote"])?;
    let origin = remotes.lines().filter(|name| *name == "origin");
    let others = remotes.lines().filter(|name| *name != "origin");
    origin.chain(others).find_map(|name| {
        let url = git(&["remote", "get-url", "--", name])?;
        let url = url.trim_end();
        // A path without a colon is a folder to git, however much it looks like acme/widgets.
        url.contains(':').then(|| Address::parse(url).ok())?
    })
}

/// What git prints; none where it fails, as it does outside of a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
