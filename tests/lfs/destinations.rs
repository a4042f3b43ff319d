//! Content goes to the repository that the commits go to, or the operation fails.

use std::fs;

use expect_test::expect;

use super::{ALL, are_entries, assets, entries, uploads};
use crate::support::{Outcome, Person, missing, with_each_git};

/// Runs a test for a person in a clone of `acme/assets`, with more content that is committed and not
/// pushed, and the empty repositories `acme/parts` and `acme/third`.
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

/// Asserts that git-lfs fails with this hint, and sends nothing.
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
        let folder = fs::read_dir(person.path("assets/.git")).expect("the clone exists");
        let mut names = folder.map(|entry| entry.expect("the folder can be read").file_name());
        assert!(!names.any(|name| name.to_string_lossy().starts_with("bbt")));

        works(person, "remote add parts bbt::acme/parts");
        works(person, "push --quiet parts HEAD");
        assert!(uploads(person).iter().all(|to| to == "acme/parts"));
        // The same repository by its URL.
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
        are_entries(&entries(person, "assets"), &format!("{ALL}{push}"));
        // Content is still fetched from the other repository.
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
        are_entries(&left, &ALL.replace("remote.origin", "remote.upstream"));
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
        are_entries(&entries(person, "assets"), &expected);
    });
}

#[test]
fn an_endpoint_gets_no_content_after_its_remote_points_elsewhere() {
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
        // No token is configured for this workspace.
        works(person, "remote set-url origin bbt::gears/other");
        let push = git(person, "push --quiet");
        assert_ne!(push.status, Some(0), "{push}");
        assert_eq!(entries(person, "assets"), "");
        works(person, "remote set-url origin bbt::acme/parts");
        works(person, "push --quiet");
        assert!(uploads(person).iter().all(|to| to == "acme/parts"));
    });
}

/// git-lfs has read the configuration before it contacts the remote.
#[test]
fn lfs_push_to_a_remote_that_was_never_contacted_works_the_second_time() {
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

/// The limits: git-lfs has chosen the endpoint before it contacts us, or does not contact us, as over
/// plain https, or has another credential.
#[test]
fn lfs_push_by_url_and_a_push_to_a_path_and_netrc_are_not_stopped() {
    with_content(|person| {
        works(person, "lfs push --all bbt::acme/parts");
        assert!(uploads(person).iter().all(|to| to == "acme/assets"));

        person.commit("assets", 4000);
        let init = ["init", "--quiet", "--bare", "elsewhere.git"];
        person.git(init).succeeds();
        works(person, "push --quiet ../elsewhere.git HEAD");
        assert_eq!(uploads(person), ["acme/assets"]);

        person.commit("assets", 5000);
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

#[test]
fn the_documented_commands_copy_a_repository_with_its_content() {
    with_content(|person| {
        person.bitbucket.empty_repository("acme/assets-copy");
        works(person, "push --quiet");
        fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        person.bitbucket.take_requests();
        let page = include_str!("../../docs/tools.md");
        let mut blocks = page
            .split("```")
            .filter(|block| block.contains("git push copy"));
        let commands = blocks.next().expect("the page has the commands");
        let commands = commands
            .strip_prefix("sh\n")
            .expect("the block is for a shell");
        person.run("sh", ["-ec", commands]).succeeds();
        let sent = uploads(person);
        assert!(
            sent.iter().all(|to| to == "acme/assets-copy") && sent.len() == 2,
            "{sent:?}"
        );
    });
}

/// Only the repository's own file is read at a fetch or push.
#[test]
fn a_push_through_a_remote_that_another_file_defines_is_no_push_by_url() {
    with_content(|person| {
        let push = "push --quiet bbt::acme/parts HEAD";
        fails(person, push, "git remote add parts bbt::acme/parts");
        // The user keeps the content of both repositories in one place.
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

/// git-lfs uses the endpoint that we have set, even if something else decides where the commits go.
#[test]
fn a_redirection_outside_of_the_repositorys_own_file_sends_no_content() {
    with_content(|person| {
        let init = ["init", "--quiet", "--bare", "elsewhere.git"];
        person.git(init).succeeds();
        let elsewhere = person.path("elsewhere.git").display().to_string();
        let included = format!("[remote \"origin\"]\n\tpushurl = {elsewhere}\n");
        person.write("assets/.git/more", &included, 0o644);
        works(person, "config extensions.worktreeConfig true");
        let pushurl = "remote.origin.pushurl";
        for (file, key, value) in [
            (
                "--global",
                format!("url.{elsewhere}.insteadOf"),
                "bbt::acme/assets",
            ),
            (
                "--global",
                format!("url.{elsewhere}.pushInsteadOf"),
                "bbt::acme/assets",
            ),
            (
                "--global",
                "remote.origin.url".to_owned(),
                elsewhere.as_str(),
            ),
            ("--global", pushurl.to_owned(), elsewhere.as_str()),
            ("--worktree", pushurl.to_owned(), elsewhere.as_str()),
            ("--local", "include.path".to_owned(), "more"),
        ] {
            works(person, &format!("config {file} {key} {value}"));
            fails(person, "push --quiet origin HEAD", "git config ");
            works(person, &format!("config {file} --unset {key}"));
        }
        let once = format!("-c {pushurl}={elsewhere} push --quiet origin HEAD");
        fails(person, &once, "git config remote.origin.lfspushurl ");
        // Since git 2.46 an empty URL clears those before it.
        let url = format!("-c remote.origin.url= -c remote.origin.url={elsewhere}");
        let unset = "git config --unset remote.origin.lfsurl";
        fails(person, &format!("{url} push --quiet origin HEAD"), unset);

        // Another transport to the same repository.
        let ssh = "-c url.git@bitbucket.org:.pushInsteadOf=bbt::";
        works(person, &format!("{ssh} lfs push origin main"));
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

#[test]
fn a_redirection_to_another_repository_on_bitbucket_takes_the_content_along() {
    with_content(|person| {
        let pushurl = "-c remote.origin.pushurl=bbt::acme/parts";
        works(person, &format!("{pushurl} push --quiet origin HEAD"));
        let sent = uploads(person);
        assert!(
            !sent.is_empty() && sent.iter().all(|to| to == "acme/parts"),
            "{sent:?}"
        );
        person.commit("assets", 4000);
        works(person, "push --quiet");
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

/// The request of git-lfs does not name the remote.
#[test]
fn a_stale_remote_does_not_stop_a_push_through_another_one() {
    with_content(|person| {
        for (url, bytes) in [
            ("bbt::acme/parts", 4000),
            ("https://example.com/w.git", 5000),
        ] {
            let add_and_redirect_second = || {
                works(person, "remote add second bbt::acme/assets");
                works(person, "fetch --quiet second");
                works(person, &format!("remote set-url second {url}"));
            };
            add_and_redirect_second();
            person.commit("assets", bytes);
            works(person, "push --quiet");
            assert!(uploads(person).iter().all(|to| to == "acme/assets"));
            works(person, "remote remove second");

            add_and_redirect_second();
            person.commit("assets", bytes + 1);
            let unset = "git config --unset remote.second.lfsurl";
            fails(person, "lfs push second main", unset);
            // git-lfs itself contacts origin first.
            works(person, "lfs push origin main");
            assert_eq!(uploads(person), ["acme/assets"], "{url}");
            works(person, "remote remove second");
        }
    });
}

#[test]
fn a_push_beside_a_push_by_url_fails_until_that_has_ended() {
    with_content(|person| {
        let hook = "#!/bin/sh\n[ -n \"$BESIDE\" ] && exec git lfs pre-push \"$@\"\n\
                    BESIDE=1 git push --quiet origin HEAD || true\n";
        person.write("assets/.git/hooks/pre-push", hook, 0o755);
        let by_url = git(person, "push --quiet bbt::acme/parts HEAD");
        by_url.says("failed to push some refs to 'bbt::acme/assets'");
        by_url.says("if another command uses acme/parts, try again when it has ended");
        assert_eq!(uploads(person), [""; 0]);
        let again = person.git(["push", "--quiet"]).at("assets");
        again.env("BESIDE", "1").succeeds();
        assert_eq!(uploads(person), ["acme/assets"]);
    });
}

#[test]
fn a_url_that_is_rewritten_to_ours_works_through_a_remote() {
    with_content(|person| {
        let host = person.host();
        let https = |repository| format!("https://{host}/acme/{repository}.git");
        let rule = format!("config --global url.bbt::acme/.insteadOf https://{host}/acme/");
        works(person, &rule);
        works(person, &format!("remote add parts {}", https("parts")));
        works(person, "push --quiet parts HEAD");
        let sent = uploads(person);
        assert!(
            !sent.is_empty() && sent.iter().all(|to| to == "acme/parts"),
            "{sent:?}"
        );

        let by_url = git(person, &format!("push --quiet {} HEAD", https("third")));
        assert_eq!(by_url.status, Some(1), "{by_url}");
        by_url.says("missing protocol: \"bbt::acme/third");
        assert_eq!(uploads(person), [""; 0]);
    });
}

#[test]
fn a_remote_that_only_another_file_defines_has_no_endpoint() {
    with_content(|person| {
        works(person, "config --global remote.parts.url bbt::acme/parts");
        works(person, "ls-remote parts");
        let push = git(person, "push --quiet parts HEAD");
        assert_eq!(push.status, Some(1), "{push}");
        push.says("missing protocol: \"bbt::acme/parts");
        assert_eq!(uploads(person), [""; 0]);
        are_entries(&entries(person, "assets"), ALL);

        works(person, "remote remove origin");
        let doctor = person.run("git-bbt", ["doctor"]).at("assets").ends();
        let hint = "hint: define the remote in the clone's own configuration: git remote add";
        assert!(doctor.stdout.contains(hint), "{doctor}");
    });
}

#[test]
fn a_push_by_url_from_a_bare_repository_sends_nothing_elsewhere() {
    with_content(|person| {
        works(person, "push --quiet");
        fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        let clone = ["clone", "--quiet", "--bare", "bbt::acme/assets", "assets"];
        person.git(clone).succeeds();
        works(person, "lfs fetch --all");
        works(person, "lfs install --local");
        uploads(person);
        let hint = "git remote add parts bbt::acme/parts";
        fails(person, "push --quiet bbt::acme/parts HEAD", hint);
    });
}

#[test]
fn a_push_by_url_from_a_read_only_repository_sends_nothing_elsewhere() {
    with_content(|person| {
        if !person.has("setpriv") {
            return missing("setpriv", "setpriv");
        }
        person.run("chmod", ["a-w", "assets/.git"]).succeeds();
        // root may write anywhere, unless it lacks these two capabilities.
        let rights = "--bounding-set -dac_override,-dac_read_search --inh-caps -all";
        let push = format!("{rights} -- git push --quiet bbt::acme/parts HEAD");
        let push = || person.run("setpriv", push.split(' ')).at("assets");
        let noted = push().ends();
        let not_noted = push()
            .env("XDG_CACHE_HOME", person.path(".gitconfig"))
            .ends();
        person.run("chmod", ["u+w", "assets/.git"]).succeeds();
        let hint = "git remote add parts bbt::acme/parts";
        noted
            .says("git-lfs gets no credential for acme/assets")
            .says(hint);
        assert!(!matches!(noted.status, Some(0) | None), "{noted}");
        assert_eq!(not_noted.status, Some(128), "{not_noted}");
        expect![[r#"
            error: cannot use acme/parts by its URL: git-lfs content could go to another repository, and what prevents that cannot be written to this repository or the cache folder: Not a directory (os error 20)
            hint: git remote add parts bbt::acme/parts
        "#]].assert_eq(&not_noted.said());
        assert_eq!(uploads(person), [""; 0]);
        let cache = fs::read_dir(person.path(".cache/git-remote-bbt"));
        assert_eq!(cache.expect("the cache exists").count(), 0);
    });
}

#[test]
fn commands_in_hints_are_quoted_for_a_shell() {
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
