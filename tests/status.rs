//! `git bbt status`: what is configured and which source wins, without reading a secret.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use expect_test::expect;

use crate::stand_in::Grant;
use crate::support::Person;

const CONFIG: &str = "\
[workspace.acme]
token = { command = [\"~/never-run\", \"argument\"] }
email = \"52c16467c5f19101ff2061cc@bots.bitbucket.org\"
expires = 2999-03-01

[workspace.acme.repository.widgets]
token = { file = \"~/not-there\" }
kind = \"access\"

[workspace.acme.repository.\"infra-*\"]
token = { env = \"INFRA\" }

[workspace.mail-only]
email = \"bot@bots.bitbucket.org\"
";

fn configured() -> Person {
    let person = Person::with_any_git();
    person.write("never-run", "#!/bin/sh\ntouch ~/was-run\n", 0o755);
    person.configure(CONFIG);
    person
}

#[test]
fn status_shows_the_source_that_is_used_and_those_it_shadows() {
    let person = configured();
    let empty = Person::with_any_git();
    empty.write_config("");
    let none = empty.run("git-bbt", ["status"]).succeeds();
    assert_eq!(
        none.stdout,
        "Nothing is configured. Store a token with: git bbt login <workspace>\n"
    );

    let outcome = person.run("git-bbt", ["status"]);
    let outcome = outcome
        .env("BBT_TOKEN_ACME", "x")
        .env("BBT_TOKEN", "y")
        .env("BBT_TOKEN_OTHER__PARTS", "z");
    expect![[r#"
        acme
          token    BBT_TOKEN_ACME in the environment
          before   command ~/never-run ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
          before   BBT_TOKEN in the environment
          email    52c16467c5f19101ff2061cc@bots.bitbucket.org
        acme/widgets
          token    file ~/not-there ([workspace.acme.repository.widgets] in ~/.config/git-remote-bbt/config.toml)
          before   BBT_TOKEN_ACME in the environment
          before   command ~/never-run ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
          before   BBT_TOKEN in the environment
          kind     access
          email    52c16467c5f19101ff2061cc@bots.bitbucket.org
        acme/infra-*
          token    environment variable INFRA ([workspace.acme.repository."infra-*"] in ~/.config/git-remote-bbt/config.toml)
        mail-only
          token    BBT_TOKEN in the environment
          email    bot@bots.bitbucket.org
        *
          token    BBT_TOKEN in the environment
        other/parts
          token    BBT_TOKEN_OTHER__PARTS in the environment
          before   BBT_TOKEN in the environment
        status: 0
    "#]].assert_eq(&outcome.succeeds().to_string());
    assert!(!person.path("was-run").exists(), "a secret was read");
    assert!(person.requests().is_empty());
}

#[test]
fn json_has_every_property() {
    let person = configured();
    let outcome = person.run("git-bbt", ["status", "--json"]).succeeds();
    let rows: serde_json::Value =
        serde_json::from_str(&outcome.stdout).expect("the output is JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(4));
    expect![[r#"
        {
          "target": "acme/widgets",
          "source": "file ~/not-there ([workspace.acme.repository.widgets] in ~/.config/git-remote-bbt/config.toml)",
          "shadows": [
            "command ~/never-run ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)"
          ],
          "kind": "access",
          "email": "52c16467c5f19101ff2061cc@bots.bitbucket.org",
          "expires": null
        }
    "#]].assert_eq(&format!(
        "{}\n",
        serde_json::to_string_pretty(&rows[1]).expect("the output is JSON")
    ));
}

#[test]
fn check_asks_bitbucket() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.bitbucket.repository("dead/parts");
    person.signed_in_to("acme");
    let outcome = person.run("git-bbt", ["status", "--check"]).succeeds();
    expect![[r#"
        acme
          token    BBT_TOKEN_ACME in the environment
          kind     access
          check    workspace access token (scopes: repository, repository:write)
    "#]]
    .assert_eq(&outcome.stdout);

    let dead = person.signed_in_to("dead");
    person.bitbucket.revoke(&dead);
    let scopeless = person.token(Grant::workspace("poor").scopes(["webhook"]));
    person.bitbucket.repository("poor/parts");
    person.export("BBT_TOKEN_POOR", &scopeless);
    person.configure("[workspace.gone]\ntoken = { env = \"GONE\" }\n");
    let outcome = person.run("git-bbt", ["status", "--check"]).fails(1);
    expect![[r#"
        gone
          token    environment variable GONE ([workspace.gone] in ~/.config/git-remote-bbt/config.toml)
          check    not checked: no token for gone: the environment variable GONE is not set
          hint     export GONE=<token>
        acme
          token    BBT_TOKEN_ACME in the environment
          kind     access
          check    workspace access token (scopes: repository, repository:write)
        dead
          token    BBT_TOKEN_DEAD in the environment
          kind     access
          check    Bitbucket rejected the token: it is expired, revoked or mistyped
          hint     create a new one at https://bitbucket.org/dead/workspace/settings/access-tokens
        poor
          token    BBT_TOKEN_POOR in the environment
          kind     access
          check    the token lacks the scope repository
          hint     scopes cannot be changed; create a new token at https://bitbucket.org/poor/workspace/settings/access-tokens
    "#]].assert_eq(&outcome.stdout);
    let json = person
        .run("git-bbt", ["status", "--check", "--json"])
        .fails(1);
    let rows: serde_json::Value = serde_json::from_str(&json.stdout).expect("the output is JSON");
    assert_eq!(rows[0]["check"]["works"], false);
}

/// The first token alone, the others eight at a time.
#[test]
fn a_limited_number_of_tokens_is_checked_at_the_same_time() {
    const TOKENS: u32 = 17;
    let person = Person::with_any_git();
    for number in 0..TOKENS {
        person.bitbucket.repository(&format!("team{number}/parts"));
        person.signed_in_to(&format!("team{number}"));
    }
    let delay = Duration::from_millis(400);
    person.bitbucket.switches(|switches| switches.delay = delay);
    let started = Instant::now();
    person.run("git-bbt", ["status", "--check"]).succeeds();
    let took = started.elapsed();
    assert!((delay * 3..delay * TOKENS).contains(&took), "{took:?}");
}

#[test]
fn a_bitbucket_that_does_not_answer_is_asked_once() {
    let person = Person::with_any_git();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = silent.local_addr().expect("the listener has an address");
    let (sender, asked) = mpsc::channel();
    std::thread::spawn(move || {
        silent
            .incoming()
            .for_each(|client| drop(sender.send(client)));
    });
    person.write_config(&format!(
        "[bitbucket]\napi_url = \"https://{address}/2.0\"\n"
    ));
    for workspace in ["ONE", "THREE", "TWO"] {
        person.export(
            &format!("BBT_TOKEN_{workspace}"),
            person.workspace_token("x"),
        );
    }
    let outcome = person.run("git-bbt", ["status", "--check"]).fails(1);
    assert_eq!(asked.try_iter().count(), 1);
    let said = outcome.stdout.replace(&address.to_string(), "SILENT");
    expect![[r#"
        one
          token    BBT_TOKEN_ONE in the environment
          kind     access
          check    not checked: SILENT did not answer within 10 s: timed out
        three
          token    BBT_TOKEN_THREE in the environment
          check    not checked: an earlier request to Bitbucket timed out
        two
          token    BBT_TOKEN_TWO in the environment
          check    not checked: an earlier request to Bitbucket timed out
    "#]]
    .assert_eq(&said);
}

#[test]
fn expiring_fails_if_a_token_expires_by_that_day() {
    let person = Person::with_any_git();
    let today = time::OffsetDateTime::now_utc().date();
    let day = |days| today + time::Duration::days(days);
    person.configure(&format!(
        "[workspace.acme]\ntoken = {{ env = \"A\" }}\nexpires = {}\n\
         [workspace.initech]\ntoken = {{ env = \"B\" }}\nexpires = {}\n\
         [workspace.umbrella]\ntoken = {{ env = \"C\" }}\n",
        day(20),
        day(-1)
    ));
    let ending = |arguments: &[&str]| {
        let words = ["status"].into_iter().chain(arguments.iter().copied());
        let outcome = person.run("git-bbt", words).ends();
        let names = outcome.stderr.lines().filter_map(|line| {
            line.strip_prefix("warning: the token for ")?
                .split(' ')
                .next()
        });
        (
            outcome.status,
            names.map(str::to_owned).collect::<Vec<_>>().join(" "),
        )
    };
    for (arguments, status, names) in [
        (&["--expiring", "30d"][..], 1, "acme initech"),
        (&["--expiring", "20d"], 1, "acme initech"),
        (&["--expiring", "19d"], 1, "initech"),
        (&["--expiring", &day(21).to_string()], 1, "acme initech"),
        (&["acme", "--expiring", "19d"], 0, ""),
        (&["umbrella", "--expiring", "1y"], 0, ""),
        (&["--expiring", "30d", "--json"], 1, "acme initech"),
        (&[], 0, ""),
    ] {
        assert_eq!(
            ending(arguments),
            (Some(status), names.to_owned()),
            "{arguments:?}"
        );
    }
}

#[test]
fn status_takes_a_target_in_every_form_that_login_takes() {
    let person = configured();
    let all = person.run("git-bbt", ["status", "acme"]).succeeds().stdout;
    let targets = all.lines().filter(|line| !line.starts_with(' '));
    let targets: Vec<_> = targets.collect();
    assert_eq!(targets, ["acme", "acme/widgets", "acme/infra-*"]);
    let one = person.run("git-bbt", ["status", "acme/widgets"]).succeeds();
    assert!(one.stdout.starts_with("acme/widgets\n"), "{one}");
    assert!(!one.stdout.contains("infra"), "{one}");
    for form in [
        "acme/",
        "bbt::acme",
        "https://bitbucket.org/acme/workspace/settings/access-tokens",
    ] {
        assert_eq!(
            person.run("git-bbt", ["status", form]).succeeds().stdout,
            all,
            "{form}"
        );
    }
}
