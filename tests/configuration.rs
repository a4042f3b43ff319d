//! config.toml: what it may say, whose it has to be, and which source wins.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use expect_test::{Expect, expect};

use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::{Person, SCOPES, with_each_git};

/// What the helper says to a config.toml.
fn said_to(person: &Person, config: &str) -> String {
    person.write_config(config);
    let outcome = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128);
    assert_eq!(outcome.stdout, "", "stdout belongs to git");
    outcome.stderr
}

fn refused(configs: &[&str], expected: Expect) {
    let person = Person::with_any_git();
    let said: Vec<String> = configs
        .iter()
        .map(|config| said_to(&person, config))
        .collect();
    expected.assert_eq(&said.join("\n"));
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_was_meant() {
    refused(
        &[
            "[workspace.acme]\n\ntokn = { env = \"A\" }\n",
            "[workspaces.acme]\ntoken = { env = \"A\" }\n",
            "[workspace.acme]\ntoken = { environment = \"A\" }\n",
            "[workspace.acme]\ntoken = { enf = \"A\" }\n",
            "[workspace.acme.repositories.widgets]\ntoken = { env = \"A\" }\n",
            "[workspace.acme]\ntoken = { env = \"A\", file = \"b\" }\n",
            "[workspace.acme]\ntoken = {}\n",
            "[workspace.acme]\ntoken = { timeout = 3 }\n",
            "[workspace.acme]\ntoken = { env = \"A\", timeout = 3 }\n",
            "[workspace.acme]\nkind = \"access\"\n",
            "[workspace.acme.repository.widgets]\n",
            "[workspace.acme]\nemail = 3\n",
            "workspace = 1\n",
            "lfs = \"false\"\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:3: unknown key "tokn" in [workspace.acme]
            hint: did you mean "token"?

            error: ~/.config/git-remote-bbt/config.toml:1: unknown key "workspaces" in the file
            hint: did you mean "workspace"?

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key in a token
            hint: known here: env, file, command, keyring, value, timeout
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key "enf" in a token
            hint: did you mean "env"?
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:1: unknown key "repositories" in [workspace.acme]
            hint: did you mean "repository"?

            error: ~/.config/git-remote-bbt/config.toml:2: "file" is a second source of one token
            hint: keep one of them

            error: ~/.config/git-remote-bbt/config.toml:2: token names no source
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:2: timeout goes with command only

            error: ~/.config/git-remote-bbt/config.toml:2: timeout goes with command only

            error: ~/.config/git-remote-bbt/config.toml:1: [workspace.acme] has kind, account or expires, but no token that they would be of
            hint: add token = { env = "NAME" }, or another source

            error: ~/.config/git-remote-bbt/config.toml:1: [workspace.acme.repository.widgets] has no token
            hint: add token = { env = "NAME" }, or another source

            error: ~/.config/git-remote-bbt/config.toml:2: email has to be a string, not this integer

            error: ~/.config/git-remote-bbt/config.toml:1: workspace has to be a table, not this integer

            error: ~/.config/git-remote-bbt/config.toml:1: lfs has to be true or false, not this string
        "#]],
    );
}

#[test]
fn a_wrong_type_or_name_is_told_without_the_value() {
    refused(
        &[
            "[workspace.acme]\ntoken = { keyring = false }\n",
            "[workspace.acme]\ntoken = { env = 1 }\n",
            "[workspace.acme]\ntoken = { file = \"\" }\n",
            "[workspace.acme]\ntoken = { file = \"~jane/token\" }\n",
            "[workspace.acme]\ntoken = { command = \"op read\" }\n",
            "[workspace.acme]\ntoken = { command = [] }\n",
            "[workspace.acme]\ntoken = { command = [\"op\", 1] }\n",
            "[workspace.acme]\ntoken = { command = [\"op\"], timeout = \"1m\" }\n",
            "[workspace.acme]\ntoken = { env = \"A\" }\nkind = \"workspace\"\n",
            "[workspace.acme]\ntoken = { env = \"A\" }\nexpires = \"2027-03-01\"\n",
            "[workspace.acme]\ntoken = { env = \"A\" }\nexpires = 10:00:00\n",
            "[workspace.\"acme/widgets\"]\ntoken = { env = \"A\" }\n",
            "[workspace.acme.repository.\"widgets!\"]\ntoken = { env = \"A\" }\n",
            "[bitbucket]\ngit_url = \"http://bitbucket.org\"\n",
            "[bitbucket]\napi_url = \"https://me@bitbucket.org\"\n",
            "[bitbucket]\ngit_url = \"https://bitbucket.org?x\"\n",
            "[bitbucket]\nurl = \"https://bitbucket.org\"\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:2: keyring has to be true

            error: ~/.config/git-remote-bbt/config.toml:2: env has to be a string, not this integer

            error: ~/.config/git-remote-bbt/config.toml:2: file is empty

            error: ~/.config/git-remote-bbt/config.toml:2: file starts with "~", which is expanded only before a slash

            error: ~/.config/git-remote-bbt/config.toml:2: command has to be an array of strings, as in ["op", "read", "op://ci/acme/token"], not this string

            error: ~/.config/git-remote-bbt/config.toml:2: command names no program

            error: ~/.config/git-remote-bbt/config.toml:2: command has to be an array of strings, as in ["op", "read", "op://ci/acme/token"], not this array

            error: ~/.config/git-remote-bbt/config.toml:2: timeout has to be a number of seconds, 1 to 3600, not this string

            error: ~/.config/git-remote-bbt/config.toml:3: kind has to be "access" or "api", not this string

            error: ~/.config/git-remote-bbt/config.toml:3: expires has to be a date without quotes, as in 2027-03-01, not this string

            error: ~/.config/git-remote-bbt/config.toml:3: expires has to be a date without quotes, as in 2027-03-01, not this datetime

            error: ~/.config/git-remote-bbt/config.toml:1: this is no workspace ID
            hint: it is the first part of the repository's address: [workspace.acme] for acme/widgets

            error: ~/.config/git-remote-bbt/config.toml:1: this is no repository slug, nor a pattern of one
            hint: it is the last part of the repository's address, without .git; "*" stands for any characters

            error: ~/.config/git-remote-bbt/config.toml:2: git_url has to start with https://

            error: ~/.config/git-remote-bbt/config.toml:2: api_url names a user; a token is looked up by itself

            error: ~/.config/git-remote-bbt/config.toml:2: git_url is no plain https URL (https://<host>[:<port>][/<path>])

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key in [bitbucket]
            hint: known here: git_url, api_url
        "#]],
    );
}

#[test]
fn two_spellings_of_one_name_are_one_too_many() {
    refused(
        &[
            "[workspace.acme]\ntoken = { env = \"A\" }\n[workspace.Acme]\ntoken = { env = \"B\" }\n",
            "[workspace.acme-inc]\ntoken = { env = \"A\" }\n[workspace.acme_inc]\ntoken = { env = \"B\" }\n",
            "[workspace.acme.repository.a]\ntoken = { env = \"A\" }\n[workspace.acme.repository.A]\ntoken = { env = \"B\" }\n",
            "[workspace.acme]\n[workspace.acme]\n",
            "[workspace.acme\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:3: workspace "Acme" is there already, as "acme"
            hint: make one table of the two

            error: ~/.config/git-remote-bbt/config.toml:3: workspaces "acme-inc" and "acme_inc" share the environment variable BBT_TOKEN_ACME_INC
            hint: keep one of them here, and the other in a file of its own that BBT_CONFIG names

            error: ~/.config/git-remote-bbt/config.toml:3: repository "A" is there already, as "a"
            hint: make one table of the two

            error: ~/.config/git-remote-bbt/config.toml:2: duplicate key

            error: ~/.config/git-remote-bbt/config.toml:1: unclosed table, expected `]`
        "#]],
    );
}

/// The mistakes that put a token where it does not belong are the ones not to be quoted.
#[test]
fn no_message_quotes_a_token() {
    let person = Person::with_any_git();
    // A bare one is valid TOML where its checksum reads as a number.
    let token = synthetic_token(Kind::Access);
    let token = format!("{}=12345678", token.split('=').next().unwrap_or_default());
    let tail = &token[20..60];
    for config in [
        format!("[workspace.acme]\ntoken = {{ {token} }}\n"),
        format!("[workspace.\"{token}\"]\ntoken = {{ env = \"A\" }}\n"),
        format!("[workspace.acme.repository.\"{token}\"]\ntoken = {{ env = \"A\" }}\n"),
        format!("[workspace.acme]\ntoken = \"{token}\"\n"),
        format!("[workspace.acme]\ntoken = {token}\n"),
        format!("[workspace.acme]\ntoken = \"{token}\n"),
        format!("[workspace.acme]\ntoken = {{ env = \"{token}\" }}\n"),
        format!("[workspace.acme]\ntoken = {{ keyring = \"{token}\" }}\n"),
        format!("[workspace.acme]\ntoken = {{ command = \"{token}\" }}\n"),
        format!("[workspace.acme]\ntoken = {{ value = [\"{token}\"] }}\n"),
        format!("[workspace.acme]\ntoken = {{ value = \"{token}\" \"x\" }}\n"),
        format!("[workspace.acme]\ntoken = {{ env = \"A\" }}\nkind = \"{token}\"\n"),
        format!("[workspace.acme]\ntoken = {{ env = \"A\" }}\nexpires = \"{token}\"\n"),
        format!("[workspace]\nacme = \"{token}\"\n"),
        format!("[bitbucket]\ngit_url = \"https://x-token-auth:{token}@bitbucket.org\"\n"),
        format!("{token}\n"),
    ] {
        let said = said_to(&person, &config);
        assert!(
            !said.contains(tail),
            "a message quotes the token of: {}",
            config.replace(&token, "TOKEN")
        );
    }
}

#[test]
fn a_loose_file_is_refused_with_what_mends_it() {
    let person = Person::with_any_git();
    let path = person.write_config("[workspace.acme]\ntoken = { value = \"x\" }\n");
    let mut said = String::new();
    for mode in [0o644, 0o640, 0o620, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is theirs");
        said += &person
            .run("git-remote-bbt", ["origin", "acme/widgets"])
            .fails(128)
            .stderr;
    }
    expect![[r#"
        error: ~/.config/git-remote-bbt/config.toml holds a token (value = ...) and can be read by others (mode 644)
        hint: chmod 600 ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml holds a token (value = ...) and can be read by others (mode 640)
        hint: chmod 600 ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml can be written by others (mode 620), who could name a command in it
        hint: chmod go-w ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml can be written by others (mode 602), who could name a command in it
        hint: chmod go-w ~/.config/git-remote-bbt/config.toml
    "#]].assert_eq(&said);

    // Others may read what holds no value.
    person.write_config("");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is theirs");
    person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128)
        .says("no token is configured");
}

#[test]
fn the_file_may_be_named_and_must_then_be_there() {
    let person = Person::with_any_git();
    let mut said = String::new();
    let folder = person.path("").display().to_string();
    let pipe = person.path("pipe").display().to_string();
    person.run("mkfifo", [pipe.as_str()]).succeeds();
    for named in [
        &pipe,
        "config.toml",
        "",
        &format!("{folder}/nowhere.toml"),
        &folder,
    ] {
        let run = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        said += &run.env("BBT_CONFIG", named).fails(128).stderr;
    }
    expect![[r#"
        error: ~/pipe is not a regular file
        error: BBT_CONFIG is "config.toml", and has to be an absolute path: git changes folders before it reads it
        hint: export BBT_CONFIG=/path/to/config.toml, or unset it
        error: BBT_CONFIG is "", and has to be an absolute path: git changes folders before it reads it
        hint: export BBT_CONFIG=/path/to/config.toml, or unset it
        error: cannot read ~//nowhere.toml: No such file or directory (os error 2)
        hint: BBT_CONFIG names this file; mend it, or unset it
        error: ~/ is not a regular file
    "#]].assert_eq(&said);

    let named = person.write(
        "elsewhere.toml",
        "[workspace.acme]\ntoken = { env = \"NAMED\" }\n",
        0o600,
    );
    let run = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("BBT_CONFIG", &named);
    run.fails(128).says("NAMED is not set");
    let run = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("BBT_CONFIG", "/dev/null");
    run.fails(128).says("no token is configured");
    // No configuration is no error, and no home neither.
    fs::remove_dir_all(person.path(".config")).expect("it is theirs");
    person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128)
        .says("no token is configured");
    let homeless = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("HOME", "/nonexistent");
    homeless.fails(128).says("no token is configured");
}

#[test]
fn a_file_of_another_user_is_refused() {
    let person = Person::with_any_git();
    let path = person.write_config("");
    // Only root can give a file away.
    if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
        return;
    }
    let said = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128);
    said.says("config.toml belongs to another user (uid 12345)")
        .says("hint: chown ");
}

#[test]
fn a_symbolic_link_and_relative_paths_work_from_any_folder() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        person.configure("[workspace.acme]\ntoken = { file = \"secrets/acme\" }\n");
        let config = person.path(".config/git-remote-bbt");
        fs::rename(config.join("config.toml"), person.path("dotfile.toml")).expect("it is theirs");
        symlink(person.path("dotfile.toml"), config.join("config.toml")).expect("it is theirs");
        person.write(config.join("secrets/acme"), &format!("{token}\n"), 0o644);
        person.clone("acme/widgets");
        fs::create_dir(person.path("widgets/deep")).expect("HOME is writable");
        person
            .git(["fetch", "--quiet"])
            .at("widgets/deep")
            .succeeds();
    });
}

/// The narrower scope wins, and in one scope the environment.
#[test]
fn every_source_wins_over_those_behind_it() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/infra-dns");
    let sources = [
        ("BBT_TOKEN_ACME__INFRA_DNS", ""),
        (
            "EXACT",
            "[workspace.acme.repository.infra-dns]\ntoken = { env = \"EXACT\" }\n",
        ),
        (
            "LONGER",
            "[workspace.acme.repository.\"infra-*\"]\ntoken = { env = \"LONGER\" }\n",
        ),
        (
            "SHORTER",
            "[workspace.acme.repository.\"infra*\"]\ntoken = { env = \"SHORTER\" }\n",
        ),
        ("BBT_TOKEN_ACME", ""),
        ("FILE", "[workspace.ACME]\ntoken = { env = \"FILE\" }\n"),
        ("BBT_TOKEN", ""),
    ];
    let tokens = sources.map(|_| person.token(Grant::workspace("acme").scopes(SCOPES)));
    for first in 0..sources.len() {
        // In the file the order of tables is of no account.
        let tables: Vec<&str> = sources[first..]
            .iter()
            .rev()
            .map(|(_, table)| *table)
            .collect();
        person.configure(
            &tables
                .concat()
                .replace("[workspace.acme.", "[workspace.ACME."),
        );
        let mut run = person.git(["ls-remote", "bbt::acme/infra-dns"]);
        for ((name, _), token) in sources.iter().zip(&tokens).skip(first) {
            run = run.env(name, token);
        }
        person.bitbucket.take_requests();
        run.succeeds();
        for request in person.bitbucket.requests() {
            if let Some(authorization) = request.authorization {
                assert!(
                    authorization.is_basic("x-token-auth", &tokens[first]),
                    "{} did not win",
                    sources[first].0
                );
            }
        }
    }
}

/// `a__b` is a workspace, and `BBT_TOKEN_A__B` is named for repository `b` of workspace `a`.
#[test]
fn a_variable_is_never_taken_for_another_workspace_s() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN_A__B", "x");
    person.export("BBT_TOKEN_ACME_INC", "x");
    person
        .run("git-remote-bbt", ["origin", "a__b/c"])
        .fails(128)
        .says("no token is configured for a__b/c");
    person.configure("[workspace.acme-inc]\nemail = \"bot@bots.bitbucket.org\"\n");
    let said = person
        .run("git-remote-bbt", ["origin", "acme_inc/c"])
        .fails(128);
    expect![[r#"
        error: no token is configured for acme_inc/c
        hint: BBT_TOKEN_ACME_INC is for workspace acme-inc, which is in config.toml; give acme_inc a file of its own, and name that in BBT_CONFIG
    "#]]
    .assert_eq(&said.stderr);
}

#[test]
fn the_end_of_a_token_is_warned_of() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        person.export("ACME", &token);
        let expires = |day: &str| {
            let config =
                format!("[workspace.acme]\ntoken = {{ env = \"ACME\" }}\nexpires = {day}\n");
            person.configure(&config);
            person.git(["ls-remote", "bbt::acme/widgets"]).succeeds()
        };
        expires("2020-02-29").says("warning: the token for acme/widgets ended on 2020-02-29");
        expires("2999-01-01").does_not_say("warning");
    });
}

/// What stands beside a source holds for it however it was found.
#[test]
fn a_variable_that_an_entry_names_is_of_the_entry_s_kind() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.token(Grant::workspace("acme").scopes(SCOPES).kind(Kind::Api));
        person.export("BBT_TOKEN_ACME", &token);
        person.configure(
            "[workspace.acme]\ntoken = { env = \"BBT_TOKEN_ACME\" }\nkind = \"access\"\n",
        );
        person.git(["ls-remote", "bbt::acme/widgets"]).fails(128);
        let requests = person.bitbucket.requests();
        let last = requests
            .last()
            .and_then(|request| request.authorization.as_ref());
        assert!(last.is_some_and(|sent| sent.is_basic("x-token-auth", &token)));
    });
}
