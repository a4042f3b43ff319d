//! What a fetch or push writes into the repository's configuration, and when it writes nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use expect_test::expect;

use super::{
    ALL, are_all_entries, are_entries, assets, clone_of_pointers, entries, is_pointer, size,
};
use crate::support::{Person, with_each_git};

/// Returns the clone's own configuration.
fn config(person: &Person) -> String {
    fs::read_to_string(person.path("assets/.git/config")).expect("the clone exists")
}

/// Runs `git config` in the clone.
fn set(person: &Person, arguments: &[&str]) {
    let arguments = ["config"].into_iter().chain(arguments.iter().copied());
    person.git(arguments).at("assets").succeeds();
}

fn fetch(person: &Person) {
    person.git_in("assets", "fetch");
}

#[test]
fn a_later_contact_changes_nothing_and_starts_nothing() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.clone("acme/assets");
        // In a file, since the stderr of processes that the helper starts is not shown.
        let starts = || {
            let trace = person.write("trace", "", 0o644);
            let fetch = person.git(["fetch"]).at("assets");
            fetch.env("GIT_TRACE", &trace).succeeds();
            let trace = fs::read_to_string(trace).expect("the file exists");
            trace.matches(" built-in: git ").count()
        };
        let before = config(person);
        let settled = starts();
        assert!(
            config(person) == before,
            "a fetch changed the configuration"
        );
        person.turns_lfs_off();
        assert_eq!(starts(), settled);
        person.configure("");
        set(person, &["--unset", "remote.origin.lfsurl"]);
        // One process reads the setting; what is missing is appended without a process.
        assert_eq!(starts(), settled + 1);
    });
}

#[test]
fn a_first_clone_asks_git_once_and_a_later_fetch_never() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.configure("[workspace.acme]\nemail = \"52c1@bots.bitbucket.org\"\n");
        let questions = || {
            let mut calls = person.calls_of_git();
            // Not counted: git is asked for headers, since git_url is another host than Bitbucket.
            calls.retain(|call| !call.contains("remote-https") && !call.contains("extraheader"));
            calls.len()
        };
        clone_of_pointers(person);
        assert_eq!(questions(), 1);
        are_all_entries(&entries(person, "assets"));
        let email = person.git(["config", "--local", "user.email"]).at("assets");
        assert_eq!(email.succeeds().stdout, "52c1@bots.bitbucket.org\n");
        fetch(person);
        assert_eq!(questions(), 1);
        // When git-lfs needs a credential, the URL of the remote is read.
        person.git_in("assets", "lfs pull");
        assert_eq!(questions(), 2);
    });
}

#[test]
fn git_lfs_is_not_configured_if_the_user_opted_out() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.turns_lfs_off();
        clone_of_pointers(person);
        assert_eq!(entries(person, "assets"), "");
        assert!(is_pointer(person, "assets/2000.bin"));
        person.configure("");

        // Without git-lfs on the PATH.
        fs::create_dir(person.path("tools")).expect("HOME is writable");
        let tools = person.path("tools");
        for tool in ["git", "sh"] {
            let found = person.run("sh", ["-c", &format!("command -v {tool}")]);
            let found = found.succeeds().stdout;
            symlink(found.trim(), tools.join(tool)).expect("HOME is writable");
        }
        let path = format!("{}:{}", person.path("bin").display(), tools.display());
        let fetch = person.git(["fetch"]).at("assets");
        fetch.env("PATH", path).succeeds();
        assert_eq!(entries(person, "assets"), "");

        // A URL has no remote's name, so nothing could be set for it.
        let url = "bbt::acme/assets";
        person.git(["fetch", url]).at("assets").succeeds();
        person.git(["ls-remote", url]).at("assets").succeeds();
        person.git(["ls-remote", url]).succeeds();
        assert_eq!(entries(person, "assets"), "");

        let fetch = person.git(["fetch"]).at("assets").env("BBT_TRACE", "1");
        fetch
            .succeeds()
            .says("bbt: this clone: set remote.origin.lfsurl");
        are_all_entries(&entries(person, "assets"));
        person.git_in("assets", "lfs pull");
        assert_eq!(size(person, "assets/2000.bin"), 2000);
    });
}

#[test]
fn a_stale_lock_is_reported_and_stops_nothing() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.git(["init", "--quiet", "assets"]).succeeds();
        let names = ["origin", "b", "c", "d", "e", "f"];
        for name in names {
            let add = ["remote", "add", name, "bbt::acme/assets"];
            person.git(add).at("assets").succeeds();
        }
        let lock = person.write("assets/.git/config.lock", "", 0o644);
        let fetch = || {
            let trace = person.write("trace", "", 0o644);
            let fetch = person.git(["fetch", "--quiet", "origin"]).at("assets");
            let outcome = fetch.env("GIT_TRACE", &trace).succeeds();
            let trace = fs::read_to_string(trace).expect("the file exists");
            (outcome.stderr, trace.contains("--show-scope"))
        };
        // The lock may belong to another git, which is about to end.
        let new = fetch();
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        let file = fs::File::options().append(true).open(&lock);
        let aged = file.and_then(|file| file.set_modified(long_ago));
        aged.expect("HOME is writable");
        let old = fetch();
        expect![[r#"
            warning: cannot update this clone's configuration: ~/assets/.git/config.lock exists; remove it if no other git command is running
        "#]].assert_eq(&old.0);
        assert!(!old.1, "git was asked though nothing can be written");
        assert_eq!(new, (old.0, true));
        assert_eq!(entries(person, "assets"), "");
        fs::remove_file(lock).expect("HOME is writable");

        let all = ["fetch", "--quiet", "--all", "--jobs=6"];
        assert_eq!(person.git(all).at("assets").succeeds().stderr, "");
        let entries = entries(person, "assets");
        for name in names {
            assert!(
                entries.contains(&format!("remote.{name}.lfsurl ")),
                "{entries}"
            );
        }
        let helpers: Vec<_> = entries
            .lines()
            .filter(|line| line.contains(".helper"))
            .collect();
        assert!(
            helpers
                .iter()
                .any(|line| line.trim_end().ends_with(".helper")),
            "{entries}"
        );
        assert!(
            helpers.last().is_some_and(|line| line.ends_with(" bbt")),
            "{entries}"
        );
    });
}

#[test]
fn the_settings_follow_a_remote_to_another_repository() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.bitbucket.empty_repository("acme/other");
        person.clone("acme/assets");
        let to = |url: &str| {
            let set_url = ["remote", "set-url", "origin", url];
            person.git(set_url).at("assets").succeeds();
        };
        to("bbt::acme/other");
        person.commit("assets", 3000);
        person.bitbucket.take_requests();
        person.git_in("assets", "push --quiet");
        let requests = person.bitbucket.take_requests();
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        let paths: Vec<_> = uploads.map(|request| &request.path[..12]).collect();
        assert_eq!(paths, ["/acme/other."], "{requests:#?}");
        are_all_entries(&entries(person, "assets").replace("acme/other.git", "acme/assets.git"));
        let changed = config(person);
        fetch(person);
        assert_eq!(config(person), changed);

        // If another remote still points to the repository, the settings that both need stay.
        let add = ["remote", "add", "second", "bbt::acme/other"];
        person.git(add).at("assets").succeeds();
        person.git_in("assets", "fetch second");
        to("bbt::acme/assets");
        fetch(person);
        let entries = entries(person, "assets");
        assert_eq!(entries.matches("/acme/assets.git").count(), 5, "{entries}");
        assert_eq!(entries.matches("/acme/other.git").count(), 5, "{entries}");

        // The team adds an endpoint of its own.
        let theirs = "[remote \"origin\"]\n\tlfsurl = https://lfs.example.com/assets\n";
        person.write("assets/.lfsconfig", theirs, 0o644);
        to("bbt::acme/other");
        fetch(person);
        let left = config(person);
        assert!(!left.contains("/acme/assets"), "{left}");
        assert_eq!(left.matches("lfsurl").count(), 1, "{left}");
    });
}

#[test]
fn an_endpoint_that_may_be_the_users_stays() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.bitbucket.empty_repository("acme/other");
        clone_of_pointers(person);
        let before = config(person);

        // The same repository in another form of its URL.
        set(person, &["remote.origin.url", "bbt::Acme/Assets"]);
        person.git(["fetch"]).at("assets").ends();
        set(person, &["remote.origin.url", "bbt::acme/assets"]);
        assert_eq!(config(person), before);

        // Without the other settings that we add, these settings are the user's.
        let shared = format!("{}/acme/shared.git/info/lfs", person.host());
        let plain = format!("https://{shared}");
        for own in [&plain, &format!("https://x-token-auth@{shared}")] {
            set(person, &["remote.origin.lfsurl", own]);
            set(person, &[&format!("lfs.{plain}.access"), "basic"]);
            let before = config(person);
            fetch(person);
            assert_eq!(config(person), before);
        }
    });
}

#[test]
fn a_remote_that_is_only_pushed_to_bitbucket_has_an_endpoint_for_that() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.git(["init", "--quiet", "mine"]).succeeds();
        let git = |arguments: &[&str]| {
            let run = person.git(arguments.iter().copied()).at("mine");
            run.succeeds()
        };
        git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
        git(&["remote", "add", "origin", "https://example.com/me/mine.git"]);
        let push = ["push", "--dry-run", "--no-verify", "origin", "HEAD:mine"];
        let expected = ALL.replace("lfsurl", "lfspushurl");
        for (key, value) in [
            ("remote.origin.pushurl", "bbt::acme/assets"),
            (
                "url.bbt::acme/assets.pushInsteadOf",
                "https://example.com/me/mine.git",
            ),
        ] {
            git(&["config", key, value]);
            git(&push);
            are_entries(&entries(person, "mine"), &expected);
            git(&["config", "--unset", key]);
            git(&["config", "--unset", "remote.origin.lfspushurl"]);
        }
    });
}

#[test]
fn urls_of_the_configured_host_get_an_endpoint() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        let url = format!("https://{}/acme/assets.git", person.host());
        for (url, vcs) in [(format!("bbt::{url}"), ""), (url, "bbt")] {
            person.git(["init", "--quiet", "assets"]).succeeds();
            set(person, &["remote.origin.url", &url]);
            set(
                person,
                &["remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"],
            );
            if !vcs.is_empty() {
                set(person, &["remote.origin.vcs", vcs]);
            }
            fetch(person);
            are_all_entries(&entries(person, "assets"));
            let again = person.git(["fetch"]).at("assets").env("GIT_TRACE", "2");
            let again = again.succeeds();
            assert!(!again.stderr.contains("--show-scope"), "{again}");
            let checkout = ["checkout", "--quiet", "-b", "main", "origin/main"];
            person.git(checkout).at("assets").succeeds();
            assert_eq!(size(person, "assets/2000.bin"), 2000);
            fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        }
    });
}
