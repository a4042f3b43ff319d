//! Which texts are addresses of Bitbucket repositories, and which are refused before anything is sent.

use expect_test::{Expect, expect};

use crate::support::{Person, with_each_git};

/// Returns the first line that the helper prints about an address with nothing configured: either that
/// no token is configured for `workspace/repository`, or what is wrong with the address.
fn first_line(person: &Person, address: &str) -> String {
    let outcome = person.run("git-remote-bbt", ["origin", address]).fails(128);
    assert_eq!(outcome.stdout, "", "stdout belongs to git");
    outcome.stderr.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn every_form_of_an_address_is_accepted() {
    let person = Person::with_any_git();
    for (address, repository) in [
        ("acme/widgets", "acme/widgets"),
        ("acme/widgets.git", "acme/widgets"),
        ("acme/widgets/", "acme/widgets"),
        ("/acme/widgets.git/", "acme/widgets"),
        ("Acme/Widgets", "Acme/Widgets"),
        (
            "old.team/tutorials.git.bitbucket.org",
            "old.team/tutorials.git.bitbucket.org",
        ),
        ("acme/widgets.git.git", "acme/widgets.git.git"),
        ("acme/_.-x", "acme/_.-x"),
        ("bbt://acme/widgets", "acme/widgets"),
        ("bbt::acme/widgets", "acme/widgets"),
        ("https://bitbucket.org/acme/widgets.git", "acme/widgets"),
        ("https://bitbucket.org/acme/widgets", "acme/widgets"),
        ("https://bitbucket.org:443/acme/widgets/", "acme/widgets"),
        ("HTTPS://BitBucket.org/acme/widgets", "acme/widgets"),
        ("http://bitbucket.org/acme/widgets", "acme/widgets"),
        ("https://www.bitbucket.org/acme/widgets", "acme/widgets"),
        ("https://bitbucket.com/acme/widgets", "acme/widgets"),
        ("git+https://bitbucket.org/acme/widgets.git", "acme/widgets"),
        ("git@bitbucket.org:acme/widgets.git", "acme/widgets"),
        ("git@bitbucket.org:/acme/widgets.git", "acme/widgets"),
        ("git@ssh.bitbucket.org:acme/widgets.git", "acme/widgets"),
        ("bitbucket.org:acme/widgets.git", "acme/widgets"),
        ("ssh://git@bitbucket.org/acme/widgets.git", "acme/widgets"),
        (
            "ssh://git@ssh.bitbucket.org/acme/widgets.git",
            "acme/widgets",
        ),
        (
            "ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
            "acme/widgets",
        ),
        (
            "git+ssh://git@bitbucket.org/acme/widgets.git",
            "acme/widgets",
        ),
        ("git@bitbucket.org/acme/widgets.git", "acme/widgets"),
        ("bitbucket.org/acme/widgets", "acme/widgets"),
        ("bitbucket:acme/widgets", "acme/widgets"),
    ] {
        let expected = format!("error: no token is configured for {repository}");
        assert_eq!(first_line(&person, address), expected, "{address}");
    }
}

#[test]
fn other_texts_are_refused() {
    let person = Person::with_any_git();
    let refused = |addresses: &[&str], expected: Expect| {
        let said: String = addresses
            .iter()
            .map(|address| {
                person
                    .run("git-remote-bbt", ["origin", address])
                    .fails(128)
                    .stderr
            })
            .collect();
        expected.assert_eq(&said);
    };
    refused(
        &[
            "",
            "/",
            "acme",
            "acme/",
            "/widgets",
            "//acme/widgets",
            "acme//widgets",
            "acme/.git",
        ],
        expect![[r#"
            error: "" is not the address of a Bitbucket repository: it is empty
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "/" is not the address of a Bitbucket repository: it names no workspace and no repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme" is not the address of a Bitbucket repository: it has one name in place of workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/" is not the address of a Bitbucket repository: it has one name in place of workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "/widgets" is not the address of a Bitbucket repository: it has one name in place of workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "//acme/widgets" is not the address of a Bitbucket repository: it has more parts than workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme//widgets" is not the address of a Bitbucket repository: it has more parts than workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/.git" is not the address of a Bitbucket repository: its repository is empty
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        "#]],
    );
    refused(
        &[
            "acme/..",
            "../acme",
            "./x",
            "-acme/widgets",
            "acme/--upload-pack=x",
            "acme/wid gets",
        ],
        expect![[r#"
            error: "acme/.." is not the address of a Bitbucket repository: its repository is ".."
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "../acme" is not the address of a Bitbucket repository: its workspace is ".."
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "./x" is not the address of a Bitbucket repository: its workspace is "."
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "-acme/widgets" is not the address of a Bitbucket repository: its workspace starts with a hyphen
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/--upload-pack=x" is not the address of a Bitbucket repository: its repository starts with a hyphen
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/wid gets" is not the address of a Bitbucket repository: it has a space in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        "#]],
    );
    refused(
        &[
            "acme/wid\ngets",
            "acme/\u{1b}[31mred",
            "acme/wi\u{202e}dgets",
            "acme/wid%2fgets",
            "acme\\widgets",
        ],
        expect![[r#"
            error: "acme/wid\ngets" is not the address of a Bitbucket repository: it has a control character in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/\u{1b}[31mred" is not the address of a Bitbucket repository: it has a control character in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/wi\u{202e}dgets" is not the address of a Bitbucket repository: it has a character beyond ASCII in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme/wid%2fgets" is not the address of a Bitbucket repository: it has a percent sign in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "acme\widgets" is not the address of a Bitbucket repository: it has one name in place of workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        "#]],
    );
    refused(
        &[
            "acme/widgets/src/main/README.md",
            "https://bitbucket.org/acme/widgets/src/main/?at=x",
            "https://bitbucket.org/acme/widgets.git/wiki",
            "bitbucket.org/acme/widgets.git//dir?ref=x",
            "acme/widgets?at=main",
            "https://bitbucket.org:8443/acme/widgets",
            "https://bitbucket.org/{b4434b4d-ea6f-4b69-a09e-8d1a7ab1bd2c}/widgets",
        ],
        expect![[r#"
            error: "acme/widgets/src/main/README.md" is not the address of a Bitbucket repository: it has more parts than workspace and repository
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "https://bitbucket.org/acme/widgets/src/main/?***" is not the address of a Bitbucket repository: it has a query or a fragment
            hint: did you mean bbt::acme/widgets?
            error: "https://bitbucket.org/acme/widgets.git/wiki" is not the address of a Bitbucket repository: it has more parts than workspace and repository
            hint: did you mean bbt::acme/widgets?
            error: "bitbucket.org/acme/widgets.git//dir?***" is not the address of a Bitbucket repository: it has a query or a fragment
            hint: did you mean bbt::acme/widgets?
            error: "acme/widgets?***" is not the address of a Bitbucket repository: it has a query or a fragment
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "https://bitbucket.org:8443/acme/widgets" is not the address of a Bitbucket repository: it names a port
            hint: did you mean bbt::acme/widgets?
            error: "https://bitbucket.org/{b4434b4d-ea6f-4b69-a09e-8d1a7ab1bd2c}/widgets" is not the address of a Bitbucket repository: its workspace has other characters than letters, digits, "-", "_" and "."
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        "#]],
    );
    refused(
        &[
            "https://github.com/acme/widgets",
            "https://bitbucket.org.evil.example/acme/widgets",
            "git@github.com:acme/widgets.git",
            "git://bitbucket.org/acme/widgets",
            "file:///etc/passwd",
            "ssh://hg@bitbucket.org/acme/widgets",
            "ext::sh -c id",
        ],
        expect![[r#"
            error: "https://github.com/acme/widgets" is not the address of a Bitbucket repository: it is on another host than bitbucket.org
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "https://bitbucket.org.evil.example/acme/widgets" is not the address of a Bitbucket repository: it is on another host than bitbucket.org
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "git@github.com:acme/widgets.git" is not the address of a Bitbucket repository: it is on another host than bitbucket.org
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "git://bitbucket.org/acme/widgets" is not the address of a Bitbucket repository: it is neither https nor ssh
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "file:///etc/passwd" is not the address of a Bitbucket repository: it is neither https nor ssh
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
            error: "ssh://***@bitbucket.org/acme/widgets" is not the address of a Bitbucket repository: it names a user, and may contain a secret; the token is looked up automatically
            hint: did you mean bbt::acme/widgets?
            error: "ext::sh -c id" is not the address of a Bitbucket repository: it has a space in it
            hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        "#]],
    );
    let long = format!("acme/{}", "x".repeat(63));
    let longer = format!("{}/widgets", "x".repeat(100_000));
    refused(
        &[&long, &longer],
        expect![[r#"
        error: "acme/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" is not the address of a Bitbucket repository: its repository is longer than 62 characters
        hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
        error: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..." is not the address of a Bitbucket repository: its workspace is longer than 255 characters
        hint: write bbt::<workspace>/<repository>, as in bbt::acme/widgets
    "#]],
    );
}

#[test]
fn suggestions_are_made_only_for_bitbuckets_hosts() {
    let person = Person::with_any_git();
    let hint = |address: &str| {
        let outcome = person.run("git-remote-bbt", ["origin", address]).fails(128);
        let hint = outcome.stderr.lines().nth(1).unwrap_or_default();
        hint.trim_start_matches("hint: ").to_owned()
    };
    for address in [
        "bbt://bitbucket.org/acme/widgets",
        "bbt://git@bitbucket.org/acme/widgets.git",
        "bbt://www.bitbucket.org/acme/widgets/src",
        "bbt:acme/widgets",
        "git clone https://jane@bitbucket.org/acme/widgets.git",
        "git clone git@bitbucket.org:acme/widgets.git folder",
        "git clone --depth 1 ssh://git@ssh.bitbucket.org/acme/widgets.git",
        "git@bitbucket.org:443/acme/widgets.git",
        "ssh://git@bitbucket.org:7999/acme/widgets.git",
        "https://bitbucket.org/scm/acme/widgets.git",
        "https://bitbucket.org/acme/widgets/pull-requests/7?x=y",
    ] {
        assert_eq!(
            hint(address),
            "did you mean bbt::acme/widgets?",
            "{address}"
        );
    }
    for address in [
        "/srv/git/widgets.git",
        "//srv/git",
        "scm/acme/widgets.git",
        "443/acme/widgets.git",
        "acme/widgets/src/main/README.md",
        "acme/widgets?at=main",
        "bbt:///srv/git/widgets.git",
        "git clone https://example.com/acme/widgets.git",
        "https://git.example.com/scm/acme/widgets.git",
        "https://bitbucket.org/dashboard/overview?x",
        "https://bitbucket.org/acme/workspace/settings/access-tokens",
        "https://bitbucket.org/acme",
    ] {
        let form = "write bbt::<workspace>/<repository>, as in bbt::acme/widgets";
        assert_eq!(hint(address), form, "{address}");
    }
}

#[test]
fn urls_of_the_configured_host_are_accepted() {
    let person = Person::with_any_git();
    let configure = |url: &str| {
        person.write_config(&format!("[bitbucket]\ngit_url = \"{url}\"\n"));
    };
    let addresses = [
        "https://git.example.com/bitbucket/acme/widgets.git",
        "bbt::https://git.example.com/bitbucket/acme/widgets",
        "HTTPS://Git.Example.com:443/bitbucket/acme/widgets/",
        "git.example.com/bitbucket/acme/widgets.git",
        "https://bitbucket.org/acme/widgets.git",
    ];
    let no_token = "error: no token is configured for acme/widgets";
    configure("https://git.example.com/bitbucket");
    for address in addresses {
        assert_eq!(first_line(&person, address), no_token, "{address}");
    }
    for address in [
        "https://git.example.com/acme/widgets.git",
        "https://git.example.com/bitbucketacme/widgets.git",
        "https://git.example.com:8443/bitbucket/acme/widgets.git",
        "https://me@git.example.com/bitbucket/acme/widgets.git",
        "http://git.example.com/bitbucket/acme/widgets.git",
        "git@git.example.com:bitbucket/acme/widgets.git",
    ] {
        let said = first_line(&person, address);
        assert!(said.contains("is not the address"), "{address}: {said}");
    }
    configure("https://git.example.com:8443");
    let address = "https://git.example.com:8443/acme/widgets.git";
    assert_eq!(first_line(&person, address), no_token);
    // The control: a host that is not configured.
    configure("https://bitbucket.org");
    for address in &addresses[..4] {
        let said = first_line(&person, address);
        assert!(said.contains("is not the address"), "{address}: {said}");
    }
}

#[test]
fn nothing_is_sent_for_a_bad_address() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        person
            .git(["ls-remote", "bbt::acme/widgets/../../x"])
            .fails(128);
        assert!(person.requests().is_empty());
    });
}

/// git passes a different address to the helper for each form.
#[test]
fn every_form_of_bbt_url_reaches_the_repository() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        for url in [
            "bbt::acme/widgets",
            "bbt://acme/widgets",
            "bbt::https://bitbucket.org/acme/widgets.git",
        ] {
            person.git(["ls-remote", url]).succeeds();
        }
        let own = format!("{}/acme/widgets.git", person.bitbucket.url());
        person.git(["ls-remote", &format!("bbt::{own}")]).succeeds();
        person.git(["init", "--quiet", "work"]).succeeds();
        for (key, value) in [
            ("remote.v.url", "git@bitbucket.org:acme/widgets.git"),
            ("remote.v.vcs", "bbt"),
            ("remote.own.url", &own),
            ("remote.own.vcs", "bbt"),
            ("url.bbt::acme/.insteadOf", "https://bitbucket.org/acme/"),
            ("remote.i.url", "https://bitbucket.org/acme/widgets.git"),
            // Remote names that look like our options.
            ("remote.--credential.url", "bbt::acme/widgets"),
            ("remote.--version.url", "bbt::acme/widgets"),
        ] {
            person
                .git(["config", "--add", key, value])
                .at("work")
                .succeeds();
        }
        for remote in ["v", "own", "i", "--credential", "--version"] {
            let listed = person
                .git(["ls-remote", "--", remote])
                .at("work")
                .succeeds();
            assert!(
                listed.stdout.contains("refs/heads/main"),
                "{remote}: {listed}"
            );
        }
        person.git_in("work", "config --unset remote.v.url");
        person.git(["ls-remote", "v"]).at("work").fails(128);
    });
}

/// One `.git` is removed from every address, so a name that ends in `.git` has it twice.
#[test]
fn a_name_that_ends_in_git_is_kept() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/odd.git");
        person.signed_in_to("acme");
        for url in [
            "bbt::acme/odd.git.git",
            "bbt::https://bitbucket.org/acme/odd.git.git",
        ] {
            person.git(["ls-remote", url]).succeeds();
        }
        let outcome = person.git(["ls-remote", "bbt::acme/odd.git"]).fails(128);
        outcome.says("rejected the token for acme/odd ");

        person.git(["init", "--quiet", "work"]).succeeds();
        let url = "git@bitbucket.org:acme/odd.git.git";
        person.git_in("work", &format!("remote add origin {url}"));
        person
            .run("git-bbt", ["migrate", "--verify"])
            .at("work")
            .succeeds();
        person.git_in("work", "fetch");
    });
}
