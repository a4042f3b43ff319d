//! Which scopes a token has to have for git, and which ones say the same.

/// What a fetch needs.
pub const FETCH: &str = "repository";
/// What a push needs.
pub const PUSH: &str = "repository:write";

/// Whether `granted` covers `wanted`. A larger scope implies smaller ones, but those of
/// administration and deletion imply nothing (Atlassian, "Bitbucket OAuth 2.0 scopes").
pub fn cover(granted: &[String], wanted: &str) -> bool {
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
    // An API token's scopes are spelled `read:repository:bitbucket`.
    let as_api_token = match wanted {
        FETCH => "read:repository:bitbucket",
        _ => "write:repository:bitbucket",
    };
    granted
        .iter()
        .any(|scope| implied_by.contains(&scope.as_str()) || scope == as_api_token)
}
