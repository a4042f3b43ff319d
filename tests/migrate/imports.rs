//! `--import-tokens` stores only tokens that are known to work, and none that a repository brought.

use expect_test::expect;

use super::{config, migrate, quiet, repository, url_of, with_urls};
use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::{Person, SCOPES};

const IMPORT: &str = "--import-tokens --store file";

/// Returns a person with a token for acme, which has a repository widgets.
fn person() -> Person {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
}

/// Imports the token of a URL; returns which token is used afterwards, and whether the URL is
/// unchanged.
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
fn an_api_token_that_cannot_be_checked_is_not_imported() {
    let person = person();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "x-bitbucket-api-token-auth", &token);
    expect![[r#"
        ~/here  r0  https://x-bitbucket-api-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: Bitbucket cannot be asked about an API token without its account's e-mail
        1 repository: 1 remote not converted
        hint: remove it from the URL, or store it: git bbt login acme/widgets
        status: 1
        URL: kept; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

#[test]
fn a_token_is_not_imported_while_bitbucket_cannot_be_reached() {
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
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: the response from localhost:PORT ended early: the connection was cut
        1 repository: 1 remote not converted
        hint: remove it from the URL, or store it: git bbt login acme/widgets
        status: 1
        URL: kept; used: the workspace's token
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/widgets/admin/access-tokens, store that with 'git bbt login acme/widgets', and revoke this one.
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        1 repository: 1 remote converted
    "#]].assert_eq(&format!("{while_away}{}", quiet(&again)));
}

#[test]
fn a_read_only_token_does_not_replace_the_configured_one() {
    let person = person();
    let token = person.token(Grant::repository("acme/widgets").scopes(["repository"]));
    let url = person.url_with(&token, "acme/widgets");
    expect![[r#"
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: it can only read
        1 repository: 1 remote not converted
        hint: remove it from the URL, or store it: git bbt login acme/widgets
        status: 1
        URL: kept; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

/// The token works only for the first of two repositories.
#[test]
fn a_token_is_imported_only_for_the_repository_that_it_works_for() {
    let person = person();
    person.bitbucket.repository("acme/gadgets");
    let token = person.token(Grant::repository("acme/gadgets").scopes(SCOPES));
    let urls = ["acme/gadgets", "acme/widgets"].map(|name| person.url_with(&token, name));
    with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let outcome = migrate(&person, IMPORT).at("here").fails(1);
    expect![[r#"
        Stored the token for acme/gadgets in ~/.config/git-remote-bbt/acme+gadgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/gadgets/admin/access-tokens, store that with 'git bbt login acme/gadgets', and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
          r1  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL cannot replace BBT_TOKEN_ACME in the environment: Bitbucket rejects it for this repository
        1 repository: 1 remote converted, 1 not converted
        hint: remove it from the URL, or store it: git bbt login acme/widgets
    "#]].assert_eq(quiet(&outcome));
}

/// REST needs the e-mail, which is in the URL.
#[test]
fn an_api_token_whose_url_names_its_account_is_imported() {
    let person = person();
    let account = "some.one+bb@example.com";
    let grant = Grant::repository("acme/widgets").account(account);
    let token = person.token(grant);
    let url = api_url(&person, "some.one%2Bbb%40example.com", &token);
    expect![[r#"
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token.
        It was in a URL in plain text: create a new one at https://id.atlassian.com/manage-profile/security/api-tokens, store that with 'git bbt login acme/widgets', and revoke this one.
        ~/here  r0  https://some.one%2Bbb%40example.com:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        1 repository: 1 remote converted
        status: 0
        URL: converted; used: the imported token
    "#]].assert_eq(&import(&person, &url));
    let config = std::fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
    let config = config.expect("the file exists");
    assert!(
        config.contains(&format!("account = \"{account}\"")),
        "{config}"
    );
}

#[test]
fn an_api_token_that_bitbucket_rejects_is_dropped() {
    let person = person();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "some.one%40example.com", &token);
    expect![[r#"
        ~/here  r0  https://some.one%40example.com:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (without its token, which Bitbucket rejects)
        1 repository: 1 remote converted
        status: 0
        URL: converted; used: the workspace's token
    "#]].assert_eq(&import(&person, &url));
}

/// Bitbucket rejects valid tokens at times.
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
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/widgets/admin/access-tokens, store that with 'git bbt login acme/widgets', and revoke this one.
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
        1 repository: 1 remote converted
        status: 0
        URL: converted; used: the imported token
    "#]].assert_eq(&import(&person, &url));
}

/// The ssh URL may still work, so it is unchanged, in a second run as well.
#[test]
fn an_unchecked_token_converts_no_url() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Api));
    let url = api_url(&person, "x-bitbucket-api-token-auth", &token);
    let before = with_urls(
        &person,
        "here",
        &[&url, "git@bitbucket.org:acme/widgets.git"],
    );
    let first = migrate(&person, IMPORT).at("here").fails(1);
    let second = migrate(&person, IMPORT).at("here").fails(1);
    expect![[r#"
        ~/here
          r0  https://x-bitbucket-api-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL is not imported: Bitbucket cannot be asked about an API token without its account's e-mail
          r1  git@bitbucket.org:acme/widgets.git: not converted: no token is configured for acme/widgets
        1 repository: 2 remotes not converted
        hint: if it is yours, store it: git bbt login acme/widgets
        hint: store one: git bbt login acme
    "#]].assert_eq(quiet(&first));
    assert_eq!(quiet(&second), quiet(&first));
    assert_eq!(config(&person, "here"), before);
    person.export("BBT_TOKEN_ACME", &token);
    migrate(&person, "").at("here").succeeds();
}

/// The token works only for the first of two repositories, neither of which has a source.
#[test]
fn a_token_is_checked_for_each_repository() {
    let person = Person::with_any_git();
    for name in ["acme/gadgets", "acme/widgets"] {
        person.bitbucket.repository(name);
    }
    let token = person.token(Grant::repository("acme/gadgets").scopes(SCOPES));
    let urls = ["acme/gadgets", "acme/widgets"].map(|name| person.url_with(&token, name));
    let ssh = "git@bitbucket.org:acme/widgets.git";
    with_urls(&person, "here", &[&urls[0], &urls[1], ssh]);
    let outcome = migrate(&person, IMPORT).at("here").fails(1);
    expect![[r#"
        Stored the token for acme/gadgets in ~/.config/git-remote-bbt/acme+gadgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/gadgets/admin/access-tokens, store that with 'git bbt login acme/gadgets', and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
          r1  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: the token in its URL is not imported: Bitbucket rejects it for this repository
          r2  git@bitbucket.org:acme/widgets.git: not converted: no token is configured for acme/widgets
        1 repository: 1 remote converted, 2 not converted
        hint: if it is yours, store it: git bbt login acme/widgets
        hint: store one: git bbt login acme
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(url_of(&person, "here", "remote.r2.url"), ssh);
}

/// Creates `super` with a submodule whose URL is set by its `.gitmodules`, as after git submodule init;
/// and clones that submodule, as git submodule update does.
fn with_submodule(person: &Person, url: &str) {
    repository(person, "super", "");
    person.write(
        "super/.gitmodules",
        &format!("[submodule \"parts\"]\n\tpath = parts\n\turl = {url}\n"),
        0o644,
    );
    let commit = format!("160000,{},parts", "1".repeat(40));
    for arguments in [
        "add .gitmodules",
        &format!("update-index --add --cacheinfo {commit}"),
        "submodule --quiet init",
        "init --quiet --bare .git/modules/parts",
        &format!("config -f .git/modules/parts/config remote.origin.url {url}"),
    ] {
        let arguments = arguments.split(' ');
        person.git(arguments).at("super").succeeds();
    }
    assert!(config(person, "super").contains(url));
}

/// The author of `.gitmodules` chose the token, even if it works.
#[test]
fn a_token_that_a_repository_brought_is_not_imported() {
    let planted = |has_rest: bool, url: &dyn Fn(&Person) -> String| {
        let person = Person::with_any_git();
        person.bitbucket.repository("acme/parts");
        let url = url(&person);
        with_submodule(&person, &url);
        person
            .bitbucket
            .switches(|switches| switches.drop_connection = !has_rest);
        let outcome = migrate(&person, &format!("--recursive {IMPORT}")).fails(1);
        assert!(
            !person
                .path(".config/git-remote-bbt/acme+parts.token")
                .exists(),
            "{outcome}"
        );
        assert!(config(&person, "super").contains(&url), "{outcome}");
        quiet(&outcome).to_owned()
    };
    let api = |person: &Person| {
        let token = person.remember(synthetic_token(Kind::Api));
        format!(
            "https://x-bitbucket-api-token-auth:{token}@{}/acme/parts.git",
            person.host()
        )
    };
    let access = |person: &Person| {
        let token = person.token(Grant::repository("acme/parts").scopes(SCOPES));
        person.url_with(&token, "acme/parts")
    };
    let all = [
        planted(true, &api),
        planted(false, &access),
        planted(true, &access),
    ];
    expect![[r#"
        ~/super
          submodule parts      https://x-bitbucket-api-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
          submodule.parts.url  it contains a token; if .gitmodules is committed, revoke it
        ~/super/.git/modules/parts  origin  https://x-bitbucket-api-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
        2 repositories: 2 remotes not converted, 1 setting with a token
        hint: if it is yours, store it: git bbt login acme/parts
        hint: git config --file ~/super/.gitmodules --edit
        ~/super
          submodule parts      https://x-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
          submodule.parts.url  it contains a token; if .gitmodules is committed, revoke it
        ~/super/.git/modules/parts  origin  https://x-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
        2 repositories: 2 remotes not converted, 1 setting with a token
        hint: if it is yours, store it: git bbt login acme/parts
        hint: git config --file ~/super/.gitmodules --edit
        ~/super
          submodule parts      https://x-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
          submodule.parts.url  it contains a token; if .gitmodules is committed, revoke it
        ~/super/.git/modules/parts  origin  https://x-token-auth:***@localhost:PORT/acme/parts.git: not converted: the token in its URL is not imported: only a submodule has it, perhaps from .gitmodules
        2 repositories: 2 remotes not converted, 1 setting with a token
        hint: if it is yours, store it: git bbt login acme/parts
        hint: git config --file ~/super/.gitmodules --edit
    "#]].assert_eq(&all.concat());
}

/// A relative URL in `.gitmodules` becomes one with the user's own token.
#[test]
fn a_submodule_with_the_token_of_a_remote_is_imported() {
    let person = Person::with_any_git();
    for name in ["acme/parts", "acme/super"] {
        person.bitbucket.repository(name);
    }
    let grant = Grant::project(["acme/parts", "acme/super"]);
    let token = person.token(grant.scopes(SCOPES));
    with_submodule(&person, &person.url_with(&token, "acme/parts"));
    person
        .git([
            "remote",
            "add",
            "origin",
            &person.url_with(&token, "acme/super"),
        ])
        .at("super")
        .succeeds();
    let outcome = migrate(&person, &format!("--recursive {IMPORT}")).fails(1);
    expect![[r#"
        Stored the token for acme/parts in ~/.config/git-remote-bbt/acme+parts.token.
        It was in 2 URLs in plain text: create a new one at https://bitbucket.org/acme/parts/admin/access-tokens, store that with 'git bbt login acme/parts', and revoke this one.
        Stored the token for acme/super in ~/.config/git-remote-bbt/acme+super.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/super/admin/access-tokens, store that with 'git bbt login acme/super', and revoke this one.
        ~/super
          submodule parts      https://x-token-auth:***@localhost:PORT/acme/parts.git -> bbt::acme/parts (its token is imported)
          origin               https://x-token-auth:***@localhost:PORT/acme/super.git -> bbt::acme/super (its token is imported)
          submodule.parts.url  it contains a token; if .gitmodules is committed, revoke it
          submodule parts      https://x-token-auth:***@localhost:PORT/acme/parts.git in .gitmodules: "../parts.git" works wherever the repository is cloned from
        ~/super/.git/modules/parts
          origin              https://x-token-auth:***@localhost:PORT/acme/parts.git -> bbt::acme/parts (its token is imported)
          protocol.bbt.allow  set, for git submodule update
        2 repositories: 3 remotes converted, 1 setting with a token
        hint: git config --file ~/super/.gitmodules --edit
    "#]].assert_eq(quiet(&outcome));
}

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
