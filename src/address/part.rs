//! The two parts of an address, and which names they can have.

use super::wrong::Why;
use crate::redact;

/// A part of an address.
pub(super) struct Part {
    title: &'static str,
    /// In characters.
    max: usize,
}

/// Atlassian names no bound for a workspace ID. This one keeps hostile addresses off command lines.
pub(super) const WORKSPACE: Part = Part {
    title: "workspace",
    max: 255,
};

/// No longer than the slugs that Bitbucket gives out (Atlassian, "What is a slug?").
pub(super) const REPOSITORY: Part = Part {
    title: "repository",
    max: 62,
};

/// Checks whether a part can have this name.
pub(super) fn check(part: Part, name: &str) -> Result<(), Why> {
    let Part { title, max } = part;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let why = match name {
        "" => "is empty",
        "." => "is \".\"",
        ".." => "is \"..\"",
        _ if name.starts_with('-') => "starts with a hyphen",
        _ if name.len() > max => {
            return Err(format!("its {title} is longer than {max} characters"));
        }
        _ if redact::has_token(name) => "looks like a token",
        _ if !name.chars().all(allowed) => {
            "has other characters than letters, digits, \"-\", \"_\" and \".\""
        }
        _ => return Ok(()),
    };
    Err(format!("its {title} {why}"))
}

/// Returns whether `name` can be a workspace ID: letters, digits, `-`, `_` and, in old ones, `.`.
pub fn is_workspace(name: &str) -> bool {
    check(WORKSPACE, name).is_ok()
}

/// Returns whether `name` can be a repository slug.
pub fn is_slug(name: &str) -> bool {
    check(REPOSITORY, name).is_ok()
}
