//! Which requests are allowed, and the responses to the others.

use super::raw_client::{get, post};
use super::{NO_ACCESS, refusal_of_widgets};
use crate::stand_in::{Grant, Kind, MissingRepository, synthetic_token};
use crate::support::{Person, basic, with_each_git};

const SCOPE: &str = "remote: Your credentials lack one or more required privilege scopes.";

#[test]
fn every_reason_to_hide_a_repository_looks_the_same() {
    with_each_git(|person| {
        for name in ["acme/widgets", "acme/other", "acme/old", "globex/secret"] {
            person.bitbucket.repository(name);
        }
        person.bitbucket.rename("acme/old", "acme/new");
        let token = person.workspace_token("acme");
        let of_widgets = person.token(Grant::repository("acme/widgets"));
        let of_project = person.token(Grant::project(["acme/widgets", "acme/new"]));
        let revoked = person.workspace_token("acme");
        person.bitbucket.revoke(&revoked);
        let never_issued = person.remember(synthetic_token(Kind::Access));
        let of_a_person = person.token(Grant::workspace("acme").kind(Kind::Api));

        person
            .git(["ls-remote", &person.url_with(&of_project, "acme/new")])
            .succeeds();
        for (full_name, token) in [
            ("acme/widgets", &never_issued),
            ("acme/widgets", &revoked),
            ("acme/widgets", &of_a_person), // with the user name of an access token
            ("acme/missing", &token),
            ("acme/old", &token),
            ("acme/old", &of_project),
            ("acme/other", &of_widgets),
            ("globex/secret", &token),
        ] {
            person.bitbucket.take_requests();
            let url = person.url_with(token, full_name);
            let refused = person.git(["ls-remote", &url]).fails(128);
            let failed = "fatal: Authentication failed for 'https://localhost:PORT";
            let said = format!("{NO_ACCESS}\n{failed}/{full_name}.git/'\n");
            assert_eq!(refused.stderr, said, "{full_name}");
            assert_eq!(person.requests(), ["GET info/refs 401"; 2], "{full_name}");
        }

        person
            .bitbucket
            .switches(|s| s.missing_repository = MissingRepository::NotFound);
        let url = person.url_with(&token, "acme/missing");
        let refused = person.git(["ls-remote", &url]).fails(128);
        let not_found = "fatal: repository 'https://localhost:PORT/acme/missing.git/' not found";
        assert_eq!(refused.stderr, format!("{NO_ACCESS}\n{not_found}\n"));
        assert_eq!(
            person.requests(),
            ["GET info/refs 401", "GET info/refs 404"]
        );
    });
}

#[test]
fn each_kind_of_token_has_its_user_name() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let access = person.workspace_token("acme");
    let api = person.token(Grant::workspace("acme").kind(Kind::Api));
    let status = |authorization: String| {
        get(&person, "acme/widgets", "git-upload-pack", &authorization).status
    };

    assert_eq!(status(basic("x-token-auth", &access)), 200);
    assert_eq!(status(basic("x-bitbucket-api-token-auth", &api)), 200);
    for user in ["", "git", "me@example.com", "x-bitbucket-api-token-auth"] {
        assert_eq!(status(basic(user, &access)), 401, "{user}");
    }
    assert_eq!(status(format!("Bearer {access}")), 401);
    person.bitbucket.switches(|s| s.bearer = true);
    assert_eq!(status(format!("Bearer {access}")), 200);
    assert_eq!(status(format!("Bearer {api}")), 401);
}

#[test]
fn a_missing_scope_is_refused_for_refs_and_for_the_transfer() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let may_read = person.token(Grant::workspace("acme").scopes(["repository"]));
        let may_neither = person.token(Grant::workspace("acme").scopes(["repository:admin"]));

        let url = person.url_with(&may_neither, "acme/widgets");
        let refused = person.git(["ls-remote", &url]).fails(128);
        assert_eq!(refused.stderr, refusal_of_widgets(SCOPE, 403));
        assert_eq!(
            person.requests(),
            ["GET info/refs 401", "GET info/refs 403"]
        );

        let url = person.url_with(&may_read, "acme/widgets");
        person.git(["clone", &url, "widgets"]).succeeds();
        person.commit("widgets", 10);
        person.bitbucket.take_requests();
        let refused = person.git(["push"]).at("widgets").fails(128);
        assert_eq!(refused.stderr, refusal_of_widgets(SCOPE, 403));
        assert_eq!(
            person.requests(),
            ["GET info/refs 401", "GET info/refs 403"]
        );

        let authorization = basic("x-token-auth", &may_read);
        let post = |service| post(person, "acme/widgets", service, &authorization);
        assert_eq!(post("git-receive-pack").status, 403);
        assert_eq!(post("git-upload-pack").status, 200);
    });
}

#[test]
fn scopes_imply_one_another_as_documented() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    for (scope, fetch, push) in [
        ("account", 403, 403),
        ("project", 200, 403),
        ("project:admin", 403, 403),
        ("pullrequest", 200, 403),
        ("pullrequest:write", 200, 200),
        ("repository", 200, 403),
        ("repository:admin", 403, 403),
        ("repository:delete", 403, 403),
        ("repository:write", 200, 200),
    ] {
        let token = person.token(Grant::workspace("acme").scopes([scope]));
        let authorization = basic("x-token-auth", &token);
        let status = |service| get(&person, "acme/widgets", service, &authorization).status;
        let answered = (status("git-upload-pack"), status("git-receive-pack"));
        assert_eq!(answered, (fetch, push), "{scope}");
    }

    let scopeless = basic(
        "x-token-auth",
        &person.token(Grant::workspace("acme").scopes([])),
    );
    let missing = || get(&person, "acme/missing", "git-upload-pack", &scopeless).status;
    assert_eq!(missing(), 401);
    person
        .bitbucket
        .switches(|s| s.scope_before_repository = true);
    assert_eq!(missing(), 403);
}

#[test]
fn anonymous_users_can_only_read_public_repositories() {
    with_each_git(|person| {
        person.bitbucket.public_repository("acme/open");
        let url = format!("{}/acme/open.git", person.bitbucket.url());
        person.git(["clone", &url, "open"]).succeeds();
        assert_eq!(
            person.requests(),
            [
                "GET info/refs 200",
                "POST git-upload-pack 200",
                "POST git-upload-pack 200"
            ]
        );
        person.commit("open", 10);
        let refused = person.git(["push"]).at("open").fails(128);
        let asked = "fatal: could not read Username for 'https://localhost:PORT'";
        assert_eq!(
            refused.stderr,
            format!("{asked}: terminal prompts disabled\n")
        );
        assert_eq!(person.requests(), ["GET info/refs 401"]);
    });
}
