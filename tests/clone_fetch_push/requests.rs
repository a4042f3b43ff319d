//! The number of requests, compared with stock git with the token in the URL.

use crate::support::{Person, with_each_git};

/// Returns the number of requests that stock git makes for the same operation with the token in the
/// URL.
fn stock_requests(person: &Person, arguments: &[&str], folder: &str) -> usize {
    person.bitbucket.take_requests();
    person.git(arguments.iter().copied()).at(folder).succeeds();
    person.requests().len()
}

#[test]
fn no_operation_needs_more_requests_than_stock_git() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let url = person.url_with(&token, "acme/widgets");
        person.git(["clone", "--quiet", &url, "stock"]).succeeds();
        person.clone("acme/widgets");

        let saved = usize::from(person.git_is_proactive());
        let saw = |doing: &str, requests: &[String], stock: usize| {
            assert_eq!(requests.len(), stock - saved, "{doing}: {requests:#?}");
            let refused = requests.iter().any(|request| request.ends_with(" 401"));
            assert_eq!(refused, saved == 0, "{doing}: {requests:#?}");
        };
        let bbt = |arguments: &[&str], folder: &str| {
            person.bitbucket.take_requests();
            person.git(arguments.iter().copied()).at(folder).succeeds();
            person.requests()
        };

        let stock = stock_requests(person, &["ls-remote", &url], "");
        assert_eq!(stock, 3);
        saw(
            "ls-remote",
            &bbt(&["ls-remote", "bbt::acme/widgets"], ""),
            stock,
        );

        let stock = stock_requests(person, &["clone", "--quiet", &url, "one"], "");
        assert_eq!(stock, 4);
        saw(
            "clone",
            &bbt(&["clone", "--quiet", "bbt::acme/widgets", "two"], ""),
            stock,
        );

        for (bytes, expected) in [(10, 3), (3_000_000, 4)] {
            person.commit("stock", bytes);
            let stock = stock_requests(
                person,
                &["push", "--quiet", &url, "main:refs/heads/stock"],
                "stock",
            );
            assert_eq!(stock, expected, "stock git's push of {bytes}");
            person.commit("widgets", bytes);
            saw(
                "push",
                &bbt(
                    &["push", "--quiet", "origin", "main:refs/heads/bbt"],
                    "widgets",
                ),
                stock,
            );
        }
    });
}
