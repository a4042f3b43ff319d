//! `git bbt api`: one request, with the token that serves its path, and to nobody else.

use expect_test::expect;
use serde_json::Value;

use crate::stand_in::{Garbled, Grant, Kind, Redirect, StandIn, Switches};
use crate::support::{Outcome, Person};

/// Somebody with a token for workspace acme, where widgets is.
fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
}

const PATH: &str = "repositories/acme/widgets";

/// `git bbt api` with these words, split at blanks.
fn api(person: &Person, words: &str) -> Outcome {
    let words = std::iter::once("api").chain(words.split(' '));
    person.run("git-bbt", words).ends()
}

fn json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, Some(0), "{outcome}");
    serde_json::from_str(&outcome.stdout).expect("stdout is JSON alone")
}

/// Method, path, query and status of each request since the last look.
fn asked(person: &Person) -> Vec<String> {
    let line = |request: crate::stand_in::Request| {
        let status = request
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        let query = match request.query.as_str() {
            "" => String::new(),
            query => format!("?{query}"),
        };
        format!("{} {}{query} {status}", request.method, request.path)
    };
    person
        .bitbucket
        .take_requests()
        .into_iter()
        .map(line)
        .collect()
}

fn switch(person: &Person, change: impl FnOnce(&mut Switches)) {
    person
        .bitbucket
        .switches(|switches| *switches = Switches::default());
    person.bitbucket.switches(change);
}

#[test]
fn a_path_may_be_written_in_several_ways() {
    let person = person();
    let whole = format!("{}/2.0/{PATH}", person.bitbucket.url());
    for path in [
        PATH,
        &format!("/{PATH}"),
        &format!("/2.0/{PATH}"),
        &format!("2.0/{PATH}"),
        &whole,
    ] {
        let body = json(&api(&person, path));
        assert_eq!(body["full_name"], "acme/widgets", "{path}");
        assert_eq!(
            asked(&person),
            ["GET /2.0/repositories/acme/widgets 200"],
            "{path}"
        );
    }
    api(&person, PATH);
    let requests = person.bitbucket.take_requests();
    let agent = requests[0]
        .headers
        .get("user-agent")
        .expect("it says who it is");
    assert_eq!(agent, concat!("git-bbt/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_repository_one_is_in_fills_the_path() {
    let person = person();
    person.clone("acme/widgets");
    let here = |words: &str| {
        let words = std::iter::once("api").chain(words.split(' '));
        person.run("git-bbt", words).at("widgets").ends()
    };
    person.requests();
    let body = json(&here("repositories/{workspace}/{repo}"));
    assert_eq!(body["full_name"], "acme/widgets");
    // And tells whose token serves a path that names nobody; a token for repositories only may not.
    here("user/workspaces").says("HTTP 403");
    assert_eq!(
        asked(&person),
        [
            "GET /2.0/repositories/acme/widgets 200",
            "GET /2.0/user/workspaces 403"
        ]
    );

    // The URLs that people have before they move, and a shorthand of git's.
    for url in [
        "https://bitbucket.org/acme/widgets.git",
        "git@bitbucket.org:acme/widgets.git",
        "bb:acme/widgets",
    ] {
        person
            .git(["config", "url.bbt::.insteadOf", "bb:"])
            .at("widgets")
            .succeeds();
        person
            .git(["remote", "set-url", "origin", url])
            .at("widgets")
            .succeeds();
        json(&here("repositories/{workspace}/{repo}"));
    }
    // origin is somewhere else: the one that is on Bitbucket counts. A folder is no repository there.
    person
        .git(["remote", "set-url", "origin", "acme/other"])
        .at("widgets")
        .succeeds();
    person
        .git(["remote", "add", "mirror", "bbt::acme/widgets"])
        .at("widgets")
        .succeeds();
    json(&here("repositories/{workspace}/{repo}"));
    person
        .git(["remote", "remove", "mirror"])
        .at("widgets")
        .succeeds();

    person.requests();
    let nowhere = [
        here("repositories/{workspace}"),
        api(&person, "user/workspaces"),
    ];
    assert!(asked(&person).is_empty());
    expect![[r#"
        error: {workspace} and {repo} stand for the repository you are in, and no remote here is on Bitbucket
        hint: write the names, or go to a clone with a remote such as bbt::acme/widgets
        status: 1
        error: whose token? /2.0/user/workspaces names no workspace
        hint: add --workspace <workspace>, or go to a clone with a remote such as bbt::acme/widgets
        status: 1
    "#]].assert_eq(&nowhere.map(|outcome| outcome.to_string()).concat());
}

#[test]
fn the_token_is_the_one_that_is_named_for_what_the_path_names() {
    let person = person();
    person.bitbucket.repository("acme/gadgets");
    person.bitbucket.repository("other/things");
    let acme = person.signed_in_to("acme");
    let other = person.signed_in_to("other");
    let widgets = person.token(Grant::repository("acme/widgets"));
    person.export("BBT_TOKEN_ACME__WIDGETS", &widgets);
    for (words, token) in [
        ("repositories/acme/widgets", &widgets),
        ("repositories/ACME/Widgets/refs", &widgets),
        ("repositories/acme/gadgets", &acme),
        ("repositories/acme", &acme),
        ("workspaces/acme", &acme),
        ("workspaces/other", &other),
        ("user/workspaces -w other", &other),
        ("user/workspaces --workspace acme/widgets", &widgets),
        ("repositories/acme/widgets --workspace acme", &acme),
        ("repositories/acme/{1234}", &acme),
    ] {
        api(&person, words);
        let requests = person.bitbucket.take_requests();
        let authorization = requests[0].authorization.as_ref();
        assert!(
            authorization.is_some_and(|sent| sent.is_bearer(token)),
            "{words}"
        );
    }
    let clash = api(&person, "repositories/acme/widgets --workspace other");
    assert!(person.requests().is_empty());
    expect![[r#"
        error: the path is of workspace acme, and --workspace names other
        hint: leave --workspace out: the path tells
        status: 1
    "#]]
    .assert_eq(&clash.to_string());
}

#[test]
fn an_api_token_logs_in_with_its_account() {
    let person = person();
    let grant = Grant::workspace("acme")
        .kind(Kind::Api)
        .account("me@example.com");
    let token = person.token(grant);
    person.export("MINE", &token);
    let table = "[workspace.acme]\ntoken = { env = \"MINE\" }\n";
    let ask = || {
        person
            .run("git-bbt", ["api", PATH])
            .without("BBT_TOKEN_ACME")
            .ends()
    };
    person.configure(&format!("{table}account = \"me@example.com\"\n"));
    json(&ask());
    let requests = person.bitbucket.take_requests();
    let authorization = requests[0].authorization.as_ref();
    assert!(authorization.is_some_and(|sent| sent.is_basic("me@example.com", &token)));

    person.configure(table);
    let outcome = ask();
    assert!(person.requests().is_empty());
    expect![[r#"
        error: an API token logs in to REST with its account's e-mail, and none is named
        hint: add account = "you@example.com" beside token in config.toml
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
}

#[test]
fn fields_make_a_body_or_a_query() {
    let person = person();
    let clone = person.clone("acme/widgets");
    let head = person
        .git(["rev-parse", "HEAD"])
        .at(&clone)
        .succeeds()
        .stdout;
    let head = head.trim();
    person.requests();
    let branches = format!("{PATH}/refs/branches");
    let made = json(&api(
        &person,
        &format!("{branches} -f name=one -f target[hash]={head}"),
    ));
    assert_eq!(made["target"]["hash"], head);
    let body = format!("{{\"name\":\"two\",\"target\":{{\"hash\":\"{head}\"}}}}");
    person.write("body.json", &body, 0o644);
    json(&api(&person, &format!("{branches} --input body.json")));
    let piped = person.run("git-bbt", ["api", &branches, "--input", "-", "-X", "post"]);
    let piped = piped.input(body.replace("two", "three")).ends();
    json(&piped);
    person.write("name", "four", 0o644);
    json(&api(
        &person,
        &format!("{branches} -F name=@name -f target[hash]={head}"),
    ));
    let gone = api(&person, &format!("{branches}/two -X DELETE"));
    assert_eq!((gone.status, gone.stdout.as_str()), (Some(0), ""), "{gone}");
    json(&api(
        &person,
        "repositories/acme -X GET -f pagelen=50 -F sort=-a&b",
    ));
    let base = "/2.0/repositories/acme";
    assert_eq!(
        asked(&person),
        [
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("POST {base}/widgets/refs/branches 201"),
            format!("DELETE {base}/widgets/refs/branches/two 204"),
            format!("GET {base}?pagelen=50&sort=-a%26b 200"),
        ]
    );
}

#[test]
fn an_error_is_told_and_its_body_printed() {
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
        hint: there is no such thing, or the token is not for it; it is of BBT_TOKEN_ACME in the environment
        status: 1
        {"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.","detail":{"required":["account"],"granted":["repository","repository:write"]}}}error: GET /2.0/workspaces/acme: HTTP 403: Your credentials lack one or more required privilege scopes.
        hint: the token lacks a scope (account); it is of BBT_TOKEN_ACME in the environment. Scopes are for a new one only: https://bitbucket.org/acme/workspace/settings/access-tokens
        status: 1
        {"type":"error","error":{"message":"Resource not found","detail":"There is no API hosted at this URL.\n\nFor information about our API's, please refer to the documentation at: https://developer.atlassian.com/bitbucket/api/2/reference/"}}error: GET /2.0/repositories/acme/widgets/nonsense: HTTP 404: Resource not found (There is no API hosted at this URL.)
        hint: there is no such thing, or the token is not for it; it is of BBT_TOKEN_ACME in the environment
        status: 1
        {"type":"error","error":{"message":"Token is invalid, expired, or not supported for this endpoint."}}error: GET /2.0/repositories/acme/widgets: HTTP 401: Token is invalid, expired, or not supported for this endpoint.
        hint: the token is of BBT_TOKEN_ACME in the environment: expired, revoked or of another kind? A new one: https://bitbucket.org/acme/widgets/admin/access-tokens
        status: 1
        {"type":"error","error":{"message":"Bad request","fields":{"target.hash":["This field is required."]}}}error: POST /2.0/repositories/acme/widgets/refs/branches: HTTP 400: Bad request
        status: 1
        Rate limit for this resource has been exceedederror: GET /2.0/repositories/acme/widgets: HTTP 429: Rate limit for this resource has been exceeded
        hint: that is the rate limit of the token, which is of BBT_TOKEN_ACME in the environment; wait a while
        status: 1
        error: GET /2.0/repositories/acme/widgets: HTTP 503: Down for maintenance\u{1b}[2J
        hint: try again; https://bitbucket.status.atlassian.com/ tells of incidents
        status: 1
    "#]].assert_eq(&said);
}

#[test]
fn a_busy_bitbucket_is_asked_again() {
    let person = person();
    let ok = "GET /2.0/repositories/acme/widgets 200".to_owned();
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.unwell_for = Some(2);
        switches.retry_after = Some(0);
    });
    json(&api(&person, PATH));
    let busy = ok.replace("200", "429");
    assert_eq!(asked(&person), [busy.clone(), busy, ok.clone()]);

    let unwell = |switches: &mut Switches| {
        switches.fail_with = Some((502, "bad gateway".to_owned()));
        switches.retry_after = Some(0);
    };
    switch(&person, |switches| {
        unwell(switches);
        switches.unwell_for = Some(1);
    });
    json(&api(&person, PATH));
    assert_eq!(asked(&person), [ok.replace("200", "502"), ok]);

    // It has an end.
    switch(&person, unwell);
    assert_eq!(api(&person, PATH).status, Some(1));
    assert_eq!(person.requests().len(), 4);
    // What may have been done is not done twice.
    let post = api(&person, &format!("{PATH}/refs/branches -f name=x"));
    assert_eq!((post.status, person.requests().len()), (Some(1), 1));
    // But a 429 did nothing.
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.unwell_for = Some(1);
        switches.retry_after = Some(0);
    });
    api(&person, &format!("{PATH}/refs/branches -f name=x")).says("HTTP 400");
    assert_eq!(person.requests().len(), 2);
    // Nobody waits for an hour without a word.
    switch(&person, |switches| {
        switches.rate_limited = true;
        switches.retry_after = Some(3600);
    });
    api(&person, PATH).says("HTTP 429");
    assert_eq!(person.requests().len(), 1);
}

/// Somebody whose workspace has 25 repositories: three pages.
fn person_with_pages() -> Person {
    let person = person();
    for number in 1..25 {
        person
            .bitbucket
            .empty_repository(&format!("acme/r{number}"));
    }
    person
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
        error: the answer to /2.0/repositories/acme/widgets is no list
        hint: leave --paginate out
        error: the answer to /2.0/repositories/acme is not JSON
        hint: see what it is: leave --paginate out
        status: 1
    "#]]
    .assert_eq(&said);
}

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

    // What is sent goes nowhere else at all.
    let to = elsewhere.clone();
    switch(&person, |switches| {
        switches.redirect_post = Some(Redirect { to, status: 307 })
    });
    api(&person, &format!("{PATH}/refs/branches -f name=x"));
    assert!(other.take_requests().is_empty());

    let said = format!("{page}{redirect}");
    expect![[r#"
        error: the next page is on another host, OTHER, which gets no token
        hint: ask for the page by hand if you trust it
        status: 1
        {"type":"error","error":{"message":"You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated."}}error: Bitbucket sends this on to OTHER: HTTP 404: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
        hint: OTHER was asked without the token, which is for Bitbucket alone
        status: 1
    "#]].assert_eq(&said.replace(&elsewhere["https://".len()..], "OTHER"));
}

#[test]
fn no_header_says_where_a_request_goes() {
    let person = person();
    for header in [
        "Host: evil.example",
        "content-length: 3",
        "Transfer-Encoding: chunked",
    ] {
        let run = person.run("git-bbt", ["api", "-H", header, PATH]);
        run.fails(1).says("error: -H may not set ");
    }
    assert!(person.requests().is_empty());
}

/// A script must not believe that its write has happened.
#[test]
fn a_write_that_is_sent_on_is_an_error() {
    let person = person();
    let to = person.bitbucket.url().to_owned();
    person.bitbucket.switches(|switches| {
        switches.redirect_post = Some(Redirect { to, status: 302 });
    });
    let run = person.run("git-bbt", ["api", "-X", "POST", PATH]);
    run.fails(1)
        .says("HTTP 302")
        .says("hint: Bitbucket sends this on to ");
}

#[test]
fn redirects_on_the_host_have_an_end() {
    let person = person();
    let to = person.bitbucket.url().to_owned();
    switch(&person, |switches| {
        switches.redirect_get = Some(Redirect { to, status: 302 })
    });
    let outcome = api(&person, PATH);
    assert_eq!(person.requests().len(), 6);
    expect![[r#"
        error: localhost:PORT redirects more than 5 times
        hint: try again later
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
        error: the answer of localhost:PORT broke off: the connection was cut
        hint: try again
        status: 1
        error: the answer of localhost:PORT broke off: the connection was cut
        hint: try again
        status: 1
        error: cannot reach localhost:GONE: Connection refused (os error 111)
        hint: is this machine connected? A proxy is named with git config --global http.proxy <url>
        status: 1
        error: cannot find nowhere.invalid: failed to lookup address information: Name or service not known
        hint: is this machine connected? A proxy is named with git config --global http.proxy <url>
        status: 1
    "#]].assert_eq(&said);
}

#[test]
fn the_head_is_shown_where_it_is_asked_for_and_the_body_not_where_it_is_not() {
    let person = person();
    let shown = api(&person, &format!("{PATH} -i")).stdout;
    let (head, body) = shown
        .split_once("\r\n\r\n")
        .expect("a blank line is between");
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
    let headers = &requests.last().expect("there were some").headers;
    assert_eq!(
        (headers.get("x-mine"), headers.get("accept")),
        (Some("yes"), Some("text/plain"))
    );
}

#[test]
fn what_must_not_be_sent_is_refused() {
    let person = person();
    let mut said = String::new();
    for arguments in [
        &["https://example.com/2.0/repositories/acme/widgets"][..],
        &["https://localhost/2.0/repositories/acme/widgets"],
        &["../acme/widgets"],
        &["repositories/%2e%2e/%2E%2E/acme/widgets"],
        &[PATH, "-H", "authorization: Bearer stolen"],
        &[PATH, "-H", "X-Mine: a\r\nAuthorization: Bearer stolen"],
        &[PATH, "-H", "X Mine: a"],
        &[PATH, "-H", "X-Mine"],
        &[PATH, "-f", "name"],
        &[PATH, "-f", "a=1", "-f", "a[b]=2"],
        &[PATH, "--input", "nowhere"],
        &["repositories/nobody/widgets"],
    ] {
        let words = std::iter::once("api").chain(arguments.iter().copied());
        said += &person.run("git-bbt", words).ends().to_string();
    }
    assert!(person.requests().is_empty());
    expect![[r#"
        error: the URL is not below https://localhost:PORT/2.0
        hint: the token goes nowhere else
        status: 1
        error: the URL is not below https://localhost:PORT/2.0
        hint: the token goes nowhere else
        status: 1
        error: "../acme/widgets" is no path below https://localhost:PORT/2.0
        hint: write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>
        status: 1
        error: "repositories/%2e%2e/%2E%2E/acme/widgets" is no path below https://localhost:PORT/2.0
        hint: write it as in Bitbucket's documentation: /repositories/<workspace>/<repository>
        status: 1
        error: -H may not set Authorization
        hint: the token is looked up by itself: git bbt status tells which
        status: 1
        error: the value of the header x-mine has a control character in it
        hint: a header is one line
        status: 1
        error: a header is unreadable
        hint: write it as in -H 'Accept: text/plain'
        status: 1
        error: a header is unreadable
        hint: write it as in -H 'Accept: text/plain'
        status: 1
        error: invalid value 'name' for '--raw-field <KEY=VALUE>': write <key>=<value>

        For more information, try '--help'.
        status: 2
        error: the field a[b] clashes with one before it
        hint: a name holds a value, or an object, or an array
        status: 1
        error: cannot read nowhere: No such file or directory (os error 2)
        status: 1
        error: no token is configured for nobody/widgets
        hint: store one: git bbt login nobody
        hint: or set it for this shell: export BBT_TOKEN_NOBODY=<token>
        status: 1
    "#]]
    .assert_eq(&said);
}
