//! What a token is wanted for: a repository, or a workspace as such.

use std::fmt;

use crate::address::Address;

/// git always wants a token for a repository; the companion also asks about a workspace.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// A workspace as such, which no repository's token serves.
    Workspace(&'a str),
    /// One repository.
    Repository(&'a Address),
}

impl<'a> Scope<'a> {
    /// The workspace ID.
    pub fn workspace(self) -> &'a str {
        match self {
            Scope::Workspace(name) => name,
            Scope::Repository(address) => address.workspace(),
        }
    }

    /// The repository, where it is one.
    pub fn repository(self) -> Option<&'a Address> {
        match self {
            Scope::Workspace(_) => None,
            Scope::Repository(address) => Some(address),
        }
    }
}

impl<'a> From<&'a Address> for Scope<'a> {
    fn from(address: &'a Address) -> Scope<'a> {
        Scope::Repository(address)
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Workspace(name) => f.write_str(name),
            Scope::Repository(address) => address.fmt(f),
        }
    }
}
