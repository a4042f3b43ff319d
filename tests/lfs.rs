//! git-lfs at home in a clone: its content comes with the clone and goes with the push, with no
//! set-up, and whoever has said where it is keeps their say.

use std::fs;
use std::os::unix::fs::symlink;

use crate::stand_in::Request;
use crate::support::{Outcome, Person, missing, with_each_git};

/// A repository whose `big.bin` is kept with git-lfs, as somebody with stock git made it. None
/// without git-lfs.
fn assets(person: &Person) -> Option<String> {
    if !person.has("git-lfs") {
        missing("git-lfs", "git-lfs");
        return None;
    }
    person.git(["lfs", "install", "--skip-repo"]).succeeds();
    person.bitbucket.repository("acme/assets");
    let token = person.signed_in_to("acme");
    let url = person.url_with(&token, "acme/assets");
    person.git(["clone", "--quiet", &url, "origin"]).succeeds();
    person.write(
        "origin/.gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        0o644,
    );
    person.commit("origin", 2000);
    person.git(["push", "--quiet"]).at("origin").succeeds();
    person.bitbucket.take_requests();
    Some(token)
}

/// What the repository's own configuration says for git-lfs, without the stand-in's port.
fn entries(person: &Person, folder: &str) -> String {
    let pattern = r"^(lfs\.(url|https)|credential|remote\..*\.lfs)";
    let listed = person
        .git(["config", "--local", "--get-regexp", pattern])
        .at(folder)
        .ends();
    listed.stdout
}

fn size(person: &Person, file: &str) -> u64 {
    let metadata = fs::metadata(person.path(file)).expect("it is checked out");
    metadata.len()
}

/// Where a clone has its pointers and not their content.
fn is_pointer(person: &Person, file: &str) -> bool {
    fs::read(person.path(file)).is_ok_and(|text| text.starts_with(b"version https://git-lfs"))
}

/// A clone that leaves the content to a later `git lfs pull`.
fn clone_of_pointers(person: &Person) -> Outcome {
    let url = "bbt::acme/assets";
    let clone = person.git(["clone", "--quiet", url]);
    clone.env("GIT_LFS_SKIP_SMUDGE", "1").succeeds()
}

const ALL: &str = "\
remote.origin.lfsurl https://x-token-auth@localhost:PORT/acme/assets.git/info/lfs
lfs.https://localhost:PORT/acme/assets.git/info/lfs.access basic
credential.https://localhost:PORT/acme/assets.git.helper
credential.https://localhost:PORT/acme/assets.git.helper bbt
credential.https://localhost:PORT/acme/assets.git.usehttppath true
";

/// In any order, and without the blank after a name that has no value.
#[track_caller]
fn are_all(entries: &str) {
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(entries), sorted(ALL));
}

#[test]
fn content_comes_with_a_clone_and_goes_with_a_push() {
    with_each_git(|person| {
        let Some(token) = assets(person) else { return };
        // Whoever is not asked to says nothing, and is refused for good.
        person
            .bitbucket
            .switches(|switches| switches.lfs_forbids_strangers = true);
        let cloned = person
            .git(["clone", "--quiet", "bbt::acme/assets"])
            .succeeds();
        assert_eq!(cloned.said(), "");
        assert_eq!(size(person, "assets/2000.bin"), 2000);
        are_all(&entries(person, "assets"));

        person.commit("assets", 3000);
        person.git(["push", "--quiet"]).at("assets").succeeds();
        person.git(["pull", "--quiet"]).at("origin").succeeds();
        assert_eq!(size(person, "origin/3000.bin"), 3000);
        let requests = person.bitbucket.requests();
        let of_lfs = |request: &&Request| request.path.contains("/info/lfs/objects/");
        let mut answers = requests.iter().filter(of_lfs).map(|request| request.status);
        // git-lfs knows from the start that it has to log in.
        assert!(answers.all(|status| status == Some(200)), "{requests:#?}");
        let uploads = requests.iter().filter(|request| request.method == "PUT");
        assert_eq!(uploads.count(), 1);
        let sent = requests
            .iter()
            .filter_map(|request| request.authorization.as_ref());
        for authorization in sent {
            assert!(
                authorization.is_basic("x-token-auth", &token),
                "{authorization:?}"
            );
        }
        let config = fs::read_to_string(person.path("assets/.git/config")).expect("it is a clone");
        assert!(
            !config.contains(&token),
            "the token is in the configuration"
        );
    });
}

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
fn an_endpoint_of_their_own_keeps_its_say() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        let own = "https://lfs.example.com/assets";
        for setting in ["lfs.url", "remote.origin.lfsurl"] {
            let of_theirs = format!("{setting}={own}");
            person
                .git(["clone", "--quiet", "-c", &of_theirs, "bbt::acme/assets"])
                .env("GIT_LFS_SKIP_SMUDGE", "1")
                .succeeds();
            person.git(["fetch"]).at("assets").succeeds();
            assert_eq!(entries(person, "assets"), format!("{setting} {own}\n"));
            fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        }
        person
            .git(["config", "--global", "lfs.url", own])
            .succeeds();
        clone_of_pointers(person);
        assert_eq!(entries(person, "assets"), "");
    });
}

#[test]
fn the_team_keeps_its_say() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        clone_of_pointers(person);
        let endpoint = || {
            let env = person.git(["lfs", "env"]).at("assets").succeeds().stdout;
            let line = env.lines().find(|line| line.starts_with("Endpoint="));
            line.unwrap_or_default().to_owned()
        };
        let team = |text: &str| person.write("assets/.lfsconfig", text, 0o644);
        let theirs = "Endpoint=https://lfs.example.com/assets (auth=none)";
        team("[lfs]\n\turl = https://lfs.example.com/assets\n");
        assert_eq!(endpoint(), theirs);

        // Of this, git-lfs would take ours first.
        team("[remote \"origin\"]\n\tlfsurl = https://lfs.example.com/assets\n");
        for _ in 0..2 {
            person.git(["fetch"]).at("assets").succeeds();
            assert_eq!(endpoint(), theirs);
        }
    });
}

#[test]
fn a_token_that_does_not_serve_is_said() {
    with_each_git(|person| {
        let Some(token) = assets(person) else { return };
        clone_of_pointers(person);
        person.bitbucket.revoke(&token);
        // git-lfs 3.3 goes on asking after a 401 and does not end by itself.
        let pull = person.run("timeout", ["5", "git", "lfs", "pull"]);
        let pull = pull.at("assets").ends();
        assert_ne!(pull.status, Some(0), "{pull}");
        pull.says("BBT_TOKEN_ACME")
            .says("git bbt doctor acme/assets");

        let pull = person.git(["lfs", "pull"]).at("assets");
        let pull = pull.without("BBT_TOKEN_ACME").ends();
        assert_ne!(pull.status, Some(0), "{pull}");
        assert!(is_pointer(person, "assets/2000.bin"));
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
