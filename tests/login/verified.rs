//! Checks a token with Bitbucket before it is stored.

use std::fs;

use expect_test::expect;

use super::{config, login, mode};
use crate::stand_in::{Grant, Kind};
use crate::support::{Person, SCOPES, with_each_git};

#[test]
fn after_login_a_clone_works() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        let signed_in = login(person, &token, &["acme", "--store", "file"]);
        assert_eq!(signed_in.status, Some(0), "{signed_in}");
        person.clone("acme/widgets");
        assert_eq!(mode(person, "acme.token"), 0o600);

        let requests = person.bitbucket.take_requests();
        let asked = requests.first().expect("Bitbucket was asked");
        assert_eq!(asked.path, "/2.0/repositories/acme");
        assert!(
            asked
                .authorization
                .as_ref()
                .is_some_and(|sent| sent.is_bearer(&token))
        );
        assert!(
            requests
                .iter()
                .all(|request| !request.path.starts_with("/2.0/user"))
        );
    });
}

#[test]
fn login_prints_the_kind_of_token_and_where_it_is_stored() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.workspace_token("acme");
    let outcome = login(
        &person,
        &token,
        &["acme", "--store", "file", "--expires", "2999-03-01"],
    );
    expect![[r#"
        Token verified: workspace access token (scopes: repository, repository:write)
        Stored the token for acme in ~/.config/git-remote-bbt/acme.token and added its entry to ~/.config/git-remote-bbt/config.toml.
        status: 0
    "#]]
    .assert_eq(&outcome.to_string());
    expect![[r#"
        [bitbucket]
        git_url = "https://localhost:PORT"
        api_url = "https://localhost:PORT/2.0"

        [workspace.acme]
        token = { file = "acme.token" }
        expires = 2999-03-01
    "#]]
    .assert_eq(&config(&person));

    let token = person.token(Grant::repository("acme/widgets").scopes(["repository"]));
    let outcome = login(&person, &token, &["acme/widgets", "--store", "file"]);
    expect![[r#"
        Token verified: repository access token (scopes: repository)
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token and added its entry to ~/.config/git-remote-bbt/config.toml.
        warning: the token lacks the scope repository:write, so it cannot push; scopes cannot be changed; create a new token at https://bitbucket.org/acme/widgets/admin/access-tokens
        hint: use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder
        status: 0
    "#]].assert_eq(&outcome.to_string());
    let token = person.token(Grant::workspace("acme").scopes(["repository:admin"]));
    let outcome = login(&person, &token, &["acme", "--store", "file"]);
    expect![[r#"
        warning: the token lacks the scope repository, so it cannot clone or fetch; scopes cannot be changed; create a new token at https://bitbucket.org/acme/workspace/settings/access-tokens
        warning: the token lacks the scope repository:write, so it cannot push; scopes cannot be changed; create a new token at https://bitbucket.org/acme/workspace/settings/access-tokens
        hint: use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder
    "#]].assert_eq(&outcome.stderr);
}

#[test]
fn a_token_that_does_not_work_is_not_stored() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let dead = person.workspace_token("acme");
    person.bitbucket.revoke(&dead);
    let other = person.workspace_token("other");
    let api = person.token(Grant::workspace("acme").scopes(SCOPES).kind(Kind::Api));
    let before = config(&person);
    let mut said = String::new();
    for (token, arguments) in [
        (dead.as_str(), &["acme"][..]),
        (&other, &["acme/widgets"]),
        (&api, &["acme"]),
        ("ATBBabcdefghijklmnop", &["acme"]),
        ("ATBBabcdefghijklmnop", &["acme", "--no-verify"]),
        ("", &["acme"]),
        ("two words", &["acme", "--no-verify"]),
        (&dead, &["acme/widgets", "--email", "x@y"]),
    ] {
        let arguments: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--store", "file"])
            .collect();
        let outcome = login(&person, token, &arguments);
        assert_eq!(
            (outcome.status, outcome.stdout.as_str()),
            (Some(1), ""),
            "{outcome}"
        );
        said += &outcome.stderr;
    }
    assert_eq!(config(&person), before);
    let folder = fs::read_dir(person.path(".config/git-remote-bbt")).expect("the folder exists");
    let names: Vec<_> = folder
        .map(|entry| entry.expect("the folder can be read").file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().ends_with(".token")),
        "{names:?}"
    );
    expect![[r#"
        error: Bitbucket rejected the token: it is expired, revoked or mistyped
        hint: the token was not stored; use --no-verify to store it without checking
        hint: create a new one at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: the token is valid, but acme/widgets does not exist or the token has no access to it
        hint: the token was not stored; use --no-verify to store it without checking
        hint: check the name, and what the token was created for
        error: an API token needs its account's email for REST, and none was given
        hint: git bbt login acme --account <email>
        hint: or use --no-verify to store it without checking; git itself needs no account
        error: the input is an app password, and Bitbucket ended those on 28 July 2026
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: the input is an app password, and Bitbucket ended those on 28 July 2026
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: no token was entered
        hint: paste it at the prompt, or: git bbt login acme --with-token < file
        error: the input has a space at position 4, which no token has
        hint: copy the whole token again; it starts with ATCT or ATAT and ends in eight digits and letters
        error: --email is for a workspace, not for one repository
        hint: git bbt login acme --email ...
    "#]].assert_eq(&said);

    person
        .bitbucket
        .switches(|switches| switches.rate_limited = true);
    login(&person, &other, &["other"]).says("error: Bitbucket's rate limit is reached");
    // A token that cannot be checked is stored with --no-verify.
    assert_eq!(
        login(
            &person,
            &other,
            &["other", "--no-verify", "--store", "file"]
        )
        .status,
        Some(0)
    );
}

#[test]
fn an_api_token_needs_its_account_for_rest() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let grant = Grant::workspace("acme")
        .scopes(SCOPES)
        .kind(Kind::Api)
        .account("me@example.com");
    let token = person.token(grant);
    let outcome = login(
        &person,
        &token,
        &["acme", "--account", "me@example.com", "--store", "file"],
    );
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert!(config(&person).contains("account = \"me@example.com\"\n"));
    person.clone("acme/widgets");
}
