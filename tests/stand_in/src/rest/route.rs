//! Which endpoint a path is, and which scope it asks for.

use hyper::Method;

/// What paths begin with behind `/2.0`; without it, they are forbidden.
pub(super) const ROOTS: [&str; 3] = ["repositories", "user", "workspaces"];

/// An endpoint, with what its path names.
#[derive(Debug)]
pub(super) enum Route {
    /// A path without `/2.0`.
    Outside,
    /// Taken away by CHANGE-2770: the lists across workspaces.
    Removed,
    /// No API.
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

    /// The scope it needs, or nothing.
    pub(super) fn scope(&self) -> &'static str {
        match self {
            Self::Outside | Self::Removed | Self::Unknown => "",
            Self::User | Self::UserWorkspaces | Self::Workspace(_) => "account",
            Self::List(_) | Self::Repository(_) => "repository",
            Self::CreateBranch(_) | Self::DeleteBranch(..) => "repository:write",
        }
    }

    /// Whether it answers those who do not say who they are.
    pub(super) fn is_public(&self) -> bool {
        matches!(self, Self::List(_) | Self::Repository(_))
    }

    /// The workspace, where it is about one as a whole.
    pub(super) fn workspace(&self) -> Option<&str> {
        match self {
            Self::Workspace(workspace) | Self::List(workspace) => Some(workspace),
            _ => None,
        }
    }

    /// The repository's full name, where it is about one.
    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Repository(name) | Self::CreateBranch(name) | Self::DeleteBranch(name, _) => {
                Some(name)
            }
            _ => None,
        }
    }
}
