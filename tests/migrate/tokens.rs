//! A remote that works keeps working: a URL is converted only if its token is also found elsewhere.

use std::fs;
use std::path::Path;

use expect_test::expect;

use super::{config, migrate, quiet, url_of, with_urls};
use crate::stand_in::Grant;
use crate::support::{Person, SCOPES, with_each_git};

#[test]
fn a_remote_without_a_token_is_not_converted() {
    let person = Person::with_any_git();
    let before = with_urls(&person, "here", &["git@bitbucket.org:acme/widgets.git"]);
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here  r0  git@bitbucket.org:acme/widgets.git: not converted: no token is configured for acme/widgets
        1 repository: 1 remote not converted
        hint: store one: git bbt login acme
    "#]]
    .assert_eq(quiet(&outcome));
    assert_eq!(config(&person, "here"), before);
    migrate(&person, "--force").at("here").succeeds();
    assert_eq!(
        url_of(&person, "here", "remote.r0.url"),
        "bbt::acme/widgets"
    );
}

/// BBT_TOKEN is for any workspace, and a stranger's public repository can be fetched without it.
#[test]
fn the_token_for_any_workspace_counts_only_for_those_that_are_named() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN", "synthetic");
    let urls = [
        "https://bitbucket.org/stranger/public.git",
        "git@bitbucket.org:acme/widgets.git",
    ];
    let before = with_urls(&person, "here", &urls);
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          r0  https://bitbucket.org/stranger/public.git: not converted: BBT_TOKEN is used only for workspaces that are named
          r1  git@bitbucket.org:acme/widgets.git: not converted: BBT_TOKEN is used only for workspaces that are named
        1 repository: 2 remotes not converted
        hint: if stranger is yours, add --workspace stranger
        hint: if acme is yours, add --workspace acme
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(config(&person, "here"), before);
    migrate(&person, "--workspace ACME").at("here").succeeds();
    migrate(&person, "--undo").at("here").succeeds();
    migrate(&person, "--rename acme/widgets=acme/tools")
        .at("here")
        .fails(1);
    assert_eq!(url_of(&person, "here", "remote.r1.url"), "bbt::acme/tools");
    migrate(&person, "--undo").at("here").succeeds();
    person.configure("[workspace.acme]\nemail = \"bot@bots.bitbucket.org\"\n");
    migrate(&person, "").at("here").fails(1);
    assert_eq!(
        url_of(&person, "here", "remote.r1.url"),
        "bbt::acme/widgets"
    );
    assert_eq!(url_of(&person, "here", "remote.r0.url"), urls[0]);
}

/// Not even with --force.
#[test]
fn a_token_that_is_only_in_a_url_is_never_dropped() {
    let person = Person::with_any_git();
    let mine = person.workspace_token("acme");
    let before = with_urls(&person, "here", &[&person.url_with(&mine, "acme/widgets")]);
    let nowhere = migrate(&person, "--force").at("here").fails(1);
    let other = person.signed_in_to("acme");
    let another = migrate(&person, "--force").at("here").fails(1);
    expect![[r#"
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: its URL contains a token that is stored nowhere else
        1 repository: 1 remote not converted
        hint: git bbt migrate --import-tokens
        status: 1
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: its URL contains another token than BBT_TOKEN_ACME in the environment
        1 repository: 1 remote not converted
        hint: git bbt migrate --import-tokens
        status: 1
    "#]].assert_eq(&format!("{nowhere}{another}"));
    assert_eq!(config(&person, "here"), before);
    assert_ne!(mine, other);
    person.export("BBT_TOKEN_ACME", &mine);
    let same = migrate(&person, "").at("here").succeeds();
    expect![[r#"
        ~/here  r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is also in BBT_TOKEN_ACME in the environment)
        1 repository: 1 remote converted
    "#]].assert_eq(quiet(&same));
    holds_no_secret(&person, "here", &mine);
    migrate(&person, "--undo").at("here").succeeds();
    holds_no_secret(&person, "here", &mine);
    let url = url_of(&person, "here", "remote.r0.url");
    assert_eq!(url, "https://x-token-auth@localhost:PORT/acme/widgets.git");
}

#[test]
fn app_passwords_are_dropped_and_unknown_passwords_stay() {
    let person = Person::with_any_git();
    let app = person.remember(format!("ATBB{}", "x".repeat(32)));
    let unknown = person.remember("correct-horse".to_owned());
    let urls = [
        format!("https://someone:{app}@bitbucket.org/acme/widgets.git"),
        format!("https://someone:{unknown}@bitbucket.org/acme/widgets.git"),
    ];
    with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let without = migrate(&person, "").at("here").fails(1);
    person.signed_in_to("acme");
    let with = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          r0  https://someone:***@bitbucket.org/acme/widgets.git: not converted: no token is configured for acme/widgets
          r1  https://someone:***@bitbucket.org/acme/widgets.git: not converted: its URL contains a password that may be stored nowhere else
        1 repository: 2 remotes not converted
        hint: store one: git bbt login acme
        hint: remove the password from the URL, and run git bbt migrate again
        status: 1
        ~/here
          r0  https://someone:***@bitbucket.org/acme/widgets.git -> bbt::acme/widgets (without its app password, which Bitbucket has ended)
          r1  https://someone:***@bitbucket.org/acme/widgets.git: not converted: its URL contains a password that may be stored nowhere else
        1 repository: 1 remote converted, 1 not converted
        hint: remove the password from the URL, and run git bbt migrate again
        status: 1
    "#]].assert_eq(&format!("{without}{with}"));
}

/// The repository works, and the token is only in the store.
#[test]
fn an_imported_token_is_used_from_the_store() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("acme/gadgets");
        let token = person.workspace_token("acme");
        for name in ["acme/widgets", "acme/gadgets"] {
            person
                .git(["clone", "--quiet", &person.url_with(&token, name)])
                .succeeds();
        }
        let arguments = "--recursive widgets gadgets --import-tokens --store file";
        let dry = migrate(person, &format!("{arguments} --dry-run")).succeeds();
        assert!(!person.path(".config/git-remote-bbt/acme.token").exists());
        let outcome = migrate(person, arguments).succeeds();
        expect![[r#"
            Would store the token for acme.
            It was in 2 URLs in plain text: create a new one at https://bitbucket.org/acme/workspace/settings/access-tokens, store that with 'git bbt login acme', and revoke this one.
            ~/gadgets  origin  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
            ~/widgets  origin  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
            2 repositories: 2 remotes would be converted
            Stored the token for acme in ~/.config/git-remote-bbt/acme.token.
            It was in 2 URLs in plain text: create a new one at https://bitbucket.org/acme/workspace/settings/access-tokens, store that with 'git bbt login acme', and revoke this one.
            ~/gadgets  origin  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
            ~/widgets  origin  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
            2 repositories: 2 remotes converted
        "#]].assert_eq(&format!("{}{}", quiet(&dry), quiet(&outcome)));
        for name in ["widgets", "gadgets"] {
            holds_no_secret(person, name, &token);
            person.git(["fetch", "--quiet"]).at(name).succeeds();
        }
        migrate(person, "--undo").at("widgets").succeeds();
        holds_no_secret(person, "widgets", &token);
    });
}

/// A repository's own token is stored for that repository; a revoked one is not stored.
#[test]
fn a_token_is_stored_for_what_it_is_valid_for() {
    let person = Person::with_any_git();
    for name in ["acme/widgets", "acme/gadgets", "corp/dead"] {
        person.bitbucket.repository(name);
    }
    let grant = |name| person.token(Grant::repository(name).scopes(SCOPES));
    let (one, two, dead, blind) = (
        grant("acme/widgets"),
        grant("acme/gadgets"),
        person.workspace_token("corp"),
        grant("acme/widgets"),
    );
    person.bitbucket.revoke(&dead);
    let urls = [
        person.url_with(&one, "acme/widgets"),
        person.url_with(&two, "acme/gadgets"),
        person.url_with(&dead, "corp/dead"),
        person.url_with(&blind, "acme/nothing"),
    ];
    with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let outcome = migrate(&person, "--import-tokens --store file")
        .at("here")
        .fails(1);
    expect![[r#"
        Stored the token for acme/gadgets in ~/.config/git-remote-bbt/acme+gadgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/gadgets/admin/access-tokens, store that with 'git bbt login acme/gadgets', and revoke this one.
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/widgets/admin/access-tokens, store that with 'git bbt login acme/widgets', and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
          r1  https://x-token-auth:***@localhost:PORT/acme/gadgets.git -> bbt::acme/gadgets (its token is imported)
          r2  https://x-token-auth:***@localhost:PORT/corp/dead.git: not converted: Bitbucket rejects the token in its URL, and no other is configured
          r3  https://x-token-auth:***@localhost:PORT/acme/nothing.git: not converted: the token in its URL is valid, but does not give access to acme/nothing, or there is no such repository
        1 repository: 2 remotes converted, 2 not converted
        hint: git bbt login corp
        hint: if it has another name now, add --rename acme/nothing=<new name>
        status: 1
    "#]].assert_eq(&outcome.to_string());
}

/// Even if it is the only token of the workspace.
#[test]
fn a_repositorys_token_is_stored_only_for_its_repository() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let narrow = person.token(Grant::repository("acme/widgets").scopes(SCOPES));
    with_urls(
        &person,
        "narrow",
        &[&person.url_with(&narrow, "acme/widgets")],
    );
    migrate(&person, "--import-tokens --store file")
        .at("narrow")
        .succeeds();
    let status = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert!(status.contains("acme/widgets"), "{status}");
    let of_workspace = person.run("git-bbt", ["token", "acme"]).fails(1);
    of_workspace.says("no token is configured for acme");
}

#[test]
fn a_token_that_cannot_be_checked_stays_in_its_url() {
    let person = Person::with_any_git();
    let unasked = person.workspace_token("corp");
    let url = person.url_with(&unasked, "corp/gears");
    let before = with_urls(&person, "unasked", &[&url]);
    person
        .bitbucket
        .switches(|switches| switches.drop_connection = true);
    let outcome = migrate(&person, "--import-tokens --store file")
        .at("unasked")
        .fails(1);
    expect![[r#"
        ~/unasked  r0  https://x-token-auth:***@localhost:PORT/corp/gears.git: not converted: the token in its URL is not imported: the response from localhost:PORT ended early: the connection was cut
        1 repository: 1 remote not converted
        hint: if it is yours, store it: git bbt login corp/gears
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(config(&person, "unasked"), before);
    person.run("git-bbt", ["token", "corp/gears"]).fails(1);
}

#[test]
fn the_second_token_of_a_repository_stays_in_its_url() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let tokens = [(); 2].map(|()| person.workspace_token("acme"));
    let urls = tokens
        .each_ref()
        .map(|token| person.url_with(token, "acme/widgets"));
    with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let outcome = migrate(&person, "--import-tokens --store file")
        .at("here")
        .fails(1);
    expect![[r#"
        Stored the token for acme/widgets in ~/.config/git-remote-bbt/acme+widgets.token.
        It was in a URL in plain text: create a new one at https://bitbucket.org/acme/widgets/admin/access-tokens, store that with 'git bbt login acme/widgets', and revoke this one.
        ~/here
          r0  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is imported)
          r1  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: another URL of acme/widgets contains another token, which is the one that is imported
        1 repository: 1 remote converted, 1 not converted
        hint: remove the token from the URL if it is not needed, and run git bbt migrate again
    "#]].assert_eq(quiet(&outcome));
    let text = config(&person, "here");
    assert!(!text.contains(&tokens[0]) && text.contains(&tokens[1]));
    let again = migrate(&person, "--import-tokens --store file")
        .at("here")
        .fails(1);
    expect![[r#"
        ~/here
          r0  bbt::acme/widgets
          r1  https://x-token-auth:***@localhost:PORT/acme/widgets.git: not converted: its URL contains another token than the one that is configured for acme/widgets
        1 repository: 1 remote already bbt::, 1 not converted
        hint: remove the token from the URL if it is not needed, and run git bbt migrate again
    "#]].assert_eq(quiet(&again));
    let printed = person.run("git-bbt", ["token", "acme/widgets"]).succeeds();
    assert_eq!(printed.stdout, "<token>\n");
}

#[test]
fn verify_keeps_the_old_url_if_the_new_one_does_not_work() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let urls = [
            "git@bitbucket.org:acme/widgets.git",
            "git@bitbucket.org:acme/wigdets.git",
        ];
        with_urls(person, "here", &urls);
        let outcome = migrate(person, "--verify").at("here").fails(1);
        expect![[r#"
            ~/here
              r0  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
              r1  git@bitbucket.org:acme/wigdets.git: not converted: the new URL does not work: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
            1 repository: 1 remote converted, 1 not converted
            hint: git bbt doctor acme/wigdets
        "#]].assert_eq(quiet(&outcome));
        assert_eq!(url_of(person, "here", "remote.r0.url"), "bbt::acme/widgets");
        assert_eq!(
            url_of(person, "here", "remote.r1.url"),
            "git@bitbucket.org:acme/wigdets.git"
        );
    });
}

/// Checks that no file of the repository contains the secret.
#[track_caller]
fn holds_no_secret(person: &Person, name: &str, secret: &str) {
    let mut folders = vec![person.path(name).join(".git")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("HOME is readable") {
            let path = entry.expect("HOME is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if is_in(&path, secret.as_bytes()) {
                panic!("the token is in {}", path.display());
            }
        }
    }
}

fn is_in(file: &Path, secret: &[u8]) -> bool {
    let bytes = fs::read(file).expect("HOME is readable");
    bytes.windows(secret.len()).any(|window| window == secret)
}
