//! `git bbt login`, `logout` and `token`: a token into a store and out again, with config.toml
//! changed around what the user wrote.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use expect_test::expect;

use crate::stand_in::{Grant, Kind, synthetic_token};
use crate::support::{Outcome, Person, SCOPES, missing, terminal, with_each_git};

/// Signs in with the token on stdin, into a file unless the arguments say otherwise.
fn login(person: &Person, token: &str, arguments: &[&str]) -> Outcome {
    let login = ["login", "--with-token"].into_iter();
    let arguments = login.chain(arguments.iter().copied());
    person
        .run("git-bbt", arguments)
        .input(format!("{token}\n"))
        .ends()
}

fn config(person: &Person) -> String {
    let text = fs::read_to_string(person.path(".config/git-remote-bbt/config.toml"));
    let text = text.expect("it was written");
    text.replace(person.host(), "localhost:PORT")
}

fn mode(person: &Person, name: &str) -> u32 {
    let metadata = fs::metadata(person.path(".config/git-remote-bbt").join(name));
    metadata.expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_login_is_all_that_a_clone_needs() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        let signed_in = login(person, &token, &["acme", "--store", "file"]);
        assert_eq!(signed_in.status, Some(0), "{signed_in}");
        person.clone("acme/widgets");
        assert_eq!(mode(person, "acme.token"), 0o600);

        let requests = person.bitbucket.take_requests();
        let asked = requests.first().expect("Bitbucket was asked");
        assert_eq!(asked.path, "/2.0/repositories/acme");
        assert!(
            asked
                .authorization
                .as_ref()
                .is_some_and(|sent| sent.is_bearer(&token))
        );
        assert!(
            requests
                .iter()
                .all(|request| !request.path.starts_with("/2.0/user"))
        );
    });
}

#[test]
fn it_says_what_the_token_is_and_where_it_went() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.workspace_token("acme");
    let outcome = login(
        &person,
        &token,
        &["acme", "--store", "file", "--expires", "2999-03-01"],
    );
    expect![[r#"
        Bitbucket knows it: a workspace access token with the scopes repository, repository:write
        The token for acme is in ~/.config/git-remote-bbt/acme.token.
        ~/.config/git-remote-bbt/config.toml says so to git.
        warning: the token's checksum does not fit its text: was the paste cut short?
        status: 0
    "#]]
    .assert_eq(&outcome.to_string());
    expect![[r#"
        [bitbucket]
        git_url = "https://localhost:PORT"
        api_url = "https://localhost:PORT/2.0"

        [workspace.acme]
        token = { file = "acme.token" }
        expires = 2999-03-01
    "#]]
    .assert_eq(&config(&person));

    let token = person.token(Grant::repository("acme/widgets").scopes(["repository"]));
    let outcome = login(&person, &token, &["acme/widgets", "--store", "file"]);
    expect![[r#"
        Bitbucket knows it: a repository access token with the scopes repository
        The token for acme/widgets is in ~/.config/git-remote-bbt/acme+widgets.token.
        ~/.config/git-remote-bbt/config.toml says so to git.
        warning: the token's checksum does not fit its text: was the paste cut short?
        warning: the token lacks the scope repository:write: it cannot push. Scopes cannot be added later; create another at https://bitbucket.org/acme/widgets/admin/access-tokens
        status: 0
    "#]].assert_eq(&outcome.to_string());
    let token = person.token(Grant::workspace("acme").scopes(["repository:admin"]));
    let outcome = login(&person, &token, &["acme", "--store", "file"]);
    expect![[r#"
        warning: the token's checksum does not fit its text: was the paste cut short?
        warning: the token lacks the scope repository: it cannot clone and fetch. Scopes cannot be added later; create another at https://bitbucket.org/acme/workspace/settings/access-tokens
        warning: the token lacks the scope repository:write: it cannot push. Scopes cannot be added later; create another at https://bitbucket.org/acme/workspace/settings/access-tokens
    "#]].assert_eq(&outcome.stderr);
}

#[test]
fn what_the_user_wrote_around_it_stays() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.configure(
        "# mine\n\n[workspace.other] # theirs\ntoken = { env = \"OTHER\" }\n\n\
         [workspace.Acme]\n# the old one\ntoken = { command = [\"op\"] } # soon\nkind = \"api\"\nexpires = 2020-01-01\nemail = \"old@example.com\"\n",
    );
    let arguments = [
        "acme",
        "--store",
        "file",
        "--no-verify",
        "--email",
        "new@bots.bitbucket.org",
    ];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    expect![[r#"
        [bitbucket]
        git_url = "https://localhost:PORT"
        api_url = "https://localhost:PORT/2.0"
        # mine

        [workspace.other] # theirs
        token = { env = "OTHER" }

        [workspace.Acme]
        # the old one
        token = { file = "acme.token" } # soon
        email = "new@bots.bitbucket.org"
    "#]]
    .assert_eq(&config(&person));
    assert_eq!(mode(&person, "config.toml"), 0o600);

    // A file that is a link stays one, and keeps its mode.
    let folder = person.path(".config/git-remote-bbt");
    fs::rename(folder.join("config.toml"), person.path("dotfile")).expect("it is theirs");
    fs::set_permissions(person.path("dotfile"), fs::Permissions::from_mode(0o640))
        .expect("it is theirs");
    symlink(person.path("dotfile"), folder.join("config.toml")).expect("it is theirs");
    assert_eq!(
        login(&person, &token, &["more", "--store", "file", "--no-verify"]).status,
        Some(0)
    );
    let metadata = fs::symlink_metadata(folder.join("config.toml")).expect("it is there");
    assert!(metadata.is_symlink());
    assert_eq!(mode(&person, "config.toml"), 0o640);
    assert!(config(&person).ends_with("[workspace.more]\ntoken = { file = \"more.token\" }\n"));
}

#[test]
fn a_token_that_does_not_serve_is_not_stored() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let dead = person.workspace_token("acme");
    person.bitbucket.revoke(&dead);
    let other = person.workspace_token("other");
    let api = person.token(Grant::workspace("acme").scopes(SCOPES).kind(Kind::Api));
    let before = config(&person);
    let mut said = String::new();
    for (token, arguments) in [
        (dead.as_str(), &["acme"][..]),
        (&other, &["acme/widgets"]),
        (&api, &["acme"]),
        ("ATBBabcdefghijklmnop", &["acme"]),
        ("ATBBabcdefghijklmnop", &["acme", "--no-verify"]),
        ("", &["acme"]),
        ("two words", &["acme", "--no-verify"]),
        (&dead, &["acme/widgets", "--email", "x@y"]),
    ] {
        let arguments: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--store", "file"])
            .collect();
        let outcome = login(&person, token, &arguments);
        assert_eq!(
            (outcome.status, outcome.stdout.as_str()),
            (Some(1), ""),
            "{outcome}"
        );
        said += &outcome.stderr.replace(
            "warning: the token's checksum does not fit its text: was the paste cut short?\n",
            "",
        );
    }
    assert_eq!(config(&person), before);
    let folder = fs::read_dir(person.path(".config/git-remote-bbt")).expect("it is there");
    let names: Vec<_> = folder
        .map(|entry| entry.expect("it is there").file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().ends_with(".token")),
        "{names:?}"
    );
    expect![[r#"
        error: Bitbucket refuses the token: it is expired, revoked or mistyped
        hint: nothing was stored; --no-verify stores it unseen
        hint: create one at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: Bitbucket knows the token, but there is no acme/widgets, or the token is not for it
        hint: nothing was stored; --no-verify stores it unseen
        error: this is a person's API token, and Bitbucket's REST API wants its account too
        hint: git bbt login acme --account <e-mail>
        hint: or store it unseen with --no-verify; git itself needs no account
        error: what was given is an app password, and Bitbucket ended those on 28 July 2026
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: what was given is an app password, and Bitbucket ended those on 28 July 2026
        hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens
        error: what was given is blank
        hint: copy it again, all of it: it starts with ATCT or ATAT and ends in eight digits and letters
        error: what was given has a character at position 4 that no token has (a space, a quote of a word processor, a control character?)
        hint: copy it again, all of it: it starts with ATCT or ATAT and ends in eight digits and letters
        error: --email is recorded for a workspace, not for one repository
        hint: git bbt login acme --email ...
    "#]].assert_eq(&said);

    person
        .bitbucket
        .switches(|switches| switches.rate_limited = true);
    login(&person, &other, &["other"]).says("error: Bitbucket has had too many requests");
    // What does not get through is stored unseen where one says so.
    assert_eq!(
        login(
            &person,
            &other,
            &["other", "--no-verify", "--store", "file"]
        )
        .status,
        Some(0)
    );
}

#[test]
fn an_api_token_needs_its_account_for_rest() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let grant = Grant::workspace("acme")
        .scopes(SCOPES)
        .kind(Kind::Api)
        .account("me@example.com");
    let token = person.token(grant);
    let outcome = login(
        &person,
        &token,
        &["acme", "--account", "me@example.com", "--store", "file"],
    );
    assert_eq!(outcome.status, Some(0), "{outcome}");
    assert!(config(&person).contains("account = \"me@example.com\"\n"));
    person.clone("acme/widgets");
}

#[test]
fn a_checksum_that_does_not_fit_is_warned_of() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme", "--no-verify", "--store", "file"];
    login(&person, &token, &arguments).says("warning: the token's checksum does not fit its text");
    login(&person, "of-a-proxy", &arguments).does_not_say("warning");
}

#[test]
fn a_variable_that_goes_on_winning_is_warned_of() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.export("BBT_TOKEN_ACME", "x");
    let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
    outcome.says("warning: BBT_TOKEN_ACME in the environment comes before the entry in ~/.config");
}

/// At a terminal that `script` makes. What is typed does not appear.
#[test]
fn the_prompt_is_hidden() {
    let person = Person::with_any_git();
    if !person.has("script") {
        return missing("script", "script of util-linux");
    }
    let token = person.remember(synthetic_token(Kind::Access));
    let login = "git bbt login acme --no-verify --store file";
    let (shown, ended_well) = terminal::answered(&person, login, &format!("{token}\n"));
    assert!(ended_well, "it failed");
    assert!(!shown.contains(&token), "what was typed is on the screen");
    assert!(
        shown.contains("https://bitbucket.org/acme/workspace/settings/access-tokens"),
        "{shown}"
    );
    let stored = fs::read_to_string(person.path(".config/git-remote-bbt/acme.token"));
    assert!(
        stored.expect("it was stored").trim() == token,
        "it is another token"
    );
}

#[test]
fn a_wrong_argument_is_told() {
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
        error: the following required arguments were not provided:
          <WORKSPACE[/REPOSITORY]>

        Usage: git bbt login <WORKSPACE[/REPOSITORY]>

        For more information, try '--help'.
        error: invalid value 'acme/widgets/more' for '<WORKSPACE[/REPOSITORY]>': "acme/widgets/more" is not the address of a Bitbucket repository: it has more parts than workspace and repository

        For more information, try '--help'.
        error: invalid value 'tomorrow' for '--expires <DATE>': a date is written as in 2027-03-01

        For more information, try '--help'.
        error: invalid value '2020-01-01' for '--expires <DATE>': that day is over

        For more information, try '--help'.
        error: invalid value 'cloud' for '--store <STORE>'
          [possible values: keyring, file]

        For more information, try '--help'.
        error: unexpected argument '--token' found

          tip: a similar argument exists: '--store'

        Usage: git bbt login --store <STORE> <WORKSPACE[/REPOSITORY]>

        For more information, try '--help'.
        error: unexpected argument '***' found

        Usage: git bbt login [OPTIONS] <WORKSPACE[/REPOSITORY]>

        For more information, try '--help'.
        error: invalid value 'https://***@bitbucket.org/acme/widgets' for '<WORKSPACE[/REPOSITORY]>': "https://***@bitbucket.org/acme/widgets" is not the address of a Bitbucket repository: it names a user, and may hold a secret; the token is looked up by itself

        For more information, try '--help'.
        error: invalid value 'https://***@bitbucket.org/acme/widgets' for '<WORKSPACE[/REPOSITORY]>': "https://***@bitbucket.org/acme/widgets" is not the address of a Bitbucket repository: it names a user, and may hold a secret; the token is looked up by itself

        For more information, try '--help'.
        error: there is no terminal to ask for the token at
        hint: git bbt login acme --with-token < file
    "#]].assert_eq(&said);
}

#[test]
fn logout_takes_back_what_login_stored() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let before = config(&person);
    let arguments = ["acme/widgets", "--no-verify", "--store", "file"];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    let outcome = person.run("git-bbt", ["logout", "acme/widgets"]).succeeds();
    expect![[r#"
        The token for acme/widgets is gone from ~/.config/git-remote-bbt/acme+widgets.token, and its entry from ~/.config/git-remote-bbt/config.toml.
        It still exists at Bitbucket. Revoke it at
          https://bitbucket.org/acme/widgets/admin/access-tokens
        status: 0
    "#]].assert_eq(&outcome.to_string());
    assert_eq!(config(&person), before);
    assert!(
        !person
            .path(".config/git-remote-bbt/acme+widgets.token")
            .exists()
    );

    let mut said = String::new();
    person.export("BBT_TOKEN_OTHER", "x");
    person.configure("[workspace.acme]\ntoken = { command = [\"op\"] }\n");
    for target in ["acme/widgets", "acme", "other", "nobody"] {
        said += &person.run("git-bbt", ["logout", target]).fails(1).stderr;
    }
    expect![[r#"
        error: login stored no token for acme/widgets
        hint: its token comes from command op ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        error: the token for acme is in a place that login did not make, [workspace.acme] in ~/.config/git-remote-bbt/config.toml
        hint: take it out there by hand, and the entry out of config.toml
        error: login stored no token for other
        hint: its token comes from BBT_TOKEN_OTHER in the environment
        error: login stored no token for nobody
        hint: git bbt status lists what is configured
    "#]].assert_eq(&said);
}

#[test]
fn a_file_that_is_wrong_is_told_before_the_token_is_asked_for() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    for text in ["[workspace.acme]\ntokn = 1\n", "workspace = {\n"] {
        person.write_config(text);
        let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
        assert_eq!(outcome.status, Some(1), "{outcome}");
        outcome.says("error: ~/.config/git-remote-bbt/config.toml:");
        assert_eq!(config(&person), text);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.write("file", "", 0o600);
    let outcome = person.run(
        "git-bbt",
        [
            "login",
            "acme",
            "--with-token",
            "--no-verify",
            "--store",
            "file",
        ],
    );
    let nowhere = person.path("file/config.toml");
    let outcome = outcome.env("BBT_CONFIG", nowhere).input(token).fails(1);
    outcome.says("error: cannot write ~/file/");
}

#[test]
fn a_configuration_that_is_not_there_is_made_where_it_is_named() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let named = person.path("new/folder/config.toml");
    let run = person.run(
        "git-bbt",
        [
            "login",
            "acme",
            "--with-token",
            "--no-verify",
            "--store",
            "file",
        ],
    );
    run.env("BBT_CONFIG", &named).input(token).succeeds();
    let text = fs::read_to_string(named).expect("it was made");
    assert_eq!(
        text,
        "[workspace.acme]\ntoken = { file = \"acme.token\" }\n"
    );
}

#[test]
fn a_token_s_file_is_private_whatever_it_was_and_gone_whatever_it_is() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme", "--no-verify", "--store", "file"];
    let file = person.write(".config/git-remote-bbt/acme.token", "old", 0o644);
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    assert_eq!(mode(&person, "acme.token"), 0o600);
    fs::rename(&file, person.path("elsewhere")).expect("it is theirs");
    symlink(person.path("elsewhere"), &file).expect("it is theirs");
    person.run("git-bbt", ["logout", "acme"]).succeeds();
    assert!(!person.path("elsewhere").exists() && !file.is_symlink());
}

#[test]
fn a_comment_on_the_table_outlives_the_token() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.configure("# ask bob\n[workspace.acme] # and eve\ntoken = { command = [\"op\"] }\n");
    let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
    outcome.says("warning: this replaces command op ([workspace.acme] in ~/");
    person.run("git-bbt", ["logout", "acme"]).succeeds();
    assert!(
        config(&person).ends_with("# ask bob\n[workspace.acme] # and eve\n"),
        "{}",
        config(&person)
    );
}

#[test]
fn logout_makes_nothing() {
    let person = Person::with_any_git();
    fs::remove_dir_all(person.path(".config")).expect("it is theirs");
    person.run("git-bbt", ["logout", "acme"]).fails(1);
    assert!(!person.path(".config").exists());
}

#[test]
fn token_prints_it_for_scripts_and_nothing_else() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.signed_in_to("acme");
    let printed = person.run("git-bbt", ["token", "acme/widgets"]).succeeds();
    assert_eq!(
        (printed.stdout.as_str(), printed.stderr.as_str()),
        ("<token>\n", "")
    );
    person
        .run("git-bbt", ["token", "other"])
        .fails(1)
        .says("error: no token is configured for other");

    // The form that its help shows: not in curl's arguments.
    let url = format!("{}/repositories/acme/widgets", person.bitbucket.api_url());
    let script = format!(
        "git bbt token acme | sed 's/^/Authorization: Bearer /' | curl -sf -H @- --cacert \"$GIT_SSL_CAINFO\" {url}"
    );
    if person.has("curl") {
        let answer = person.run("sh", ["-c", &script]).succeeds();
        assert!(answer.stdout.contains("\"full_name\""), "{answer}");
    }
    person.bitbucket.revoke(&token);
}
