//! Kinds of pushes, besides those in clone_fetch_push.

use super::{each_token_was_used_only_for_its_workspace, git, set_up_workspaces};
use crate::support::{Person, with_each_git};

/// Clones acme/widgets twice, by its https URL.
fn two_clones(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    for folder in ["mine", "theirs"] {
        let clone = "clone --quiet https://bitbucket.org/acme/widgets.git";
        git(person, "", &format!("{clone} {folder}"));
    }
}

#[test]
fn force_with_lease_is_respected() {
    with_each_git(|person| {
        set_up_workspaces(person, ["acme"]);
        two_clones(person);
        person.commit("theirs", 10);
        git(person, "theirs", "push --quiet");
        person.commit("mine", 20);
        let push = ["push", "--force-with-lease"];
        person.git(push).at("mine").fails(1).says("stale info");
        git(person, "mine", "fetch --quiet");
        git(person, "mine", "push --quiet --force-with-lease");
    });
}

#[test]
fn tags_follow_and_branches_are_pruned() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        two_clones(person);
        person.commit("mine", 10);
        git(person, "mine", "tag -m annotated annotated");
        git(person, "mine", "tag light");
        let push = "push --quiet --follow-tags --set-upstream origin main main:side";
        git(person, "mine", push);
        git(person, "theirs", "fetch --quiet --tags");
        assert_eq!(git(person, "theirs", "tag"), "annotated");
        git(person, "mine", "push --quiet --tags");
        git(person, "mine", "push --quiet --prune origin refs/heads/*");
        git(person, "theirs", "fetch --quiet --prune --tags");
        assert_eq!(git(person, "theirs", "tag"), "annotated\nlight");
        let branches = "for-each-ref --format=%(refname:lstrip=3) refs/remotes";
        assert_eq!(git(person, "theirs", branches), "HEAD\nmain");
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

/// This moves a repository into another workspace.
#[test]
fn a_mirror_is_pushed_to_another_workspace() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme", "other"]);
        two_clones(person);
        person.commit("mine", 10);
        git(person, "mine", "tag v1");
        git(person, "mine", "push --quiet origin main main:side v1");
        let copy = person.bitbucket.empty_repository("other/copy");
        git(
            person,
            "",
            "clone --quiet --mirror bbt::acme/widgets mirror",
        );
        let push = "push --quiet --mirror https://bitbucket.org/other/copy.git";
        git(person, "mirror", push);
        let refs = copy.git(["for-each-ref", "--format=%(refname)"]);
        assert_eq!(refs, "refs/heads/main\nrefs/heads/side\nrefs/tags/v1");
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

#[test]
fn a_remote_with_two_urls_is_pushed_to_both() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme", "other"]);
        two_clones(person);
        let copy = person.bitbucket.empty_repository("other/copy");
        for url in ["https://bitbucket.org/acme/widgets.git", "bbt::other/copy"] {
            git(
                person,
                "mine",
                &format!("remote set-url --add --push origin {url}"),
            );
        }
        person.commit("mine", 10);
        git(
            person,
            "mine",
            "push --quiet --atomic origin main main:side",
        );
        let ours = git(person, "mine", "rev-parse main");
        assert_eq!(
            copy.git(["rev-parse", "main", "side"]),
            format!("{ours}\n{ours}")
        );
        git(person, "theirs", "pull --quiet");
        assert_eq!(git(person, "theirs", "rev-parse main"), ours);
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}
