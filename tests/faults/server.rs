//! A connection that is cut at any byte, a slow server, rate limits, and a token that expires midway.

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use super::config_files;
use crate::support::{Cutter, Person, with_each_git};

/// Returns in how many places an exchange of this length is cut; `BBT_TEST_CUTS` asks for more, at most
/// one for every byte.
fn cuts(length: usize) -> usize {
    let named = std::env::var("BBT_TEST_CUTS").ok();
    let named = named.and_then(|cuts| cuts.parse().ok());
    named.unwrap_or(30).min(length)
}

/// Puts the cutter between a person and the stand-in.
fn connect_through(cutter: &Cutter, person: &Person) {
    let url = cutter.url();
    person.write_config(&format!(
        "[bitbucket]\ngit_url = \"{url}\"\napi_url = \"{url}/2.0\"\n"
    ));
}

/// Cuts the connection of a command after more and more bytes, until it succeeds. `look` checks each
/// outcome.
fn cut_at_each_step(
    cutter: &Cutter,
    command: impl Fn() -> crate::support::Outcome,
    look: impl Fn(&crate::support::Outcome, usize),
) {
    cutter.restore();
    let whole = command();
    assert_eq!(whole.status, Some(0), "{whole}");
    let length = cutter.passed();
    assert!(length > 1000, "{length} bytes");
    let cuts = cuts(length);
    for step in 0..cuts {
        let bytes = length * step / cuts;
        cutter.cut_after(bytes);
        look(&command(), bytes);
    }
    cutter.restore();
}

#[test]
fn a_connection_of_git_may_be_cut_anywhere() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    let cutter = Cutter::before(person.bitbucket.url());
    connect_through(&cutter, &person);
    let clone = || {
        let _ = fs::remove_dir_all(person.path("copy"));
        person
            .git(["clone", "--quiet", "bbt::acme/widgets", "copy"])
            .ends()
    };
    cut_at_each_step(&cutter, clone, |outcome, bytes| {
        if outcome.status == Some(0) {
            person.git_in("copy", "fsck --strict");
            return;
        }
        // A signal ends git if it writes to a git-remote-https that has ended, also over plain https.
        match outcome.status {
            None => outcome.says("error: RPC failed"),
            status => {
                assert_eq!(status, Some(128), "{bytes}: {outcome}");
                outcome.says("fatal: ")
            }
        };
        assert!(
            !person.path("copy").exists(),
            "{bytes}: half a clone is left"
        );
    });
    assert_eq!(clone().status, Some(0));
    // A push has happened or not, and can be repeated.
    let commits = Cell::new(100);
    let push = || {
        commits.set(commits.get() + 1);
        person.commit("copy", commits.get());
        person.git(["push", "--quiet"]).at("copy").ends()
    };
    cut_at_each_step(&cutter, push, |outcome, bytes| {
        assert!(
            matches!(outcome.status, None | Some(0 | 1 | 128)),
            "{bytes}: {outcome}"
        );
    });
    assert_eq!(push().status, Some(0));
}

#[test]
fn a_rest_response_may_be_cut_anywhere() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.signed_in_to("acme");
    let cutter = Cutter::before(person.bitbucket.url());
    connect_through(&cutter, &person);
    let api = || {
        person
            .run("git-bbt", ["api", "repositories/acme/widgets"])
            .ends()
    };
    let whole = api().stdout;
    cut_at_each_step(&cutter, api, |outcome, bytes| match outcome.status {
        Some(0) => assert_eq!(outcome.stdout, whole, "{bytes}"),
        status => {
            assert_eq!(
                (status, outcome.stdout.as_str()),
                (Some(1), ""),
                "{bytes}: {outcome}"
            );
            assert!(outcome.stderr.starts_with("error: "), "{bytes}: {outcome}");
            assert_eq!(outcome.stderr, outcome.said(), "{bytes}");
        }
    });
    let before = config_files(&person);
    let login = || {
        let words = ["login", "acme", "--with-token", "--store", "file"];
        person.run("git-bbt", words).input(token.clone()).ends()
    };
    cut_at_each_step(
        &cutter,
        || {
            connect_through(&cutter, &person);
            let _ = fs::remove_file(person.path(".config/git-remote-bbt/acme.token"));
            login()
        },
        |outcome, bytes| {
            if outcome.status != Some(0) {
                assert_eq!(outcome.status, Some(1), "{bytes}: {outcome}");
                assert!(
                    config_files(&person) == before,
                    "{bytes}: config.toml was changed without a check"
                );
            }
        },
    );
}

#[test]
fn a_slow_server_is_waited_for() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person
            .bitbucket
            .switches(|switches| switches.delay = Duration::from_millis(1500));
        person.git(["ls-remote", "bbt::acme/widgets"]).succeeds();
        person
            .run("git-bbt", ["api", "repositories/acme/widgets"])
            .succeeds();
    });
}

/// The token expires between any two requests. git asks once more, gets the same token, and reports it
/// once.
#[test]
fn a_token_that_expires_midway_is_reported() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        let (mut refused, mut commits) = (0, 100);
        for requests in 0..6 {
            for words in [
                &["clone", "--quiet", "bbt::acme/widgets", "copy"][..],
                &["push", "--quiet"],
            ] {
                let _ = fs::remove_dir_all(person.path("copy"));
                commits += 1;
                person.commit("widgets", commits);
                person
                    .bitbucket
                    .switches(|switches| switches.requests_until_expiry = Some(requests));
                let folder = if words[0] == "push" { "widgets" } else { "" };
                let outcome = person.git(words.iter().copied()).at(folder).ends();
                person
                    .bitbucket
                    .switches(|switches| switches.requests_until_expiry = None);
                if outcome.status == Some(0) {
                    continue;
                }
                refused += 1;
                let said = outcome
                    .stderr
                    .matches("BBT_TOKEN_ACME in the environment")
                    .count();
                assert_eq!(said, 1, "{words:?} after {requests}: {outcome}");
                outcome.says("git bbt doctor acme/widgets");
                assert!(!person.path("copy").exists() || words[0] == "push");
            }
        }
        assert!(refused > 3, "it was refused {refused} times");
        person.git_in("widgets", "push --quiet");
    });
}

/// The number of retries and the time to wait are bounded.
#[test]
fn retries_after_429_are_bounded() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    let asked = |words: &[&str]| {
        person.bitbucket.take_requests();
        let outcome = person.run("git-bbt", words.iter().copied()).fails(1);
        (outcome, person.bitbucket.take_requests().len())
    };
    person.bitbucket.switches(|switches| {
        switches.rate_limited = true;
        switches.retry_after = Some(0);
    });
    let list = ["api", "--paginate", "repositories/acme"];
    assert_eq!(asked(&list).1, 4);
    assert_eq!(
        asked(&["api", "-X", "DELETE", "repositories/acme/widgets"]).1,
        4
    );
    assert_eq!(asked(&["status", "--check"]).1, 1);
    // A longer Retry-After: reported without a retry.
    for later in [61, 86_400, u32::MAX] {
        person
            .bitbucket
            .switches(|switches| switches.retry_after = Some(later));
        let (outcome, requests) = asked(&list);
        assert_eq!(requests, 1, "{later}");
        outcome.says("HTTP 429");
    }
}
