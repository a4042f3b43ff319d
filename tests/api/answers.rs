//! How `git bbt api` handles responses: errors, retries, pages and headers.

use expect_test::expect;
use serde_json::Value;

use super::{PATH, api, json, person, person_with_pages, sent_requests, switch};
use crate::stand_in::{Garbled, StandIn, Switches};
use crate::support::terminal;

#[test]
fn an_error_is_reported_and_its_body_printed() {
    let person = person();
    let mut said = String::new();
    said += &api(&person, "repositories/acme/nothing").to_string();
    said += &api(&person, "workspaces/acme").to_string();
    said += &api(&person, "repositories/acme/widgets/nonsense").to_string();
    person.export("BBT_TOKEN_ACME", person.remember("ATCT-nobodys".to_owned()));
    said += &api(&person, PATH).to_string();
    person.export("BBT_TOKEN_ACME", person.workspace_token("acme"));
    said += &api(&person, &format!("{PATH}/refs/branches -f name=x")).to_string();
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.retry_after = Some(0);
    });
    said += &api(&person, PATH).to_string();
    switch(&person, |switches| {
        switches.fail_with = Some((503, "Down for maintenance\u{1b}[2J".to_owned()));
        switches.retry_after = Some(0);
    });
    said += &api(&person, &format!("{PATH} --silent")).to_string();
    expect![[r#"
        {"type":"error","error":{"message":"You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated."}}error: GET /2.0/repositories/acme/nothing: HTTP 404: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
        hint: it does not exist, or the token has no access to it; the token is from BBT_TOKEN_ACME in the environment
        status: 1
        {"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.","detail":{"required":["account"],"granted":["repository","repository:write"]}}}error: GET /2.0/workspaces/acme: HTTP 403: Your credentials lack one or more required privilege scopes.
        hint: the token lacks the scope account (the token is from BBT_TOKEN_ACME in the environment)
        hint: scopes cannot be changed; create a new token at https://bitbucket.org/acme/workspace/settings/access-tokens
        status: 1
        {"type":"error","error":{"message":"Resource not found","detail":"There is no API hosted at this URL.\n\nFor information about our API's, please refer to the documentation at: https://developer.atlassian.com/bitbucket/api/2/reference/"}}error: GET /2.0/repositories/acme/widgets/nonsense: HTTP 404: Resource not found (There is no API hosted at this URL.)
        hint: it does not exist, or the token has no access to it; the token is from BBT_TOKEN_ACME in the environment
        status: 1
        {"type":"error","error":{"message":"Token is invalid, expired, or not supported for this endpoint."}}error: GET /2.0/repositories/acme/widgets: HTTP 401: Token is invalid, expired, or not supported for this endpoint.
        hint: Bitbucket rejected the token: it is expired, revoked or mistyped (the token is from BBT_TOKEN_ACME in the environment)
        hint: create a new one at https://bitbucket.org/acme/widgets/admin/access-tokens
        status: 1
        {"type":"error","error":{"message":"Bad request","fields":{"target.hash":["This field is required."]}}}error: POST /2.0/repositories/acme/widgets/refs/branches: HTTP 400: Bad request
        status: 1
        Rate limit for this resource has been exceedederror: GET /2.0/repositories/acme/widgets: HTTP 429: Rate limit for this resource has been exceeded
        hint: Bitbucket's rate limit is reached (the token is from BBT_TOKEN_ACME in the environment)
        hint: wait a few minutes, then try again
        status: 1
        error: GET /2.0/repositories/acme/widgets: HTTP 503: Down for maintenance\u{1b}[2J
        hint: try again; incidents are listed at https://bitbucket.status.atlassian.com/
        status: 1
    "#]].assert_eq(&said);
}

#[test]
fn requests_are_retried_if_bitbucket_is_busy() {
    let person = person();
    let ok = "GET /2.0/repositories/acme/widgets 200".to_owned();
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.unwell_for = Some(2);
        switches.retry_after = Some(0);
    });
    json(&api(&person, PATH));
    let busy = ok.replace("200", "429");
    assert_eq!(sent_requests(&person), [busy.clone(), busy, ok.clone()]);

    let unwell = |switches: &mut Switches| {
        switches.fail_with = Some((502, "bad gateway".to_owned()));
        switches.retry_after = Some(0);
    };
    switch(&person, |switches| {
        unwell(switches);
        switches.unwell_for = Some(1);
    });
    json(&api(&person, PATH));
    assert_eq!(sent_requests(&person), [ok.replace("200", "502"), ok]);

    // The number of retries is limited.
    switch(&person, unwell);
    assert_eq!(api(&person, PATH).status, Some(1));
    assert_eq!(person.requests().len(), 4);
    // A request that may have had an effect is not retried.
    let post = api(&person, &format!("{PATH}/refs/branches -f name=x"));
    assert_eq!((post.status, person.requests().len()), (Some(1), 1));
    // After a 429 it is: the request had no effect.
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.unwell_for = Some(1);
        switches.retry_after = Some(0);
    });
    api(&person, &format!("{PATH}/refs/branches -f name=x")).says("HTTP 400");
    assert_eq!(person.requests().len(), 2);
    // A long Retry-After is reported instead of waited for.
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.retry_after = Some(3600);
    });
    api(&person, PATH).says("HTTP 429");
    assert_eq!(person.requests().len(), 1);
}

#[test]
fn every_page_is_in_one_array() {
    let person = person_with_pages();
    let all = json(&api(&person, "repositories/acme --paginate"));
    assert_eq!(all.as_array().map(Vec::len), Some(25));
    assert_eq!(person.requests().len(), 3);
    let fewer = json(&api(&person, "repositories/acme --paginate -f pagelen=20"));
    assert_eq!((fewer, person.requests().len()), (all, 2));

    let mut said = String::new();
    for words in ["--paginate -X POST", "--paginate -i", "--paginate"] {
        said += &api(&person, &format!("{PATH} {words}")).stderr;
    }
    switch(&person, |switches| {
        switches.rest.garbled = Some(Garbled::Html)
    });
    said += &api(&person, "repositories/acme --paginate").to_string();
    expect![[r#"
        error: --paginate goes with GET, not with POST
        error: the argument '--paginate' cannot be used with '--include'

        Usage: git bbt api --paginate <PATH>

        For more information, try '--help'.
        error: the response to /2.0/repositories/acme/widgets is not a list
        hint: run it without --paginate
        error: the response to /2.0/repositories/acme is not JSON
        hint: run it without --paginate to see the response
        status: 1
    "#]]
    .assert_eq(&said);
}

#[test]
fn the_number_of_empty_pages_is_limited() {
    let person = person_with_pages();
    switch(&person, |switches| switches.rest.empty_pages = true);
    let outcome = api(&person, "repositories/acme --paginate");
    assert_eq!(person.requests().len(), 20);
    expect![[r#"
        error: 20 pages of /2.0/repositories/acme in a row have no values
        hint: ask for less: q, or pagelen=100, as in Bitbucket's documentation
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
}

#[test]
fn a_broken_answer_is_an_error() {
    let person = person();
    switch(&person, |switches| {
        switches.rest.garbled = Some(Garbled::Truncated)
    });
    let mut said = api(&person, PATH).to_string();
    switch(&person, |switches| switches.drop_connection = true);
    said += &api(&person, PATH).to_string();
    let gone = StandIn::start();
    let url = gone.url().to_owned();
    drop(gone);
    person.write_config(&format!("[bitbucket]\napi_url = \"{url}/2.0\"\n"));
    said += &api(&person, PATH).to_string();
    person.write_config("[bitbucket]\napi_url = \"https://nowhere.invalid/2.0\"\n");
    said += &api(&person, PATH).to_string();
    let said = said.replace(&url["https://".len()..], "localhost:GONE");
    expect![[r#"
        error: the response from localhost:PORT ended early: the connection was cut
        hint: try again
        status: 1
        error: the response from localhost:PORT ended early: the connection was cut
        hint: try again
        status: 1
        error: cannot reach localhost:GONE: Connection refused (os error 111)
        hint: check the network connection; a proxy is set with git config --global http.proxy <url>, not in one repository only
        status: 1
        error: cannot find nowhere.invalid: failed to lookup address information: Name or service not known
        hint: check the network connection; a proxy is set with git config --global http.proxy <url>, not in one repository only
        status: 1
    "#]].assert_eq(&said);
}

#[test]
fn include_prints_the_head_and_silent_omits_the_body() {
    let person = person();
    let shown = api(&person, &format!("{PATH} -i")).stdout;
    let (head, body) = shown
        .split_once("\r\n\r\n")
        .expect("a blank line ends the headers");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains("\r\nx-credential-type: workspace_access_token\r\n"),
        "{head}"
    );
    assert!(body.starts_with('{'), "{body}");
    assert_eq!(api(&person, &format!("{PATH} --silent")).stdout, "");
    let header = api(
        &person,
        &format!("{PATH} -H X-Mine:yes -H Accept:text/plain"),
    );
    assert_eq!(header.status, Some(0));
    let requests = person.bitbucket.take_requests();
    let headers = &requests.last().expect("a request was sent").headers;
    assert_eq!(
        (headers.get("x-mine"), headers.get("accept")),
        (Some("yes"), Some("text/plain"))
    );
}

#[test]
fn json_is_indented_only_on_a_terminal() {
    let person = person();
    let indented = |words: &str| {
        let body: Value = serde_json::from_str(&api(&person, words).stdout).expect("JSON alone");
        format!("{body:#}\n")
    };
    if terminal::is_missing(&person) {
        return;
    }
    for (words, after) in [
        (PATH, ""),
        ("repositories/acme --paginate", ""),
        ("repositories/acme/nothing", "error: GET /2.0/repositories/"),
    ] {
        let command = format!("git bbt api {words}");
        let seen = terminal::screen(&person, &command);
        let expected = indented(words) + after;
        assert!(seen.starts_with(&expected), "{seen}");
        assert!(!after.is_empty() || seen == expected, "{seen}");
    }
}

#[test]
fn a_body_that_is_not_json_is_streamed_to_a_terminal() {
    let person = person();
    if terminal::is_missing(&person) {
        return;
    }
    let command = format!("git bbt api {PATH}");
    for (body, expected) in [
        ("{\"a\":1}", "{\"a\":1}"),
        ("a\x1b[31m", "a^[[31m"),
        // Larger than what is read whole.
        (&*"x".repeat(9_000_000), &*"x".repeat(9_000_000)),
    ] {
        switch(&person, |switches| {
            switches.rest.garbled = Some(Garbled::As {
                content_type: "text/plain",
                body: body.into(),
            });
        });
        let seen = terminal::screen(&person, &command);
        assert!(
            seen == expected,
            "{:?}",
            &seen[seen.len().saturating_sub(200)..]
        );
    }
}
