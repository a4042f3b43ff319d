//! What is wrong with an address, and what was probably meant.

use super::{Address, without_git};
use crate::messages::Failure;
use crate::redact;

/// What is wrong with an address, and what was probably meant.
pub(super) struct Wrong {
    pub(super) why: Why,
    pub(super) meant: Option<Address>,
}

/// The end of "... is not the address of a Bitbucket repository: <why>".
pub(super) type Why = String;

impl Wrong {
    pub(super) fn failure(self, text: &str) -> Failure {
        let what = format!(
            "\"{}\" is not the address of a Bitbucket repository: {}",
            redact::address(text),
            self.why
        );
        Failure::new(what).hint(match self.meant {
            Some(address) => format!("did you mean bbt::{address}?"),
            None => "write bbt::<workspace>/<repository>, as in bbt::acme/widgets".to_owned(),
        })
    }

    pub(super) fn plain(why: impl Into<Why>) -> Wrong {
        Wrong {
            why: why.into(),
            meant: None,
        }
    }

    /// Adds the address that a `path` on Bitbucket was probably meant to be, such as a page's. Not for
    /// other paths, which may be anything: `/srv/git/widgets.git`.
    pub(super) fn guess(self, path: &str) -> Wrong {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        parts.next_if(|part| BEFORE_WORKSPACE.contains(part));
        let meant = match (parts.next(), parts.next()) {
            (Some(workspace), Some(repository))
                if !PAGES.contains(&workspace) && repository != "workspace" =>
            {
                Address::new(workspace, without_git(repository)).ok()
            }
            _ => None,
        };
        Wrong { meant, ..self }
    }
}

/// What precedes the workspace in URLs that are almost right: ssh's ports, written in scp's form, and
/// Bitbucket Server's folder.
const BEFORE_WORKSPACE: [&str; 4] = ["22", "443", "7999", "scm"];

/// The first parts of paths on bitbucket.org that are not workspaces.
pub const PAGES: [&str; 8] = [
    "account",
    "blog",
    "dashboard",
    "product",
    "repo",
    "site",
    "snippets",
    "support",
];
