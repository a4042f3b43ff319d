//! Tokens that are typed or pasted: at the prompt, and as arguments.

use std::fs;

use expect_test::expect;

use super::{END, login};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Person, terminal};

#[test]
fn a_wrong_checksum_is_warned_of() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme", "--no-verify", "--store", "file"];
    for missing in [1, 8, 9, 30] {
        let cut = person.remember(token[..token.len() - missing].to_owned());
        login(&person, &cut, &arguments).says("warning: the token's checksum does not match");
    }
    login(&person, &token, &arguments).does_not_say("warning");
    login(&person, "of-a-proxy", &arguments).does_not_say("warning");
}

/// At a terminal of `script`. What is typed is not echoed.
#[test]
fn the_prompt_is_hidden() {
    let Some(person) = terminal::person() else {
        return;
    };
    let token = person.remember(synthetic_token(Kind::Access));
    let login = "git bbt login acme --no-verify --store file";
    let typed = format!("{token}\n");
    let (shown, ended_well) = terminal::dialogue(
        &person,
        login,
        &[("(input is hidden): ", &typed), (END, "\n")],
    );
    assert!(ended_well, "login failed");
    assert!(!shown.contains(&token), "what was typed is on the screen");
    assert!(
        shown.contains("https://bitbucket.org/acme/workspace/settings/access-tokens"),
        "{shown}"
    );
    let stored = fs::read_to_string(person.path(".config/git-remote-bbt/acme.token"));
    assert!(
        stored.expect("the token was stored").trim() == token,
        "it is another token"
    );
}

#[test]
fn invalid_arguments_are_reported() {
    let person = Person::with_any_git();
    let mut said = String::new();
    for arguments in [
        &["login"][..],
        &["login", "acme/widgets/more"],
        &["login", "acme", "--expires", "tomorrow"],
        &["login", "acme", "--expires", "2020-01-01"],
        &["login", "acme", "--store", "cloud"],
        &["login", "acme", "--token", "ATCTT3xFfGN0hunter2"],
        &["login", "acme", "ATCTT3xFfGN0hunter2"],
        &[
            "login",
            "https://x-token-auth:ATCTT3xFfGN0hunter2@bitbucket.org/acme/widgets",
        ],
        &[
            "login",
            "https://x-token-auth:hunter2@bitbucket.org/acme/widgets",
        ],
        &["login", "acme"],
    ] {
        let outcome = person.run("git-bbt", arguments.iter().copied()).ends();
        assert!(matches!(outcome.status, Some(1 | 2)), "{outcome}");
        said += &outcome.stderr;
    }
    assert!(!said.contains("hunter2"), "{said}");
    expect![[r#"
        error: cannot prompt for a token: standard input is not a terminal
        hint: git bbt login <workspace> --with-token < file
        error: invalid value 'acme/widgets/more' for '[WORKSPACE[/REPOSITORY]]': "acme/widgets/more" is not the address of a Bitbucket repository: it has more parts than workspace and repository

        For more information, try '--help'.
        error: invalid value 'tomorrow' for '--expires <DATE>': expected a date such as 2027-03-01, or a time from today: 90d, 12w, 1y

        For more information, try '--help'.
        error: invalid value '2020-01-01' for '--expires <DATE>': the date is in the past

        For more information, try '--help'.
        error: invalid value 'cloud' for '--store <STORE>'
          [possible values: keyring, file]

        For more information, try '--help'.
        error: unexpected argument '--token' found

          tip: a similar argument exists: '--store'

        Usage: git bbt login --store <STORE> <WORKSPACE[/REPOSITORY]>

        For more information, try '--help'.
        error: unexpected argument '***' found

        Usage: git bbt login [OPTIONS] [WORKSPACE[/REPOSITORY]]

        For more information, try '--help'.
        error: invalid value 'https://***@bitbucket.org/acme/widgets' for '[WORKSPACE[/REPOSITORY]]': https://***@bitbucket.org/acme/widgets contains a secret, and other users can see arguments; run git bbt login without it and paste it at the prompt

        For more information, try '--help'.
        error: invalid value 'https://***@bitbucket.org/acme/widgets' for '[WORKSPACE[/REPOSITORY]]': https://***@bitbucket.org/acme/widgets contains a secret, and other users can see arguments; run git bbt login without it and paste it at the prompt

        For more information, try '--help'.
        error: cannot prompt for a token: standard input is not a terminal
        hint: git bbt login acme --with-token < file
    "#]].assert_eq(&said);
}
