//! Responses that are typical of Bitbucket, and of its incidents, byte for byte; and what tests see of
//! them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::raw_client::{get, post, raw};
use super::{NO_ACCESS, refusal_of_widgets};
use crate::stand_in::{Authorization, Kind, Redirect, StandIn, Switches, crc32, synthetic_token};
use crate::support::{Person, basic, with_each_git};

#[test]
fn an_anonymous_answer_has_the_realm_and_the_text() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    for full_name in ["acme/widgets", "acme/missing", "%2e%2e/acme", "../acme"] {
        let answer = get(&person, full_name, "git-upload-pack", "");
        assert_eq!(answer.status, 401, "{full_name}");
        assert!(
            answer
                .text
                .contains("www-authenticate: Basic realm=\"Bitbucket.org HTTP\"\r\n")
        );
        assert!(answer.text.contains("content-type: text/plain\r\n"));
        assert!(answer.text.ends_with(&NO_ACCESS["remote: ".len()..]));
    }
}

#[test]
fn only_smart_http_is_supported() {
    let person = Person::with_any_git();
    person.bitbucket.public_repository("acme/open");
    for path in [
        "/",
        "/acme/open",
        "/acme/open.git/HEAD",
        "/acme/open.git/info/refs",
    ] {
        let answer = raw(&person, &format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn the_service_line_has_no_line_feed() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let authorization = basic("x-token-auth", &person.workspace_token("acme"));
    for (service, line) in [
        ("git-upload-pack", "001d# service=git-upload-pack0000"),
        ("git-receive-pack", "001e# service=git-receive-pack0000"),
    ] {
        let answer = get(&person, "acme/widgets", service, &authorization);
        assert!(answer.text.contains(line), "{}", answer.text);
    }
}

#[test]
fn upload_pack_advertises_the_same_as_bitbucket() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let authorization = basic("x-token-auth", &person.workspace_token("acme"));
    let answer = get(&person, "acme/widgets", "git-upload-pack", &authorization);
    let captured = "\0multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since \
        deepen-not deepen-relative no-progress include-tag multi_ack_detailed \
        allow-tip-sha1-in-want allow-reachable-sha1-in-want no-done symref=HEAD:refs/heads/main \
        filter object-format=sha1 agent=git/";
    assert!(answer.text.contains(captured), "{}", answer.text);
}

#[test]
fn app_passwords_limits_and_incidents_have_the_real_status_and_text() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        let app_password = person.remember(format!("ATBB{}", &token[12..40]));
        let url = person.url_with(&app_password, "acme/widgets");
        let refused = person.git(["ls-remote", &url]).fails(128);
        let gone = "remote: App passwords are deprecated and must be replaced with API tokens.";
        assert_eq!(refused.stderr, refusal_of_widgets(gone, 410));
        assert_eq!(
            person.requests(),
            ["GET info/refs 401", "GET info/refs 410"]
        );

        let url = person.url_with(&token, "acme/widgets");
        person.bitbucket.switches(|s| s.rate_limited = true);
        let refused = person.git(["ls-remote", &url]).fails(128);
        let limited = "remote: Rate limit for this resource has been exceeded";
        assert_eq!(refused.stderr.lines().next(), Some(limited));
        assert_eq!(person.requests(), ["GET info/refs 429"]);
        let answer = get(person, "acme/widgets", "git-upload-pack", "");
        assert!(!answer.text.contains("retry-after"), "{}", answer.text);
        person.bitbucket.switches(|s| s.retry_after = Some(7));
        let answer = get(person, "acme/widgets", "git-upload-pack", "");
        assert!(
            answer.text.contains("retry-after: 7\r\n"),
            "{}",
            answer.text
        );

        person.bitbucket.switches(|s| {
            *s = Switches {
                fail_with: Some((503, "Down for a moment".to_owned())),
                ..Switches::default()
            };
        });
        let refused = person.git(["ls-remote", &url]).fails(128);
        let down = "remote: Down for a moment";
        assert_eq!(refused.stderr, refusal_of_widgets(down, 503));

        person.bitbucket.take_requests();
        person.bitbucket.switches(|s| {
            *s = Switches {
                drop_connection: true,
                ..Switches::default()
            }
        });
        person.git(["ls-remote", &url]).fails(128);
        let requests = person.requests();
        assert!(!requests.is_empty());
        assert!(
            requests.iter().all(|line| line == "GET info/refs none"),
            "{requests:?}"
        );
    });
}

#[test]
fn an_answer_can_be_delayed() {
    let person = Person::with_any_git();
    let delay = Duration::from_millis(50);
    person.bitbucket.switches(|s| s.delay = delay);
    let asked = Instant::now();
    get(&person, "acme/widgets", "git-upload-pack", "");
    assert!(asked.elapsed() >= delay);
}

#[test]
fn stock_git_follows_a_hostile_redirect() {
    for status in [301, 302, 307, 308] {
        with_each_git(|person| {
            person.bitbucket.repository("acme/widgets");
            let elsewhere = StandIn::start();
            elsewhere.public_repository("acme/widgets");
            person.trust(&elsewhere);
            let to = elsewhere.url().to_owned();
            person
                .bitbucket
                .switches(|s| s.redirect_get = Some(Redirect { to, status }));
            let url = person.url_with(&person.workspace_token("acme"), "acme/widgets");
            person.git(["ls-remote", &url]).succeeds();
            assert_eq!(person.requests(), [format!("GET info/refs {status}")]);
            assert!(!elsewhere.requests().is_empty());
        });
    }
}

#[test]
fn a_redirect_can_be_for_the_post_alone() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let authorization = basic("x-token-auth", &person.workspace_token("acme"));
    let to = "https://elsewhere.example".to_owned();
    person
        .bitbucket
        .switches(|s| s.redirect_post = Some(Redirect { to, status: 307 }));
    assert_eq!(
        get(&person, "acme/widgets", "git-upload-pack", &authorization).status,
        200
    );
    let answer = post(&person, "acme/widgets", "git-upload-pack", &authorization);
    assert_eq!(answer.status, 307);
    let location = "location: https://elsewhere.example/acme/widgets/git-upload-pack\r\n";
    assert!(answer.text.contains(location), "{}", answer.text);
}

#[test]
fn the_log_has_the_credentials_and_does_not_show_them() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    let token = person.workspace_token("acme");
    let encoded = basic("x-token-auth", &token);
    get(&person, "acme/widgets", "git-upload-pack", &encoded);
    get(
        &person,
        "acme/widgets",
        "git-upload-pack",
        &basic(&token, ""),
    );
    get(
        &person,
        "acme/widgets",
        "git-upload-pack",
        &format!("Bearer {token}"),
    );
    get(
        &person,
        "acme/widgets",
        "git-upload-pack",
        &format!("token {token}"),
    );
    let requests = person.bitbucket.take_requests();
    let said = |n: usize| {
        requests[n]
            .authorization
            .as_ref()
            .expect("the header was sent")
    };
    assert!(said(0).is_basic("x-token-auth", &token));
    assert!(!said(0).is_basic("x-token-auth", &token[1..]));
    assert!(said(2).is_bearer(&token));
    assert!(matches!(said(3), Authorization::Other(_)));
    let shown = format!("{requests:?}");
    assert!(!shown.contains(&token) && !shown.contains(&encoded["Basic ".len()..]));
    assert!(shown.contains("Basic(x-token-auth:<redacted>)"), "{shown}");
    assert!(person.bitbucket.requests().is_empty());
}

#[test]
fn synthetic_tokens_look_real() {
    for (kind, prefix) in [(Kind::Access, "ATCTT3xFfGN0"), (Kind::Api, "ATATT3xFfGF0")] {
        let tokens: BTreeSet<_> = (0..100).map(|_| synthetic_token(kind)).collect();
        assert_eq!(tokens.len(), 100);
        for token in &tokens {
            let (body, checksum) = token.split_at(192 - 8);
            let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            assert!(body.starts_with(prefix) && body.ends_with('='));
            assert!(body[..body.len() - 1].chars().all(legal));
            let checksum = u32::from_str_radix(checksum, 16).expect("eight hex digits");
            assert!(checksum == crc32(body.as_bytes()));
        }
    }
    assert_eq!(
        crc32(b"123456789"),
        0xCBF4_3926,
        "the check value of CRC-32"
    );
}
