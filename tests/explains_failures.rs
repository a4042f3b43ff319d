//! Every failure says what happened, which source was used, and what to type next.

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::expect;

use crate::stand_in::{Grant, PushRefusal};
use crate::support::{Person, missing, with_each_git};

/// Both gits say the same of what is ours; of their own lines only the last words differ.
fn ls_remote(person: &Person) -> crate::support::Outcome {
    person.git(["ls-remote", "bbt::acme/widgets"]).fails(128)
}

#[test]
fn a_refused_token() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        person.bitbucket.revoke(&token);
        let outcome = ls_remote(person);
        outcome.says("fatal: Authentication failed for 'https://localhost:PORT/acme/widgets.git/'");
        outcome.says("remote: You may not have access to this repository");
        expect![[r#"
            error: localhost:PORT refused the token for acme/widgets, from BBT_TOKEN_ACME in the environment
            hint: the token is dead (expired, revoked, mistyped), or there is no such repository, or the token is not for it: the answer is the same
            hint: git bbt doctor acme/widgets tells which
        "#]].assert_eq(&outcome.said());
        // And nothing was asked for again.
        assert_eq!(
            person.requests().len(),
            if person.git_is_proactive() { 1 } else { 2 }
        );
    });
}

#[test]
fn a_missing_scope_and_other_answers_of_the_server() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.token(Grant::workspace("acme").scopes(["repository:admin"]));
        person.export("BBT_TOKEN_ACME", &token);
        let outcome = ls_remote(person);
        outcome.says("The requested URL returned error: 403");
        expect![[r#"
            hint: the token for acme/widgets came from BBT_TOKEN_ACME in the environment; git bbt doctor acme/widgets tells what is wrong with it (403: it lacks repository or, to push, repository:write; 429: wait a while), with the network or with TLS
        "#]].assert_eq(&outcome.said());
        for status in [410, 429, 502] {
            person
                .bitbucket
                .switches(|switches| switches.fail_with = Some((status, "No.".to_owned())));
            ls_remote(person).says("hint: the token for acme/widgets came from BBT_TOKEN_ACME");
        }
        person.bitbucket.switches(|switches| {
            switches.fail_with = None;
            switches.rate_limited = true;
        });
        ls_remote(person).says("git bbt doctor acme/widgets tells what is wrong with it");
    });
}

#[test]
fn a_missing_scope_on_push_only() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.token(Grant::workspace("acme").scopes(["repository"]));
        person.export("BBT_TOKEN_ACME", &token);
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        let outcome = person.git(["push"]).at("widgets").fails(128);
        outcome.says("403").says("to push, repository:write");
    });
}

#[test]
fn no_network_and_no_trust() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let run = person
            .git(["ls-remote", "bbt::acme/widgets"])
            .env("GIT_SSL_CAINFO", "/dev/null");
        run.fails(128)
            .says("git bbt doctor acme/widgets tells what is wrong with it");
        person.write_config("[bitbucket]\ngit_url = \"https://localhost:1\"\n");
        ls_remote(person).says("git bbt doctor acme/widgets tells what is wrong with it");
    });
}

#[test]
fn a_refusal_that_is_not_the_token_s_is_bitbucket_s_to_explain() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        let branch = "main".to_owned();
        person.bitbucket.switches(|switches| {
            switches.push_refusal = Some(PushRefusal::BranchRestriction { branch });
        });
        let outcome = person.git(["push"]).at("widgets").fails(1);
        outcome.says("remote: Permission denied to update branch main.");
        // git and its helper end side by side, and either may have the last word.
        let said = outcome.said();
        let mut lines: Vec<&str> = said.split_inclusive('\n').collect();
        lines.sort_unstable();
        expect![[r#"
            error: failed to push some refs to 'bbt::acme/widgets'
            hint: the token for acme/widgets came from BBT_TOKEN_ACME in the environment; git bbt doctor acme/widgets tells what is wrong with it (403: it lacks repository or, to push, repository:write; 429: wait a while), with the network or with TLS
        "#]].assert_eq(&lines.concat());
        person
            .git(["fetch", "origin", "nosuch"])
            .at("widgets")
            .fails(128)
            .does_not_say("hint");
    });
}

#[test]
fn an_app_password() {
    with_each_git(|person| {
        person.export("BBT_TOKEN_ACME", "ATBBabcdefghijklmnop");
        let outcome = ls_remote(person);
        expect![[r#"
            error: no token for acme/widgets: BBT_TOKEN_ACME is an app password, and Bitbucket ended those on 28 July 2026
            hint: create an access token at https://bitbucket.org/acme/workspace/settings/access-tokens and put it there
        "#]].assert_eq(&outcome.said());
        assert!(
            !person
                .requests()
                .iter()
                .any(|request| request.ends_with("410")),
            "it was sent"
        );
    });
}

/// git's first line comes late, as on a busy machine, and finds us there.
#[test]
fn git_hears_how_it_ended_however_late_it_asks() {
    with_each_git(|person| {
        if !person.can_trace() {
            return missing("strace", "strace");
        }
        // strace follows no child: of all writes, only git's own wait.
        let late = "inject=write:delay_enter=1s";
        let git = person.run("sh", ["-c", "command -v git"]).succeeds();
        let git = git.stdout.trim_end().to_owned();
        let words = [
            "-o",
            "/dev/null",
            "-e",
            late,
            &git,
            "ls-remote",
            "bbt::acme/widgets",
        ];
        let outcome = person.run("strace", words).fails(128);
        outcome.says("error: no token is configured for acme/widgets");
    });
}

/// Nothing on the PATH but what the helper needs, less one.
#[test]
fn a_missing_git_names_the_package() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN_ACME", "x");
    fs::create_dir(person.path("empty")).expect("HOME is writable");
    let helper = || {
        person
            .run("git-remote-bbt", ["origin", "acme/widgets"])
            .env("PATH", person.path("empty"))
    };
    expect![[r#"
        error: there is no git on the PATH
        hint: install git (Debian and Ubuntu: apt-get install git; Fedora: dnf install git; Alpine: apk add git)
    "#]].assert_eq(&helper().fails(128).stderr);

    // A git that has no https: a folder of its commands without that one.
    let git = person.run("sh", ["-c", "command -v git"]).succeeds().stdout;
    symlink(git.trim(), person.path("empty/git")).expect("HOME is writable");
    let outcome = helper()
        .env("GIT_EXEC_PATH", person.path("empty"))
        .fails(128);
    expect![[r#"
        git: 'remote-https' is not a git command. See 'git --help'.
        error: this git has no git-remote-https, which is a package of its own on some systems
        hint: install it (Fedora: dnf install git-core; openSUSE: zypper install git-core; Gentoo: USE=curl for dev-vcs/git)
    "#]].assert_eq(&outcome.stderr);
}
