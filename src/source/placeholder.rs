//! `{workspace}` and `{repository}` in a path or an argument: one line of config.toml for many targets.

use crate::address;
use crate::messages::Failure;
use crate::target::Target;

/// The names that are filled in.
const KNOWN: [&str; 2] = ["workspace", "repository"];

/// Returns the workspace and, for a repository, its slug. Both are in lower case, as in Bitbucket's own
/// URLs, so that a path does not depend on how the user wrote them.
///
/// # Errors
/// The workspace is no workspace ID: it becomes a part of a path. A repository's address is checked.
pub(super) fn names(target: &Target) -> Result<(String, Option<String>), Failure> {
    let workspace = target.workspace().to_ascii_lowercase();
    if !address::is_workspace(&workspace) {
        return Err(Failure::new(format!("{target} is not a workspace ID")));
    }
    let repository = target.repository();
    let repository = repository.map(|address| address.repository().to_ascii_lowercase());
    Ok((workspace, repository))
}

/// Fills in the target's names. `${workspace}` is a shell's variable and stays.
///
/// # Errors
/// The text has `{repository}` in it, and the target is a workspace; or see [`names`].
pub(super) fn fill(text: &str, target: &Target) -> Result<String, Failure> {
    let (workspace, repository) = names(target)?;
    let mut pieces = text.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let name = match piece.split_once('}') {
            _ if filled.ends_with('$') => None,
            Some(("workspace", rest)) => Some((workspace.as_str(), rest)),
            Some(("repository", rest)) => match &repository {
                Some(repository) => Some((repository.as_str(), rest)),
                None => return Err(without_repository(target)),
            },
            _ => None,
        };
        match name {
            Some((name, rest)) => filled.extend([name, rest]),
            None => filled.extend(["{", piece]),
        }
    }
    Ok(filled)
}

fn without_repository(target: &Target) -> Failure {
    let what = "its source has {repository} in it, and this is about a whole workspace";
    let workspace = target.workspace();
    Failure::new(what).hint(format!("name a repository: {workspace}/<repository>"))
}

/// Returns whether a name in the text would be filled in.
pub(crate) fn is_in(text: &str) -> bool {
    names_in(text).any(|name| KNOWN.contains(&name))
}

/// Returns the first name in braces that is similar to one that is filled in, and that one. Others
/// are a program's own: `{print}` is awk's.
pub(crate) fn mistyped(text: &str) -> Option<(&str, &'static str)> {
    let mut others = names_in(text).filter(|name| !KNOWN.contains(name));
    others.find_map(|name| Some((name, similar(name)?)))
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices('{').map(|(at, _)| at);
    let starts = starts.filter(|at| !text[..*at].ends_with('$'));
    starts.filter_map(|at| Some(text[at + 1..].split_once('}')?.0))
}

fn similar(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let is_similar = |known: &&str| {
        let is_start = lower.len() > 1 && known.starts_with(&lower);
        is_start || strsim::damerau_levenshtein(&lower, known) <= 3
    };
    KNOWN.into_iter().find(is_similar)
}
