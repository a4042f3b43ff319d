//! What a contact writes into the repository's configuration, and when it writes nothing.

use std::fs;
use std::os::unix::fs::symlink;

use super::{are_all, assets, clone_of_pointers, entries, is_pointer, size};
use crate::support::with_each_git;

#[test]
fn a_later_contact_changes_nothing_and_starts_nothing() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.clone("acme/assets");
        let config = || fs::read(person.path("assets/.git/config")).expect("it is a clone");
        // In a file, since what the helper starts has no stderr.
        let asks_git = || {
            let trace = person.write("trace", "", 0o644);
            let fetch = person.git(["fetch"]).at("assets");
            fetch.env("GIT_TRACE", &trace).succeeds();
            let trace = fs::read_to_string(trace).expect("it is there");
            trace.matches("built-in: git config").count()
        };
        let before = config();
        assert_eq!(asks_git(), 0);
        assert!(config() == before, "a fetch changed the configuration");
        let unset = ["config", "--unset", "remote.origin.lfsurl"];
        person.git(unset).at("assets").succeeds();
        assert_eq!(asks_git(), 2, "one to read, one to write what is missing");
    });
}

#[test]
fn nobody_is_told_where_it_is_not_wanted() {
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

        // A URL has no name, so that nothing could be set for it.
        let url = "bbt::acme/assets";
        person.git(["fetch", url]).at("assets").succeeds();
        person.git(["ls-remote", url]).at("assets").succeeds();
        person.git(["ls-remote", url]).succeeds();
        assert_eq!(entries(person, "assets"), "");

        let fetch = person.git(["fetch"]).at("assets").env("BBT_TRACE", "1");
        fetch
            .succeeds()
            .says("bbt: git-lfs: set remote.origin.lfsurl to https://x-token-auth@");
        are_all(&entries(person, "assets"));
        person.git(["lfs", "pull"]).at("assets").succeeds();
        assert_eq!(size(person, "assets/2000.bin"), 2000);
    });
}

#[test]
fn a_lock_held_by_somebody_is_silent_and_made_up_for() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        person.git(["init", "--quiet", "assets"]).succeeds();
        let names = ["origin", "b", "c", "d"];
        for name in names {
            let add = ["remote", "add", name, "bbt::acme/assets"];
            person.git(add).at("assets").succeeds();
        }
        let lock = person.write("assets/.git/config.lock", "", 0o644);
        let fetch = person.git(["fetch", "--quiet", "origin"]).at("assets");
        assert_eq!(fetch.succeeds().stderr, "");
        assert_eq!(entries(person, "assets"), "");
        fs::remove_file(lock).expect("HOME is writable");

        let all = ["fetch", "--quiet", "--all", "--jobs=4"];
        assert_eq!(person.git(all).at("assets").succeeds().stderr, "");
        person
            .git(["fetch", "--quiet", "--all"])
            .at("assets")
            .succeeds();
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
