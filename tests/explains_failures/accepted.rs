//! After Bitbucket has accepted the token, a failure has another cause: git and Bitbucket explain it,
//! and we add nothing.

use expect_test::{Expect, expect};

use super::failed;
use crate::stand_in::PushRefusal;
use crate::support::{Person, Run, with_each_git};

/// Asserts that stderr is exactly this, with each git.
fn prints(run: Run, expected: &Expect) {
    expected.assert_eq(&run.ends().stderr);
}

#[test]
fn a_push_that_a_hook_declines() {
    with_each_git(|person| {
        clone_with_a_commit(person);
        let branch = "main".to_owned();
        person.bitbucket.switches(|switches| {
            switches.push_refusal = Some(PushRefusal::BranchRestriction { branch });
        });
        prints(
            person.git(["push"]).at("widgets"),
            &expect![[r#"
            remote: Permission denied to update branch main.
            To bbt::acme/widgets
             ! [remote rejected] main -> main (pre-receive hook declined)
            error: failed to push some refs to 'bbt::acme/widgets'
        "#]],
        );
    });
}

#[test]
fn push_options_and_signatures_that_the_server_does_not_take() {
    with_each_git(|person| {
        clone_with_a_commit(person);
        let config = person.bitbucket.root().join("acme/widgets.git/config");
        let config = config.display().to_string();
        let off = [
            "config",
            "-f",
            &config,
            "receive.advertisePushOptions",
            "false",
        ];
        person.git(off).succeeds();
        let push = person.git(["push", "--push-option=x"]).at("widgets");
        prints(
            push,
            &expect![[r#"
            fatal: the receiving end does not support push options
            fatal: the remote end hung up unexpectedly
            error: failed to push some refs to 'bbt::acme/widgets'
        "#]],
        );
        let push = person.git(["push", "--signed"]).at("widgets");
        prints(
            push,
            &expect![[r#"
            fatal: the receiving end does not support --signed push
            fatal: the remote end hung up unexpectedly
            error: failed to push some refs to 'bbt::acme/widgets'
        "#]],
        );
    });
}

#[test]
fn a_commit_and_a_branch_that_do_not_exist() {
    with_each_git(|person| {
        clone_with_a_commit(person);
        let unknown = "1111111111111111111111111111111111111111";
        let fetch = person.git(["fetch", "origin", unknown]).at("widgets");
        prints(
            fetch,
            &expect![[r#"
            fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111
        "#]],
        );
        let fetch = person.git(["fetch", "origin", "nosuch"]).at("widgets");
        prints(
            fetch,
            &expect![[r#"
            fatal: couldn't find remote ref nosuch
        "#]],
        );
    });
}

#[test]
fn an_archive() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person
            .bitbucket
            .switches(|switches| switches.archives = true);
        let archive = [
            "archive",
            "--remote=bbt::acme/widgets",
            "--output=a.tar",
            "main",
        ];
        if person.git_is_proactive() {
            let archive = person.git(archive).succeeds();
            assert_eq!(archive.stderr, "");
        } else {
            failed(
                person.git(archive),
                &expect![[r#"
                fatal: operation not supported by protocol
            "#]],
            );
        }
    });
}

fn clone_with_a_commit(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    person.commit("widgets", 10);
}
