//! The forms of a path, and the token that is used for it.

use expect_test::expect;

use super::{PATH, api, json, person, sent_requests};
use crate::stand_in::{Grant, Kind};

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
            sent_requests(&person),
            ["GET /2.0/repositories/acme/widgets 200"],
            "{path}"
        );
    }
    api(&person, PATH);
    let requests = person.bitbucket.take_requests();
    let agent = requests[0]
        .headers
        .get("user-agent")
        .expect("the header was sent");
    assert_eq!(agent, concat!("git-bbt/", env!("CARGO_PKG_VERSION")));
}

#[test]
fn placeholders_stand_for_the_current_repository() {
    let person = person();
    person.clone("acme/widgets");
    let here = |words: &str| {
        let words = std::iter::once("api").chain(words.split(' '));
        person.run("git-bbt", words).at("widgets").ends()
    };
    person.requests();
    let body = json(&here("repositories/{workspace}/{repo}"));
    assert_eq!(body["full_name"], "acme/widgets");
    // `user/workspaces` names no workspace: the token of the current repository is used, and lacks the
    // scope.
    here("user/workspaces").says("HTTP 403");
    assert_eq!(
        sent_requests(&person),
        [
            "GET /2.0/repositories/acme/widgets 200",
            "GET /2.0/user/workspaces 403"
        ]
    );

    // The forms of a remote's URL before migration, and one that insteadOf rewrites.
    for url in [
        "https://bitbucket.org/acme/widgets.git",
        "git@bitbucket.org:acme/widgets.git",
        "bb:acme/widgets",
    ] {
        person.git_in("widgets", "config url.bbt::.insteadOf bb:");
        person.git_in("widgets", &format!("remote set-url origin {url}"));
        json(&here("repositories/{workspace}/{repo}"));
    }
    // If `origin` is not on Bitbucket, the remote that is on Bitbucket counts. A local path does not.
    person.git_in("widgets", "remote set-url origin acme/other");
    person.git_in("widgets", "remote add mirror bbt::acme/widgets");
    json(&here("repositories/{workspace}/{repo}"));
    person.git_in("widgets", "remote remove mirror");

    person.requests();
    let nowhere = [
        here("repositories/{workspace}"),
        api(&person, "user/workspaces"),
    ];
    assert!(sent_requests(&person).is_empty());
    expect![[r#"
        error: {workspace} and {repo} stand for the current repository, and no remote here is on Bitbucket
        hint: write the names, or go to a clone with a remote such as bbt::acme/widgets
        status: 1
        error: /2.0/user/workspaces names no workspace
        hint: add --workspace <workspace>, or go to a clone with a remote such as bbt::acme/widgets
        status: 1
    "#]].assert_eq(&nowhere.map(|outcome| outcome.to_string()).concat());
}

#[test]
fn the_token_is_chosen_by_the_path() {
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
        error: the path names workspace acme, and --workspace names other
        hint: omit --workspace
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
        error: an API token needs its account's email for REST, and none is configured
        hint: set account = "you@example.com" for the token in config.toml
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
}
