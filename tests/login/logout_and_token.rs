//! `git bbt logout` and `git bbt token`.

use std::fs;

use expect_test::expect;

use super::{config, login};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Person, missing};

#[test]
fn logout_removes_what_login_stored() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let before = config(&person);
    let arguments = ["acme/widgets", "--no-verify", "--store", "file"];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    let outcome = person.run("git-bbt", ["logout", "acme/widgets"]).succeeds();
    expect![[r#"
        Removed the token for acme/widgets from ~/.config/git-remote-bbt/acme+widgets.token and its entry from ~/.config/git-remote-bbt/config.toml.
        It is still valid in Bitbucket. To revoke it, go to
          https://bitbucket.org/acme/widgets/admin/access-tokens
        status: 0
    "#]].assert_eq(&outcome.to_string());
    assert_eq!(config(&person), before);
    assert!(
        !person
            .path(".config/git-remote-bbt/acme+widgets.token")
            .exists()
    );

    let mut said = String::new();
    person.export("BBT_TOKEN_OTHER", "x");
    person.configure("[workspace.acme]\ntoken = { command = [\"op\"] }\n");
    for target in ["acme/widgets", "acme", "other", "nobody"] {
        said += &person.run("git-bbt", ["logout", target]).fails(1).stderr;
    }
    expect![[r#"
        error: no stored token for acme/widgets
        hint: its token comes from command op ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: login did not store the token for acme that [workspace.acme] in ~/.config/git-remote-bbt/config.toml names
        hint: remove the entry by hand, and the token from its source
        error: no stored token for other
        hint: its token comes from BBT_TOKEN_OTHER in the environment
        error: no stored token for nobody
        hint: git bbt status lists what is configured
    "#]].assert_eq(&said);
}

#[test]
fn logout_creates_nothing() {
    let person = Person::with_any_git();
    fs::remove_dir_all(person.path(".config")).expect("HOME is writable");
    person.run("git-bbt", ["logout", "acme"]).fails(1);
    assert!(!person.path(".config").exists());
}

#[test]
fn token_prints_only_the_token() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.signed_in_to("acme");
    let printed = person.run("git-bbt", ["token", "acme/widgets"]).succeeds();
    assert_eq!(
        (printed.stdout.as_str(), printed.stderr.as_str()),
        ("<token>\n", "")
    );
    let url = format!("https://{}/acme/widgets.git", person.host());
    for of in [&url, &format!("bbt::{url}")] {
        let same = person.run("git-bbt", ["token", of]).succeeds();
        assert_eq!(same.stdout, printed.stdout, "{of}");
    }
    person
        .run("git-bbt", ["token", "other"])
        .fails(1)
        .says("error: no token is configured for other");

    // As its help shows: the token is in no argument of curl.
    let url = format!("{}/repositories/acme/widgets", person.bitbucket.api_url());
    let script = format!(
        "git bbt token acme | sed 's/^/Authorization: Bearer /' | curl -sf -H @- --cacert \"$GIT_SSL_CAINFO\" {url}"
    );
    if person.has("curl") {
        let answer = person.run("sh", ["-c", &script]).succeeds();
        assert!(answer.stdout.contains("\"full_name\""), "{answer}");
    } else {
        missing("curl", "curl");
    }
    person.bitbucket.revoke(&token);
}
