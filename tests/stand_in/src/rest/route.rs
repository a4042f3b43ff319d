//! Parses a path into an endpoint, and names the scope that it requires.

use hyper::Method;

/// The prefixes of all paths after `/2.0`; other paths are forbidden.
pub(super) const ROOTS: [&str; 3] = ["repositories", "user", "workspaces"];

/// An endpoint, with the names in its path.
#[derive(Debug)]
pub(super) enum Route {
    /// A path without `/2.0`.
    Outside,
    /// The lists across workspaces, which CHANGE-2770 removed.
    Removed,
    /// An unknown endpoint.
    Unknown,
    User,
    UserWorkspaces,
    Workspace(String),
    List(String),
    Repository(String),
    CreateBranch(String),
    DeleteBranch(String, String),
}

impl Route {
    pub(super) fn parse(method: &Method, path: &str) -> Self {
        let Some(path) = path.strip_prefix("/2.0") else {
            return Self::Outside;
        };
        let path = path.trim_matches('/');
        let parts: Vec<&str> = path.splitn(6, '/').collect();
        let full_name = || format!("{}/{}", parts[1], parts[2]);
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["repositories"] | ["workspaces"] | ["snippets"]) => Self::Removed,
            ("GET", ["user", "permissions", ..]) => Self::Removed,
            ("GET", ["user"]) => Self::User,
            ("GET", ["user", "workspaces"]) => Self::UserWorkspaces,
            ("GET", ["workspaces", workspace]) => Self::Workspace((*workspace).to_owned()),
            ("GET", ["repositories", workspace]) => Self::List((*workspace).to_owned()),
            ("GET", ["repositories", _, _]) => Self::Repository(full_name()),
            ("POST", ["repositories", _, _, "refs", "branches"]) => Self::CreateBranch(full_name()),
            ("DELETE", ["repositories", _, _, "refs", "branches", branch]) => {
                Self::DeleteBranch(full_name(), (*branch).to_owned())
            }
            _ => Self::Unknown,
        }
    }

    /// Returns the scope that it requires, or nothing.
    pub(super) fn scope(&self) -> &'static str {
        match self {
            Self::Outside | Self::Removed | Self::Unknown => "",
            Self::User | Self::UserWorkspaces | Self::Workspace(_) => "account",
            Self::List(_) | Self::Repository(_) => "repository",
            Self::CreateBranch(_) | Self::DeleteBranch(..) => "repository:write",
        }
    }

    /// Returns whether it answers anonymous requests.
    pub(super) fn is_public(&self) -> bool {
        matches!(self, Self::List(_) | Self::Repository(_))
    }

    /// Returns the workspace, if the endpoint is about a whole one.
    pub(super) fn workspace(&self) -> Option<&str> {
        match self {
            Self::Workspace(workspace) | Self::List(workspace) => Some(workspace),
            _ => None,
        }
    }

    /// Returns the repository's full name, if the endpoint is about one.
    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Repository(name) | Self::CreateBranch(name) | Self::DeleteBranch(name, _) => {
                Some(name)
            }
            _ => None,
        }
    }
}
