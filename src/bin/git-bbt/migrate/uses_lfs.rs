//! Whether a repository keeps files with git-lfs, and the team has not said where.

use std::fs;
use std::path::Path;

/// By what git-lfs leaves in the repository, or by the attributes of what is checked out.
pub fn uses_lfs(git_dir: &Path, work_tree: Option<&Path>) -> bool {
    let says = |path: &Path| fs::read(path).is_ok_and(|text| contains(&text, b"filter=lfs"));
    let is_used = git_dir.join("lfs").is_dir()
        || says(&git_dir.join("info/attributes"))
        || work_tree.is_some_and(|work_tree| says(&work_tree.join(".gitattributes")));
    // The team's .lfsconfig keeps its say.
    let is_told = || work_tree.is_some_and(|work_tree| names_a_url(&work_tree.join(".lfsconfig")));
    is_used && !is_told()
}

fn names_a_url(lfsconfig: &Path) -> bool {
    fs::read(lfsconfig).is_ok_and(|text| contains(&text.to_ascii_lowercase(), b"url"))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
