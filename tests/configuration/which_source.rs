//! Which source is used, and the keys that describe its token.

use expect_test::expect;

use crate::stand_in::{Grant, Kind};
use crate::support::{Person, SCOPES, with_each_git};

/// A repository's source comes before its workspace's; within one of them, the environment comes first.
#[test]
fn sources_are_used_in_the_documented_order() {
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
        (
            "ANY",
            "[workspace.\"*\"]\ntoken = { command = [\"printenv\", \"ANY\"] }\n",
        ),
    ];
    let tokens = sources.map(|_| person.token(Grant::workspace("acme").scopes(SCOPES)));
    for first in 0..sources.len() {
        // The order of tables in the file does not matter.
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

/// `a__b` is a workspace, and `BBT_TOKEN_A__B` is the variable of repository `b` in workspace `a`.
#[test]
fn a_variable_is_never_used_for_another_workspace() {
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
fn expiry_is_warned_of() {
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

/// The keys beside a source apply even if the source is our own variable.
#[test]
fn a_variable_that_an_entry_names_has_the_entrys_kind() {
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
