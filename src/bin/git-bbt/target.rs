//! What a command is about: a workspace, or one repository of it.

use std::fmt;

use bbt::address::{self, Address};
use bbt::report::Failure;
use bbt::source::Scope;

/// `acme`, or `acme/widgets` in any spelling that the remote helper takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Workspace(String),
    Repository(Address),
}

impl Target {
    /// Reads an argument; for clap.
    pub fn parse(text: &str) -> Result<Target, Failure> {
        match address::is_workspace(text) {
            true => Ok(Target::Workspace(text.to_owned())),
            false => Address::parse(text).map(Target::Repository),
        }
    }

    /// The workspace ID.
    pub fn workspace(&self) -> &str {
        match self {
            Target::Workspace(name) => name,
            Target::Repository(address) => address.workspace(),
        }
    }

    /// The repository, where it is one.
    pub fn repository(&self) -> Option<&Address> {
        match self {
            Target::Workspace(_) => None,
            Target::Repository(address) => Some(address),
        }
    }

    /// What a token is wanted for.
    pub fn scope(&self) -> Scope<'_> {
        match self {
            Target::Workspace(name) => Scope::Workspace(name),
            Target::Repository(address) => Scope::Repository(address),
        }
    }

    /// Where Bitbucket lists, creates and revokes such tokens.
    pub fn tokens_page(&self) -> String {
        match self {
            Target::Workspace(name) => {
                format!("https://bitbucket.org/{name}/workspace/settings/access-tokens")
            }
            Target::Repository(address) => {
                format!(
                    "https://bitbucket.org/{}/admin/access-tokens",
                    address.full_name()
                )
            }
        }
    }
}

impl<'a> From<&'a Target> for Scope<'a> {
    fn from(target: &'a Target) -> Scope<'a> {
        match target {
            Target::Workspace(name) => Scope::Workspace(name),
            Target::Repository(address) => Scope::Repository(address),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Workspace(name) => f.write_str(name),
            Target::Repository(address) => address.fmt(f),
        }
    }
}

/// A URL with `instead` in the place of the user, and secret, that it names; anything else as it is.
pub fn with_userinfo(url: &str, instead: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{instead}{rest}"),
        _ => url.to_owned(),
    }
}
