//! Content comes with a clone and goes with a push, without any setup.

use std::fs;

use super::{are_all_entries, assets, clone_of_pointers, entries, is_pointer, size};
use crate::stand_in::{Grant, Request};
use crate::support::with_each_git;

#[test]
fn content_comes_with_a_clone_and_goes_with_a_push() {
    with_each_git(|person| {
        let Some(token) = assets(person) else { return };
        // git-lfs would not retry a request without a credential.
        person
            .bitbucket
            .switches(|switches| switches.lfs_forbids_anonymous = true);
        let cloned = person
            .git(["clone", "--quiet", "bbt::acme/assets"])
            .succeeds();
        assert_eq!(cloned.said(), "");
        assert_eq!(size(person, "assets/2000.bin"), 2000);
        are_all_entries(&entries(person, "assets"));

        person.commit("assets", 3000);
        person.git_in("assets", "push --quiet");
        person.git_in("origin", "pull --quiet");
        assert_eq!(size(person, "origin/3000.bin"), 3000);
        let requests = person.bitbucket.requests();
        let of_lfs = |request: &&Request| request.path.contains("/info/lfs/objects/");
        let mut answers = requests.iter().filter(of_lfs).map(|request| request.status);
        // git-lfs sends the credential from the first request on.
        assert!(answers.all(|status| status == Some(200)), "{requests:#?}");
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        assert_eq!(uploads.count(), 1);
        let sent = requests
            .iter()
            .filter_map(|request| request.authorization.as_ref());
        for authorization in sent {
            assert!(
                authorization.is_basic("x-token-auth", &token),
                "{authorization:?}"
            );
        }
        let config =
            fs::read_to_string(person.path("assets/.git/config")).expect("the clone exists");
        assert!(
            !config.contains(&token),
            "the token is in the configuration"
        );
    });
}

/// Its `$GIT_DIR/config` is not the configuration of the repository.
#[test]
fn a_linked_work_tree_uses_the_settings_of_its_repository() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        clone_of_pointers(person);
        let add = ["worktree", "add", "--quiet", "../linked"];
        let add = person.git(add).at("assets");
        add.env("GIT_LFS_SKIP_SMUDGE", "1").succeeds();
        person.git_in("assets", "config --unset remote.origin.lfsurl");
        person.git_in("linked", "fetch --quiet");
        are_all_entries(&entries(person, "assets"));
        let own = person.path("assets/.git/worktrees/linked/config");
        assert!(
            !own.exists(),
            "the work tree has a configuration of its own"
        );
        // The second fetch finds everything set.
        let fetch = person.git(["fetch"]).at("linked").env("BBT_TRACE", "1");
        fetch.succeeds().does_not_say("this clone: set");

        person.git_in("linked", "lfs pull");
        assert_eq!(size(person, "linked/2000.bin"), 2000);
        assert!(is_pointer(person, "assets/2000.bin"));
        let add = ["worktree", "add", "--quiet", "../another"];
        person.git(add).at("linked").succeeds();
        assert_eq!(size(person, "another/2000.bin"), 2000);
    });
}

#[test]
fn a_bare_clone_can_fetch_the_content() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        for kind in ["--bare", "--mirror"] {
            let clone = ["clone", "--quiet", kind, "bbt::acme/assets", "bare.git"];
            person.git(clone).succeeds();
            are_all_entries(&entries(person, "bare.git"));
            let fetch = ["lfs", "fetch", "--all"];
            person.git(fetch).at("bare.git").succeeds();
            let objects = person.path("bare.git/lfs/objects");
            assert!(objects.is_dir(), "{kind}: nothing was fetched");
            fs::remove_dir_all(person.path("bare.git")).expect("HOME is writable");
        }
    });
}

#[test]
fn a_push_without_the_scope_for_it_is_refused() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.clone("acme/assets");
        person.commit("assets", 3000);
        let narrow = person.token(Grant::workspace("acme").scopes(["repository"]));
        person.bitbucket.take_requests();
        let push = ["lfs", "push", "origin", "main"];
        let push = person.git(push).at("assets");
        let push = push.env("BBT_TOKEN_ACME", &narrow).ends();
        assert!(!matches!(push.status, Some(0) | None), "{push}");
        push.says("Authorization error");
        let requests = person.requests();
        let batches = requests.iter().filter(|request| request.contains("batch"));
        let batches: Vec<_> = batches.collect();
        assert_eq!(batches, ["POST info/lfs/objects/batch 403"]);

        let push = person.git(["push", "--quiet"]).at("assets");
        let push = push.env("BBT_TOKEN_ACME", &narrow).fails(128);
        push.says("BBT_TOKEN_ACME")
            .says("git bbt doctor acme/assets");
        person.git_in("assets", "push --quiet");
        person.git_in("origin", "pull --quiet");
        assert_eq!(size(person, "origin/3000.bin"), 3000);
    });
}
