//! With the token gone, what setup has written leads nowhere: whoever takes it away is told, and
//! whoever looks.

use expect_test::expect;

use super::{git_config, set_up, setup};
use crate::support::{Person, with_each_git};

#[test]
fn a_workspace_without_a_token_is_left_out() {
    with_each_git(|person| {
        person.write_config("");
        let outcome = setup(person, "acme --rewrite");
        assert_eq!(outcome.status, Some(1), "{outcome}");
        let url = "https://bitbucket.org/acme/widgets.git";
        let is = person.git(["ls-remote", "--get-url", url]).succeeds();
        assert_eq!(is.stdout.trim_end(), url, "it goes where it went before");
    });
}

#[test]
fn what_is_left_of_a_workspace_is_told_until_it_is_taken_out() {
    let person = Person::with_any_git();
    person.configure("");
    person.bitbucket.repository("acme/widgets");
    let token = person.workspace_token("acme");
    let login = ["login", "acme", "--with-token", "--store", "file"];
    person.run("git-bbt", login).input(token).succeeds();
    set_up(&person, "--rewrite");
    let quiet = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert!(!quiet.contains("setup"), "{quiet}");

    let mut said = person.run("git-bbt", ["logout", "acme"]).succeeds().stderr;
    said += &person.run("git-bbt", ["status"]).succeeds().stdout;
    said += &setup(&person, "").stderr;
    let doctor = person.run("git-bbt", ["doctor"]).ends().stdout;
    said += doctor.split_once("setup ").map_or("", |(_, rest)| rest);
    expect![[r#"
        warning: no token is configured for acme, and git takes its URLs for bbt:: ones (11 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
        acme
          token    none
          setup    no token is configured for acme, and git takes its URLs for bbt:: ones (11 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
        hint: git bbt setup <workspace> does more for one
        warning: no token is configured for acme, and git takes its URLs for bbt:: ones (11 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
                no token is configured for acme, and git takes its URLs for bbt:: ones (11 settings of git bbt setup)
          cure: git bbt setup --undo acme, or git bbt login acme
    "#]].assert_eq(&said);

    set_up(&person, "--undo acme");
    let status = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert_eq!(
        status,
        "Nothing is configured. Store a token with: git bbt login <workspace>\n"
    );
    assert_eq!(git_config(&person, &["protocol.bbt.allow"]), "always\n");
}

/// A token for all of a workspace gave way to one for a repository.
#[test]
fn what_no_longer_fits_config_toml_is_told() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    set_up(&person, "--rewrite");
    person.write_config("[workspace.acme.repository.widgets]\ntoken = { env = \"A\" }\n");
    let outcome = set_up(&person, "");
    expect![[r#"
        warning: 10 settings of git bbt setup for acme are not what config.toml asks for; git bbt setup --undo acme && git bbt setup --rewrite
    "#]].assert_eq(&outcome.stderr);
    set_up(&person, "--undo acme");
    assert_eq!(set_up(&person, "--rewrite").stderr, "");
}
