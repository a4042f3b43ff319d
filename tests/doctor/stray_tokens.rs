//! Tokens that lie about in files of git's: found, and not shown.

use expect_test::expect;

use super::person;

#[test]
fn a_stray_token_is_found_and_not_shown() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    person
        .git(["remote", "add", "old", &url])
        .at("widgets")
        .succeeds();
    person.write(
        "widgets/.git/logs/HEAD",
        &format!("clone: from {url}\n"),
        0o600,
    );
    person.write("widgets/.git/FETCH_HEAD", &url, 0o600);
    person.write(".git-credentials", &url, 0o600);
    let header = format!("Authorization: Bearer {token}");
    person
        .git(["config", "--global", "http.extraHeader", &header])
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").fails(1);
    assert!(!outcome.stdout.contains("<token>"), "\n{outcome}");
    let end = outcome.stdout.find("warning  headers").expect("it is told");
    expect![[r#"
        warning  headers       http.extraheader holds an Authorization header, and clashes with plain https URLs
          cure: git config --show-origin --name-only --get-regexp extraheader tells where; take it out there
        problem  stray tokens  *** in ./.git/config, ./.git/logs/HEAD, ./.git/FETCH_HEAD, ~/.git-credentials, ~/.gitconfig
          cure: git bbt migrate --import-tokens; edit those lines out of the logs; remove FETCH_HEAD, which git makes anew; take the line out of git's credential store; git config --global --edit, and take it out; then revoke the token
    "#]].assert_eq(&outcome.stdout[end..]);
}

#[test]
fn stray_tokens_are_found_in_worktrees_submodules_and_xdg_folders() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    for file in [
        "widgets/.git/worktrees/x/FETCH_HEAD",
        "widgets/.git/modules/a/b/config",
        "widgets/.git/config.worktree",
        "xdg/git/credentials",
    ] {
        let before = person.run("git-bbt", ["doctor"]).at("widgets");
        before.env("XDG_CONFIG_HOME", person.path("xdg")).ends();
        person.write(
            "widgets/.git/modules/a/b/HEAD",
            "ref: refs/heads/main\n",
            0o600,
        );
        let path = person.write(file, &url, 0o600);
        let config = person.path(".config/git-remote-bbt/config.toml");
        let run = person
            .run("git-bbt", ["doctor"])
            .at("widgets")
            .env("BBT_CONFIG", config);
        let outcome = run.env("XDG_CONFIG_HOME", person.path("xdg")).fails(1);
        assert!(
            outcome.stdout.contains("problem  stray tokens  *** in "),
            "{file}: {outcome}"
        );
        assert!(!outcome.stdout.contains("<token>"), "{outcome}");
        std::fs::remove_file(path).expect("it is theirs");
    }
    let password = "https://bob:hunter2@bitbucket.org/acme/widgets";
    person
        .git(["remote", "set-url", "origin", password])
        .at("widgets")
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").fails(1);
    assert!(outcome.stdout.contains("*** in ./.git/config"), "{outcome}");
    assert!(
        outcome.stdout.contains("cure: git bbt migrate\n"),
        "{outcome}"
    );
    assert!(!outcome.stdout.contains("hunter2"), "{outcome}");
}
