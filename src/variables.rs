//! The environment variables of git-remote-bbt: `BBT_TOKEN` and what is derived from it, for tokens,
//! and those below.

/// A token for any workspace: `BBT_TOKEN=ATCT...`. `BBT_TOKEN_ACME` is for workspace `acme` alone,
/// and `BBT_TOKEN_ACME__WIDGETS` for repository `acme/widgets`.
pub const TOKEN: &str = "BBT_TOKEN";

/// The absolute path of the file to read instead of the user's config.toml:
/// `BBT_CONFIG=/etc/bbt/config.toml`.
pub const CONFIG: &str = "BBT_CONFIG";

/// Prints on stderr what is read, chosen and run, unless it is empty or false: `BBT_TRACE=1`.
pub const TRACE: &str = "BBT_TRACE";

/// Set for a token command: the workspace that the token is asked for, in lower case,
/// `BBT_WORKSPACE=acme`.
pub const WORKSPACE: &str = "BBT_WORKSPACE";

/// Set for a token command if the token is asked for a repository: its slug, in lower case,
/// `BBT_REPOSITORY=widgets`.
pub const REPOSITORY: &str = "BBT_REPOSITORY";

/// For internal use: the file descriptor on which the credential helper reports to the hand-off that
/// started it, `BBT_HANDOFF=9`.
pub const HANDOFF: &str = "BBT_HANDOFF";

/// Returns the variable of a workspace's token.
///
/// `None` if its name could be read as another's: `BBT_TOKEN_A__B` would be workspace `a__b`, and
/// repository `b` of `a`. Such a workspace needs config.toml.
pub fn of_workspace(workspace: &str) -> Option<String> {
    let name = upper(workspace);
    let is_unambiguous = !name.contains("__") && !name.starts_with('_') && !name.ends_with('_');
    is_unambiguous.then(|| format!("{TOKEN}_{name}"))
}

/// Returns the variable of a repository's token; `None` if its workspace has none.
pub fn of_repository(workspace: &str, repository: &str) -> Option<String> {
    Some(format!(
        "{}__{}",
        of_workspace(workspace)?,
        upper(repository)
    ))
}

fn upper(name: &str) -> String {
    let in_name = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(in_name).collect()
}

/// Names of other tools for the same thing, and mistyped forms of [`TOKEN`], without underscores.
const SIMILAR: [&str; 9] = [
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

/// Returns a variable that is set and whose name is similar to one of these: in another case, with
/// other underscores, or another tool's. Its value is not looked at.
pub(crate) fn similar(workspace: &str, repository: Option<&str>) -> Option<String> {
    let squeezed = |name: &str| upper(name).replace('_', "");
    let workspace = squeezed(workspace);
    let repository = repository.map(squeezed);
    let is_of_target = |rest: &str| {
        let inner = rest.strip_prefix(&*workspace);
        rest.is_empty()
            || inner.is_some_and(|inner| inner.is_empty() || Some(inner) == repository.as_deref())
    };
    let is_similar = |name: &String| {
        let name = squeezed(name);
        let mut rests = SIMILAR.iter().filter_map(|start| name.strip_prefix(start));
        rests.any(is_of_target)
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let found = names.filter(|name| name.is_ascii() && is_similar(name));
    // The longest is the most specific.
    found.max_by(|one, other| (one.len(), other).cmp(&(other.len(), one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_and_manual_name_the_same_variables() {
        let page = include_str!("../docs/configuration.md");
        let manual = include_str!("bin/git-bbt/manual/git-remote-bbt.1");
        for text in [page, manual] {
            let mut names: Vec<&str> = text
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                // The manual's bold text starts with "\fB".
                .map(|word| word.strip_prefix("fB").unwrap_or(word))
                .filter(|word| word.starts_with("BBT_") && !word.starts_with("BBT_TEST_"))
                .filter(|word| !word.starts_with("BBT_TOKEN_"))
                .collect();
            names.sort();
            names.dedup();
            assert_eq!(names, [CONFIG, TOKEN, TRACE]);
        }
    }
}
