//! Every failure says what happened, which source was used, and what to type next.

mod accepted;
mod refused;

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::{Expect, expect};

use crate::stand_in::Grant;
use crate::support::{Person, Proxy, Run, missing, with_each_git};

/// Asserts that a run fails with git's status, and with exactly this on stderr.
#[track_caller]
fn failed(run: Run, expected: &Expect) {
    expected.assert_eq(&run.fails(128).stderr);
}

#[test]
fn a_missing_scope() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.token(Grant::workspace("acme").scopes(["repository:admin"]));
        person.export("BBT_TOKEN_ACME", &token);
        failed(
            person.git(["ls-remote", "bbt::acme/widgets"]),
            &expect![[r#"
                remote: Your credentials lack one or more required privilege scopes.
                fatal: unable to access 'https://localhost:PORT/acme/widgets.git/': The requested URL returned error: 403
                hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
            "#]],
        );

        let token = person.token(Grant::workspace("acme").scopes(["repository"]));
        person.export("BBT_TOKEN_ACME", &token);
        person.clone("acme/widgets");
        person.commit("widgets", 10);
        failed(
            person.git(["push"]).at("widgets"),
            &expect![[r#"
            remote: Your credentials lack one or more required privilege scopes.
            fatal: unable to access 'https://localhost:PORT/acme/widgets.git/': The requested URL returned error: 403
            hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
        "#]],
        );
    });
}

#[test]
fn the_rate_limit() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person
            .bitbucket
            .switches(|switches| switches.rate_limited = true);
        let run = person.git(["ls-remote", "bbt::acme/widgets"]);
        // An older git did not ask for the token.
        let expected = if person.git_is_proactive() {
            expect![[r#"
                remote: Rate limit for this resource has been exceeded
                fatal: unable to access 'https://localhost:PORT/acme/widgets.git/': The requested URL returned error: 429
                hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
            "#]]
        } else {
            expect![[r#"
                remote: Rate limit for this resource has been exceeded
                fatal: unable to access 'https://localhost:PORT/acme/widgets.git/': The requested URL returned error: 429
            "#]]
        };
        failed(run, &expected);
    });
}

#[test]
fn no_connection_no_trust_and_a_proxy_that_wants_a_login() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let ls_remote = || person.git(["ls-remote", "bbt::acme/widgets"]);
        let untrusted = ls_remote().env("GIT_SSL_CAINFO", "/dev/null").fails(128);
        let wanting = Proxy::refusing(
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        );
        let unwelcome = ls_remote().env("https_proxy", &wanting.url).fails(128);
        person.write_config("[bitbucket]\ngit_url = \"https://localhost:1\"\n");
        let unreachable = ls_remote().fails(128);
        // The first line is git's, and differs between versions of curl.
        let added = [untrusted, unwelcome, unreachable].map(|outcome| {
            let (first, rest) = outcome.stderr.split_once('\n').expect("git prints a line");
            assert!(first.starts_with("fatal: unable to access "), "{first}");
            rest.to_owned()
        });
        let expected = if person.git_is_proactive() {
            expect![[r#"
                hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
                hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
                hint: the token for acme/widgets is from BBT_TOKEN_ACME in the environment; to check it and the connection, run: git bbt doctor acme/widgets
            "#]]
        } else {
            expect![[r#""#]]
        };
        expected.assert_eq(&added.concat());
    });
}

#[test]
fn git_may_not_use_https() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let ls_remote = |settings: &[&str]| {
            let words = settings
                .iter()
                .copied()
                .chain(["ls-remote", "bbt::acme/widgets"]);
            person.git(words)
        };
        let ours = |run: Run| run.fails(128).said();
        let said = [
            ours(ls_remote(&[]).env("GIT_ALLOW_PROTOCOL", "bbt")),
            ours(ls_remote(&["-c", "protocol.https.allow=never"])),
            ours(ls_remote(&[
                "-c",
                "protocol.allow=never",
                "-c",
                "protocol.bbt.allow=always",
            ])),
            ours(
                ls_remote(&[
                    "-c",
                    "protocol.https.allow=user",
                    "-c",
                    "protocol.bbt.allow=always",
                ])
                .env("GIT_PROTOCOL_FROM_USER", "0"),
            ),
        ];
        expect![[r#"
            error: git may not use https, which bbt:: needs, because of GIT_ALLOW_PROTOCOL=bbt
            hint: add https to it, as in: export GIT_ALLOW_PROTOCOL=bbt:https
            error: git may not use https, which bbt:: needs, because of protocol.https.allow=never
            hint: change it to always; to see where it is set: git config --show-origin protocol.https.allow
            error: git may not use https, which bbt:: needs, because of protocol.allow=never
            hint: change it to always; to see where it is set: git config --show-origin protocol.allow
            error: git may not use https, which bbt:: needs, because of protocol.https.allow=user
            hint: change it to always; to see where it is set: git config --show-origin protocol.https.allow
        "#]].assert_eq(&said.concat());
        person.bitbucket.repository("acme/widgets");
        ls_remote(&[])
            .env("GIT_ALLOW_PROTOCOL", "bbt:https")
            .succeeds();
        ls_remote(&["-c", "protocol.https.allow=user"]).succeeds();
    });
}

#[test]
fn an_app_password() {
    with_each_git(|person| {
        person.export("BBT_TOKEN_ACME", "ATBBabcdefghijklmnop");
        let outcome = person.git(["ls-remote", "bbt::acme/widgets"]).fails(128);
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

/// git's first write to us is delayed, as on a busy machine: we must not have ended before it.
#[test]
fn git_gets_the_exit_status_even_if_it_writes_late() {
    with_each_git(|person| {
        if !person.can_trace() {
            return missing("strace", "strace");
        }
        // strace does not follow children, so that only git's own writes are delayed.
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

/// The PATH has only what the helper needs, except one program.
#[test]
fn a_missing_git_names_the_package() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN_ACME", "x");
    fs::create_dir(person.path("empty")).expect("HOME is writable");
    let helper = || {
        let program = env!("CARGO_BIN_EXE_git-remote-bbt");
        person
            .run(program, ["origin", "acme/widgets"])
            .env("PATH", person.path("empty"))
    };
    expect![[r#"
        error: git is not on the PATH
        hint: install git (Debian and Ubuntu: apt-get install git; Fedora: dnf install git; Alpine: apk add git)
    "#]].assert_eq(&helper().fails(128).stderr);

    // A git without https: its exec path lacks git-remote-https.
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
