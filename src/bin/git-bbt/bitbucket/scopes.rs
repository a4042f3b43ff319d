//! The scopes that git needs, and which scopes imply them.

/// The scope for a fetch.
pub const FETCH: &str = "repository";
/// The scope for a push.
pub const PUSH: &str = "repository:write";

/// Returns whether `granted` includes or implies `wanted`. A larger scope implies smaller ones, but those of
/// administration and deletion imply nothing (Atlassian, "Bitbucket OAuth 2.0 scopes").
pub fn include(granted: &[String], wanted: &str) -> bool {
    let implied_by: &[&str] = match wanted {
        FETCH => &[
            "repository",
            "repository:write",
            "pullrequest",
            "pullrequest:write",
            "project",
        ],
        PUSH => &["repository:write", "pullrequest:write"],
        other => return granted.iter().any(|scope| scope == other),
    };
    // API tokens have scopes such as `read:repository:bitbucket`.
    let as_api_token = match wanted {
        FETCH => "read:repository:bitbucket",
        _ => "write:repository:bitbucket",
    };
    granted
        .iter()
        .any(|scope| implied_by.contains(&scope.as_str()) || scope == as_api_token)
}
