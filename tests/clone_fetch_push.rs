//! The main job: what people do with a remote works through `bbt::` as it does over https, with no
//! token in it, and costs no request more.

use std::fs;

use crate::stand_in::Grant;
use crate::support::{Person, SCOPES, with_each_git};

/// How many requests stock git makes for the same with the token in the URL, none of ours in it.
fn stock_requests(person: &Person, arguments: &[&str], folder: &str) -> usize {
    person.bitbucket.take_requests();
    person.git(arguments.iter().copied()).at(folder).succeeds();
    person.requests().len()
}

#[test]
fn a_clone_holds_no_token_and_goes_both_ways() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        person.clone("acme/widgets");
        person
            .git(["clone", "--quiet", "bbt://acme/widgets.git", "second"])
            .succeeds();

        let config = fs::read_to_string(person.path("widgets/.git/config")).expect("it is a clone");
        assert!(config.contains("url = bbt::acme/widgets\n"), "{config}");
        assert!(
            !config.contains(&token),
            "the token is in the configuration"
        );

        person.commit("widgets", 10);
        let pushed = person.git(["push"]).at("widgets").succeeds();
        pushed.says("main -> main");
        person.git(["pull", "--quiet"]).at("second").succeeds();
        assert!(person.path("second/10.bin").exists());

        let requests = person.bitbucket.requests();
        let sent = requests
            .iter()
            .filter_map(|request| request.authorization.as_ref());
        assert!(sent.clone().count() > 0);
        for authorization in sent {
            assert!(
                authorization.is_basic("x-token-auth", &token),
                "{authorization:?}"
            );
        }
    });
}

#[test]
fn requests_are_one_fewer_than_stock_git_makes_or_as_many() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let url = person.url_with(&token, "acme/widgets");
        person.git(["clone", "--quiet", &url, "stock"]).succeeds();
        person.clone("acme/widgets");

        let saved = usize::from(person.git_is_proactive());
        let saw = |doing: &str, requests: &[String], stock: usize| {
            assert_eq!(requests.len(), stock - saved, "{doing}: {requests:#?}");
            let refused = requests.iter().any(|request| request.ends_with(" 401"));
            assert_eq!(refused, saved == 0, "{doing}: {requests:#?}");
        };
        let bbt = |arguments: &[&str], folder: &str| {
            person.bitbucket.take_requests();
            person.git(arguments.iter().copied()).at(folder).succeeds();
            person.requests()
        };

        let stock = stock_requests(person, &["ls-remote", &url], "");
        assert_eq!(stock, 3);
        saw(
            "ls-remote",
            &bbt(&["ls-remote", "bbt::acme/widgets"], ""),
            stock,
        );

        let stock = stock_requests(person, &["clone", "--quiet", &url, "one"], "");
        assert_eq!(stock, 4);
        saw(
            "clone",
            &bbt(&["clone", "--quiet", "bbt::acme/widgets", "two"], ""),
            stock,
        );

        for (bytes, expected) in [(10, 3), (3_000_000, 4)] {
            person.commit("stock", bytes);
            let stock = stock_requests(
                person,
                &["push", "--quiet", &url, "main:refs/heads/stock"],
                "stock",
            );
            assert_eq!(stock, expected, "stock git's push of {bytes}");
            person.commit("widgets", bytes);
            saw(
                "push",
                &bbt(
                    &["push", "--quiet", "origin", "main:refs/heads/bbt"],
                    "widgets",
                ),
                stock,
            );
        }
    });
}

/// Many refs make git send a request in chunks, after a probe of its own. Over HTTP/1.1: with HTTP/2
/// curl 7.88 at times asks stock git for more after the end of such a request, and git then waits
/// for ever.
#[test]
fn a_clone_of_forty_thousand_refs_works() {
    with_each_git(|person| {
        person.bitbucket.switches(|switches| switches.http2 = false);
        person.bitbucket.repository("acme/widgets").add_tags(40_000);
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        let tags = person.git(["tag"]).at("widgets").succeeds().stdout;
        assert_eq!(tags.lines().count(), 40_000);

        // And in protocol v0, where every ref is named on both ways.
        person
            .bitbucket
            .switches(|switches| switches.protocol_v2 = false);
        person
            .git(["clone", "--quiet", "--bare", "bbt::acme/widgets", "v0"])
            .succeeds();
    });
}

#[test]
fn shallow_and_partial_clones_fetch_what_they_miss() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        person.git(["push", "--quiet"]).at("widgets").succeeds();

        person
            .git([
                "clone",
                "--quiet",
                "--depth=1",
                "bbt::acme/widgets",
                "shallow",
            ])
            .succeeds();
        let commits = |folder| {
            person
                .git(["rev-list", "--count", "HEAD"])
                .at(folder)
                .succeeds()
                .stdout
        };
        assert_eq!(commits("shallow"), "1\n");
        person
            .git(["fetch", "--quiet", "--unshallow"])
            .at("shallow")
            .succeeds();
        assert_eq!(commits("shallow"), "2\n");

        person
            .git([
                "clone",
                "--quiet",
                "--filter=blob:none",
                "--no-checkout",
                "bbt::acme/widgets",
                "partial",
            ])
            .succeeds();
        person.bitbucket.take_requests();
        person.git(["checkout", "--quiet"]).at("partial").succeeds();
        assert!(person.path("partial/10.bin").exists());
        assert!(
            !person.requests().is_empty(),
            "the blobs were fetched when they were needed"
        );
    });
}

#[test]
fn forced_atomic_and_optioned_pushes_and_deletions_work() {
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

        person
            .git([
                "commit",
                "--quiet",
                "--amend",
                "--allow-empty",
                "-m",
                "Other",
            ])
            .at("widgets")
            .succeeds();
        let rejected = push(&["origin", "main"]);
        assert_eq!(rejected.status, Some(1), "{rejected}");
        // It is git's to explain; nothing is wrong with the token.
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
        person
            .git([
                "commit",
                "--quiet",
                "--amend",
                "--allow-empty",
                "-m",
                "Third",
            ])
            .at("widgets")
            .succeeds();
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
            person
                .git(["remote", "add", name, url])
                .at("widgets")
                .succeeds();
        }
        person
            .git(["fetch", "--quiet", "--all", "--jobs=4"])
            .at("widgets")
            .succeeds();
        for branch in ["origin/main", "g/main", "p/main", "w/main"] {
            person
                .git(["rev-parse", "--verify", "--quiet", branch])
                .at("widgets")
                .succeeds();
        }

        person
            .git(["worktree", "add", "--quiet", "../linked", "-b", "linked"])
            .at("widgets")
            .succeeds();
        person.commit("linked", 10);
        person
            .git(["push", "--quiet", "-u", "origin", "linked"])
            .at("linked")
            .succeeds();
        fs::create_dir(person.path("linked/inner")).expect("HOME is writable");
        person
            .git(["fetch", "--quiet"])
            .at("linked/inner")
            .succeeds();

        let allowed = ["-c", "protocol.bbt.allow=always"];
        for url in ["bbt::other/parts", "../gadgets"] {
            let add = ["submodule", "--quiet", "add", url];
            person
                .git(allowed.into_iter().chain(add))
                .at("widgets")
                .succeeds();
        }
        person
            .git(["commit", "--quiet", "-m", "Submodules"])
            .at("widgets")
            .succeeds();
        person.git(["push", "--quiet"]).at("widgets").succeeds();
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

/// The reason to do all this: a token is replaced where it is kept, and no remote is touched.
#[test]
fn a_rotated_token_serves_from_the_next_fetch_on() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let old = person.workspace_token("acme");
        person.write("token", &old, 0o600);
        person.configure("[workspace.acme]\ntoken = { file = \"~/token\" }\n");
        person.clone("acme/widgets");

        let new = person.workspace_token("acme");
        person.bitbucket.revoke(&old);
        person.git(["fetch"]).at("widgets").fails(128);
        person.write("token", &new, 0o600);
        person.git(["fetch"]).at("widgets").succeeds();
    });
}

#[test]
fn a_token_is_used_for_nothing_else_than_it_is_named_for() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("acme/gadgets");
        person.bitbucket.repository("other/parts");
        let widgets = person.token(Grant::repository("acme/widgets").scopes(SCOPES));
        let other = person.workspace_token("other");
        person.export("BBT_TOKEN_ACME__WIDGETS", &widgets);
        person.export("BBT_TOKEN_OTHER", &other);

        person.git(["ls-remote", "bbt::acme/widgets"]).succeeds();
        person
            .git(["ls-remote", "bbt::acme/gadgets"])
            .fails(128)
            .says("no token is configured for acme/gadgets");
        person.git(["ls-remote", "bbt::other/parts"]).succeeds();
        person.git(["ls-remote", "bbt::others/parts"]).fails(128);
        for request in person.bitbucket.requests() {
            let Some(authorization) = &request.authorization else {
                continue;
            };
            let (token, path) = match request.path.starts_with("/acme/") {
                true => (&widgets, "/acme/widgets.git/"),
                false => (&other, "/other/parts.git/"),
            };
            assert!(request.path.starts_with(path), "{}", request.path);
            assert!(
                authorization.is_basic("x-token-auth", token),
                "{}",
                request.path
            );
        }
    });
}

/// A person's API token logs in with a name of its own.
#[test]
fn an_api_token_serves_too() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let grant = Grant::workspace("acme")
            .scopes(SCOPES)
            .kind(crate::stand_in::Kind::Api);
        let token = person.token(grant);
        person.export("BBT_TOKEN", &token);
        person.clone("acme/widgets");
    });
}
