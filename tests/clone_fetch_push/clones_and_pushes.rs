//! Kinds of clones and pushes, and several remotes in one repository.

use std::fs;

use crate::support::with_each_git;

/// With many refs, git sends its request in chunks, after a probe. Over HTTP/1.1: with HTTP/2, curl
/// 7.88 sometimes asks stock git for more data after the end of such a request, and git then waits
/// forever.
#[test]
fn a_clone_of_forty_thousand_refs_works() {
    with_each_git(|person| {
        person.bitbucket.switches(|switches| switches.http2 = false);
        person.bitbucket.repository("acme/widgets").add_tags(40_000);
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        let tags = person.git(["tag"]).at("widgets").succeeds().stdout;
        assert_eq!(tags.lines().count(), 40_000);

        // Also with protocol v0, where both sides send every ref.
        person
            .bitbucket
            .switches(|switches| switches.protocol_v2 = false);
        person.git_in("", "clone --quiet --bare bbt::acme/widgets v0");
    });
}

#[test]
fn shallow_and_partial_clones_fetch_missing_objects() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        person.git_in("widgets", "push --quiet");

        person.git_in("", "clone --quiet --depth=1 bbt::acme/widgets shallow");
        let commits = |folder| {
            person
                .git(["rev-list", "--count", "HEAD"])
                .at(folder)
                .succeeds()
                .stdout
        };
        assert_eq!(commits("shallow"), "1\n");
        person.git_in("shallow", "fetch --quiet --unshallow");
        assert_eq!(commits("shallow"), "2\n");

        person.git_in(
            "",
            "clone --quiet --filter=blob:none --no-checkout bbt::acme/widgets partial",
        );
        person.bitbucket.take_requests();
        person.git_in("partial", "checkout --quiet");
        assert!(person.path("partial/10.bin").exists());
        assert!(
            !person.requests().is_empty(),
            "the blobs were fetched when they were needed"
        );
    });
}

#[test]
fn forced_and_atomic_pushes_push_options_and_deletions_work() {
    with_each_git(|person| {
        let repository = person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        let push = |arguments: &[&str]| {
            let push = ["push", "--quiet"]
                .into_iter()
                .chain(arguments.iter().copied());
            person.git(push).at("widgets").ends()
        };

        person.git_in("widgets", "commit --quiet --amend --allow-empty -m Other");
        let rejected = push(&["origin", "main"]);
        assert_eq!(rejected.status, Some(1), "{rejected}");
        // git explains this error; the token is fine.
        rejected
            .does_not_say("bbt doctor")
            .does_not_say("BBT_TOKEN");
        assert_eq!(push(&["--force", "origin", "main"]).status, Some(0));

        assert_eq!(
            push(&[
                "--atomic",
                "origin",
                "main:refs/heads/a",
                "main:refs/heads/b"
            ])
            .status,
            Some(0)
        );
        person.git_in("widgets", "commit --quiet --amend --allow-empty -m Third");
        let atomic = push(&[
            "--atomic",
            "origin",
            "main:refs/heads/a",
            "main:refs/heads/new",
        ]);
        assert_eq!(atomic.status, Some(1), "{atomic}");
        assert_eq!(repository.git(["for-each-ref", "refs/heads/new"]), "");

        assert_eq!(
            push(&["-o", "ci.skip", "origin", "main:refs/heads/c"]).status,
            Some(0)
        );
        assert_eq!(push(&["origin", "--delete", "c"]).status, Some(0));
        assert_eq!(repository.git(["for-each-ref", "refs/heads/c"]), "");
    });
}

#[test]
fn remotes_side_by_side_worktrees_and_submodules_work() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("acme/gadgets");
        person.bitbucket.repository("other/parts");
        person.signed_in_to("acme");
        person.signed_in_to("other");
        person.clone("acme/widgets");
        for (name, url) in [
            ("g", "bbt::acme/gadgets"),
            ("p", "bbt::other/parts"),
            ("w", "bbt://acme/widgets"),
        ] {
            person.git_in("widgets", &format!("remote add {name} {url}"));
        }
        person.git_in("widgets", "fetch --quiet --all --jobs=4");
        for branch in ["origin/main", "g/main", "p/main", "w/main"] {
            person.git_in("widgets", &format!("rev-parse --verify --quiet {branch}"));
        }

        person.git_in("widgets", "worktree add --quiet ../linked -b linked");
        person.commit("linked", 10);
        person.git_in("linked", "push --quiet -u origin linked");
        fs::create_dir(person.path("linked/inner")).expect("HOME is writable");
        person.git_in("linked/inner", "fetch --quiet");

        let allowed = ["-c", "protocol.bbt.allow=always"];
        for url in ["bbt::other/parts", "../gadgets"] {
            let add = ["submodule", "--quiet", "add", url];
            person
                .git(allowed.into_iter().chain(add))
                .at("widgets")
                .succeeds();
        }
        person.git_in("widgets", "commit --quiet -m Submodules");
        person.git_in("widgets", "push --quiet");
        let clone = [
            "clone",
            "--quiet",
            "--recurse-submodules",
            "bbt::acme/widgets",
            "whole",
        ];
        person.git(allowed.into_iter().chain(clone)).succeeds();
        assert!(person.path("whole/parts/README.md").exists());
        assert!(person.path("whole/gadgets/README.md").exists());
    });
}
