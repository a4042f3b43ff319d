//! Redirects and next pages on other hosts: the token is not sent there.

use expect_test::expect;

use super::{PATH, api, person, person_with_pages, switch};
use crate::stand_in::{Redirect, StandIn};

#[test]
fn the_token_does_not_follow_a_page_or_a_redirect_to_another_host() {
    let person = person_with_pages();
    let other = StandIn::start();
    person.trust(&other);
    let elsewhere = other.url().to_owned();
    switch(&person, |switches| {
        switches.rest.next_elsewhere = Some(elsewhere.clone())
    });
    let page = api(&person, "repositories/acme --paginate");
    assert!(other.take_requests().is_empty());

    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.clone();
        switch(&person, |switches| {
            switches.redirect_get = Some(Redirect { to, status })
        });
        api(&person, &format!("{PATH} -H X-Mine:secret"));
        let requests = other.take_requests();
        assert_eq!(requests.len(), 1, "{status}");
        assert!(requests[0].authorization.is_none(), "{status}");
        assert_eq!(requests[0].headers.get("x-mine"), None, "{status}");
    }
    let redirect = api(&person, PATH);
    other.take_requests();

    // A request with a body follows no redirect.
    let to = elsewhere.clone();
    switch(&person, |switches| {
        switches.redirect_post = Some(Redirect { to, status: 307 })
    });
    api(&person, &format!("{PATH}/refs/branches -f name=x"));
    assert!(other.take_requests().is_empty());

    let said = format!("{page}{redirect}");
    expect![[r#"
        error: the next page is on another host, OTHER; the token is not sent to it
        hint: request the page by hand if you trust that host
        status: 1
        {"type":"error","error":{"message":"You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated."}}error: Bitbucket redirects to OTHER: HTTP 404: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
        hint: the token was not sent to OTHER, only to Bitbucket
        status: 1
    "#]].assert_eq(&said.replace(&elsewhere["https://".len()..], "OTHER"));
}

/// A user name in the URL would change the login or be shown with its password.
#[test]
fn a_user_name_in_a_page_or_a_redirect_is_refused() {
    let person = person_with_pages();
    let with_login = person.bitbucket.url().replace("//", "//me:secret@");
    let to = with_login.clone();
    switch(&person, |switches| switches.rest.next_elsewhere = Some(to));
    let page = api(&person, "repositories/acme --paginate");
    let to = with_login.clone();
    switch(&person, |switches| {
        switches.redirect_get = Some(Redirect { to, status: 302 })
    });
    let redirect = api(&person, PATH);
    // The refused page and the refused redirect were not requested.
    assert_eq!(person.requests().len(), 2);
    switch(&person, |switches| {
        let to = with_login;
        switches.redirect_post = Some(Redirect { to, status: 302 })
    });
    let post = api(&person, &format!("-X POST {PATH}"));
    expect![[r#"
        error: the response redirects to localhost:PORT with a user name in the URL
        hint: Bitbucket sends no such URLs; check whether a proxy answers in its place
        status: 1
        error: the response redirects to localhost:PORT with a user name in the URL
        hint: Bitbucket sends no such URLs; check whether a proxy answers in its place
        status: 1
        error: POST /2.0/repositories/acme/widgets: HTTP 302
        hint: Bitbucket redirects to https://***@localhost:PORT/2.0/repositories/acme/widgets; only GET and HEAD are sent again, and only over https
        status: 1
    "#]]
    .assert_eq(&format!("{page}{redirect}{post}"));
}

/// git's settings for Bitbucket do not apply to the host of a download.
#[test]
fn a_redirect_to_another_host_uses_that_hosts_settings() {
    let person = person();
    let other = StandIn::builder().own_authority().start();
    let to = other.url().to_owned();
    switch(&person, |switches| {
        switches.redirect_get = Some(Redirect { to, status: 302 })
    });
    let no_verify = |url: &str| {
        let key = format!("http.{url}.sslVerify");
        person.git(["config", "--global", &key, "false"]).succeeds();
    };
    no_verify(person.bitbucket.url());
    api(&person, PATH).says("invalid peer certificate");
    assert!(other.take_requests().is_empty());
    // With a setting for that host, the request succeeds.
    no_verify(other.url());
    api(&person, PATH).says("HTTP 404");
    assert_eq!(other.take_requests().len(), 1);
}

/// A script must not conclude that its write took effect.
#[test]
fn a_redirected_write_is_an_error() {
    let person = person();
    let to = person.bitbucket.url().to_owned();
    person.bitbucket.switches(|switches| {
        switches.redirect_post = Some(Redirect { to, status: 302 });
    });
    let run = person.run("git-bbt", ["api", "-X", "POST", PATH]);
    run.fails(1)
        .says("HTTP 302")
        .says("hint: Bitbucket redirects to ");
}

#[test]
fn the_number_of_redirects_is_limited() {
    let person = person();
    let to = person.bitbucket.url().to_owned();
    switch(&person, |switches| {
        switches.redirect_get = Some(Redirect { to, status: 302 })
    });
    let outcome = api(&person, PATH);
    assert_eq!(person.requests().len(), 6);
    expect![[r#"
        error: localhost:PORT redirected more than 5 times
        hint: try again later
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
}
