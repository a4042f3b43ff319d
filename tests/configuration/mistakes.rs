//! Mistakes in config.toml are reported with the line and a suggestion, and never with a token.

use expect_test::{Expect, expect};

use crate::stand_in::{Kind, synthetic_token};
use crate::support::Person;

/// Returns what the helper prints about a config.toml.
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
fn a_mistake_is_reported_with_its_line_and_a_suggestion() {
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
            "[workspace.acme]\nemail = \"\"\n",
            "[workspace.acme]\nemail = \"The Bot <bot@example.com>\"\n",
            "workspace = 1\n",
            "lfs = \"false\"\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:3: unknown key "tokn" in [workspace.acme]
            hint: did you mean "token"?

            error: ~/.config/git-remote-bbt/config.toml:1: unknown key "workspaces" in the file
            hint: did you mean "workspace"?

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key in a token
            hint: known here: env, file, command, keyring, value, timeout, first_line
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key "enf" in a token
            hint: did you mean "env"?
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:1: unknown key "repositories" in [workspace.acme]
            hint: did you mean "repository"?

            error: ~/.config/git-remote-bbt/config.toml:2: "file" is a second source of one token
            hint: keep one of them

            error: ~/.config/git-remote-bbt/config.toml:2: token has no source
            hint: it is one of { env = "NAME" }, { file = "path" }, { command = ["program", "argument"] }, { keyring = true }, { value = "..." }

            error: ~/.config/git-remote-bbt/config.toml:2: timeout goes with command only

            error: ~/.config/git-remote-bbt/config.toml:2: timeout goes with command only

            error: ~/.config/git-remote-bbt/config.toml:1: [workspace.acme] has kind, account or expires, but no token
            hint: add token = { env = "NAME" }, or another source

            error: ~/.config/git-remote-bbt/config.toml:1: [workspace.acme.repository.widgets] has no token
            hint: add token = { env = "NAME" }, or another source

            error: ~/.config/git-remote-bbt/config.toml:2: email has to be a string, not this integer

            error: ~/.config/git-remote-bbt/config.toml:2: email is not an address that git can record in commits
            hint: write it as Bitbucket shows it with the token: email = "<id>@bots.bitbucket.org"; or remove the line

            error: ~/.config/git-remote-bbt/config.toml:2: email is not an address that git can record in commits
            hint: write it as Bitbucket shows it with the token: email = "<id>@bots.bitbucket.org"; or remove the line

            error: ~/.config/git-remote-bbt/config.toml:1: workspace has to be a table, not this integer

            error: ~/.config/git-remote-bbt/config.toml:1: lfs has to be true or false, not this string
        "#]],
    );
}

#[test]
fn a_wrong_type_or_name_is_reported_without_the_value() {
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

            error: ~/.config/git-remote-bbt/config.toml:1: this is not a workspace ID
            hint: it is the first part of the repository's address: [workspace.acme] for acme/widgets

            error: ~/.config/git-remote-bbt/config.toml:1: this is neither a repository slug nor a pattern
            hint: it is the last part of the repository's address, without .git; "*" stands for any characters

            error: ~/.config/git-remote-bbt/config.toml:2: git_url has to start with https://

            error: ~/.config/git-remote-bbt/config.toml:2: api_url names a user; the token is looked up automatically

            error: ~/.config/git-remote-bbt/config.toml:2: git_url is not a plain https URL (https://<host>[:<port>][/<path>])

            error: ~/.config/git-remote-bbt/config.toml:2: unknown key in [bitbucket]
            hint: known here: git_url, api_url
        "#]],
    );
}

#[test]
fn names_that_differ_only_in_case_are_an_error() {
    refused(
        &[
            "[workspace.acme]\ntoken = { env = \"A\" }\n[workspace.Acme]\ntoken = { env = \"B\" }\n",
            "[workspace.acme-inc]\ntoken = { env = \"A\" }\n[workspace.acme_inc]\ntoken = { env = \"B\" }\n",
            "[workspace.acme.repository.a]\ntoken = { env = \"A\" }\n[workspace.acme.repository.A]\ntoken = { env = \"B\" }\n",
            "[workspace.acme]\n[workspace.acme]\n",
            "[workspace.acme\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:3: workspace "Acme" already exists, as "acme"
            hint: make one table of the two

            error: ~/.config/git-remote-bbt/config.toml:3: workspaces "acme-inc" and "acme_inc" share the environment variable BBT_TOKEN_ACME_INC
            hint: keep one of them here, and the other in a file of its own that BBT_CONFIG names

            error: ~/.config/git-remote-bbt/config.toml:3: repository "A" already exists, as "a"
            hint: make one table of the two

            error: ~/.config/git-remote-bbt/config.toml:2: duplicate key

            error: ~/.config/git-remote-bbt/config.toml:1: unclosed table, expected `]`
        "#]],
    );
}

/// Mistakes that put a token in the wrong place must not be quoted.
#[test]
fn no_message_quotes_a_token() {
    let person = Person::with_any_git();
    // An unquoted token is valid TOML if its checksum reads as a number.
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

/// What Windows, word processors and chat programs make of a file.
#[test]
fn backslashes_and_curly_quotes_are_explained() {
    refused(
        &[
            "[workspace.acme]\ntoken = { file = \"C:\\Users\\jane\\token\" }\n",
            "[workspace.acme]\ntoken = { file = \"C:\\temp\\new\" }\n",
            "[workspace.acme]\ntoken = { env = \u{201c}ACME\u{201d} }\n",
            "[workspace.acme]\nemail = \u{2018}me@example.com\u{2019}\n",
            "[workspace.acme]\ntoken = { env = \"ACME }\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:2: too few unicode value digits, expected unicode hexadecimal value
            hint: in double quotes a backslash starts an escape; write a Windows path in single quotes: 'C:\Users\me\token'

            error: ~/.config/git-remote-bbt/config.toml:2: file has a control character in it
            hint: in double quotes a backslash starts an escape; write a Windows path in single quotes: 'C:\Users\me\token'

            error: ~/.config/git-remote-bbt/config.toml:2: string values must be quoted, expected literal string
            hint: this line has curly quotes, as word processors and chats write them; TOML takes straight ones only

            error: ~/.config/git-remote-bbt/config.toml:2: string values must be quoted, expected literal string
            hint: this line has curly quotes, as word processors and chats write them; TOML takes straight ones only

            error: ~/.config/git-remote-bbt/config.toml:2: unclosed inline table, expected `}`
        "#]],
    );
}

#[test]
fn utf_16_is_recognized() {
    let person = Person::with_any_git();
    let text = "[workspace.acme]\ntoken = { env = \"ACME\" }\n";
    let path = person.write_config(text);
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("HOME is writable");
        let run = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        run.fails(128).stderr
    };
    let utf16 = said(&little);
    expect![[r#"
        error: ~/.config/git-remote-bbt/config.toml is UTF-16, not UTF-8
        hint: save it as UTF-8 in your editor, or in PowerShell with: Set-Content -Encoding utf8
    "#]]
    .assert_eq(&utf16);
    for bytes in [
        big.clone(),
        [&[0xff, 0xfe][..], &little].concat(),
        [&[0xfe, 0xff][..], &big].concat(),
    ] {
        assert_eq!(said(&bytes), utf16);
    }
    assert!(said(b"[workspace.acme]\nemail = \"\xe9\"\n").contains("is not UTF-8"));
    // The command in the hint writes UTF-8 with a byte-order mark in PowerShell 5.
    let marked = said(&[b"\xef\xbb\xbf", text.as_bytes()].concat());
    assert!(
        marked.contains("the environment variable ACME is not set"),
        "{marked}"
    );
}

#[test]
fn the_rule_for_every_workspace_takes_a_command_or_a_file() {
    refused(
        &[
            "[workspace.\"*\"]\ntoken = { env = \"A\" }\n",
            "[workspace.\"*\"]\ntoken = { keyring = true }\n",
            "[workspace.\"*\"]\ntoken = { value = \"x\" }\n",
            "[workspace.\"*\"]\n",
            "[workspace.\"*\"]\ntoken = { file = \"x\" }\nemail = \"bot@example.com\"\n",
            "[workspace.\"acme-*\"]\ntoken = { file = \"x\" }\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:1: the token of [workspace."*"] has to be a command or a file
            hint: it is used for every workspace that has no other: token = { file = "/run/tokens/{workspace}" }

            error: ~/.config/git-remote-bbt/config.toml:1: the token of [workspace."*"] has to be a command or a file
            hint: it is used for every workspace that has no other: token = { file = "/run/tokens/{workspace}" }

            error: ~/.config/git-remote-bbt/config.toml:1: the token of [workspace."*"] has to be a command or a file
            hint: it is used for every workspace that has no other: token = { file = "/run/tokens/{workspace}" }

            error: ~/.config/git-remote-bbt/config.toml:1: the token of [workspace."*"] has to be a command or a file
            hint: it is used for every workspace that has no other: token = { file = "/run/tokens/{workspace}" }

            error: ~/.config/git-remote-bbt/config.toml:3: unknown key in [workspace."*"]
            hint: known here: token, kind, account, expires

            error: ~/.config/git-remote-bbt/config.toml:1: this is not a workspace ID
            hint: it is the first part of the repository's address: [workspace.acme] for acme/widgets
        "#]],
    );
}

#[test]
fn a_mistyped_placeholder_is_reported_with_a_suggestion() {
    refused(
        &[
            "[workspace.acme]\ntoken = { file = \"~/tokens/{repo}\" }\n",
            "[workspace.acme]\ntoken = { command = [\"vault\", \"{Workspace}\"] }\n",
            "[workspace.acme]\ntoken = { command = [\"vault\", \"${repo} {worksapce}\"] }\n",
            "[workspace.acme]\ntoken = { command = [\"{workspace}\"] }\n",
        ],
        expect![[r#"
            error: ~/.config/git-remote-bbt/config.toml:2: unknown placeholder {repo}
            hint: did you mean {repository}?

            error: ~/.config/git-remote-bbt/config.toml:2: unknown placeholder {Workspace}
            hint: did you mean {workspace}?

            error: ~/.config/git-remote-bbt/config.toml:2: unknown placeholder {worksapce}
            hint: did you mean {workspace}?

            error: ~/.config/git-remote-bbt/config.toml:2: the program's own name has a placeholder in it
            hint: arguments may have some, and a program finds the names in BBT_WORKSPACE and BBT_REPOSITORY
        "#]],
    );
}
