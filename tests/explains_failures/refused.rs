//! Bitbucket rejected a token: which source it is from, and what to do.

use expect_test::expect;

use super::failed;
use crate::support::{Person, with_each_git};

#[test]
fn a_revoked_token() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        person.bitbucket.revoke(&token);
        failed(
            person.git(["ls-remote", "bbt::acme/widgets"]),
            &expect![[r#"
                error: localhost:PORT rejected the token for acme/widgets from BBT_TOKEN_ACME in the environment
                hint: try again first: Bitbucket sometimes rejects valid tokens, mostly those of parallel jobs
                hint: it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which
                hint: run 'git bbt doctor acme/widgets' to find out
                remote: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
                fatal: Authentication failed for 'https://localhost:PORT/acme/widgets.git/'
            "#]],
        );
        // No request was repeated.
        assert_eq!(
            person.requests().len(),
            if person.git_is_proactive() { 1 } else { 2 }
        );
    });
}

/// Bitbucket does so at times (BCLOUD-24107). git's own credential-store then erases the token.
#[test]
fn a_valid_token_that_is_refused_once_works_again() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let refuse_once = || {
            let refuse = |switches: &mut crate::stand_in::Switches| switches.refuse_once = true;
            person.bitbucket.switches(refuse);
        };
        let ls_remote = || person.git(["ls-remote", "bbt::acme/widgets"]);
        refuse_once();
        let refused = ls_remote().fails(128);
        refused.says("hint: try again first");
        ls_remote().succeeds();

        // The control: stock git with credential-store.
        let stored = person.url_with(&token, "acme/widgets");
        let stored = stored.trim_end_matches("/acme/widgets.git");
        person.write(".git-credentials", &format!("{stored}\n"), 0o600);
        let stock = || {
            let url = format!("{}/acme/widgets.git", person.bitbucket.url());
            person.git(["-c", "credential.helper=store", "ls-remote", &url])
        };
        stock().succeeds();
        refuse_once();
        stock().fails(128);
        stock().fails(128).says("could not read Username");
    });
}

/// git sends `erase` for every rejected password, also for one in a URL.
#[test]
fn a_token_in_a_url_is_not_mistaken_for_the_configured_one() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let revoked = person.workspace_token("acme");
        person.signed_in_to("acme");
        use_the_helper(person);
        person.bitbucket.revoke(&revoked);
        let refused = person.git(["ls-remote", &person.url_with(&revoked, "acme/widgets")]);
        failed(
            refused,
            &expect![[r#"
            remote: You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.
            fatal: Authentication failed for 'https://localhost:PORT/acme/widgets.git/'
        "#]],
        );
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        person.git(["ls-remote", &url]).succeeds();
    });
}

fn use_the_helper(person: &Person) {
    let scope = format!("credential.{}", person.bitbucket.url());
    for (key, value) in [("helper", "bbt"), ("useHttpPath", "true")] {
        let set = ["config", "--global", &format!("{scope}.{key}"), value];
        person.git(set).succeeds();
    }
}
