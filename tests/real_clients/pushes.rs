//! Kinds of pushes, besides those in clone_fetch_push.

use super::{each_token_was_used_only_for_its_workspace, set_up_workspaces};
use crate::support::{Person, with_each_git};

/// Clones acme/widgets twice, by its https URL.
fn two_clones(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    for folder in ["mine", "theirs"] {
        let clone = "clone --quiet https://bitbucket.org/acme/widgets.git";
        person.git_in("", &format!("{clone} {folder}"));
    }
}

#[test]
fn force_with_lease_is_respected() {
    with_each_git(|person| {
        set_up_workspaces(person, ["acme"]);
        two_clones(person);
        person.commit("theirs", 10);
        person.git_in("theirs", "push --quiet");
        person.commit("mine", 20);
        let push = ["push", "--force-with-lease"];
        person.git(push).at("mine").fails(1).says("stale info");
        person.git_in("mine", "fetch --quiet");
        person.git_in("mine", "push --quiet --force-with-lease");
    });
}

#[test]
fn tags_follow_and_branches_are_pruned() {
    with_each_git(|person| {
        let tokens = set_up_workspaces(person, ["acme"]);
        two_clones(person);
        person.commit("mine", 10);
        person.git_in("mine", "tag -m annotated annotated");
        person.git_in("mine", "tag light");
        let push = "push --quiet --follow-tags --set-upstream origin main main:side";
        person.git_in("mine", push);
        person.git_in("theirs", "fetch --quiet --tags");
        assert_eq!(person.git_in("theirs", "tag"), "annotated");
        person.git_in("mine", "push --quiet --tags");
        person.git_in("mine", "push --quiet --prune origin refs/heads/*");
        person.git_in("theirs", "fetch --quiet --prune --tags");
        assert_eq!(person.git_in("theirs", "tag"), "annotated\nlight");
        let branches = "for-each-ref --format=%(refname:lstrip=3) refs/remotes";
        assert_eq!(person.git_in("theirs", branches), "HEAD\nmain");
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
        person.git_in("mine", "tag v1");
        person.git_in("mine", "push --quiet origin main main:side v1");
        let copy = person.bitbucket.empty_repository("other/copy");
        person.git_in("", "clone --quiet --mirror bbt::acme/widgets mirror");
        let push = "push --quiet --mirror https://bitbucket.org/other/copy.git";
        person.git_in("mirror", push);
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
            person.git_in("mine", &format!("remote set-url --add --push origin {url}"));
        }
        person.commit("mine", 10);
        person.git_in("mine", "push --quiet --atomic origin main main:side");
        let ours = person.git_in("mine", "rev-parse main");
        assert_eq!(
            copy.git(["rev-parse", "main", "side"]),
            format!("{ours}\n{ours}")
        );
        person.git_in("theirs", "pull --quiet");
        assert_eq!(person.git_in("theirs", "rev-parse main"), ours);
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}
