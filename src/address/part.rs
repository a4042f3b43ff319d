//! The two parts of an address, and which names they can have.

use super::wrong::Why;
use crate::redact;

/// A part of an address, and the length of its longest name.
type Part = (&'static str, usize);

/// Atlassian names no bound for a workspace ID. This one keeps hostile addresses off command lines.
pub(super) const WORKSPACE: Part = ("workspace", 255);

/// No longer than the slugs that Bitbucket gives out (Atlassian, "What is a slug?").
pub(super) const REPOSITORY: Part = ("repository", 62);

/// Checks whether a part can have this name.
pub(super) fn check((part, max): Part, name: &str) -> Result<(), Why> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let why = match name {
        "" => "is empty",
        "." => "is \".\"",
        ".." => "is \"..\"",
        _ if name.starts_with('-') => "starts with a hyphen",
        _ if name.len() > max => {
            return Err(format!("its {part} is longer than {max} characters"));
        }
        _ if redact::has_token(name) => "looks like a token",
        _ if !name.chars().all(allowed) => {
            "has other characters than letters, digits, \"-\", \"_\" and \".\""
        }
        _ => return Ok(()),
    };
    Err(format!("its {part} {why}"))
}

/// Returns whether `name` can be a workspace ID: letters, digits, `-`, `_` and, in old ones, `.`.
pub fn is_workspace(name: &str) -> bool {
    check(WORKSPACE, name).is_ok()
}

/// Returns whether `name` can be a repository slug.
pub fn is_slug(name: &str) -> bool {
    check(REPOSITORY, name).is_ok()
}
