//! Fetching and pushing: real git answers, and the data passes through unchanged.

use crate::stand_in::{Grant, PushRefusal, Version};
use crate::support::with_each_git;

#[test]
fn reads_and_pushes_with_as_many_requests_as_stock_git_makes() {
    with_each_git(|person| {
        let repository = person.bitbucket.repository("acme/widgets");
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");

        let listed = person.git(["ls-remote", &url]).succeeds();
        assert!(listed.stdout.contains("refs/heads/main"), "{listed}");
        assert_eq!(
            person.requests(),
            [
                "GET info/refs 401",
                "GET info/refs 200",
                "POST git-upload-pack 200"
            ]
        );

        person.git(["clone", &url, "widgets"]).succeeds();
        assert_eq!(
            person.requests(),
            [
                "GET info/refs 401",
                "GET info/refs 200",
                "POST git-upload-pack 200",
                "POST git-upload-pack 200"
            ]
        );

        person.commit("widgets", 10);
        person.git_in("widgets", "push");
        assert_eq!(
            person.requests(),
            [
                "GET info/refs 401",
                "GET info/refs 200",
                "POST git-receive-pack 200"
            ]
        );

        // Above http.postBuffer, git sends the body in chunks, after a probe of four bytes.
        person.commit("widgets", 3_000_000);
        person.git_in("widgets", "push");
        let requests = person.bitbucket.take_requests();
        let bodies: Vec<_> = requests.iter().map(|request| request.body_bytes).collect();
        assert_eq!(bodies[..3], [0, 0, 4], "{requests:?}");
        assert!(bodies[3] > 3_000_000, "{requests:?}");

        let head = person.git(["rev-parse", "HEAD"]).at("widgets").succeeds();
        assert_eq!(repository.git(["rev-parse", "main"]), head.stdout.trim());
    });
}

#[test]
fn forty_thousand_refs_can_be_cloned_in_both_protocols() {
    with_each_git(|person| {
        // With HTTP/2, curl 7.88 sometimes asks git for more data after the end of such a request.
        person.bitbucket.switches(|s| s.http2 = false);
        person.bitbucket.repository("acme/many").add_tags(40_000);
        let url = person.url_with(&person.workspace_token("acme"), "acme/many");
        for protocol_v2 in [true, false] {
            person.bitbucket.switches(|s| s.protocol_v2 = protocol_v2);
            let directory = format!("v2-{protocol_v2}");
            person.git(["clone", "--bare", &url, &directory]).succeeds();
            let tags = person.git(["tag"]).at(&directory).succeeds();
            assert_eq!(tags.stdout.lines().count(), 40_000);
        }
    });
}

#[test]
fn a_compressed_request_is_accepted() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/some").add_tags(200);
        let url = person.url_with(&person.workspace_token("acme"), "acme/some");
        person.git(["clone", "--bare", &url, "some"]).succeeds();
        let fetch = person.bitbucket.requests().pop().expect("git asked");
        assert_eq!(fetch.headers.get("Content-Encoding"), Some("gzip"));
    });
}

#[test]
fn shallow_and_partial_clones_and_single_commits_work() {
    with_each_git(|person| {
        let commit = person
            .bitbucket
            .repository("acme/widgets")
            .git(["rev-parse", "main"]);
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
        person.git_in("", &format!("clone --depth=1 {url} shallow"));
        let partial = person
            .git(["clone", "--filter=blob:none", &url, "partial"])
            .succeeds();
        partial.does_not_say("filtering not recognized");
        person.git(["init", "--quiet", "single"]).succeeds();
        person.git(["fetch", &url, &commit]).at("single").succeeds();
    });
}

#[test]
fn an_empty_repository_accepts_its_first_push() {
    with_each_git(|person| {
        let repository = person.bitbucket.empty_repository("acme/empty");
        let url = person.url_with(&person.token(Grant::repository("acme/empty")), "acme/empty");
        person.git(["clone", &url, "empty"]).succeeds();
        person.commit("empty", 10);
        person.git_in("empty", "push --atomic -o ci.skip origin HEAD:main");
        assert_eq!(repository.git(["rev-list", "--count", "main"]), "1");
    });
}

#[test]
fn protocol_v2_can_be_turned_off() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
        let spoken = || {
            let listed = person.git(["ls-remote", &url]).env("GIT_TRACE_PACKET", "1");
            listed.succeeds().stderr.contains("version 2")
        };
        assert!(spoken());
        person.bitbucket.switches(|s| s.protocol_v2 = false);
        assert!(!spoken());
        let asked = person.bitbucket.requests().pop().expect("git asked");
        assert_eq!(asked.git_protocol(), Some("version=2"));
    });
}

#[test]
fn http2_is_used_unless_turned_off() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
        for (http2, version) in [(true, Version::HTTP_2), (false, Version::HTTP_11)] {
            person.bitbucket.switches(|s| s.http2 = http2);
            person.git(["ls-remote", &url]).succeeds();
            let requests = person.bitbucket.take_requests();
            assert!(
                requests
                    .iter()
                    .all(|request| request.http_version == version),
                "{requests:?}"
            );
        }
    });
}

#[test]
fn a_push_is_refused_with_the_message_of_the_pre_receive_hook() {
    let restriction = PushRefusal::BranchRestriction {
        branch: "main".to_owned(),
    };
    let limit = PushRefusal::UserLimit {
        account: "acme".to_owned(),
    };
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
        person.git(["clone", &url, "widgets"]).succeeds();
        person.commit("widgets", 10);
        for (refusal, said) in [
            (
                &restriction,
                "remote: Permission denied to update branch main.",
            ),
            (
                &limit,
                "remote: [ALERT] Your push failed because the account 'acme' has exceeded",
            ),
            (
                &PushRefusal::SizeLimit,
                "remote: Repository is over the size limit (4 GB) and will",
            ),
        ] {
            person
                .bitbucket
                .switches(|s| s.push_refusal = Some(refusal.clone()));
            let refused = person.git(["push"]).at("widgets").fails(1);
            assert!(refused.stderr.starts_with(said), "{refused}");
            refused.says("\n ! [remote rejected] main -> main (pre-receive hook declined)\n");
        }
        person
            .bitbucket
            .switches(|s| s.push_refusal = Some(restriction.clone()));
        person.git_in("widgets", "push origin HEAD:topic");
    });
}
