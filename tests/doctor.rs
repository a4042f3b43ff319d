//! `git bbt doctor`: every step of the flow, told apart from the others, with its cure.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::stand_in::Grant;
use crate::support::{Outcome, Person, missing, with_each_git};

/// With a repository acme/widgets, and leave for submodules.
fn person() -> Person {
    let person = Person::with_any_git();
    prepare(&person);
    person
}

fn prepare(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    let allow = ["config", "--global", "protocol.bbt.allow", "always"];
    person.git(allow).succeeds();
}

fn doctor(person: &Person, about: &str) -> Outcome {
    person.run("git-bbt", ["doctor", about]).ends()
}

/// What it said from the source to the push.
#[track_caller]
fn found(outcome: &Outcome, status: i32, expected: Expect) {
    assert_eq!(outcome.status, Some(status), "\n{outcome}");
    assert_eq!(outcome.stderr, "");
    let lines = outcome.stdout.split_inclusive('\n');
    let is = |line: &&str, name| line.get(9..).is_some_and(|rest| rest.starts_with(name));
    let flow = lines
        .skip_while(|line| !is(line, "source "))
        .take_while(|line| !is(line, "headers "));
    expected.assert_eq(&flow.collect::<String>());
}

#[test]
fn all_is_well_and_nothing_is_pushed() {
    with_each_git(|person| {
        prepare(person);
        person.signed_in_to("acme");
        let outcome = doctor(person, "acme/widgets");
        assert_eq!(outcome.status, Some(0), "\n{outcome}");
        let is_proactive = person.git_is_proactive();
        let advises = outcome.stdout.contains("cure: install git 2.46 or newer");
        assert_eq!(advises, !is_proactive, "\n{outcome}");
        let marks: Vec<_> = outcome.stdout.lines().skip(1).collect();
        let is_well = |line: &&&str| line.starts_with("ok ") || line.starts_with("  cure: install");
        assert_eq!(
            marks.iter().filter(is_well).count(),
            marks.len(),
            "\n{outcome}"
        );
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

#[test]
fn what_one_401_hides_is_told_apart() {
    let person = person();
    let dead = person.signed_in_to("acme");
    person.bitbucket.revoke(&dead);
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
        ok       source        BBT_TOKEN_ACME in the environment
        ok       token         an access token
        problem  bitbucket     Bitbucket does not know the token: expired, revoked or mistyped
          cure: create another at https://bitbucket.org/acme/workspace/settings/access-tokens and put it in its place
        skipped  fetch         Bitbucket refuses the token
        skipped  push          Bitbucket refuses the token
    "#]],
    );
    person.signed_in_to("acme");
    found(
        &doctor(&person, "acme/wigdets"),
        1,
        expect![[r#"
        ok       source        BBT_TOKEN_ACME in the environment
        ok       token         an access token
        problem  bitbucket     the token lives, but there is no acme/wigdets, or the token is not for it
          cure: look at the spelling, and at what the token was created for
        skipped  fetch         Bitbucket refuses the token
        skipped  push          Bitbucket refuses the token
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
          cure: create one with repository and repository:write at https://bitbucket.org/acme/workspace/settings/access-tokens
        skipped  fetch         Bitbucket refuses the token
        skipped  push          Bitbucket refuses the token
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
        warning  bitbucket     the token sees acme/widgets, but lacks repository:write to push
          cure: create one with repository:write at https://bitbucket.org/acme/workspace/settings/access-tokens, if it is to push
        ok       fetch         git reads the repository's branches
        skipped  push          the token may not
    "#]],
    );
}

#[test]
fn what_is_not_there_is_said_once_and_the_rest_skipped() {
    let person = person();
    found(
        &doctor(&person, "acme/widgets"),
        1,
        expect![[r#"
        problem  source        no token is configured for acme/widgets
          cure: store one: git bbt login acme
        skipped  token         there is no source to read it from
        skipped  bitbucket     there is no token
        skipped  fetch         there is no token
        skipped  push          there is no token
    "#]],
    );
    person.write_config("[workspace.acme]\ntokn = 1\n");
    let outcome = doctor(&person, "acme/widgets");
    assert_eq!(outcome.status, Some(1));
    let said = "problem  config        ~/.config/git-remote-bbt/config.toml:2: unknown key \"tokn\" \
        in [workspace.acme]\n  cure: did you mean \"token\"?\n";
    assert!(outcome.stdout.contains(said), "\n{outcome}");
}

#[test]
fn an_end_that_is_near_and_no_leave_for_submodules_are_warnings() {
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
        "warning  protocol      bbt:: is not allowed for submodules\n  cure: git bbt setup\n",
        "warning  token         an access token, which ended on 2020-01-01\n",
    ] {
        assert!(outcome.stdout.contains(said), "\n{outcome}");
    }
}

#[test]
fn the_address_is_that_of_the_clone() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let here = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(
        here.stdout.contains("bbt::acme/widgets, remote origin\n"),
        "\n{here}"
    );
    let there = doctor(&person, "./widgets");
    assert_eq!((there.status, there.stdout), (Some(0), here.stdout));
    let nowhere = doctor(&person, "./nowhere");
    assert_eq!(nowhere.status, Some(1), "\n{nowhere}");

    let https = "https://bitbucket.org/acme/widgets.git";
    person
        .git(["remote", "set-url", "origin", https])
        .at("widgets")
        .succeeds();
    let here = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(here.stdout.contains("cure: git bbt migrate\n"), "\n{here}");
}

#[test]
fn a_stray_token_is_found_and_not_shown() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    person
        .git(["remote", "add", "old", &url])
        .at("widgets")
        .succeeds();
    person.write(
        "widgets/.git/logs/HEAD",
        &format!("clone: from {url}\n"),
        0o600,
    );
    person.write("widgets/.git/FETCH_HEAD", &url, 0o600);
    person.write(".git-credentials", &url, 0o600);
    let header = format!("Authorization: Bearer {token}");
    person
        .git(["config", "--global", "http.extraHeader", &header])
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").fails(1);
    assert!(!outcome.stdout.contains("<token>"), "\n{outcome}");
    let end = outcome.stdout.find("warning  headers").expect("it is told");
    expect![[r#"
        warning  headers       http.extraheader holds an Authorization header, and clashes with plain https URLs
          cure: git config --show-origin --name-only --get-regexp extraheader tells where; take it out there
        problem  stray tokens  *** in ./.git/config, ./.git/logs/HEAD, ./.git/FETCH_HEAD, ~/.git-credentials, ~/.gitconfig
          cure: git bbt migrate --import-tokens; edit those lines out of the logs; remove FETCH_HEAD, which git makes anew; take the line out of git's credential store; git config --global --edit, and take it out; then revoke the token
    "#]].assert_eq(&outcome.stdout[end..]);
}

/// A clone that one stands in is not what a wrong argument meant.
#[test]
fn a_wrong_argument_is_a_problem_and_repeats_no_token() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    let bare = format!("x-token-auth:{token}");
    for folder in ["", "widgets"] {
        for about in ["nonsense", "acme/widgets/extra", &url, &bare] {
            let run = person.run("git-bbt", ["doctor", about]).at(folder);
            let outcome = run.fails(1);
            assert!(
                outcome.stdout.contains("problem  address"),
                "{about}: {outcome}"
            );
            assert!(!outcome.stdout.contains("<token>"), "{outcome}");
        }
    }
}

#[test]
fn stray_tokens_are_found_in_worktrees_submodules_and_xdg_folders() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    for file in [
        "widgets/.git/worktrees/x/FETCH_HEAD",
        "widgets/.git/modules/a/b/config",
        "widgets/.git/config.worktree",
        "xdg/git/credentials",
    ] {
        let before = person.run("git-bbt", ["doctor"]).at("widgets");
        before.env("XDG_CONFIG_HOME", person.path("xdg")).ends();
        person.write(
            "widgets/.git/modules/a/b/HEAD",
            "ref: refs/heads/main\n",
            0o600,
        );
        let path = person.write(file, &url, 0o600);
        let config = person.path(".config/git-remote-bbt/config.toml");
        let run = person
            .run("git-bbt", ["doctor"])
            .at("widgets")
            .env("BBT_CONFIG", config);
        let outcome = run.env("XDG_CONFIG_HOME", person.path("xdg")).fails(1);
        assert!(
            outcome.stdout.contains("problem  stray tokens  *** in "),
            "{file}: {outcome}"
        );
        assert!(!outcome.stdout.contains("<token>"), "{outcome}");
        std::fs::remove_file(path).expect("it is theirs");
    }
    let password = "https://bob:hunter2@bitbucket.org/acme/widgets";
    person
        .git(["remote", "set-url", "origin", password])
        .at("widgets")
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").fails(1);
    assert!(outcome.stdout.contains("*** in ./.git/config"), "{outcome}");
    assert!(
        outcome.stdout.contains("cure: git bbt migrate\n"),
        "{outcome}"
    );
    assert!(!outcome.stdout.contains("hunter2"), "{outcome}");
}

#[test]
fn git_lfs_without_its_settings_is_warned_of() {
    let person = person();
    if !person.has("git-lfs") {
        return missing("git-lfs", "git-lfs");
    }
    person.signed_in_to("acme");
    person.turns_lfs_off();
    person.clone("acme/widgets");
    person.write("widgets/.gitattributes", "*.bin filter=lfs\n", 0o600);
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    let warning = "warning  git-lfs       git-lfs cannot read the URL of this remote\n  cure: ";
    let cure = "git fetch origin && git lfs pull origin\n";
    let is_off = format!("{warning}take lfs = false out of config.toml; {cure}");
    assert!(outcome.stdout.contains(&is_off), "{outcome}");
    person.configure("");
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(
        outcome.stdout.contains(&format!("{warning}{cure}")),
        "{outcome}"
    );
    person
        .git(["fetch", "--quiet", "origin"])
        .at("widgets")
        .succeeds();
    person
        .git(["lfs", "pull", "origin"])
        .at("widgets")
        .succeeds();
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(outcome.stdout.contains("ok       git-lfs"), "{outcome}");
}

/// As for an address that is on no allow-list of the workspace's.
#[test]
fn a_403_that_is_not_about_scopes_says_why() {
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
fn json_has_the_same() {
    let person = person();
    person.signed_in_to("acme");
    let printed = person
        .run("git-bbt", ["doctor", "--json", "acme/wigdets"])
        .fails(1);
    let checks: Value = serde_json::from_str(&printed.stdout).expect("it is JSON");
    let checks = checks.as_array().expect("it is an array");
    let named = |name| {
        checks
            .iter()
            .find(|check| check["name"] == name)
            .expect("it is there")
    };
    assert_eq!(named("source")["state"], "ok");
    assert_eq!(named("source")["cure"], Value::Null);
    assert_eq!(named("bitbucket")["state"], "problem");
    assert_eq!(named("push")["state"], "skipped");
}

#[test]
fn what_bitbucket_says_on_a_bad_day_is_told_of_rest_and_of_git() {
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
          cure: wait a while
        problem  fetch         Rate limit for this resource has been exceeded
          cure: BBT_TRACE=1 git ls-remote bbt::acme/widgets tells more
        skipped  push          git cannot even read
    "#]],
    );
}

/// Nobody comes to us with such a remote any more, so that only the doctor can see it.
#[test]
fn content_that_still_goes_to_bitbucket_is_told() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied()).at("widgets");
        run.succeeds()
    };
    let endpoint = format!(
        "https://x-token-auth@{}/acme/widgets.git/info/lfs",
        person.host()
    );
    git(&["config", "remote.origin.lfsurl", &endpoint]);
    let doctor = || {
        let run = person.run("git-bbt", ["doctor"]).at("widgets");
        run.ends().stdout
    };
    assert!(!doctor().contains("git-lfs"), "{}", doctor());
    let plain = format!("https://{}/acme/widgets.git", person.host());
    for still in [&plain, "git@bitbucket.org:acme/widgets.git"] {
        git(&["remote", "set-url", "origin", still]);
        assert!(!doctor().contains("git-lfs"), "{}", doctor());
    }
    git(&["remote", "set-url", "origin", "https://example.com/w.git"]);
    let said = doctor();
    let (_, said) = said.split_once("git-lfs").expect("it is told");
    expect![[r#"
               origin is not on Bitbucket any more, and git-lfs still takes its content there
          cure: git config --unset remote.origin.lfsurl
        ok       stray tokens  none in this clone or in git's own files
    "#]]
    .assert_eq(said);
    git(&["config", "--unset", "remote.origin.lfsurl"]);
    assert!(!doctor().contains("git-lfs"), "{}", doctor());
}
