//! git-lfs with a URL that git rewrites to `bbt::`; tests/lfs.rs has all other tests of git-lfs.

use std::fs;

use super::{each_token_was_used_only_for_its_workspace, set_up_workspaces};
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
        person.git_in("", "lfs install --skip-repo");
        person.git_in("", &format!("clone --quiet {url} mine"));
        person.git_in("mine", "lfs track *.bin");
        person.commit("mine", 2000);
        person.git_in("mine", "push --quiet");
        let requests = person.bitbucket.requests();
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        assert_eq!(uploads.count(), 1);

        person.git_in("", &format!("clone --quiet {url} theirs"));
        let content = fs::metadata(person.path("theirs/2000.bin"));
        assert_eq!(content.expect("the file is checked out").len(), 2000);
        let kept = person.git_in("theirs", "cat-file -p HEAD:2000.bin");
        assert!(kept.starts_with("version https://git-lfs"), "{kept}");
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}
