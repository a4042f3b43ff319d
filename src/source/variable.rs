//! The names of our environment variables: `BBT_TOKEN_<WORKSPACE>__<REPOSITORY>`,
//! `BBT_TOKEN_<WORKSPACE>`, `BBT_TOKEN`.

use crate::address::Address;

/// The variable that serves whatever workspace is asked for.
pub const ANY: &str = "BBT_TOKEN";

/// The variable of a workspace.
///
/// None where its name could be read as another's: with `__` inside it, `BBT_TOKEN_A__B` would be
/// workspace `a__b` and repository `b` of `a`. Such a workspace takes its token from config.toml.
pub fn of_workspace(workspace: &str) -> Option<String> {
    let name = upper(workspace);
    let clear = !name.contains("__") && !name.starts_with('_') && !name.ends_with('_');
    clear.then(|| format!("{ANY}_{name}"))
}

/// The variable of a repository; none where its workspace has none.
pub fn of_repository(address: &Address) -> Option<String> {
    let workspace = of_workspace(address.workspace())?;
    Some(format!("{workspace}__{}", upper(address.repository())))
}

fn upper(name: &str) -> String {
    name.chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        })
        .collect()
}
