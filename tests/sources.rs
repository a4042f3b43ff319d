//! Where a token is found, and what is reported if it is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;

use crate::stand_in::{Kind, synthetic_token};
use crate::support::inputs::{
    self, REFUSED, REFUSED_BY_SOURCES, SURROUNDED_BY_BLANKS, TAKEN_BY_LOGIN, UNUSUAL,
};
use crate::support::{Outcome, Person, with_each_git};

/// Runs git-credential-bbt for acme/widgets with this token in config.toml.
fn credential(person: &Person, token: &str) -> Outcome {
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

/// Writes an executable shell script.
fn script(person: &Person, body: &str) -> String {
    person.write("script", &format!("#!/bin/sh\n{body}\n"), 0o755);
    "{ command = [\"~/script\", \"an argument\"] }".to_owned()
}

const ANSWER: &str = "username=x-token-auth\npassword=<token>\n";

#[test]
fn every_source_works() {
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
        let outcome = credential(&person, source);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            (ANSWER, Some(0)),
            "{source}: {outcome}"
        );
    }
    assert!(
        credential(&person, &printed)
            .stderr
            .contains("saying something"),
        "its stderr is passed through"
    );
}

/// Returns the outcomes with this text in each source: a file, a command, our own variable, a variable
/// of another name, and config.toml itself.
fn answers(person: &Person, text: &[u8]) -> Vec<(&'static str, Outcome)> {
    fs::write(person.path("token"), text).expect("HOME is writable");
    let mut answers = vec![
        ("file", credential(person, "{ file = \"~/token\" }")),
        (
            "command",
            credential(person, "{ command = [\"cat\", \"../../token\"] }"),
        ),
    ];
    // Neither a variable nor TOML can hold a NUL.
    if let Some(text) = std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.contains('\0'))
    {
        let value = toml_edit::Value::from(text);
        answers.push((
            "value",
            credential(person, &format!("{{ value = {value} }}")),
        ));
        let request = format!(
            "protocol=https\nhost={}\npath=acme/widgets.git\n\n",
            person.host()
        );
        let run = |name| {
            let run = person
                .run("git-credential-bbt", ["get"])
                .input(request.clone());
            run.env(name, text).ends()
        };
        person.configure("");
        answers.push(("BBT_TOKEN_ACME", run("BBT_TOKEN_ACME")));
        person.configure("[workspace.acme]\ntoken = { env = \"ACME\" }\n");
        answers.push(("env", run("ACME")));
    }
    answers
}

#[test]
fn surrounding_characters_are_removed_in_every_source() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let texts = SURROUNDED_BY_BLANKS
        .iter()
        .map(|text| text.replace("{T}", &token));
    let texts = texts.map(String::into_bytes).chain(inputs::utf_16(&token));
    for text in texts {
        for (source, outcome) in answers(&person, &text) {
            let shown = person.redacted(&text);
            assert_eq!(outcome.stdout, ANSWER, "{source}, {shown}: {outcome}");
        }
    }
}

#[test]
fn unusual_tokens_are_accepted_in_every_source() {
    let person = Person::with_any_git();
    for text in UNUSUAL {
        for (source, outcome) in answers(&person, text.as_bytes()) {
            let answer = format!("username=x-token-auth\npassword={text}\n");
            assert_eq!(outcome.stdout, answer, "{source}, {text}: {outcome}");
        }
    }
}

#[test]
fn half_of_a_character_in_utf_16_is_refused_in_every_source() {
    let person = Person::with_any_git();
    let texts: [&[u8]; 4] = [b"\xff\xfe", b"\xff\xfe\0", b"\xff\xfe\0\xd8", b"a\0b"];
    for text in texts {
        for (source, outcome) in answers(&person, text) {
            assert_eq!(outcome.stdout, "quit=1\n", "{source}, {text:?}: {outcome}");
            outcome.says("error: no token for acme/widgets");
        }
    }
}

#[test]
fn texts_that_cannot_be_tokens_are_refused_in_every_source() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let api_token = person.remember(synthetic_token(Kind::Api));
    let refused = REFUSED.iter().chain(REFUSED_BY_SOURCES).copied();
    let surrounded = TAKEN_BY_LOGIN.iter().map(|(text, form)| {
        let is_other = *form == "the JSON" || text.contains("%3A");
        let words = if is_other { "" } else { "has more in it than" };
        (*text, words)
    });
    for (text, words) in refused.chain(surrounded) {
        let filled = inputs::filled(text, &token, &api_token, person.host());
        for (source, outcome) in answers(&person, filled.as_bytes()) {
            assert_eq!(outcome.stdout, "quit=1\n", "{source}, {text}: {outcome}");
            outcome.says(words);
            let words: Vec<&str> = text
                .split([' ', '\n'])
                .filter(|word| word.len() > 12)
                .collect();
            assert!(
                !outcome.stderr.contains("<token>")
                    && !words.iter().any(|word| outcome.stderr.contains(word)),
                "{source}, {text}: {outcome}"
            );
        }
    }
    assert!(person.requests().is_empty());
}

/// After its start, git would add lines of its own to what the credential helper reports.
#[test]
fn a_variable_that_cannot_be_a_token_is_reported_before_git_starts() {
    let person = Person::with_any_git();
    let run = person.git(["ls-remote", "bbt::acme/widgets"]);
    let run = run.env("BBT_TOKEN_ACME", "$BITBUCKET_TOKEN");
    expect![[r#"
        error: no token for acme/widgets: BBT_TOKEN_ACME is a variable or a template that was not expanded, not a Bitbucket token
        hint: nothing expands it here: name the variable with token = { env = "NAME" }
    "#]]
    .assert_eq(&run.fails(128).said());
    assert!(person.requests().is_empty());
}

#[test]
fn an_invalid_token_is_reported_without_showing_it() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let mut said = String::new();
    for (name, content) in [
        ("empty", String::new()),
        ("blank", " \n".to_owned()),
        ("two lines", format!("{token}\n{token}\n")),
        ("a carriage return", format!("{token}\r{token}")),
        ("a NUL", format!("{token}\0")),
        ("long", "x".repeat(70_000)),
        ("an app password", "ATBBabcdefghij".to_owned()),
        (
            "a clone command",
            format!("git clone {}", person.url_with(&token, "acme/widgets")),
        ),
        ("an unexpanded variable", "$TOKEN".to_owned()),
        ("a reference", "op://ci/acme/token".to_owned()),
        ("a path", "/run/secrets/acme".to_owned()),
        ("JSON", format!("{{\n  \"token\": \"{token}\"\n}}\n")),
    ] {
        person.write("token", &content, 0o600);
        let outcome = credential(&person, "{ file = \"~/token\" }");
        assert_eq!(outcome.stdout, "quit=1\n", "{name}");
        assert!(
            !outcome.stderr.contains("<token>") && !outcome.stderr.contains("ATBB"),
            "{name}: {outcome}"
        );
        let source = "hint: its source is file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)\n";
        assert!(outcome.stderr.contains(source), "{outcome}");
        said += &outcome.stderr.replace(source, "");
    }
    expect![[r#"
        error: no token for acme/widgets: ~/token is empty
        error: no token for acme/widgets: the value is blank
        error: no token for acme/widgets: the value is more than one line
        error: no token for acme/widgets: the value is more than one line
        error: no token for acme/widgets: the value has a control character at position 193, which no token has
        error: no token for acme/widgets: the value is more than 64 KiB, which is no token
        error: no token for acme/widgets: the value is an app password, and Bitbucket ended those on 28 July 2026
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens and put it there
        error: no token for acme/widgets: the value has more in it than a token
        hint: only the token belongs there; 'git bbt login' extracts it from a pasted text
        error: no token for acme/widgets: the value is a variable or a template that was not expanded, not a Bitbucket token
        hint: nothing expands it here: name the variable with token = { env = "NAME" }
        error: no token for acme/widgets: the value is a reference to a secret store, not a Bitbucket token
        hint: it is not resolved here: run its program with token = { command = ["op", "read", "op://..."] }
        error: no token for acme/widgets: the value is a path, not a Bitbucket token
        hint: to read a file, use token = { file = "path" }
        error: no token for acme/widgets: the value is JSON, not a Bitbucket token
        hint: extract the token, for example with jq -r
    "#]]
    .assert_eq(&said);
}

/// `pass` stores the token in the first line, and `login: ...` below it.
#[test]
fn first_line_uses_the_first_line_of_a_commands_output() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    for text in [
        format!("{token}\nlogin: x-token-auth\n"),
        format!("{token}\r\n\r\nurl: https://bitbucket.org\r\n"),
        format!("{token}\n"),
        token.clone(),
    ] {
        fs::write(person.path("token"), text).expect("HOME is writable");
        let command = "command = [\"cat\", \"../../token\"]";
        let outcome = credential(&person, &format!("{{ {command}, first_line = true }}"));
        assert_eq!(outcome.stdout, ANSWER, "{outcome}");
    }
    fs::write(person.path("token"), format!("{token}\nlogin: me\n")).expect("HOME is writable");
    let outcome = credential(
        &person,
        "{ command = [\"cat\", \"../../token\"], first_line = false }",
    );
    expect![[r#"
        error: no token for acme/widgets: the value is more than one line
        hint: its source is command cat ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        hint: first_line = true beside command takes the first line, as for pass
    "#]]
    .assert_eq(&outcome.stderr);
    fs::write(person.path("token"), format!("\nlogin: {token}\n")).expect("HOME is writable");
    let outcome = credential(
        &person,
        "{ command = [\"cat\", \"../../token\"], first_line = true }",
    );
    outcome.says("the command cat printed nothing");
    let outcome = credential(&person, "{ file = \"~/token\", first_line = true }");
    outcome.says("first_line goes with command only");
}

/// systemd puts the credentials of a service into a folder that is only known from the variable.
#[test]
fn a_variable_at_the_start_of_a_files_path_is_expanded() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.write("credentials/acme", &token, 0o400);
    let ask = |file: &str, folder: Option<&str>| {
        person.configure(&format!(
            "[workspace.acme]\ntoken = {{ file = \"{file}\" }}\n"
        ));
        let request = format!(
            "protocol=https\nhost={}\npath=acme/widgets\n\n",
            person.host()
        );
        let run = person.run("git-credential-bbt", ["get"]).input(request);
        match folder {
            Some(folder) => run.env("CREDENTIALS_DIRECTORY", folder).ends(),
            None => run.ends(),
        }
    };
    let folder = person.path("credentials").display().to_string();
    for file in [
        "$CREDENTIALS_DIRECTORY/acme",
        "${CREDENTIALS_DIRECTORY}/acme",
        "$HOME/credentials/acme",
    ] {
        let outcome = ask(file, Some(&folder));
        assert_eq!(outcome.stdout, ANSWER, "{file}: {outcome}");
    }
    let mut said = String::new();
    for folder in [None, Some(""), Some("credentials")] {
        said += &ask("$CREDENTIALS_DIRECTORY/acme", folder).stderr;
    }
    expect![[r#"
        error: no token for acme/widgets: CREDENTIALS_DIRECTORY is not set to an absolute path
        hint: $CREDENTIALS_DIRECTORY/acme starts with that variable
        hint: its source is file $CREDENTIALS_DIRECTORY/acme ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: CREDENTIALS_DIRECTORY is not set to an absolute path
        hint: $CREDENTIALS_DIRECTORY/acme starts with that variable
        hint: its source is file $CREDENTIALS_DIRECTORY/acme ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: CREDENTIALS_DIRECTORY is not set to an absolute path
        hint: $CREDENTIALS_DIRECTORY/acme starts with that variable
        hint: its source is file $CREDENTIALS_DIRECTORY/acme ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]]
    .assert_eq(&said);
    // A workspace with another source is not affected.
    person.configure("[workspace.other]\ntoken = { file = \"$CREDENTIALS_DIRECTORY/x\" }\n");
    let request = format!(
        "protocol=https\nhost={}\npath=acme/widgets\n\n",
        person.host()
    );
    let run = person.run("git-credential-bbt", ["get"]).input(request);
    assert_eq!(run.env("BBT_TOKEN_ACME", &token).succeeds().stdout, ANSWER);
}

#[test]
fn a_similar_variable_is_suggested() {
    let person = Person::with_any_git();
    for (name, is_named) in [
        ("BBT_TOKEN_acme", true),
        ("bbt_token_acme", true),
        ("BBT_TOKEN_ACME_WIDGETS", true),
        ("BBT_TOKEN__ACME", true),
        ("BBTTOKEN", true),
        ("BBT_TOKENS", true),
        ("BBT_TOKENS_ACME", true),
        ("BB_TOKEN", true),
        ("BB_TOKEN_ACME", true),
        ("BKT_TOKEN", true),
        ("BITBUCKET_TOKEN", true),
        ("BITBUCKET_TOKEN_ACME", true),
        ("BITBUCKET_ACCESS_TOKEN", true),
        ("BITBUCKET_API_TOKEN", true),
        ("BITBUCKET_REPO_TOKEN", true),
        ("BBT_TOKEN_OTHER", false),
        ("BBT_TOKEN_ACME_GADGETS", false),
        ("BITBUCKET_TOKEN_OTHER", false),
        ("GITHUB_TOKEN", false),
        ("BITBUCKET_USERNAME", false),
    ] {
        let run = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        let said = run.env(name, "hunter2").fails(128).stderr;
        let hint =
            format!("hint: {name} is set; to use it here: export BBT_TOKEN_ACME=\"${name}\"\n");
        assert_eq!(said.ends_with(&hint), is_named, "{name}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_unreadable_file_is_reported_before_git_starts() {
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
fn a_blank_variable_is_an_error() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let said = ["", " \n"].map(|blank| {
            let run = person.git(["ls-remote", "bbt::acme/widgets"]);
            run.env("BBT_TOKEN_ACME__WIDGETS", blank).fails(128).said()
        });
        assert_eq!(said[0], said[1]);
        expect![[r#"
            error: no token for acme/widgets: the environment variable BBT_TOKEN_ACME__WIDGETS is set, but blank
            hint: export BBT_TOKEN_ACME__WIDGETS=<token>, or unset it (in CI: is the secret passed to this job?)
        "#]].assert_eq(&said[0]);
        assert!(person.requests().is_empty());
    });
}

#[test]
fn without_a_source_the_hints_name_the_variable_and_the_command() {
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
fn a_failing_command_is_reported_without_its_arguments() {
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
        let outcome = credential(&person, &command);
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
        error: no token for acme/widgets: the value is more than one line
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        hint: first_line = true beside command takes the first line, as for pass
        error: no token for acme/widgets: the command ~/script printed more than 64 KiB, which is no token
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: the command ~/script printed more than 64 KiB, which is no token
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: cannot run 'no-such-program': not found or not executable
        hint: its source is command no-such-program ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: no token for acme/widgets: cannot run '~/.config/git-remote-bbt/script-that-is-not-there': not found or not executable
        hint: its source is command ~/.config/git-remote-bbt/script-that-is-not-there ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&said);
}

#[test]
fn a_command_runs_without_a_shell_stdin_or_gits_variables() {
    with_each_git(|person| {
        let token = person.workspace_token("acme");
        person.bitbucket.repository("acme/widgets");
        let body =
            format!("env | cut -d= -f1 > ~/saw; pwd > ~/where; cat > ~/stdin; echo '{token}'");
        let command = script(person, &body);
        person.configure(&format!("[workspace.acme]\ntoken = {command}\n"));
        person.git_in("", "-c user.name=x clone --quiet bbt::acme/widgets");
        person.git_in("widgets", "-c user.name=x fetch --quiet");

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
        // Not in the repository, which may be untrusted.
        assert!(
            saw("where").trim_end().ends_with("/.config/git-remote-bbt"),
            "{}",
            saw("where")
        );
    });
}

#[test]
fn our_list_of_gits_local_variables_is_complete() {
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
fn a_build_without_the_keyring_reports_it() {
    let person = Person::with_any_git();
    let outcome = credential(&person, "{ keyring = true }");
    assert_eq!(outcome.stdout, "quit=1\n");
    outcome.says("error: no token for acme/widgets: this build reads no keyring");
}

/// Docker and Kubernetes mount secrets that all users can read.
#[test]
fn a_token_file_may_be_readable_by_others() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let path = person.write("token", &token, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("HOME is writable");
    assert_eq!(credential(&person, "{ file = \"~/token\" }").stdout, ANSWER);
}
