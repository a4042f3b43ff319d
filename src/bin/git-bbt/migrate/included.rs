//! Remotes that stand in a file which a repository's configuration includes: it may be others' too,
//! and is not changed.

use std::path::{Path, PathBuf};

use bbt::{redact, shell};

use super::Wanted;
use super::find::Found;
use super::origin::Origin;
use super::report::Problem;
use crate::git;
use crate::git_config::ConfigText;

/// The URLs on Bitbucket that are set elsewhere than in the repository's own files. git is asked, and
/// only where something is included at all.
///
/// # Errors
/// What keeps git from reading it, as where files include each other: nobody can tell then what a
/// URL means.
pub fn problems(
    wanted: &Wanted,
    found: &Found,
    text: &ConfigText,
) -> Result<Vec<Problem>, Problem> {
    if !text.includes_others() {
        return Ok(Vec::new());
    }
    let pattern = r"^remote\..*\.(url|pushurl)$";
    let arguments = [
        "config",
        "--includes",
        "--show-origin",
        "-z",
        "--get-regexp",
        pattern,
    ];
    let outcome = git::about(found.name(), arguments);
    let outcome = outcome.map_err(|error| Problem::of(found.name(), error))?;
    // 1: there are none.
    if !matches!(outcome.code, Some(0 | 1)) {
        let why = format!("git cannot read its configuration: {}", outcome.reason());
        let hint = format!(
            "git -C {} config --list tells more",
            shell::path(found.name())
        );
        return Err(Problem::new(found.name(), why).hint(hint));
    }
    let said = outcome.stdout;
    let rewrites = wanted.rewrites.with(found.name(), text);
    let mut fields = said.split('\0');
    let mut problems = Vec::new();
    while let (Some(origin), Some(setting)) = (fields.next(), fields.next()) {
        let file = origin.strip_prefix("file:").unwrap_or(origin);
        let Some((key, url)) = setting.split_once('\n') else {
            continue;
        };
        let is_own = ["config", "config.worktree"]
            .iter()
            .any(|name| is_own(found, file, name));
        let is_wanted = key
            .split('.')
            .nth(1)
            .is_some_and(|name| wanted.has_remote(name));
        let Origin::Bitbucket { address, .. } = wanted.recognizer.origin(url, &rewrites) else {
            continue;
        };
        if is_own || !is_wanted || !wanted.has_workspace(address.workspace()) {
            continue;
        }
        let file = absolute(found, file);
        let why = format!(
            "{key} is {}, set in {}, which is included here and maybe elsewhere",
            redact::url(url),
            file.display()
        );
        let problem = Problem::new(found.name(), why);
        problems.push(problem.hint(format!(
            "git config --file {} {} bbt::{address}",
            shell::path(&file),
            shell::word(key)
        )));
    }
    Ok(problems)
}

/// The name by which a file is found from everywhere, since the hint may be run in another folder.
fn absolute(found: &Found, file: &str) -> PathBuf {
    let path = Path::new(file);
    let from_here = || dunce::canonicalize(found.name().join(path)).ok();
    let absolute = path.is_relative().then(from_here).flatten();
    absolute.unwrap_or_else(|| path.to_owned())
}

/// git names a file as it came to it, from the folder that it was run in.
fn is_own(found: &Found, file: &str, name: &str) -> bool {
    let path = found.name().join(Path::new(file));
    let ending = path.file_name().is_some_and(|last| last == name);
    ending && dunce::canonicalize(path).is_ok_and(|path| path.starts_with(&found.git_dir))
}
