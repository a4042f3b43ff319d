//! The responses, without and with incidents.

use serde_json::{Value, json};

use super::{WIDGETS, bearer, get, person, refused};
use crate::stand_in::{Garbled, Grant, Redirect, Switches};
use crate::stand_in_is_faithful::raw_client::{raw, rest, send};

#[test]
fn paths_that_are_unknown_or_removed_or_outside_are_errors() {
    let (person, authorization) = person();
    let answer = get(&person, "/2.0/nothing", &authorization).json();
    assert_eq!(answer["error"]["message"], "Resource not found");
    let answer = get(&person, "/repositories/acme/widgets", &authorization);
    refused(&answer, 403, json!({"message": "Forbidden"}));
    for path in ["/2.0/repositories", "/2.0/workspaces", "/2.0/repositories/"] {
        let answer = get(&person, path, &authorization);
        assert_eq!(answer.status, 410, "{path}");
        let error = &answer.json()["error"];
        assert_eq!(
            error["message"],
            "CHANGE-2770 - Functionality has been deprecated"
        );
        assert!(error["data"]["announcement_url"].is_string());
    }
    // A workspace may have the name of an endpoint.
    person.bitbucket.public_repository("user/open");
    let path = "/user/open/info/refs?service=git-upload-pack";
    assert_eq!(
        raw(&person, &format!("GET {path} HTTP/1.1\r\n")).status,
        200
    );
}

#[test]
fn a_repository_has_the_keys_of_a_real_one() {
    let (person, authorization) = person();
    let repository = get(&person, WIDGETS, &authorization).json();
    let keys: Vec<_> = repository.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "type",
            "full_name",
            "links",
            "name",
            "slug",
            "description",
            "scm",
            "website",
            "owner",
            "workspace",
            "is_private",
            "project",
            "fork_policy",
            "created_on",
            "updated_on",
            "size",
            "language",
            "uuid",
            "mainbranch",
            "override_settings",
            "parent",
            "has_issues",
            "has_wiki",
        ]
    );
    assert_eq!(
        repository["mainbranch"],
        json!({"name": "main", "type": "branch"})
    );
    let https = format!("https://x-token-auth@{}/acme/widgets.git", person.host());
    let clone = &repository["links"]["clone"];
    assert_eq!(clone[0], json!({"name": "https", "href": https}));
    assert_eq!(clone[1]["href"], "git@bitbucket.org:acme/widgets.git");

    person.bitbucket.empty_repository("acme/empty");
    let empty = get(&person, "/2.0/repositories/acme/empty", &authorization).json();
    assert_eq!(empty["mainbranch"], Value::Null);
}

#[test]
fn a_list_comes_in_pages_that_name_the_next() {
    let (person, authorization) = person();
    for number in 0..11 {
        person
            .bitbucket
            .empty_repository(&format!("acme/r{number:02}"));
    }
    let list = |query: &str| {
        get(
            &person,
            &format!("/2.0/repositories/acme{query}"),
            &authorization,
        )
    };
    let first = list("").json();
    assert_eq!(first["pagelen"], 10);
    assert_eq!(first["values"].as_array().map(Vec::len), Some(10));
    let next = first["next"].as_str().expect("a next page exists");
    let path = next
        .strip_prefix(person.bitbucket.url())
        .expect("the URL is absolute");
    assert!(path.starts_with("/2.0/repositories/acme?"), "{path}");
    let last = get(&person, path, &authorization).json();
    assert_eq!(last["values"][1]["slug"], "widgets");
    assert_eq!(last.get("next"), None);

    assert_eq!(
        list("?pagelen=100").json()["values"]
            .as_array()
            .map(Vec::len),
        Some(12)
    );
    for wrong in ["?pagelen=101", "?pagelen=0", "?pagelen=x", "?ctx=2"] {
        assert_eq!(list(wrong).status, 400, "{wrong}");
    }
    let elsewhere = "https://elsewhere.example".to_owned();
    person
        .bitbucket
        .switches(|s| s.rest.next_elsewhere = Some(elsewhere));
    let next = list("").json()["next"].clone();
    assert!(
        next.as_str()
            .is_some_and(|next| next.starts_with("https://elsewhere.example/2.0/"))
    );

    let of_one = bearer(&person.token(Grant::repository("acme/r03")));
    let shown = get(&person, "/2.0/repositories/acme", &of_one).json();
    assert_eq!(shown["size"], 1);
    assert_eq!(
        get(&person, "/2.0/repositories/nowhere", &of_one).status,
        404
    );
}

#[test]
fn a_branch_can_be_created_and_deleted() {
    let (person, authorization) = person();
    let repository = person.bitbucket.repository("acme/widgets");
    let hash = repository.git(["rev-parse", "main"]);
    let branches = format!("{WIDGETS}/refs/branches");
    let post = |authorization: &str, body: Value| {
        rest(&person, "POST", &branches, authorization, &body.to_string())
    };
    let topic = json!({"name": "topic/a", "target": {"hash": hash}});
    let made = post(&authorization, topic.clone());
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["name"], "topic/a");
    assert_eq!(repository.git(["rev-parse", "topic/a"]), hash);

    let nameless = post(&authorization, json!({"target": {"hash": hash}}));
    let fields = json!({"name": ["This field is required."]});
    refused(
        &nameless,
        400,
        json!({"message": "Bad request", "fields": fields}),
    );
    let reader = bearer(&person.token(Grant::workspace("acme").scopes(["repository"])));
    assert_eq!(post(&reader, topic).status, 403);

    let topic = format!("{branches}/topic/a");
    let removed = rest(&person, "DELETE", &topic, &authorization, "");
    assert_eq!((removed.status, removed.body()), (204, ""));
    assert_eq!(
        rest(&person, "DELETE", &topic, &authorization, "").status,
        404
    );
}

#[test]
fn incidents_and_limits_have_the_real_status_and_text() {
    let (person, authorization) = person();
    let ask = || get(&person, WIDGETS, &authorization);
    person.bitbucket.switches(|s| {
        s.rate_limited = true;
        s.retry_after = Some(1);
        s.unwell_for = Some(2);
    });
    for _ in 0..2 {
        let limited = ask();
        assert_eq!(limited.status, 429);
        assert_eq!(
            limited.body(),
            "Rate limit for this resource has been exceeded"
        );
        limited.has_header("content-type: text/plain");
        limited.has_header("retry-after: 1");
        limited.has_header("x-credential-type: workspace_access_token");
    }
    assert_eq!(ask().status, 200);

    person
        .bitbucket
        .switches(|s| s.fail_with = Some((503, "Down".to_owned())));
    assert_eq!((ask().status, ask().body()), (503, "Down"));
    let to = "https://elsewhere.example".to_owned();
    person.bitbucket.switches(|s| {
        *s = Switches {
            redirect_get: Some(Redirect { to, status: 302 }),
            ..Switches::default()
        };
    });
    ask().has_header(&format!("location: https://elsewhere.example{WIDGETS}"));

    person.bitbucket.switches(|s| {
        *s = Switches::default();
        s.rest.garbled = Some(Garbled::Html);
    });
    ask().has_header("content-type: text/html");
    assert!(ask().body().starts_with("<!DOCTYPE html>"));
    person
        .bitbucket
        .switches(|s| s.rest.garbled = Some(Garbled::Truncated));
    let cut = ask();
    let length = cut
        .header("content-length")
        .and_then(|length| length.parse().ok());
    assert!(length > Some(cut.body().len()), "{}", cut.text);

    person.bitbucket.switches(|s| s.drop_connection = true);
    let head = format!("GET {WIDGETS} HTTP/1.1\r\n");
    assert_eq!(send(&person, &head, ""), "");
}

#[test]
fn rest_requests_are_logged() {
    let (person, authorization) = person();
    get(&person, "/2.0/repositories/acme?pagelen=1", &authorization);
    let asked = person
        .bitbucket
        .requests()
        .pop()
        .expect("the request was recorded");
    assert_eq!(
        (asked.path.as_str(), asked.query.as_str()),
        ("/2.0/repositories/acme", "pagelen=1")
    );
    let said = asked.authorization.expect("the header was sent");
    assert!(said.is_bearer(&authorization["Bearer ".len()..]));
    assert_eq!(
        format!("{}/repositories/acme", person.bitbucket.api_url()),
        { format!("{}{}", person.bitbucket.url(), asked.path) }
    );
}
