//! The checks from the source to the push: passed, failed, and skipped because another one failed.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use super::{doctor, person, prepare};
use crate::stand_in::{Grant, Redirect};
use crate::support::{Outcome, with_each_git};

/// Compares the output from the source to the push.
#[track_caller]
fn found(outcome: &Outcome, status: i32, expected: Expect) {
    assert_eq!(outcome.status, Some(status), "\n{outcome}");
    assert_eq!(outcome.stderr, "");
    let lines = outcome.stdout.split_inclusive('\n');
    let is = |line: &&str, name| line.get(9..).is_some_and(|rest| rest.starts_with(name));
    let flow = lines
        .skip_while(|line| !is(line, "source "))
        .take_while(|line| !is(line, "certificates "));
    expected.assert_eq(&flow.collect::<String>());
}

#[test]
fn every_check_passes_and_nothing_is_pushed() {
    with_each_git(|person| {
        prepare(person);
        person.signed_in_to("acme");
        let outcome = doctor(person, "acme/widgets");
        assert_eq!(outcome.status, Some(0), "\n{outcome}");
        let is_proactive = person.git_is_proactive();
        let first = if is_proactive { "ok  " } else { "note" };
        assert!(outcome.stdout.starts_with(first), "\n{outcome}");
        let mut marks = outcome.stdout.lines().skip(1);
        assert!(marks.all(|line| line.starts_with("ok ")), "\n{outcome}");
        let asked = person.bitbucket.take_requests();
        assert!(
            asked
                .iter()
                .any(|request| request.path.starts_with("/2.0/"))
        );
        assert!(
            asked
                .iter()
                .any(|request| request.query.ends_with("receive-pack"))
        );
        assert!(
            !asked
                .iter()
                .any(|request| request.path.ends_with("/git-receive-pack"))
        );
    });
}

/// git refuses an empty name, and prefers the variable to a setting.
#[test]
fn the_push_does_not_depend_on_the_users_identity() {
    let person = person();
    person.signed_in_to("acme");
    let run = person.run("git-bbt", ["doctor", "acme/widgets"]);
    let run = run.env("GIT_AUTHOR_NAME", "").env("GIT_COMMITTER_NAME", "");
    let outcome = run.env("GIT_TRACE", person.path("trace")).succeeds();
    assert!(outcome.stdout.contains("git may push"), "\n{outcome}");
    let trace = fs::read_to_string(person.path("trace")).expect("git wrote it");
    let commit = trace
        .split_whitespace()
        .find_map(|word| word.strip_suffix(":refs/heads/git-bbt-doctor"));
    assert!(commit.is_some_and(|commit| commit.len() >= 40), "{trace}");
}

#[test]
fn the_causes_of_a_401_are_distinguished() {
    let person = person();
    let dead = person.signed_in_to("acme");
    person.bitbucket.revoke(&dead);
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            problem  bitbucket     Bitbucket rejected the token: it is expired, revoked or mistyped
              hint: create a new one at https://bitbucket.org/acme/workspace/settings/access-tokens
            skipped  fetch         the token cannot be used
            skipped  push          the token cannot be used
        "#]],
    );
    person.signed_in_to("acme");
    found(
        &doctor(&person, "acme/wigdets"),
        1,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            problem  bitbucket     the token is valid, but acme/wigdets does not exist or the token has no access to it
              hint: check the name, and what the token was created for
            skipped  fetch         the token cannot be used
            skipped  push          the token cannot be used
        "#]],
    );
    let blind = person.token(Grant::workspace("acme").scopes(["repository:admin"]));
    person.export("BBT_TOKEN_ACME", blind);
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            problem  bitbucket     the token lacks the scope repository
              hint: scopes cannot be changed; create a new token at https://bitbucket.org/acme/workspace/settings/access-tokens
            skipped  fetch         the token cannot be used
            skipped  push          the token cannot be used
        "#]],
    );
    let reader = person.token(Grant::workspace("acme").scopes(["repository"]));
    person.export("BBT_TOKEN_ACME", reader);
    found(
        &doctor(&person, "acme/widgets"),
        0,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            warning  bitbucket     the token lacks the scope repository:write, so it cannot push
              hint: scopes cannot be changed; create a new token at https://bitbucket.org/acme/workspace/settings/access-tokens
            ok       fetch         git reads the repository's branches
            skipped  push          the token may not push
        "#]],
    );
}

#[test]
fn a_failed_check_is_reported_once_and_those_that_need_it_are_skipped() {
    let person = person();
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
            problem  source        no token is configured for acme/widgets
              hint: store one: git bbt login acme
            skipped  token         no source to read it from
            skipped  bitbucket     no token
            skipped  fetch         no token
            skipped  push          no token
        "#]],
    );
    person.write_config("[workspace.acme]\ntokn = 1\n");
    let outcome = doctor(&person, "acme/widgets");
    assert_eq!(outcome.status, Some(1));
    let said = "problem  config        ~/.config/git-remote-bbt/config.toml:2: unknown key \"tokn\" \
        in [workspace.acme]\n  hint: did you mean \"token\"?\n";
    assert!(outcome.stdout.contains(said), "\n{outcome}");
}

#[test]
fn expiry_and_a_missing_permission_for_submodules_are_warnings() {
    let person = person();
    person
        .git(["config", "--global", "--unset", "protocol.bbt.allow"])
        .succeeds();
    let token = person.workspace_token("acme");
    person.export("ACME", token);
    person.configure("[workspace.acme]\ntoken = { env = \"ACME\" }\nexpires = 2020-01-01\n");
    let outcome = doctor(&person, "acme/widgets");
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    for said in [
        "warning  protocol      bbt:: is not allowed for submodules\n  hint: git bbt setup\n",
        "warning  token         an access token, which ended on 2020-01-01\n",
    ] {
        assert!(outcome.stdout.contains(said), "\n{outcome}");
    }
}

/// Such as a client whose IP address is not on the workspace's allowlist.
#[test]
fn a_403_that_is_not_about_scopes_is_explained() {
    let person = person();
    person.signed_in_to("acme");
    let why = "To access this repository, an admin must whitelist your IP.";
    person
        .bitbucket
        .switches(|switches| switches.fail_with = Some((403, why.to_owned())));
    let outcome = doctor(&person, "acme/widgets");
    assert_eq!(outcome.status, Some(1));
    assert!(
        outcome
            .stdout
            .contains(&format!("problem  bitbucket     HTTP 403: {why}\n")),
        "{outcome}"
    );
}

#[test]
fn json_output_has_the_same_checks() {
    let person = person();
    person.signed_in_to("acme");
    let printed = person
        .run("git-bbt", ["doctor", "--json", "acme/wigdets"])
        .fails(1);
    let checks: Value = serde_json::from_str(&printed.stdout).expect("the output is JSON");
    let checks = checks.as_array().expect("the output is an array");
    let named = |name| {
        checks
            .iter()
            .find(|check| check["name"] == name)
            .expect("the check is listed")
    };
    assert_eq!(named("source")["state"], "ok");
    assert_eq!(named("source")["hint"], Value::Null);
    assert_eq!(named("bitbucket")["state"], "problem");
    assert_eq!(named("push")["state"], "skipped");
}

#[test]
fn incidents_are_reported_for_rest_and_git() {
    let person = person();
    person.signed_in_to("acme");
    person.bitbucket.switches(|s| s.rate_limited = true);
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            problem  bitbucket     Bitbucket's rate limit is reached
              hint: wait a few minutes, then try again
            problem  fetch         Rate limit for this resource has been exceeded
              hint: for details: BBT_TRACE=1 git ls-remote bbt::acme/widgets
            skipped  push          git cannot fetch
        "#]],
    );
}

/// Neither git nor REST follows a redirect to another host.
#[test]
fn a_redirect_may_mean_that_the_repository_has_moved() {
    let person = person();
    person.signed_in_to("acme");
    for status in [301, 308] {
        person.bitbucket.switches(|switches| {
            switches.redirect_get = Some(Redirect {
                to: "https://localhost:1".to_owned(),
                status,
            });
        });
        let outcome = doctor(&person, "acme/widgets");
        assert_eq!(outcome.status, Some(1), "{outcome}");
        let hint = "  hint: look for acme/widgets at https://bitbucket.org/acme/widgets, and set the \
            remote to its new name\n";
        for failure in [
            format!("bitbucket     HTTP {status}"),
            format!(
                "fetch         unable to access 'https://localhost:PORT/acme/widgets.git/': The requested URL returned error: {status}"
            ),
        ] {
            let expected = format!("problem  {failure}: the repository may have moved\n{hint}");
            assert!(
                outcome.stdout.contains(&expected),
                "no {expected}in {outcome}"
            );
        }
    }
}

#[test]
fn a_text_that_cannot_be_a_token_fails_the_token_check() {
    let person = person();
    prepare(&person);
    for (text, words) in [
        (
            "$BITBUCKET_TOKEN",
            "is a variable or a template that was not expanded",
        ),
        ("***", "is a masked secret"),
        ("op://ci/acme/token", "is a reference to a secret store"),
        ("ghp_0123456789", "is a token of GitHub"),
    ] {
        let run = person.run("git-bbt", ["doctor", "acme/widgets"]);
        let outcome = run.env("BBT_TOKEN_ACME", text).fails(1);
        let line = outcome
            .stdout
            .lines()
            .find(|line| line.starts_with("problem  token "));
        assert!(
            line.is_some_and(|line| line.contains(words)),
            "{text}: {outcome}"
        );
        assert!(!outcome.stdout.contains(text), "{text}: {outcome}");
    }
    assert!(person.requests().is_empty());
}

#[test]
fn a_workspace_can_be_checked_without_a_repository() {
    let person = person();
    prepare(&person);
    person.signed_in_to("acme");
    let run = |form| person.run("git-bbt", ["doctor", form]).ends();
    found(
        &run("acme"),
        0,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            ok       bitbucket     acme is visible to the workspace access token (scopes: repository, repository:write)
            skipped  fetch         no repository given
            skipped  push          no repository given
        "#]],
    );
    for form in [
        "acme/",
        "bbt::acme",
        "https://bitbucket.org/acme/workspace/settings/access-tokens",
    ] {
        assert_eq!(run(form).to_string(), run("acme").to_string(), "{form}");
    }
    let page = run("https://bitbucket.org/acme/widgets/admin/access-tokens");
    assert!(page.stdout.contains("bbt::acme/widgets"), "{page}");
    let nowhere = run("/nowhere");
    assert_eq!(nowhere.status, Some(1));
    assert!(nowhere.stdout.contains("no folder /nowhere"), "{nowhere}");
}

#[test]
fn a_rejected_token_without_a_known_prefix_gets_a_hint_about_it() {
    let person = person();
    prepare(&person);
    let run = person.run("git-bbt", ["doctor", "acme/widgets"]);
    found(
        &run.env("BBT_TOKEN_ACME", "opaque-0123456789").ends(),
        1,
        expect![[r#"
            ok       source        BBT_TOKEN_ACME in the environment
            ok       token         an access token
            problem  bitbucket     Bitbucket rejected the token
              hint: it starts with neither ATCT nor ATAT, as the tokens that Bitbucket shows do: is it one of Bitbucket's? If not, create one at https://bitbucket.org/acme/workspace/settings/access-tokens
            skipped  fetch         the token cannot be used
            skipped  push          the token cannot be used
        "#]],
    );
}
