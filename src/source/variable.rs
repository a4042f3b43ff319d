//! The names of our environment variables: `BBT_TOKEN_<WORKSPACE>__<REPOSITORY>`,
//! `BBT_TOKEN_<WORKSPACE>`, `BBT_TOKEN`.

use crate::address::Address;
use crate::target::Target;

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

/// What other tools and a slip of memory make of [`ANY`], without underscores.
const HEADS: [&str; 9] = [
    "BBTTOKEN",
    "BBTTOKENS",
    "BBTOKEN",
    "BKTTOKEN",
    "BITBUCKETTOKEN",
    "BITBUCKETTOKENS",
    "BITBUCKETACCESSTOKEN",
    "BITBUCKETAPITOKEN",
    "BITBUCKETREPOTOKEN",
];

/// A variable that is set and whose name is almost one of the target's: another case or number of
/// underscores, or another tool's name for the same thing. Its content is not looked at.
pub(super) fn almost(target: &Target) -> Option<String> {
    let squeezed = |name: &str| upper(name).replace('_', "");
    let workspace = squeezed(target.workspace());
    let repository = target
        .repository()
        .map(|address| squeezed(address.repository()));
    let is_tail = |tail: &str| {
        let rest = tail.strip_prefix(&*workspace);
        tail.is_empty()
            || rest.is_some_and(|rest| rest.is_empty() || Some(rest) == repository.as_deref())
    };
    let is_almost = |name: &String| {
        let name = squeezed(name);
        let mut tails = HEADS.iter().filter_map(|head| name.strip_prefix(head));
        tails.any(is_tail)
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let found = names.filter(|name| name.is_ascii() && is_almost(name));
    // The longest is the most specific one.
    found.max_by(|one, other| (one.len(), other).cmp(&(other.len(), one)))
}
