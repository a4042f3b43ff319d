//! The scopes that git needs, and which scopes imply them.

/// The scope for a fetch.
pub const FETCH: &str = "repository";
/// The scope for a push.
pub const PUSH: &str = "repository:write";

/// Returns whether `granted` includes or implies `wanted`. A larger scope implies smaller ones, but those of
/// administration and deletion imply nothing (Atlassian, "Bitbucket OAuth 2.0 scopes"). The scopes of API
/// tokens have names of their own.
pub fn include(granted: &[String], wanted: &str) -> bool {
    let implied_by: &[&str] = match wanted {
        FETCH => &[
            "repository",
            "repository:write",
            "pullrequest",
            "pullrequest:write",
            "project",
            "read:repository:bitbucket",
        ],
        PUSH => &[
            "repository:write",
            "pullrequest:write",
            "write:repository:bitbucket",
        ],
        other => &[other],
    };
    granted
        .iter()
        .any(|scope| implied_by.contains(&scope.as_str()))
}
