//! Other credential helpers that git would give the token to.

use expect_test::expect;

use super::{Finding, person, prepare};
use crate::support::{Person, missing, with_each_git};

/// Logs in to acme with git's helpers, and returns the content of the store afterwards.
fn stored_after_login(person: &Person, folder: &str) -> String {
    let url = format!("https://{}/acme/widgets.git", person.host());
    person.git(["ls-remote", &url]).at(folder).succeeds();
    std::fs::read_to_string(person.path(".git-credentials")).unwrap_or_default()
}

/// git asks helpers in the order of its configuration, and gives the token to those after ours.
#[test]
fn a_helper_that_comes_after_ours_is_found_and_its_hint_keeps_the_token_from_it() {
    with_each_git(|person| {
        // A clone has a helper of its own only for git-lfs.
        if !person.has("git-lfs") {
            return missing("git-lfs", "git-lfs");
        }
        prepare(person);
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.run("git-bbt", ["setup", "acme"]).succeeds();
        let found = || Finding::all(person, "widgets", "helpers", "true");
        assert!(found().is_empty());

        let later = "[credential]\n\thelper = store\n";
        person.write("later", later, 0o600);
        let mut config =
            std::fs::read_to_string(person.path(".gitconfig")).expect("the file exists");
        config += "[include]\n\tpath = later\n";
        person.write(".gitconfig", &config, 0o600);
        let scoped = format!("credential.https://{}.helper", person.host());
        let add = ["config", &scoped, "store --file=~/.git-credentials"];
        person.git(add).at("widgets").succeeds();

        let all = Finding::fix_all(person, "widgets", "helpers");
        expect![[r#"
            credential.helper = store (in ~/later) is also given the token for https://localhost:PORT/acme
              printf '\n[credential "%s"]\n\thelper =\n\thelper = bbt\n' https://localhost:PORT/acme >>~/later
            credential.https://localhost:PORT.helper = store *** (in ~/widgets/.git/config) is also given the token for https://localhost:PORT/acme, https://localhost:PORT/acme/widgets.git
              printf '\n[credential "%s"]\n\thelper =\n\thelper = bbt\n' https://localhost:PORT/acme https://localhost:PORT/acme/widgets.git >>~/widgets/.git/config
        "#]].assert_eq(&Finding::text(&all));
        assert_eq!(stored_after_login(person, "widgets"), "");
        // setup makes the same check.
        let setup = person.run("git-bbt", ["setup", "acme"]).succeeds();
        assert_eq!(setup.stderr, "", "\n{setup}");

        // The control: without the fix, git stores the token.
        person.write("later", later, 0o600);
        assert!(!stored_after_login(person, "").is_empty());
    });
}

#[test]
fn helpers_of_other_hosts_and_those_before_ours_are_not_found() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    for (name, value) in [
        ("credential.helper", "store"),
        ("credential.https://example.com.helper", "cache"),
    ] {
        person.git(["config", "--global", name, value]).succeeds();
    }
    person.run("git-bbt", ["setup", "acme"]).succeeds();
    let other = ["config", "credential.https://example.com.helper", "store"];
    person.git(other).at("widgets").succeeds();
    let other = format!("credential.https://{}/initech.helper", person.host());
    person
        .git(["config", &other, "store"])
        .at("widgets")
        .succeeds();
    let found = Finding::all(&person, "widgets", "helpers", "true");
    assert_eq!(Finding::text(&found), "");
}

/// Tools that ask for a credential would get none from us.
#[test]
fn an_empty_helper_that_removes_ours_is_found_and_its_hint_adds_ours_again() {
    let person = person();
    if !person.has("git-lfs") {
        return missing("git-lfs", "git-lfs");
    }
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    person.run("git-bbt", ["setup", "acme"]).succeeds();
    person
        .git(["config", "credential.helper", ""])
        .at("widgets")
        .succeeds();
    let url = format!("https://{}/acme/widgets.git", person.host());
    let ls_remote = || person.git(["ls-remote", &url]).at("widgets").ends().status;
    assert_ne!(ls_remote(), Some(0));
    let found = Finding::fix_all(&person, "widgets", "helpers");
    expect![[r#"
        credential.helper = "" (in ~/widgets/.git/config) removes git-credential-bbt for https://localhost:PORT/acme, https://localhost:PORT/acme/widgets.git
          printf '\n[credential "%s"]\n\thelper =\n\thelper = bbt\n' https://localhost:PORT/acme https://localhost:PORT/acme/widgets.git >>~/widgets/.git/config
    "#]].assert_eq(&Finding::text(&found));
    assert_eq!(ls_remote(), Some(0));
}
