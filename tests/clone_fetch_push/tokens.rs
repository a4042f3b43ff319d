//! No clone contains the token; a replaced token is used at once, and only for its workspace or
//! repository.

use std::fs;

use crate::stand_in::Grant;
use crate::support::{SCOPES, with_each_git};

#[test]
fn a_clone_contains_no_token_and_can_be_pushed_from() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.git_in("", "clone --quiet bbt://acme/widgets.git second");

        let config =
            fs::read_to_string(person.path("widgets/.git/config")).expect("the clone exists");
        assert!(config.contains("url = bbt::acme/widgets\n"), "{config}");
        assert!(
            !config.contains(&token),
            "the token is in the configuration"
        );

        person.commit("widgets", 10);
        let pushed = person.git(["push"]).at("widgets").succeeds();
        pushed.says("main -> main");
        person.git_in("second", "pull --quiet");
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

/// The reason for this project: a token is replaced in its source, and no remote changes.
#[test]
fn a_rotated_token_is_used_at_the_next_fetch() {
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
        person.git_in("widgets", "fetch");
    });
}

#[test]
fn a_token_is_used_only_for_its_workspace_or_repository() {
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
            let (token, path) = if request.path.starts_with("/acme/") {
                (&widgets, "/acme/widgets.git/")
            } else {
                (&other, "/other/parts.git/")
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
fn an_api_token_works() {
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
