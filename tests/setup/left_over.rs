//! With the token gone, what setup has written leads nowhere: whoever takes it away is told, and
//! whoever looks.

use expect_test::{Expect, expect};

use super::{git_config, global, set_up, setup};
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
        warning: no token is configured for acme, and git takes its URLs for bbt:: ones (17 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
        acme
          token    none
          setup    no token is configured for acme, and git takes its URLs for bbt:: ones (17 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
        hint: git bbt setup <workspace> does more for one
        warning: no token is configured for acme, and git takes its URLs for bbt:: ones (17 settings of git bbt setup); git bbt setup --undo acme, or git bbt login acme
                no token is configured for acme, and git takes its URLs for bbt:: ones (17 settings of git bbt setup)
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

/// What is said, which has to be all that it takes.
#[track_caller]
fn cured(person: &Person, expected: Expect) {
    let told = set_up(person, "");
    let (_, cure) = told.stderr.split_once("; ").expect("something is told");
    let before = rules(person);
    person.run("sh", ["-c", cure.trim_end()]).succeeds();
    expected.assert_eq(&told.stderr);
    let again = set_up(person, "");
    assert!(!again.stderr.contains("of git bbt setup"), "{again}");
    assert_eq!(rules(person), before);
}

/// Whether ordinary URLs of acme go through bbt.
fn rules(person: &Person) -> bool {
    global(person).contains("insteadOf")
}

#[test]
fn a_token_for_all_that_gave_way_to_one_for_a_repository_is_told() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    set_up(&person, "--rewrite");
    person.write_config("[workspace.acme.repository.widgets]\ntoken = { env = \"A\" }\n");
    cured(
        &person,
        expect![[r#"
        warning: 16 settings of git bbt setup for acme do not fit config.toml any more; git bbt setup --undo acme && git bbt setup --rewrite
    "#]],
    );
}

#[test]
fn another_address_of_the_service_is_told() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN_ACME", "x");
    person.write_config("[bitbucket]\ngit_url = \"https://proxy.example.com\"\n");
    set_up(&person, "acme --rewrite");
    person.write_config("");
    cured(
        &person,
        expect![[r#"
        hint: git bbt setup <workspace> does more for one
        warning: 6 settings of git bbt setup for acme do not fit config.toml any more; git bbt setup --undo acme && git bbt setup acme --rewrite
    "#]],
    );
}

#[test]
fn an_address_of_a_workspace_that_is_gone_is_told() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\nemail = \"a@bots.bitbucket.org\"\n");
    set_up(&person, "");
    person.write_config("");
    let told = set_up(&person, "").stderr;
    expect![[r#"
        hint: git bbt setup <workspace> does more for one
        warning: config.toml has no email for acme (22 settings of git bbt setup); git bbt setup --undo acme
    "#]].assert_eq(&told);
    set_up(&person, "--undo acme");
    assert!(!set_up(&person, "").stderr.contains("acme"));
}

/// The rules are wanted still, and come back with the cure.
#[test]
fn an_address_that_is_gone_takes_no_rules_along() {
    let person = Person::with_any_git();
    let token = "[workspace.acme]\ntoken = { env = \"A\" }\n";
    person.write_config(&format!("{token}email = \"a@bots.bitbucket.org\"\n"));
    set_up(&person, "--rewrite");
    person.write_config(token);
    let status = || person.run("git-bbt", ["status"]).succeeds().stdout;
    let told = status();
    let (_, cure) = told.split_once("; ").expect("it is told");
    person.run("sh", ["-c", cure.trim_end()]).succeeds();
    assert!(!status().contains("of git bbt setup"), "{}", status());
    assert!(rules(&person), "{told}");
}

/// Nothing is left over of what is asked for again by the next one, or was asked for by name.
#[test]
fn what_serves_is_not_told() {
    let widgets = "[workspace.acme.repository.widgets]\ntoken = { env = \"A\" }\n";
    for (config, variable, arguments) in [
        (widgets, "BBT_TOKEN", ""),
        (widgets, "BBT_TOKEN_ACME", "acme"),
        (widgets, "OTHER", "acme --force"),
        ("", "BBT_TOKEN_ACME__WIDGETS", "acme --force"),
        ("", "BBT_TOKEN_ACME", "Acme ACME acme"),
    ] {
        let person = Person::with_any_git();
        person.write_config(config);
        person.export(variable, "x");
        let first = set_up(&person, &format!("{arguments} --rewrite"));
        let helpers = first.stdout.matches("org/acme.helper = bbt").count();
        assert_eq!(helpers, usize::from(!arguments.is_empty()), "{first}");
        for command in ["setup", "status", "doctor"] {
            let outcome = person.run("git-bbt", [command]).ends().to_string();
            assert!(
                !outcome.contains("of git bbt setup"),
                "{arguments}: {outcome}"
            );
        }
        let again = set_up(&person, &format!("{arguments} --rewrite"));
        assert!(!again.stdout.contains("  added "), "{again}");
        set_up(&person, "--undo");
        assert!(!person.path(".gitconfig").exists(), "{}", global(&person));
    }
}
