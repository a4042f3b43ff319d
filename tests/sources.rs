//! Where a token is found, and what is said where it is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;

use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Outcome, Person, with_each_git};

/// What git-credential-bbt answers for acme/widgets with this token table.
fn asked(person: &Person, token: &str) -> Outcome {
    person.configure(&format!("[workspace.acme]\ntoken = {token}\n"));
    let request = format!(
        "protocol=https\nhost={}\npath=acme/widgets.git\n\n",
        person.host()
    );
    person
        .run("git-credential-bbt", ["get"])
        .input(request)
        .ends()
}

/// A script of theirs.
fn script(person: &Person, body: &str) -> String {
    person.write("script", &format!("#!/bin/sh\n{body}\n"), 0o755);
    "{ command = [\"~/script\", \"an argument\"] }".to_owned()
}

const ANSWER: &str = "username=x-token-auth\npassword=<token>\n";

#[test]
fn each_source_gives_the_token() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.export("ACME", &token);
    person.write("token", &token, 0o444);
    person.write("token-with-line-end", &format!("{token}\r\n"), 0o600);
    person.write(
        ".config/git-remote-bbt/beside",
        &format!("{token}\n"),
        0o600,
    );
    let printed = script(
        &person,
        &format!("echo \"saying something\" >&2; echo '{token}'"),
    );
    for source in [
        "{ env = \"ACME\" }",
        "{ file = \"~/token\" }",
        "{ file = \"~/token-with-line-end\" }",
        "{ file = \"beside\" }",
        &printed,
        "{ command = [\"cat\", \"beside\"] }",
        &format!("{{ value = \"{token}\" }}"),
    ] {
        let outcome = asked(&person, source);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            (ANSWER, Some(0)),
            "{source}: {outcome}"
        );
    }
    assert!(
        asked(&person, &printed).stderr.contains("saying something"),
        "its stderr is passed through"
    );
}

#[test]
fn what_is_no_token_is_told_without_showing_it() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let long = "x".repeat(70_000);
    let mut said = String::new();
    for (name, content) in [
        ("empty", String::new()),
        ("blank", " \n".to_owned()),
        ("two lines", format!("{token}\n{token}\n")),
        ("a space", format!(" {token}\n")),
        ("a carriage return", format!("{token}\r{token}")),
        ("a byte order mark", format!("\u{feff}{token}\n")),
        ("a NUL", format!("{token}\0")),
        ("long", long.clone()),
        ("an app password", "ATBBabcdefghij".to_owned()),
    ] {
        person.write("token", &content, 0o600);
        let outcome = asked(&person, "{ file = \"~/token\" }");
        assert_eq!(outcome.stdout, "quit=1\n", "{name}");
        assert!(
            !outcome.stderr.contains("<token>") && !outcome.stderr.contains("ATBB"),
            "{name}: {outcome}"
        );
        said += &outcome.stderr;
    }
    expect![[r#"
        error: no token for acme/widgets: ~/token is empty
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave is blank
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave is more than one line
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave has a character at position 1 that no token has (a space, a quote of a word processor, a control character?)
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave has a character at position 193 that no token has (a space, a quote of a word processor, a control character?)
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave has a character at position 1 that no token has (a space, a quote of a word processor, a control character?)
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave has a character at position 193 that no token has (a space, a quote of a word processor, a control character?)
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave is more than 64 KiB, which is no token
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave is an app password, and Bitbucket ended those on 28 July 2026
        hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens and put it there
    "#]].assert_eq(&said);
}

#[test]
fn a_file_that_cannot_be_read_is_told_before_git_starts() {
    let person = Person::with_any_git();
    fs::create_dir(person.path("folder")).expect("HOME is writable");
    let pipe = person.path("pipe").display().to_string();
    person.run("mkfifo", [pipe.as_str()]).succeeds();
    person.write("empty", "", 0o600);
    let mut said = String::new();
    for file in ["~/nowhere", "~/folder", "~/pipe", "~/empty"] {
        person.configure(&format!(
            "[workspace.acme]\ntoken = {{ file = \"{file}\" }}\n"
        ));
        said += &person
            .git(["ls-remote", "bbt::acme/widgets"])
            .fails(128)
            .said();
    }
    expect![[r#"
        error: no token for acme/widgets: cannot read ~/nowhere: No such file or directory (os error 2)
        hint: its source is file ~/nowhere ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: ~/folder is not a regular file
        hint: its source is file ~/folder ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: ~/pipe is not a regular file
        hint: its source is file ~/pipe ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: ~/empty is empty
        hint: its source is file ~/empty ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&said);
    assert!(person.requests().is_empty());
}

#[test]
fn a_blank_variable_is_an_error_and_no_fall_through() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let said = ["", " \n"].map(|blank| {
            let run = person.git(["ls-remote", "bbt::acme/widgets"]);
            run.env("BBT_TOKEN_ACME__WIDGETS", blank).fails(128).said()
        });
        assert_eq!(said[0], said[1]);
        expect![[r#"
            error: no token for acme/widgets: the environment variable BBT_TOKEN_ACME__WIDGETS is set, but blank
            hint: export BBT_TOKEN_ACME__WIDGETS=<token>, or unset it (in CI: is the secret handed to this job?)
        "#]].assert_eq(&said[0]);
        assert!(person.requests().is_empty());
    });
}

#[test]
fn no_source_at_all_names_the_variable_and_the_command() {
    let person = Person::with_any_git();
    let none = person
        .run("git-remote-bbt", ["origin", "acme-inc/widgets"])
        .fails(128);
    expect![[r#"
        error: no token is configured for acme-inc/widgets
        hint: store one: git bbt login acme-inc
        hint: or set it for this shell: export BBT_TOKEN_ACME_INC=<token>
    "#]]
    .assert_eq(&none.stderr);
    for name in ["BITBUCKET_TOKEN", "BITBUCKET_ACCESS_TOKEN"] {
        let run = person
            .run("git-remote-bbt", ["origin", "acme-inc/widgets"])
            .env(name, "hunter2");
        let said = run.fails(128).stderr;
        assert!(
            said.ends_with(&format!(
                "hint: {name} is set; to use it here: export BBT_TOKEN_ACME_INC=\"${name}\"\n"
            )),
            "{said}"
        );
    }
    let run = person.run("git-remote-bbt", ["origin", "acme__inc/widgets"]);
    expect![[r#"
        error: no token is configured for acme__inc/widgets
        hint: store one: git bbt login acme__inc
        hint: or name a source in config.toml: [workspace."acme__inc"] token = { env = "NAME" }
    "#]]
    .assert_eq(&run.fails(128).stderr);
}

#[test]
fn a_command_that_fails_is_told_without_its_arguments() {
    let person = Person::with_any_git();
    let mut said = String::new();
    for body in [
        "exit 3",
        "kill -9 $$",
        "true",
        "echo",
        "echo a; echo b",
        "head -c 100000 /dev/zero",
        "yes",
    ] {
        let command = script(&person, body);
        let outcome = asked(&person, &command);
        assert_eq!(outcome.stdout, "quit=1\n", "{body}");
        said += &outcome.stderr;
    }
    assert!(!said.contains("an argument"), "{said}");
    for source in [
        "{ command = [\"no-such-program\", \"hunter2\"] }",
        "{ command = [\"./script-that-is-not-there\"] }",
    ] {
        person.configure(&format!("[workspace.acme]\ntoken = {source}\n"));
        said += &person
            .git(["ls-remote", "bbt::acme/widgets"])
            .fails(128)
            .said();
    }
    expect![[r#"
        error: no token for acme/widgets: the command ~/script failed (exit status: 3)
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script failed (signal: 9 (SIGKILL))
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script printed nothing
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script printed nothing
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: what its source gave is more than one line
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script printed more than 64 KiB, which is no token
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script printed more than 64 KiB, which is no token
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command no-such-program is not there to run, or may not be
        hint: its source is command no-such-program ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/.config/git-remote-bbt/script-that-is-not-there is not there to run, or may not be
        hint: its source is command ~/.config/git-remote-bbt/script-that-is-not-there ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&said);
}

#[test]
fn a_command_runs_alone() {
    with_each_git(|person| {
        let token = person.workspace_token("acme");
        person.bitbucket.repository("acme/widgets");
        let body =
            format!("env | cut -d= -f1 > ~/saw; pwd > ~/where; cat > ~/stdin; echo '{token}'");
        let command = script(person, &body);
        person.configure(&format!("[workspace.acme]\ntoken = {command}\n"));
        person
            .git(["-c", "user.name=x", "clone", "--quiet", "bbt::acme/widgets"])
            .succeeds();
        person
            .git(["-c", "user.name=x", "fetch", "--quiet"])
            .at("widgets")
            .succeeds();

        let saw = |name| fs::read_to_string(person.path(name)).expect("the script wrote it");
        let ours = saw("saw");
        let local = person
            .git(["rev-parse", "--local-env-vars"])
            .succeeds()
            .stdout;
        for name in local.lines() {
            assert!(
                !ours.lines().any(|seen| seen == name),
                "{name} was handed to the command"
            );
        }
        assert!(
            ours.contains("HOME"),
            "the rest of the environment is there"
        );
        assert_eq!(saw("stdin"), "");
        // Not in the repository, which may be a stranger's.
        assert!(
            saw("where").trim_end().ends_with("/.config/git-remote-bbt"),
            "{}",
            saw("where")
        );
    });
}

#[test]
fn git_s_list_of_local_variables_is_ours() {
    with_each_git(|person| {
        let local = person
            .git(["rev-parse", "--local-env-vars"])
            .succeeds()
            .stdout;
        for name in local.lines() {
            assert!(bbt::git::LOCAL_VARIABLES.contains(&name), "{name} is new");
        }
    });
}

#[cfg(not(feature = "keyring"))]
#[test]
fn a_build_without_the_keyring_says_so() {
    let person = Person::with_any_git();
    let outcome = asked(&person, "{ keyring = true }");
    assert_eq!(outcome.stdout, "quit=1\n");
    outcome.says("error: no token for acme/widgets: this build reads no keyring");
}

/// Docker and Kubernetes mount them so that everybody can read them.
#[test]
fn the_mode_of_a_token_file_is_not_ours_to_judge() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let path = person.write("token", &token, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("it is theirs");
    assert_eq!(asked(&person, "{ file = \"~/token\" }").stdout, ANSWER);
}
