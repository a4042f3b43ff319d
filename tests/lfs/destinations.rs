//! Content goes to the repository that the commits go to, or the operation fails.

use std::fs;

use super::{ALL, are_these, assets, entries, uploads};
use crate::support::{Outcome, Person, with_each_git};

/// Somebody in a clone of `acme/assets`, with more content that is committed and not pushed, and the
/// empty repositories `acme/parts` and `acme/third`.
fn with_content(test: impl Fn(&Person)) {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.bitbucket.empty_repository("acme/parts");
        person.bitbucket.empty_repository("acme/third");
        person.clone("acme/assets");
        person.commit("assets", 3000);
        person.bitbucket.take_requests();
        test(person);
    });
}

fn git(person: &Person, words: &str) -> Outcome {
    person.git(words.split(' ')).at("assets").ends()
}

#[track_caller]
fn works(person: &Person, words: &str) {
    let outcome = git(person, words);
    assert_eq!(outcome.status, Some(0), "{outcome}");
}

/// That git-lfs fails with this to type, and sends nothing.
#[track_caller]
fn fails(person: &Person, words: &str, hint: &str) {
    let outcome = git(person, words);
    assert!(!matches!(outcome.status, Some(0) | None), "{outcome}");
    outcome
        .says("git-lfs gets no credential for acme/assets")
        .says(hint);
    assert_eq!(uploads(person), [""; 0]);
}

#[test]
fn a_push_by_url_sends_nothing_elsewhere() {
    with_content(|person| {
        for url in ["bbt::acme/parts", "bbt://acme/parts"] {
            let hint = "git remote add parts bbt::acme/parts";
            fails(person, &format!("push --quiet {url} HEAD"), hint);
        }
        let folder = fs::read_dir(person.path("assets/.git")).expect("it is a clone");
        let mut names = folder.map(|entry| entry.expect("it is readable").file_name());
        assert!(!names.any(|name| name.to_string_lossy().starts_with("bbt")));

        works(person, "remote add parts bbt::acme/parts");
        works(person, "push --quiet parts HEAD");
        assert!(uploads(person).iter().all(|to| to == "acme/parts"));
        // The same repository, by its URL.
        works(person, "push --quiet bbt::acme/assets HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

#[test]
fn an_endpoint_of_the_users_own_works_in_a_push_by_url() {
    with_content(|person| {
        let own = format!(
            "https://x-token-auth@{}/acme/assets.git/info/lfs",
            person.host()
        );
        works(person, &format!("config lfs.url {own}"));
        works(person, "push --quiet bbt::acme/parts HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

/// git-lfs asks for locks at every push.
#[test]
fn a_push_by_url_without_content_succeeds() {
    with_content(|person| {
        works(person, "reset --quiet --hard origin/main~0");
        works(person, "rm --quiet -r .");
        works(person, "commit --quiet -m none");
        works(person, "checkout --quiet --orphan none");
        works(person, "commit --quiet --allow-empty -m none");
        let push = "push --quiet bbt::acme/parts HEAD:refs/heads/none";
        let outcome = git(person, push);
        assert_eq!(outcome.status, Some(0), "{outcome}");
        outcome.says("git remote add parts bbt::acme/parts");
        let endpoint = format!(
            "https://x-token-auth@{}/acme/assets.git/info/lfs",
            person.host()
        );
        works(person, &format!("config lfs.{endpoint}.locksverify true"));
        let again = "push --quiet bbt::acme/parts HEAD:refs/heads/again";
        fails(person, again, "git remote add parts bbt::acme/parts");
    });
}

#[test]
fn a_push_url_has_an_endpoint_of_its_own() {
    with_content(|person| {
        works(person, "config remote.origin.pushurl bbt::acme/parts");
        // git-lfs reads the configuration before it contacts us.
        fails(
            person,
            "lfs push origin main",
            "git fetch origin, and try again",
        );
        works(person, "push --quiet");
        assert!(uploads(person).iter().all(|to| to == "acme/parts"));
        let push = ALL
            .replace("lfsurl", "lfspushurl")
            .replace("acme/assets", "acme/parts");
        are_these(&entries(person, "assets"), &format!("{ALL}{push}"));
        // And what is fetched comes from where it was.
        fs::remove_dir_all(person.path("assets/.git/lfs/objects")).expect("HOME is writable");
        works(person, "lfs fetch origin main~1");

        works(person, "remote rename origin upstream");
        let renamed = entries(person, "assets");
        assert!(!renamed.contains("remote.origin."), "{renamed}");
        assert_eq!(
            renamed.matches("remote.upstream.lfs").count(),
            2,
            "{renamed}"
        );
        works(person, "config --unset remote.upstream.pushurl");
        works(person, "fetch --quiet upstream");
        let left = entries(person, "assets");
        are_these(&left, &ALL.replace("remote.origin", "remote.upstream"));
        works(person, "remote remove upstream");
        assert!(!entries(person, "assets").contains("remote."));
    });
}

#[test]
fn a_remote_that_is_pushed_to_another_host_needs_an_endpoint_for_that() {
    with_content(|person| {
        works(
            person,
            "config remote.origin.pushurl https://example.com/me/assets.git",
        );
        let hint = "git config remote.origin.lfspushurl ";
        fails(person, "lfs push origin main", hint);
        let theirs = "https://example.com/me/assets.git/info/lfs";
        works(person, &format!("config remote.origin.lfspushurl {theirs}"));
        works(person, "lfs pull origin");
        works(person, "fetch --quiet");
        let expected = format!("{ALL}remote.origin.lfspushurl {theirs}\n");
        are_these(&entries(person, "assets"), &expected);
    });
}

#[test]
fn an_endpoint_gets_no_content_after_its_remote_leads_elsewhere() {
    with_content(|person| {
        let unset = "git config --unset remote.origin.lfsurl";
        for url in [
            "https://example.com/me/assets.git",
            "bbt::gears/other",
            "bbt::acme/parts",
        ] {
            works(person, &format!("remote set-url origin {url}"));
            fails(person, "lfs push origin main", unset);
        }
        // There is no token for it.
        works(person, "remote set-url origin bbt::gears/other");
        let push = git(person, "push --quiet");
        assert_ne!(push.status, Some(0), "{push}");
        assert_eq!(entries(person, "assets"), "");
        works(person, "remote set-url origin bbt::acme/parts");
        works(person, "push --quiet");
        assert!(uploads(person).iter().all(|to| to == "acme/parts"));
    });
}

/// git-lfs has read the configuration by then: its own message is `missing protocol`.
#[test]
fn a_remote_that_was_never_contacted_works_the_second_time() {
    with_content(|person| {
        works(person, "remote add third bbt::acme/third");
        let first = git(person, "lfs push --all third");
        assert_ne!(first.status, Some(0), "{first}");
        first.says("missing protocol: \"bbt::acme/third");
        works(person, "lfs push --all third");
        let sent = uploads(person);
        assert!(
            sent.iter().all(|to| to == "acme/third") && sent.len() == 2,
            "{sent:?}"
        );
    });
}

/// The limits: git-lfs does not ask us, or not before it has chosen.
#[test]
fn git_lfs_is_not_stopped_where_it_does_not_ask() {
    with_content(|person| {
        works(person, "lfs push --all bbt::acme/parts");
        assert!(uploads(person).iter().all(|to| to == "acme/assets"));

        person.commit("assets", 4000);
        let token = person.workspace_token("acme");
        let entry = format!("machine localhost login x-token-auth password {token}\n");
        person.write(".netrc", &entry, 0o600);
        works(person, "push --quiet bbt::acme/parts HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);
        let doctor = person.run("git-bbt", ["doctor"]).at("assets").ends();
        let warns = doctor
            .stdout
            .contains("~/.netrc has a login for localhost:PORT");
        assert!(warns, "{doctor}");
    });
}

/// As README has it.
#[test]
fn a_copy_of_a_repository_has_its_content() {
    with_content(|person| {
        person.bitbucket.empty_repository("acme/assets-copy");
        works(person, "push --quiet");
        fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        person.bitbucket.take_requests();
        let readme = include_str!("../../README.md");
        let mut blocks = readme
            .split("```")
            .filter(|block| block.contains("git push copy"));
        let commands = blocks.next().expect("it is there");
        let commands = commands.strip_prefix("sh\n").expect("it is for a shell");
        person.run("sh", ["-ec", commands]).succeeds();
        let sent = uploads(person);
        assert!(
            sent.iter().all(|to| to == "acme/assets-copy") && sent.len() == 2,
            "{sent:?}"
        );
    });
}

/// Only the repository's own file is scanned at contact.
#[test]
fn a_remote_of_another_file_of_configuration_is_not_pushed_by_its_url() {
    with_content(|person| {
        let push = "push --quiet bbt::acme/parts HEAD";
        fails(person, push, "git remote add parts bbt::acme/parts");
        // Its owner keeps the content of both in one place.
        let host = person.host();
        let endpoint = format!("https://x-token-auth@{host}/acme/assets.git/info/lfs");
        let remote =
            |name| format!("[remote \"{name}\"]\n\turl = bbt::acme/parts\n\tlfsurl = {endpoint}\n");
        person.write("assets/.git/more", &remote("more"), 0o644);
        works(person, "config include.path more");
        works(person, "push --quiet more HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);

        person.write("assets/.git/config.worktree", &remote("own"), 0o644);
        works(person, "config extensions.worktreeConfig true");
        person.commit("assets", 4000);
        works(person, "push --quiet own HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

#[test]
fn what_is_to_be_typed_is_quoted_for_a_shell() {
    with_content(|person| {
        let name = "a$(x)";
        works(person, &format!("remote rename origin {name}"));
        let push = format!("lfs push {name} main");
        let own = format!("config remote.{name}.pushurl");
        works(person, &format!("{own} bbt::acme/parts"));
        fails(person, &push, "git fetch 'a$(x)', and try again");
        works(person, &format!("{own} https://example.com/w.git"));
        fails(person, &push, "git config 'remote.a$(x).lfspushurl' ");
        let elsewhere = format!("remote set-url {name} bbt::acme/parts");
        works(person, &elsewhere);
        fails(person, &push, "git config --unset 'remote.a$(x).lfsurl'");
    });
}
