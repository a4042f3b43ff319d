//! `[workspace."*"]`, the rule for every workspace, and the placeholders in a source.

use expect_test::expect;

use crate::stand_in::Grant;
use crate::support::{Outcome, Person, SCOPES, with_each_git};

/// Runs git-credential-bbt for a repository.
fn credential(person: &Person, full_name: &str) -> Outcome {
    let host = person.host();
    let request = format!("protocol=https\nhost={host}\npath={full_name}.git\n\n");
    let run = person.run("git-credential-bbt", ["get"]);
    run.input(request).ends()
}

fn repository_token(person: &Person, full_name: &str) -> String {
    person.token(Grant::repository(full_name).scopes(SCOPES))
}

#[test]
fn one_rule_has_a_token_for_each_repository() {
    with_each_git(|person| {
        person.configure(
            "[workspace.\"*\"]\ntoken = { file = \"~/tokens/{workspace}/{repository}\" }\n",
        );
        for name in ["acme/widgets", "acme/gadgets", "initech/tps"] {
            person.bitbucket.repository(name);
            let token = repository_token(person, name);
            person.write(format!("tokens/{name}"), &token, 0o600);
            person.clone(name);
        }
        let token = |name| person.run("git-bbt", ["token", name]).succeeds().stdout;
        assert_eq!(token("ACME/Widgets"), token("acme/widgets"));
        person
            .git(["ls-remote", "bbt::other/one"])
            .fails(128)
            .says("cannot read ~/tokens/other/one: No such file");
    });
}

#[test]
fn a_commands_placeholders_are_filled_in() {
    let person = Person::with_any_git();
    person.export("BBT_REPOSITORY", "of somebody else");
    person.write(
        "source",
        "#!/bin/sh\nprintf '%s\\n' \"$BBT_WORKSPACE\" \"${BBT_REPOSITORY-none}\" \"$@\" >>\"$HOME/asked\"\necho synthetic\n",
        0o755,
    );
    let command =
        "token = { command = [\"~/source\", \"kv/{workspace}\", \"{print} ${workspace} {}\"] }\n";
    person.configure(&format!(
        "[workspace.\"*\"]\n{command}[workspace.Acme]\n{command}"
    ));
    for target in ["Other/Widgets", "other", "acme/widgets"] {
        person.run("git-bbt", ["token", target]).succeeds();
    }
    let asked = std::fs::read_to_string(person.path("asked")).expect("the request was recorded");
    expect![[r#"
        other
        widgets
        kv/other
        {print} ${workspace} {}
        other
        none
        kv/other
        {print} ${workspace} {}
        acme
        widgets
        kv/acme
        {print} ${workspace} {}
    "#]]
    .assert_eq(&asked);
}

#[test]
fn a_rule_that_uses_the_repositorys_name_is_an_error_for_a_workspace() {
    let person = Person::with_any_git();
    person.configure("[workspace.\"*\"]\ntoken = { command = [\"cat\", \"{repository}\"] }\n");
    let outcome = person.run("git-bbt", ["token", "acme"]).fails(1);
    expect![[r#"
        error: no token for acme: its source has {repository} in it, and this is about a whole workspace
        hint: name a repository: acme/<repository>
        hint: its source is command cat ([workspace."*"] in ~/.config/git-remote-bbt/config.toml)
    "#]]
    .assert_eq(&outcome.stderr);
}

/// The rule may have tokens for only some workspaces, and another helper for the others.
#[test]
fn other_helpers_are_asked_if_the_rule_has_no_token() {
    with_each_git(|person| {
        person.configure("[workspace.\"*\"]\ntoken = { command = [\"cat\", \"{workspace}\"] }\n");
        let outcome = credential(person, "acme/widgets");
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            ("", Some(0)),
            "{outcome}"
        );
        outcome.says("warning: no token for acme/widgets: the command cat failed");

        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        let other = format!("!f() {{ echo username=x-token-auth; echo password={token}; }}; f");
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        let helpers = [
            "-c",
            "credential.helper=bbt",
            "-c",
            &format!("credential.helper={other}"),
        ];
        let words =
            helpers
                .into_iter()
                .chain(["-c", "credential.useHttpPath=true", "ls-remote", &url]);
        person.git(words).succeeds();
        // The hand-off has no other helper.
        person
            .git(["ls-remote", "bbt::acme/widgets"])
            .fails(128)
            .says("error: no token for acme/widgets: the command cat failed");
    });
}

#[test]
fn migrate_and_setup_use_the_rule_only_for_named_workspaces() {
    let person = Person::with_any_git();
    person.configure("[workspace.\"*\"]\ntoken = { command = [\"true\"] }\n");
    person.origin_by_ssh("here");
    let outcome = person.run("git-bbt", ["migrate"]).at("here").fails(1);
    expect![[r#"
        ~/here  origin  git@bitbucket.org:acme/widgets.git: not converted: [workspace."*"] is used only for workspaces that are named
        1 repository: 1 remote not converted
        hint: if acme is yours, add --workspace acme
    "#]]
    .assert_eq(&outcome.stdout);
    let outcome = person.run("git-bbt", ["migrate", "--workspace", "acme"]);
    outcome.at("here").succeeds();

    let settings =
        || std::fs::read_to_string(person.path(".config/git-remote-bbt/setup.gitconfig"));
    person.run("git-bbt", ["setup"]).succeeds();
    assert!(!settings().expect("the file exists").contains("credential"));
    person.run("git-bbt", ["setup", "acme"]).succeeds();
    assert!(settings().expect("the file exists").contains("/acme\"]"));
}

/// One source gives each repository another token.
#[test]
fn migrate_asks_the_rule_for_each_repository() {
    let person = Person::with_any_git();
    person
        .configure("[workspace.\"*\"]\ntoken = { command = [\"cat\", \"../../{repository}\"] }\n");
    for name in ["widgets", "gadgets"] {
        let full_name = format!("acme/{name}");
        let token = repository_token(&person, &full_name);
        person.write(name, &token, 0o600);
        let folder = format!("clones/{name}");
        person.git(["init", "--quiet", &folder]).succeeds();
        let add = [
            "remote",
            "add",
            "origin",
            &person.url_with(&token, &full_name),
        ];
        person.git(add).at(&folder).succeeds();
    }
    let words = ["migrate", "--recursive", "--workspace", "acme", "clones"];
    let outcome = person.run("git-bbt", words).succeeds();
    assert!(outcome.stdout.contains("2 remotes converted"), "{outcome}");
}

#[test]
fn status_lists_the_rule_last() {
    let person = Person::with_any_git();
    person.configure(
        "[workspace.\"*\"]\ntoken = { file = \"/run/tokens/{workspace}\" }\n[workspace.acme]\ntoken = { env = \"ACME\" }\n",
    );
    let status = |words: &[&str]| {
        person
            .run("git-bbt", words.iter().copied())
            .succeeds()
            .stdout
    };
    expect![[r#"
        acme
          token    environment variable ACME ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
          before   file /run/tokens/{workspace} ([workspace."*"] in ~/.config/git-remote-bbt/config.toml)
        *
          token    file /run/tokens/{workspace} ([workspace."*"] in ~/.config/git-remote-bbt/config.toml)
        initech/tps
          token    file /run/tokens/{workspace} ([workspace."*"] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&(status(&["status"]) + &status(&["status", "initech/tps"])));
}

/// The names may come from a submodule that a stranger added.
#[test]
fn only_slugs_are_filled_in() {
    let person = Person::with_any_git();
    person.write(
        "source",
        "#!/bin/sh\ntouch \"$HOME/asked\"\necho synthetic\n",
        0o755,
    );
    person.configure(
        "[workspace.\"*\"]\ntoken = { command = [\"~/source\", \"kv/{workspace}/{repository}\"] }\n",
    );
    for name in [
        "../widgets",
        "./widgets",
        "-x/widgets",
        "acme/..",
        "acme/-x",
        "acme/a%2fb",
        "ac me/widgets",
        "acme/wid\ngets",
        "{repository}/widgets",
        "acme/$(id)",
    ] {
        person
            .git(["ls-remote", &format!("bbt::{name}")])
            .fails(128)
            .says("is not the address of a Bitbucket repository");
        person.run("git-bbt", ["token", "--", name]).ends();
        assert!(!person.path("asked").exists(), "{name:?}");
    }
    person.run("git-bbt", ["token", "acme/widgets"]).succeeds();
    assert!(person.path("asked").exists());
}
