//! `--import-tokens` stores no token in front of one that works, unless it is known to work itself.

use expect_test::expect;

use super::{config, migrate, quiet, url_of, with_urls};
use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::{Person, SCOPES};

const IMPORT: &str = "--import-tokens --store file";

/// Signed in to acme, where there is a repository widgets.
fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
}

/// Has the URL in `here`; which token is used afterwards, and whether the URL is still there.
fn import(person: &Person, url: &str) -> String {
    with_urls(person, "here", &[url]);
    let outcome = migrate(person, IMPORT).at("here").ends();
    let is_kept = config(person, "here").contains(url);
    let used = if person
        .path(".config/git-remote-bbt/acme+widgets.token")
        .exists()
    {
        "the imported token"
    } else {
        "the workspace's token"
    };
    let url = if is_kept { "kept" } else { "converted" };
    format!("{outcome}URL: {url}; used: {used}\n")
}

fn api_url(person: &Person, user: &str, token: &str) -> String {
    format!("https://{user}:{token}@{}/acme/widgets.git", person.host())
}

#[test]
fn an_api_token_that_cannot_be_checked() {
    let person = person();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "x-bitbucket-api-token-auth", &token);
    expect![[r#"
        ~/here
          r0  https://x-bitbucket-api-token-auth:***@localhost:PORT/acme/widgets.git: left over: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: Bitbucket cannot be asked about an API token without its account's e-mail
              cure: remove it from the URL, or store it: git bbt login acme/widgets
        Remotes: 1 left over. 1 repository.
        status: 1
        URL: kept; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

#[test]
fn a_token_while_bitbucket_cannot_be_reached() {
    let person = person();
    let token = person.token(Grant::repository("acme/widgets").scopes(SCOPES));
    let url = person.url_with(&token, "acme/widgets");
    let away = |is_away| {
        person
            .bitbucket
            .switches(|switches| switches.drop_connection = is_away);
    };
    away(true);
    let while_away = import(&person, &url);
    away(false);
    let again = migrate(&person, IMPORT).at("here").succeeds();
    expect![[r#"
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: left over: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: the answer of localhost:PORT broke off: the connection was cut
              cure: remove it from the URL, or store it: git bbt login acme/widgets
        Remotes: 1 left over. 1 repository.
        status: 1
        URL: kept; used: the workspace's token
        The token for acme/widgets is in ~/.config/git-remote-bbt/acme+widgets.token now.
        It lay in a URL, in plain text: create another at https://bitbucket.org/acme/widgets/admin/access-tokens, put that in its place with git bbt login acme/widgets, and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        Remotes: 1 converted. 1 repository.
    "#]].assert_eq(&format!("{while_away}{}", quiet(&again)));
}

#[test]
fn a_token_that_can_only_read() {
    let person = person();
    let token = person.token(Grant::repository("acme/widgets").scopes(["repository"]));
    let url = person.url_with(&token, "acme/widgets");
    expect![[r#"
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: left over: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: it can only read
              cure: remove it from the URL, or store it: git bbt login acme/widgets
        Remotes: 1 left over. 1 repository.
        status: 1
        URL: kept; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

/// Of two repositories, it works for the first.
#[test]
fn a_token_that_works_for_another_repository() {
    let person = person();
    person.bitbucket.repository("acme/gadgets");
    let token = person.token(Grant::repository("acme/gadgets").scopes(SCOPES));
    let urls = ["acme/gadgets", "acme/widgets"].map(|name| person.url_with(&token, name));
    with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let outcome = migrate(&person, IMPORT).at("here").fails(1);
    expect![[r#"
        The token for acme/gadgets is in ~/.config/git-remote-bbt/acme+gadgets.token now.
        It lay in a URL, in plain text: create another at https://bitbucket.org/acme/gadgets/admin/access-tokens, put that in its place with git bbt login acme/gadgets, and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
          r1  https://x-token-auth:***@localhost:PORT/acme/widgets.git: left over: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: Bitbucket refuses it for this repository
              cure: remove it from the URL, or store it: git bbt login acme/widgets
        Remotes: 1 converted, 1 left over. 1 repository.
    "#]].assert_eq(quiet(&outcome));
}

/// REST wants the e-mail for it, and has it from the URL.
#[test]
fn an_api_token_whose_url_names_its_account() {
    let person = person();
    let account = "some.one+bb@example.com";
    let grant = Grant::repository("acme/widgets").account(account);
    let token = person.token(grant);
    let url = api_url(&person, "some.one%2Bbb%40example.com", &token);
    expect![[r#"
        The token for acme/widgets is in ~/.config/git-remote-bbt/acme+widgets.token now.
        It lay in a URL, in plain text: create another at https://id.atlassian.com/manage-profile/security/api-tokens, put that in its place with git bbt login acme/widgets, and revoke this one.
        ~/here
          r0  https://some.one%2Bbb%40example.com:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        Remotes: 1 converted. 1 repository.
        status: 0
        URL: converted; used: the imported token
    "#]].assert_eq(&import(&person, &url));
    let config = std::fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
    let config = config.expect("it is there");
    assert!(
        config.contains(&format!("account = \"{account}\"")),
        "{config}"
    );
}

#[test]
fn an_api_token_that_bitbucket_refuses() {
    let person = person();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "some.one%40example.com", &token);
    expect![[r#"
        ~/here
          r0  https://some.one%40example.com:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (without its token, which Bitbucket refuses)
        Remotes: 1 converted. 1 repository.
        status: 0
        URL: converted; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

/// Bitbucket refuses valid tokens at times.
#[test]
fn a_token_that_is_refused_once_is_not_dropped() {
    let person = person();
    let token = person.token(Grant::repository("acme/widgets").scopes(SCOPES));
    person.bitbucket.switches(|switches| {
        switches.fail_with = Some((401, String::new()));
        switches.unwell_for = Some(1);
    });
    let url = person.url_with(&token, "acme/widgets");
    expect![[r#"
        The token for acme/widgets is in ~/.config/git-remote-bbt/acme+widgets.token now.
        It lay in a URL, in plain text: create another at https://bitbucket.org/acme/widgets/admin/access-tokens, put that in its place with git bbt login acme/widgets, and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        Remotes: 1 converted. 1 repository.
        status: 0
        URL: converted; used: the imported token
    "#]].assert_eq(&import(&person, &url));
}

/// It is stored for the URL that it was in; the ssh URL may work today.
#[test]
fn an_unchecked_token_converts_no_other_url() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "x-bitbucket-api-token-auth", &token);
    let ssh = "git@bitbucket.org:acme/widgets.git";
    with_urls(&person, "here", &[&url, ssh]);
    migrate(&person, IMPORT).at("here").fails(1);
    assert_eq!(
        url_of(&person, "here", "remote.r0.url"),
        "bbt::acme/widgets"
    );
    assert_eq!(url_of(&person, "here", "remote.r1.url"), ssh);
}

/// Whichever is found first.
#[test]
fn a_working_token_comes_before_an_unchecked_one() {
    for order in [[0, 1], [1, 0]] {
        let person = Person::with_any_git();
        person.bitbucket.repository("acme/widgets");
        let api = person.remember(synthetic_token(Kind::Api));
        let working = person.workspace_token("acme");
        let urls = [
            api_url(&person, "x-bitbucket-api-token-auth", &api),
            person.url_with(&working, "acme/widgets"),
        ];
        with_urls(&person, "here", &order.map(|at| urls[at].as_str()));
        migrate(&person, IMPORT).at("here").fails(1);
        let text = config(&person, "here");
        assert!(text.contains(&api) && !text.contains(&working));
        let used = person.run("git-bbt", ["status"]).succeeds().stdout;
        assert!(
            used.contains("acme") && !used.contains("acme/widgets"),
            "{used}"
        );
    }
}
