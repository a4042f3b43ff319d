//! git-lfs in a clone: its content comes with the clone and goes with the push, without any setup, and
//! an endpoint that the user or the team has set takes precedence.

mod contacts;
mod content;
mod destinations;
mod others;
mod refused;

use std::fs;

use crate::support::{Outcome, Person, missing};

/// Makes a repository with a file in git-lfs, by stock git. Returns the token; `None` without git-lfs.
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
    person.git_in("origin", "push --quiet");
    person.bitbucket.take_requests();
    Some(token)
}

/// Returns the settings for git-lfs in the repository's own configuration, without the stand-in's port
/// and what git-lfs writes itself.
fn entries(person: &Person, folder: &str) -> String {
    let pattern = r"^(lfs\.(url|https)|credential|remote\..*\.lfs)";
    let listed = person
        .git(["config", "--local", "--get-regexp", pattern])
        .at(folder)
        .ends();
    let lines = listed.stdout.lines();
    let lines = lines.filter(|line| !line.contains(".locksverify "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn size(person: &Person, file: &str) -> u64 {
    let metadata = fs::metadata(person.path(file)).expect("the file is checked out");
    metadata.len()
}

/// Returns whether a file is a pointer, without its content.
fn is_pointer(person: &Person, file: &str) -> bool {
    fs::read(person.path(file)).is_ok_and(|text| text.starts_with(b"version https://git-lfs"))
}

/// Returns the repositories that content was sent to since the last call.
fn uploads(person: &Person) -> Vec<String> {
    let requests = person.bitbucket.take_requests().into_iter();
    let puts = requests.filter(|request| request.method == "PUT");
    let full_name = |path: &str| {
        path.trim_start_matches('/')
            .split(".git")
            .next()
            .map(str::to_owned)
    };
    puts.filter_map(|request| full_name(&request.path))
        .collect()
}

/// Clones without the content, which a later `git lfs pull` fetches.
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

/// Asserts that these are all settings for `origin`, in any order.
#[track_caller]
fn are_all_entries(entries: &str) {
    are_entries(entries, ALL);
}

#[track_caller]
fn are_entries(entries: &str, expected: &str) {
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(entries), sorted(expected));
}
