//! The prompts of login, and the effect of the answers.

use std::fs;

use expect_test::expect;
use time::{Duration, OffsetDateTime};

use super::{END, config, login};
use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::{LOGIN, Person, SCOPES, terminal};

const TOKEN: &str = "(input is hidden): ";
const CONFIRM: &str = "[y/N] ";

/// Returns the end of what is on the screen, starting at `start`.
fn shown(person: &Person, screen: &str, start: &str) -> String {
    let screen = person.redacted(screen.replace('\r', "").as_bytes());
    screen[screen.find(start).unwrap_or(0)..].to_owned()
}

fn is_stored(person: &Person, name: &str, token: &str) -> bool {
    let stored = fs::read_to_string(person.path(".config/git-remote-bbt").join(name));
    stored.is_ok_and(|stored| stored.trim_end() == token)
}

#[test]
fn empty_input_and_ctrl_d_store_nothing() {
    let Some(person) = terminal::person() else {
        return;
    };
    let before = config(&person);
    for keys in ["\r", "\x04", "  \r", "\u{200b}\r"] {
        let login = "git bbt login acme --no-verify --store file";
        let (screen, ended_well) = terminal::answered(&person, login, keys);
        assert!(!ended_well);
        let shown = shown(&person, &screen, "error");
        assert_eq!(
            shown,
            "error: no token was entered\n\
             hint: paste it at the prompt, or: git bbt login acme --with-token < file\n",
            "{keys:?}"
        );
    }
    assert_eq!(config(&person), before);
}

#[test]
fn the_expiry_date_is_asked_for() {
    let Some(person) = terminal::person() else {
        return;
    };
    let token = person.remember(synthetic_token(Kind::Access));
    let typed = format!("{token}\r");
    let login = "git bbt login acme --no-verify --store file";
    let ask = |answers: &[&str]| {
        let ends = answers.iter().map(|answer| (END, *answer));
        let answers: Vec<(&str, &str)> = [(TOKEN, &*typed)].into_iter().chain(ends).collect();
        terminal::dialogue(&person, login, &answers)
    };
    let in_days = |days| (OffsetDateTime::now_utc().date() + Duration::days(days)).to_string();
    for (answers, expires) in [
        (&["2999-03-01\r"][..], Some("2999-03-01".to_owned())),
        (&["90d\r"], Some(in_days(90))),
        (&["1y\r"], Some(in_days(365))),
        (
            &["soon\r", "2020-01-01\r", "2999-03-01\r"],
            Some("2999-03-01".to_owned()),
        ),
        (&["\r"], None),
        (&["\x04"], None),
    ] {
        let (screen, ended_well) = ask(answers);
        assert!(ended_well, "{answers:?}: {}", shown(&person, &screen, ""));
        let line = expires
            .map(|day| format!("expires = {day}\n"))
            .unwrap_or_default();
        let expected = format!("[workspace.acme]\ntoken = {{ file = \"acme.token\" }}\n{line}");
        assert!(
            config(&person).ends_with(&expected),
            "{answers:?}: {}",
            config(&person)
        );
    }
    let before = config(&person);
    let (_, ended_well) = ask(&["x\r", "x\r", "x\r"]);
    assert!(!ended_well);
    assert_eq!(config(&person), before);
    // No prompt with --expires, or without a terminal.
    let told = format!("{login} --expires 30d");
    assert!(terminal::answered(&person, &told, &typed).1);
    assert!(config(&person).ends_with(&format!("expires = {}\n", in_days(30))));
    person
        .run("git-bbt", LOGIN)
        .input(token)
        .succeeds()
        .says("hint: use --expires");
}

#[test]
fn a_token_that_could_not_be_checked_can_be_stored() {
    let Some(person) = terminal::person() else {
        return;
    };
    let token = person.remember(synthetic_token(Kind::Access));
    let typed = format!("{token}\r");
    let unreachable = || {
        person.write_config(
            "[bitbucket]\ngit_url = \"https://127.0.0.1:1\"\napi_url = \"https://127.0.0.1:1/2.0\"\n",
        )
    };
    let busy = || {
        person
            .bitbucket
            .switches(|switches| switches.rate_limited = true);
        person.configure("")
    };
    for (name, set_up) in [
        ("unreachable", &unreachable as &dyn Fn() -> _),
        ("busy", &busy),
    ] {
        set_up();
        let command = "git bbt login acme --store file";
        let ask =
            |answer| terminal::dialogue(&person, command, &[(TOKEN, &typed), (CONFIRM, answer)]);
        for answer in ["n\r", "\r", "\x04"] {
            let (screen, ended_well) = ask(answer);
            assert!(!ended_well, "{name}");
            let shown = shown(&person, &screen, "");
            assert!(
                shown.ends_with("error: the token was not stored\n"),
                "{shown}"
            );
        }
        assert!(!is_stored(&person, "acme.token", &token), "{name}");
        let answers = [(TOKEN, &*typed), (CONFIRM, "y\r"), (END, "\r")];
        let (screen, ended_well) = terminal::dialogue(&person, command, &answers);
        assert!(ended_well, "{}", shown(&person, &screen, ""));
        assert!(is_stored(&person, "acme.token", &token), "{name}");
        person.run("git-bbt", ["logout", "acme"]).succeeds();
        login(&person, &token, &["acme", "--store", "file"])
            .says("hint: the token was not stored; use --no-verify to store it without checking");
    }
}

#[test]
fn a_token_that_sees_no_repository_needs_confirmation() {
    let Some(person) = terminal::person() else {
        return;
    };
    person.bitbucket.repository("acme/widgets");
    person.bitbucket.repository("initech/reports");
    let token = person.workspace_token("acme");
    let refused = login(&person, &token, &["initech", "--store", "file"]);
    expect![[r#"
        error: the workspace access token sees no repository in initech
        hint: it may be for another workspace; Bitbucket does not say which
        hint: the token was not stored; use --force if there is no repository yet
        status: 1
    "#]]
    .assert_eq(&refused.to_string());
    assert!(!is_stored(&person, "initech.token", &token));
    let typed = format!("{token}\r");
    let command = "git bbt login initech --store file";
    let no = terminal::dialogue(&person, command, &[(TOKEN, &typed), (CONFIRM, "\r")]);
    assert!(!no.1 && !is_stored(&person, "initech.token", &token));
    let answers = [(TOKEN, &*typed), (CONFIRM, "yes\r"), (END, "\r")];
    let yes = terminal::dialogue(&person, command, &answers);
    assert!(yes.1 && is_stored(&person, "initech.token", &token));
    let forced = login(&person, &token, &["initech", "--store", "file", "--force"]);
    assert_eq!(forced.status, Some(0));
    forced.says("warning: the workspace access token sees no repository in initech");
    // status counts it neither as working nor as failing.
    let status = person
        .run("git-bbt", ["status", "initech", "--check"])
        .succeeds();
    assert!(
        status.stdout.contains("sees no repository in initech"),
        "{status}"
    );
}

#[test]
fn a_pasted_url_names_the_target() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let of_workspace = person.workspace_token("acme");
    let of_repository = person.token(Grant::repository("acme/widgets"));
    let clone = |token: &str| format!("git clone {}", person.url_with(token, "acme/widgets"));
    let outcome = login(&person, &clone(&of_workspace), &["--store", "file"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert!(is_stored(&person, "acme.token", &of_workspace));
    let outcome = login(&person, &clone(&of_repository), &["--store", "file"]);
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert!(is_stored(&person, "acme+widgets.token", &of_repository));
    // A target on the command line is used, unless it is in another workspace.
    let outcome = login(
        &person,
        &clone(&of_workspace),
        &["ACME/widgets", "--no-verify", "--store", "file"],
    );
    assert_eq!(outcome.status, Some(0), "{outcome}");
    let before = config(&person);
    let outcome = login(
        &person,
        &clone(&of_workspace),
        &["initech", "--store", "file", "--no-verify"],
    );
    expect![[r#"
        Using the token in the git command.
        error: the pasted URL is for workspace acme, not initech
        hint: the token was not stored; for acme, run: git bbt login acme
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
    let outcome = login(&person, &of_workspace, &["--store", "file"]);
    expect![[r#"
        error: no workspace given, and no remote here is on Bitbucket
        hint: run 'git bbt login <workspace>', or paste the git clone command that Bitbucket shows
    "#]]
    .assert_eq(&outcome.stderr);
    assert_eq!(config(&person), before);
}

#[test]
fn commands_default_to_the_current_clone() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.origin_by_ssh("clone");
    let of_workspace = person.workspace_token("acme");
    let of_repository = person.token(Grant::repository("acme/widgets"));
    let run = |words: &[&str]| person.run("git-bbt", words.iter().copied()).at("clone");
    for (token, file) in [
        (&of_workspace, "acme.token"),
        (&of_repository, "acme+widgets.token"),
    ] {
        let login = run(&["login", "--with-token", "--store", "file"]);
        login.input(token.clone()).succeeds();
        assert!(is_stored(&person, file, token), "{file}");
    }
    assert_eq!(run(&["token"]).succeeds().stdout, "<token>\n");
    run(&["logout"]).succeeds();
    assert!(
        !person
            .path(".config/git-remote-bbt/acme+widgets.token")
            .exists()
    );
    run(&["logout"]).succeeds();
    assert!(!person.path(".config/git-remote-bbt/acme.token").exists());
    for command in ["token", "logout"] {
        person
            .run("git-bbt", [command])
            .fails(1)
            .says("error: no workspace or repository given, and no remote here is on Bitbucket");
    }
}

#[test]
fn a_second_login_keeps_keys_that_do_not_describe_the_token() {
    let Some(person) = terminal::person() else {
        return;
    };
    let token = person.remember(synthetic_token(Kind::Access));
    let api_token = person.remember(synthetic_token(Kind::Api));
    let opaque = person.remember("opaque-0123456789-of-a-proxy".to_owned());
    let old = |kind: &str| {
        person.configure(&format!(
            "[workspace.acme]\ntoken = {{ env = \"OLD\" }}\n{kind}account = \"me@example.com\"\n\
             expires = 2020-01-01\nemail = \"52c1@bots.bitbucket.org\"\n"
        ))
    };
    let after = || {
        let text = config(&person);
        text[text.find("[workspace.acme]").unwrap_or(0)..].to_owned()
    };
    let mut said = String::new();
    for (kind, token) in [
        ("", &token),
        ("", &api_token),
        ("kind = \"api\"\n", &opaque),
        ("kind = \"access\"\n", &opaque),
        ("kind = \"api\"\n", &token),
    ] {
        old(kind);
        person.run("git-bbt", LOGIN).input(token.clone()).succeeds();
        said += &after();
    }
    expect![[r#"
        [workspace.acme]
        token = { file = "acme.token" }
        email = "52c1@bots.bitbucket.org"
        [workspace.acme]
        token = { file = "acme.token" }
        email = "52c1@bots.bitbucket.org"
        account = "me@example.com"
        [workspace.acme]
        token = { file = "acme.token" }
        email = "52c1@bots.bitbucket.org"
        kind = "api"
        account = "me@example.com"
        [workspace.acme]
        token = { file = "acme.token" }
        email = "52c1@bots.bitbucket.org"
        kind = "access"
        [workspace.acme]
        token = { file = "acme.token" }
        email = "52c1@bots.bitbucket.org"
    "#]]
    .assert_eq(&said);
    old("");
    let hint = person.run("git-bbt", LOGIN).input(token.clone()).succeeds();
    hint.says("hint: commits use 52c1@bots.bitbucket.org, the old token's bot");

    const EMAIL: &str = "(Enter to keep this one): ";
    let typed = format!("{token}\r");
    let command = "git bbt login acme --no-verify --store file";
    for (answers, email) in [
        (&["\r"][..], "52c1@bots.bitbucket.org"),
        (
            &["no email\r", "77ff@bots.bitbucket.org\r"],
            "77ff@bots.bitbucket.org",
        ),
    ] {
        let emails = answers.iter().map(|answer| (EMAIL, *answer));
        let dialogue: Vec<_> = [(TOKEN, &*typed), (END, "2999-01-01\r")]
            .into_iter()
            .chain(emails)
            .collect();
        let (screen, ended_well) = terminal::dialogue(&person, command, &dialogue);
        assert!(ended_well, "{}", shown(&person, &screen, ""));
        assert!(
            after().contains(&format!("email = \"{email}\"\n")),
            "{}",
            after()
        );
        assert!(
            screen.contains("press Rotate beside it"),
            "{}",
            shown(&person, &screen, "")
        );
    }
}

#[test]
fn an_api_tokens_account_is_taken_from_the_paste_or_asked_for() {
    let Some(person) = terminal::person() else {
        return;
    };
    person.bitbucket.repository("acme/widgets");
    let grant = Grant::workspace("acme").scopes(SCOPES);
    let token = person.token(grant.kind(Kind::Api).account("me@example.com"));
    for text in [
        format!("me@example.com:{token}"),
        format!("git clone https://me%40example.com:{token}@bitbucket.org/acme/widgets.git"),
        format!("machine bitbucket.org login me@example.com password {token}"),
    ] {
        let outcome = login(&person, &text, &["acme", "--store", "file"]);
        assert_eq!(outcome.status, Some(0), "{outcome}");
        assert!(config(&person).contains("account = \"me@example.com\"\n"));
        person.run("git-bbt", ["logout", "acme"]).succeeds();
    }
    let typed = format!("{token}\r");
    let account = "(Enter to store it unchecked): ";
    let answers = [(TOKEN, &*typed), (account, "me@example.com\r"), (END, "\r")];
    let (screen, ended_well) =
        terminal::dialogue(&person, "git bbt login acme --store file", &answers);
    assert!(ended_well, "{}", shown(&person, &screen, ""));
    assert!(config(&person).contains("account = \"me@example.com\"\n"));
}

#[test]
fn a_missing_keyring_is_reported_before_the_prompt() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let outcome = login(
        &person,
        &token,
        &["acme", "--no-verify", "--store", "keyring"],
    );
    assert_eq!(outcome.status, Some(1));
    outcome.says("hint: use --store file to store the token in a private file");
}

/// The token may be valid, from an OAuth consumer, or belong to another service.
#[test]
fn a_rejected_token_without_a_known_prefix_gets_a_hint_about_it() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let opaque = person.remember("opaque-0123456789".to_owned());
    let outcome = login(&person, &opaque, &["acme", "--store", "file"]);
    expect![[r#"
        error: Bitbucket rejected the token
        hint: the token was not stored; use --no-verify to store it without checking
        hint: it starts with neither ATCT nor ATAT, as the tokens that Bitbucket shows do: is it one of Bitbucket's? If not, create one at https://bitbucket.org/acme/workspace/settings/access-tokens
    "#]]
    .assert_eq(&outcome.stderr);
}
