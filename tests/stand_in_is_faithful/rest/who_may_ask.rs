//! Which requests are allowed, and the words of refusals.

use serde_json::json;

use super::{WIDGETS, bearer, get, person, refused};
use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::basic;

const NO_ACCESS: &str = "You may not have access to this repository or it no longer exists in \
    this workspace. If you think this repository exists and you have access, make sure you are \
    authenticated.";
const SCOPE: &str = "Your credentials lack one or more required privilege scopes.";

#[test]
fn each_kind_of_token_logs_in_its_own_way() {
    let (person, authorization) = person();
    let access = &authorization["Bearer ".len()..];
    let api = person.token(Grant::workspace("acme").account("me@example.com"));
    let nameless = person.token(Grant::workspace("acme").kind(Kind::Api));
    assert_eq!(get(&person, WIDGETS, &authorization).status, 200);
    let of_me = basic("me@example.com", &api);
    assert_eq!(get(&person, WIDGETS, &of_me).status, 200);

    let bad_login = [
        basic("x-token-auth", access),
        basic("x-bitbucket-api-token-auth", &api),
        basic("you@example.com", &api),
        basic("me@example.com", &nameless),
    ];
    for authorization in &bad_login {
        let answer = get(&person, WIDGETS, authorization);
        assert_eq!(answer.status, 401);
        answer.has_header("content-type: text/plain");
        answer.has_header("www-authenticate: Basic realm=\"Bitbucket.org HTTP\"");
        assert!(
            answer
                .body()
                .starts_with("Login failed due to incorrect login credentials")
        );
    }
    let dead = person.workspace_token("acme");
    person.bitbucket.revoke(&dead);
    let never_issued = person.remember(synthetic_token(Kind::Access));
    for token in [&api, &dead, &never_issued] {
        let answer = get(&person, WIDGETS, &bearer(token));
        let message = "Token is invalid, expired, or not supported for this endpoint.";
        refused(&answer, 401, json!({"message": message}));
        assert!(!answer.text.contains("x-credential-type"));
    }
}

#[test]
fn missing_and_invisible_repositories_look_the_same() {
    let (person, authorization) = person();
    person.bitbucket.repository("globex/secret");
    person.bitbucket.public_repository("acme/open");
    let of_open = bearer(&person.token(Grant::repository("acme/open")));
    for (path, authorization) in [
        ("/2.0/repositories/acme/missing", &authorization),
        ("/2.0/repositories/globex/secret", &authorization),
        (WIDGETS, &of_open),
        (WIDGETS, &String::new()),
        ("/2.0/repositories/acme/..", &authorization),
    ] {
        refused(
            &get(&person, path, authorization),
            404,
            json!({"message": NO_ACCESS}),
        );
    }
    assert_eq!(get(&person, "/2.0/repositories/acme/open", "").status, 200);
}

#[test]
fn a_missing_scope_is_named_with_the_tokens_own_scopes() {
    let (person, _) = person();
    let grants = [
        (Grant::workspace("acme"), "workspace_access_token"),
        (Grant::project(["acme/widgets"]), "project_access_token"),
        (Grant::repository("acme/widgets"), "repo_access_token"),
    ];
    for (grant, credential) in grants {
        let token = bearer(&person.token(grant.scopes(["repository:admin", "webhook"])));
        let answer = get(&person, WIDGETS, &token);
        let detail =
            json!({"required": ["repository"], "granted": ["repository:admin", "webhook"]});
        refused(&answer, 403, json!({"message": SCOPE, "detail": detail}));
        answer.has_header(&format!("x-credential-type: {credential}"));
        answer.has_header("x-oauth-scopes: repository:admin, webhook");
        answer.has_header("x-accepted-oauth-scopes: repository");
        answer.has_header("server: envoy");
    }
    let token = bearer(&person.token(Grant::workspace("acme").scopes(["webhook"])));
    person
        .bitbucket
        .switches(|s| s.rest.detail_is_object = false);
    let answer = get(&person, WIDGETS, &token).json();
    assert!(answer["error"]["detail"].is_string(), "{answer}");

    person
        .bitbucket
        .switches(|s| s.scope_before_repository = true);
    assert_eq!(
        get(&person, "/2.0/repositories/acme/no", &token).status,
        403
    );
}

#[test]
fn only_a_token_with_account_can_read_its_user() {
    let (person, authorization) = person();
    assert_eq!(get(&person, "/2.0/user", &authorization).status, 403);
    assert_eq!(get(&person, "/2.0/user", "").status, 401);
    let scopes = ["account", "repository"];
    let grant = Grant::workspace("acme").scopes(scopes);
    let known = bearer(&person.token(grant));
    assert_eq!(get(&person, "/2.0/user", &known).json()["type"], "user");
    let workspaces = get(&person, "/2.0/user/workspaces?pagelen=2", &known).json();
    assert_eq!(workspaces["values"][0]["workspace"]["slug"], "acme");
    assert_eq!(
        get(&person, "/2.0/workspaces/acme", &known).json()["slug"],
        "acme"
    );
    let answer = get(&person, "/2.0/workspaces/nowhere", &known);
    let message = "No workspace with identifier 'nowhere'.";
    refused(&answer, 404, json!({"message": message}));

    let of_a_person = Grant::workspace("acme")
        .account("me@example.com")
        .scopes(scopes);
    let of_a_person = basic("me@example.com", &person.token(of_a_person));
    get(&person, "/2.0/user", &of_a_person).has_header("x-credential-type: api_token");
}
