//! git-lfs with a URL that git rewrites to `bbt::`; tests/lfs.rs has all other tests of git-lfs.

use std::fs;

use super::{each_token_was_used_only_for_its_workspace, git, set_up_workspaces};
use crate::support::{missing, with_each_git};

#[test]
fn git_lfs_content_is_transferred_through_rewritten_urls() {
    with_each_git(|person| {
        if !person.has("git-lfs") {
            return missing("git-lfs", "git-lfs");
        }
        let tokens = set_up_workspaces(person, ["acme"]);
        person.bitbucket.repository("acme/assets");
        let url = "https://bitbucket.org/acme/assets.git";
        git(person, "", "lfs install --skip-repo");
        git(person, "", &format!("clone --quiet {url} mine"));
        git(person, "mine", "lfs track *.bin");
        person.commit("mine", 2000);
        git(person, "mine", "push --quiet");
        let requests = person.bitbucket.requests();
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        assert_eq!(uploads.count(), 1);

        git(person, "", &format!("clone --quiet {url} theirs"));
        let content = fs::metadata(person.path("theirs/2000.bin"));
        assert_eq!(content.expect("the file is checked out").len(), 2000);
        let kept = git(person, "theirs", "cat-file -p HEAD:2000.bin");
        assert!(kept.starts_with("version https://git-lfs"), "{kept}");
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}
