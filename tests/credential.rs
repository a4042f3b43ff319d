//! The credential helpers: `git-credential-bbt` for every program, `git-remote-bbt --credential` for
//! the hand-off.

use expect_test::expect;

use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Outcome, Person, with_each_git};

const ANSWER: &str = "username=x-token-auth\npassword=<token>\n";

fn signed_in() -> Person {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.export("BBT_TOKEN_ACME", token);
    person
}

fn ask(person: &Person, operation: &str, request: &str) -> Outcome {
    let request = request.replace("HOST", person.host());
    person
        .run("git-credential-bbt", [operation])
        .input(request)
        .ends()
}

#[test]
fn a_configured_workspace_gets_its_token() {
    let person = signed_in();
    for path in [
        "acme/widgets.git",
        "acme/widgets",
        "Acme/widgets.git",
        "acme/widgets.git/info/lfs",
    ] {
        let request =
            format!("protocol=https\nhost=HOST\npath={path}\nwwwauth[]=Basic realm=\"x\"\n\n");
        let outcome = ask(&person, "get", &request);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.status),
            (ANSWER, Some(0)),
            "{path}: {outcome}"
        );
        assert_eq!(outcome.stderr, "");
    }
    // The end of the input also ends a request.
    assert_eq!(
        ask(&person, "get", "protocol=https\nhost=HOST\npath=acme/x").stdout,
        ANSWER
    );
}

/// With two hosts, one could be checked and the other one used.
#[test]
fn a_request_that_repeats_a_key_is_refused() {
    let person = signed_in();
    let twice = [
        "host=evil.example\n",
        "protocol=http\n",
        "path=other/widgets\n",
        "host=HOST\n",
    ];
    for line in twice {
        let request = "protocol=https\nhost=HOST\npath=acme/widgets\n\n";
        // Whichever of the two comes first.
        for request in [
            line.to_owned() + request,
            request.replace("\n\n", "\n") + line,
        ] {
            let outcome = ask(&person, "get", &request);
            assert_eq!(outcome.stdout, "quit=1\n", "{request}");
            let key = line.split('=').next().expect("a line has a key");
            outcome.says(&format!(
                "error: the credential request has \"{key}\" twice"
            ));
            let helper = ["--credential", "acme/widgets", "get"];
            let of_handoff = person
                .run("git-remote-bbt", helper)
                .input(request.replace("HOST", person.host()))
                .fails(128);
            assert_eq!(of_handoff.stdout, "quit=1\n", "{request}");
        }
    }
}

#[test]
fn other_requests_get_no_output() {
    let person = signed_in();
    for request in [
        "protocol=http\nhost=HOST\npath=acme/widgets.git\n\n",
        "protocol=https\nhost=github.com\npath=acme/widgets.git\n\n",
        "protocol=https\nhost=HOST.evil.example\npath=acme/widgets.git\n\n",
        "protocol=https\nhost=HOST\n\n",
        "protocol=https\nhost=HOST\npath=other/widgets.git\n\n",
        "protocol=https\nhost=HOST\npath=acme\n\n",
        "protocol=https\nhost=HOST\npath=acme/widgets.git/../../other\n\n",
        "host=HOST\npath=acme/widgets.git\n\n",
        "protocol=https\n\nhost=HOST\npath=acme/widgets.git\n",
        "\n",
        "",
    ] {
        let outcome = ask(&person, "get", request);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("", ""),
            "{request}"
        );
        assert_eq!(outcome.status, Some(0), "{request}");
    }
    for operation in ["store", "erase"] {
        let request = "protocol=https\nhost=github.com\nusername=me\npassword=x\n\n";
        let outcome = ask(&person, operation, request);
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("", ""),
            "{operation}"
        );
    }
}

#[test]
fn store_and_erase_change_nothing_and_erase_explains() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let file = person.write("token", &token, 0o600);
    person.configure("[workspace.acme]\ntoken = { file = \"~/token\" }\n");
    let request = |password: &str| {
        format!(
            "protocol=https\nhost=HOST\npath=acme/widgets.git\nusername=x-token-auth\npassword={password}\n\n"
        )
    };
    let stored = ask(&person, "store", &request(&token));
    assert_eq!((stored.stdout.as_str(), stored.stderr.as_str()), ("", ""));
    // Another token, such as one from a URL.
    let foreign = ask(&person, "erase", &request("x"));
    assert_eq!((foreign.stdout.as_str(), foreign.stderr.as_str()), ("", ""));
    let erased = ask(&person, "erase", &request(&token));
    assert_eq!((erased.stdout.as_str(), erased.status), ("", Some(0)));
    expect![[r#"
        error: localhost:PORT rejected the token for acme/widgets from file ~/token ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
        hint: try again first: Bitbucket sometimes rejects valid tokens, mostly those of parallel jobs
        hint: it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which
        hint: run 'git bbt doctor acme/widgets' to find out
    "#]].assert_eq(&erased.stderr);
    assert!(
        std::fs::read_to_string(file).expect("the file exists") == token,
        "the file was changed"
    );
}

/// git sends `erase` to all helpers.
#[test]
fn another_helpers_rejected_password_is_not_explained() {
    let person = signed_in();
    let request = "protocol=https\nhost=HOST\npath=acme/widgets.git\nusername=me\npassword=x\n\n";
    let erased = ask(&person, "erase", request);
    assert_eq!((erased.stdout.as_str(), erased.stderr.as_str()), ("", ""));
}

/// The helper may be configured for all hosts.
#[test]
fn a_mistake_in_config_toml_stops_git_at_bitbucket_only() {
    let person = Person::with_any_git();
    person.write_config("tokne = 1\n");
    let elsewhere = ask(
        &person,
        "get",
        "protocol=https\nhost=github.com\npath=a/b\n\n",
    );
    assert_eq!((elsewhere.stdout.as_str(), elsewhere.status), ("", Some(0)));
    elsewhere.says("warning: ~/.config/git-remote-bbt/config.toml:1: unknown key");
    let here = ask(
        &person,
        "get",
        "protocol=https\nhost=bitbucket.org\npath=a/b\n\n",
    );
    assert_eq!((here.stdout.as_str(), here.status), ("quit=1\n", Some(128)));
}

#[test]
fn a_configured_source_that_fails_stops_git() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN_ACME", "");
    let outcome = ask(
        &person,
        "get",
        "protocol=https\nhost=HOST\npath=acme/widgets.git\n\n",
    );
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status),
        ("quit=1\n", Some(128))
    );
    expect![[r#"
        error: no token for acme/widgets: the environment variable BBT_TOKEN_ACME is set, but blank
        hint: export BBT_TOKEN_ACME=<token>, or unset it (in CI: is the secret passed to this job?)
    "#]]
    .assert_eq(&outcome.stderr);
}

#[test]
fn endless_input_is_refused() {
    let person = signed_in();
    let outcome = ask(&person, "get", &"x".repeat(70_000));
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status),
        ("quit=1\n", Some(128))
    );
}

#[test]
fn the_hand_offs_helper_works_only_for_its_repository() {
    let person = signed_in();
    let ask = |path: &str| {
        let request = format!("protocol=https\nhost={}\npath={path}\n\n", person.host());
        person
            .run("git-remote-bbt", ["--credential", "acme/widgets", "get"])
            .input(request)
            .ends()
    };
    assert_eq!(ask("acme/widgets.git").stdout, ANSWER);
    for other in ["acme/gadgets.git", "other/widgets.git", ""] {
        let outcome = ask(other);
        assert_eq!(outcome.stdout, "quit=1\n", "{other}");
        outcome.says("git asked for the credential of a repository other than acme/widgets");
    }
}

/// Requests that bypass the remote helper: a plain https remote, and `git credential`.
#[test]
fn git_uses_it_for_https_urls() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let scope = format!("credential.{}", person.bitbucket.url());
        person
            .git(["config", "--global", &format!("{scope}.helper"), "bbt"])
            .succeeds();
        person
            .git([
                "config",
                "--global",
                &format!("{scope}.useHttpPath"),
                "true",
            ])
            .succeeds();
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        person.git(["ls-remote", &url]).succeeds();
        person.bitbucket.revoke(&token);
        person
            .git(["ls-remote", &url])
            .fails(128)
            .says("run 'git bbt doctor acme/widgets' to find out");
    });
}

/// The token may be valid, from an OAuth consumer, or belong to another service.
#[test]
fn a_rejected_token_without_a_known_prefix_gets_a_hint_about_it() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.export("BBT_TOKEN_ACME", "opaque-0123456789");
    let run = person.git(["ls-remote", "bbt::acme/widgets"]);
    expect![[r#"
        error: localhost:PORT rejected the token for acme/widgets from BBT_TOKEN_ACME in the environment
        hint: it starts with neither ATCT nor ATAT, as the tokens that Bitbucket shows do: is it one of Bitbucket's?
        hint: try again first: Bitbucket sometimes rejects valid tokens, mostly those of parallel jobs
        hint: it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which
        hint: run 'git bbt doctor acme/widgets' to find out
    "#]]
    .assert_eq(&run.fails(128).said());
}
