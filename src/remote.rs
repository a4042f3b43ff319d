//! The flow on one screen: what happens between git calling `git-remote-bbt` and git's own
//! `git-remote-https` starting.

use std::ffi::OsStr;

use anyhow::Result;

use crate::address::Address;
use crate::config::Config;
use crate::lookup::{self, Candidate};
use crate::{clone_config, handoff, messages};

/// Runs as git's remote helper for `remote`. The address is as git passes it (gitremote-helpers(7)):
/// `acme/widgets` for `bbt::acme/widgets`, the whole URL for `bbt://` and for `remote.<name>.vcs`.
/// Returns the exit status.
///
/// # Errors
/// What can be known without reading the secret: an invalid address or configuration, no source, or
/// a source that does not exist.
pub fn run(remote: &OsStr, address: &OsStr) -> Result<u8> {
    let address = read_address(&address.to_string_lossy())?;
    messages::trace(|| format!("address: {address}"));
    let config = Config::read()?;
    let source = usable_source(&config, &address)
        .inspect_err(|_| clone_config::at_failed_contact(remote, &address, &config))?;
    source.warn_of_expiry();
    let _by_url = clone_config::at_contact(remote, &address, &config)?;
    handoff::run(remote, &address, &config, &source)
}

/// Reads an address. Only if it is not on bitbucket.org, config.toml is consulted, which may set
/// another host.
fn read_address(text: &str) -> Result<Address> {
    Address::parse(text).or_else(|_| Ok(Config::read()?.service().address(text)?))
}

fn usable_source<'c>(config: &'c Config, address: &'c Address) -> Result<Candidate<'c>> {
    let source = lookup::choose(config, address)?;
    source.check()?;
    Ok(source)
}
