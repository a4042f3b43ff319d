//! What a token is for: a workspace or a repository.

use std::fmt;

use crate::address::Address;

/// A workspace or a repository. git needs tokens for repositories only; `git bbt` also checks those
/// of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A whole workspace; a repository's token is not used for it.
    Workspace(String),
    /// One repository.
    Repository(Address),
}

impl Target {
    /// Returns the workspace ID.
    pub fn workspace(&self) -> &str {
        match self {
            Target::Workspace(name) => name,
            Target::Repository(address) => address.workspace(),
        }
    }

    /// Returns the repository, if the target is one.
    pub fn repository(&self) -> Option<&Address> {
        match self {
            Target::Workspace(_) => None,
            Target::Repository(address) => Some(address),
        }
    }

    /// Returns the page on which Bitbucket lists, creates and revokes access tokens for the target.
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

/// `acme`, or `acme/widgets`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Workspace(name) => f.write_str(name),
            Target::Repository(address) => address.fmt(f),
        }
    }
}
