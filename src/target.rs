//! What a token is wanted for: a repository, or a workspace as such.

use std::fmt;

use crate::address::Address;

/// git always wants a token for a repository; the companion also asks about a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A workspace as such, for which no repository's token is used.
    Workspace(String),
    /// One repository.
    Repository(Address),
}

impl Target {
    /// The workspace ID.
    pub fn workspace(&self) -> &str {
        match self {
            Target::Workspace(name) => name,
            Target::Repository(address) => address.workspace(),
        }
    }

    /// The repository, if it is one.
    pub fn repository(&self) -> Option<&Address> {
        match self {
            Target::Workspace(_) => None,
            Target::Repository(address) => Some(address),
        }
    }

    /// The page on which Bitbucket lists, creates and revokes access tokens for the target.
    pub fn tokens_page(&self) -> String {
        match self {
            Target::Workspace(name) => {
                format!("https://bitbucket.org/{name}/workspace/settings/access-tokens")
            }
            Target::Repository(address) => {
                let name = address.full_name();
                format!("https://bitbucket.org/{name}/admin/access-tokens")
            }
        }
    }
}

impl From<&Address> for Target {
    fn from(address: &Address) -> Target {
        Target::Repository(address.clone())
    }
}

impl From<&Target> for Target {
    fn from(target: &Target) -> Target {
        target.clone()
    }
}

/// `acme`, or the address as it is typed.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Workspace(name) => f.write_str(name),
            Target::Repository(address) => address.fmt(f),
        }
    }
}
