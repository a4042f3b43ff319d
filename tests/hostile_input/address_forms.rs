//! The same string, parsed by us and by git itself.

use std::cell::Cell;
use std::fs;

use bbt::address::Address;
use bbt::url;
use proptest::prelude::*;

use super::{is_plain, runner};
use crate::support::{Person, with_each_git};

/// One of the usual pieces, or sometimes an odd one.
fn one_of(
    usual: &[&'static str],
    odd: &[&'static str],
) -> impl Strategy<Value = &'static str> + use<> {
    let (usual, odd) = (usual.to_vec(), odd.to_vec());
    prop_oneof![2 => prop::sample::select(usual), 1 => prop::sample::select(odd)]
}

/// Pieces that have a meaning to some parser of URLs, and some that have none.
fn pieces(most: usize) -> impl Strategy<Value = String> {
    let usual = ["acme", "widgets", "/", "acme/widgets", ".git", ":"];
    let odd = [
        "bitbucket.org",
        "git@",
        "me:x@",
        "@",
        "://",
        "https",
        "ssh",
        "bbt::",
        "::",
        "//",
        "..",
        ".",
        "-",
        "?",
        "#",
        "%2f",
        "%0a",
        "\n",
        "\r",
        "\u{1b}[31m",
        " ",
        "\\",
        "[",
        "]",
        "~",
        "é",
        "\u{202e}",
        ":443",
        "'",
        "$(id)",
        "=",
    ];
    prop::collection::vec(one_of(&usual, &odd), 0..most).prop_map(|pieces| pieces.concat())
}

/// URLs that are almost valid.
fn urls() -> impl Strategy<Value = String> {
    let scheme = one_of(
        &["https://", "ssh://", ""],
        &[
            "http://",
            "HTTPS://",
            "git+ssh://",
            "ssh+git://",
            "git+https://",
            "git://",
            "file://",
        ],
    );
    let user = one_of(
        &["", "git@"],
        &["me:x@", "git@git@", "bitbucket.org@", ":@", "@"],
    );
    let host = one_of(
        &["bitbucket.org", "ssh.bitbucket.org", "www.bitbucket.org"],
        &[
            "BitBucket.ORG",
            "altssh.bitbucket.org",
            "bitbucket.com",
            "bitbucket.org.",
            "bitbucket.org\\",
            "[bitbucket.org]",
            "[bitbucket.org:22]",
            "evil.example",
            "",
        ],
    );
    let after = one_of(
        &["/", ":", ":/"],
        &[
            ":443/",
            ":22/",
            ":80:443/",
            ":0443/",
            "#/",
            "?/",
            "@evil.example/",
            ":@evil.example/",
            "//",
            ":22:",
        ],
    );
    let name = one_of(
        &["acme/widgets"],
        &["", "acme/widgets.git/", "/acme/widgets", "acme//widgets"],
    );
    (scheme, user, host, after, name, pieces(3)).prop_map(
        |(scheme, user, host, after, name, rest)| {
            format!("{scheme}{user}{host}{after}{name}{rest}")
        },
    )
}

/// Replaces our helper by one that records the arguments that git passes.
fn record_calls(person: &Person) {
    let script = "#!/bin/sh\nprintf '%s' \"$2\" > \"$HOME/address\"\nexit 1\n";
    fs::remove_file(person.path("bin/git-remote-bbt")).expect("the helper is a link");
    person.write("bin/git-remote-bbt", script, 0o755);
}

#[test]
fn bbt_urls_are_read_as_git_reads_them() {
    with_each_git(|person| {
        record_calls(person);
        let accepted = Cell::new(0);
        let tried = (
            prop_oneof![Just("bbt::"), Just("bbt://")],
            prop_oneof![pieces(6), urls()],
        );
        runner(150)
            .run(&tried, |(form, rest)| {
                // git removes one `bbt::`, and the helper would remove the second.
                prop_assume!(!rest.starts_with("bbt:"));
                let _ = fs::remove_file(person.path("address"));
                let url = format!("{form}{rest}");
                let whole = Address::parse(&url);
                person.git(["ls-remote", &url]).ends();
                let Ok(handed) = fs::read_to_string(person.path("address")) else {
                    // git itself refused the URL.
                    return Ok(());
                };
                accepted.set(accepted.get() + u32::from(whole.is_ok()));
                prop_assert_eq!(
                    Address::parse(&handed).ok(),
                    whole.ok(),
                    "{} became {}",
                    url,
                    handed
                );
                Ok(())
            })
            .expect("the property holds");
        assert!(accepted.get() > 0, "no case was valid");
    });
}

#[test]
fn pasted_urls_name_the_repository_that_git_would_use() {
    with_each_git(|person| {
        person.git(["init", "--quiet", "work"]).succeeds();
        let keeps = "!f() { cat > \"$HOME/asked\"; echo username=x; echo password=y; }; f";
        person
            .git(["config", "--global", "credential.helper", keeps])
            .succeeds();
        person.git_in("", "config --global credential.useHttpPath true");
        let accepted = Cell::new(0);
        runner(400)
            .run(&urls(), |url| {
                let Ok(address) = Address::parse(&url) else {
                    return Ok(());
                };
                let Some((host, path)) = in_git(person, &url) else {
                    // For git, this is a local path.
                    prop_assert!(
                        !url.contains("://") && !url.contains(':'),
                        "{} is nothing to git",
                        url
                    );
                    return Ok(());
                };
                accepted.set(accepted.get() + 1);
                prop_assert!(
                    url::is_https_host(&host) || url::is_ssh_host(&host),
                    "{} leads to {}",
                    url,
                    host
                );
                let path = path.trim_matches('/');
                let path = path.strip_suffix(".git").unwrap_or(path);
                prop_assert_eq!(path, address.full_name(), "{}", url);
                Ok(())
            })
            .expect("the property holds");
        assert!(accepted.get() > 0, "no case was valid");
    });
}

/// Returns the host and the path that git takes from a URL: from `git fetch-pack --diag-url` for ssh,
/// and from the request to a credential helper for https.
fn in_git(person: &Person, url: &str) -> Option<(String, String)> {
    let is_web = url.to_ascii_lowercase().starts_with("http");
    if is_web || url.starts_with("git+http") {
        let url = url.strip_prefix("git+").unwrap_or(url);
        let (scheme, rest) = url.split_once("://")?;
        // The file of the previous URL, in case git does not ask about this one.
        let _ = fs::remove_file(person.path("asked"));
        let ask = person
            .git(["credential", "fill"])
            .input(format!("url={}://{rest}\n\n", scheme.to_lowercase()));
        ask.ends();
        let asked = fs::read_to_string(person.path("asked")).ok()?;
        let field = |name: &str| {
            asked
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::to_owned)
        };
        let host = field("host=")?;
        return Some((host.split(':').next()?.to_owned(), field("path=")?));
    }
    let told = person
        .git(["fetch-pack", "--diag-url", url])
        .at("work")
        .ends()
        .stdout;
    let field = |name: &str| {
        told.lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::to_owned)
    };
    let host = field("Diag: userandhost=")?;
    let host = host.strip_prefix("git@").unwrap_or(&host).to_owned();
    Some((host, field("Diag: path=")?))
}

#[test]
fn messages_about_an_address_are_one_printable_line() {
    let person = Person::with_any_git();
    let tried = prop_oneof![pieces(8), urls(), any::<String>()];
    runner(150)
        .run(&tried, |text| {
            prop_assume!(!text.contains('\0'));
            let outcome = person.run("git-remote-bbt", ["origin", &text]).ends();
            prop_assert_eq!(outcome.status, Some(128));
            prop_assert_eq!(&outcome.stdout, "");
            is_plain(&outcome.stderr);
            let lines = outcome.stderr.lines().count();
            prop_assert_eq!(lines, outcome.said().lines().count(), "{}", outcome);
            Ok(())
        })
        .expect("the property holds");
}
