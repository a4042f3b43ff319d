//! A rejected token is reported once, and git-lfs gives up: without our help, git-lfs 3.3 retries
//! forever.

use std::fs;
use std::time::{Duration, SystemTime};

use expect_test::expect;

use super::{assets, clone_of_pointers, is_pointer, size};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Outcome, Person, with_each_git};

/// Asserts that the command failed, and that we reported it this number of times.
#[track_caller]
fn is_reported(outcome: &Outcome, times: usize) {
    assert!(!matches!(outcome.status, Some(0) | None), "{outcome}");
    let said = outcome.stderr.matches("rejected the token").count();
    assert_eq!(said, times, "{outcome}");
    outcome.says("git bbt doctor acme/assets");
}

/// Configures a token command that prints these tokens one after the other, and then repeats the last
/// one.
fn configure_in_turn(person: &Person, tokens: &[&str]) {
    let script = "#!/bin/sh\nexec 2>/dev/null\nread -r next rest < queue\n\
                  [ -n \"$rest\" ] && echo \"$rest\" > queue\necho \"$next\"\n";
    person.write(
        ".config/git-remote-bbt/queue",
        &(tokens.join(" ") + "\n"),
        0o600,
    );
    let program = person.write("in-turn", script, 0o755);
    person.configure(&format!(
        "[workspace.acme]\ntoken = {{ command = [\"{}\"] }}\n",
        program.display()
    ));
}

fn revoked(person: &Person) -> String {
    person.remember(synthetic_token(Kind::Access))
}

/// Runs the helper as git does for git-lfs.
fn ask(person: &Person, operation: &str, repository: &str, password: &str) -> Outcome {
    let run = person.run("git-credential-bbt", [operation]);
    run.input(request(person, operation, repository, password))
        .succeeds()
}

fn request(person: &Person, operation: &str, repository: &str, password: &str) -> String {
    let request = format!(
        "protocol=https\nhost={}\npath=acme/{repository}.git/info/lfs\nusername=x-token-auth\n",
        person.host()
    );
    match operation {
        "get" => request,
        _ => format!("{request}password={password}\n"),
    }
}

const QUIT: &str = "quit=1\n";
const ANSWER: &str = "username=x-token-auth\npassword=<token>\n";

#[test]
fn a_refused_token_is_reported_and_a_new_one_works_at_once() {
    with_each_git(|person| {
        let Some(good) = assets(person) else { return };
        clone_of_pointers(person);
        let lfs = |words: &[&str], token: &str| {
            let words = ["lfs"].into_iter().chain(words.iter().copied());
            let run = person.git(words).at("assets");
            run.env("BBT_TOKEN_ACME", token).ends()
        };
        let revoked = revoked(person);
        for _ in 0..2 {
            person.bitbucket.take_requests();
            let pull = lfs(&["pull"], &revoked);
            is_reported(&pull, 1);
            expect![[r#"
                error: localhost:PORT rejected the token for acme/assets from BBT_TOKEN_ACME in the environment
                hint: try again first: Bitbucket sometimes rejects valid tokens, mostly those of parallel jobs
                hint: it may be expired or revoked, it may not cover this repository, or the repository may not exist; Bitbucket does not say which
                hint: run 'git bbt doctor acme/assets' to find out
            "#]].assert_eq(&pull.said());
            assert_eq!(person.requests(), ["POST info/lfs/objects/batch 401"]);
            assert!(is_pointer(person, "assets/2000.bin"));
        }
        assert_eq!(lfs(&["pull"], &good).status, Some(0));
        assert_eq!(size(person, "assets/2000.bin"), 2000);

        person.commit("assets", 3000);
        is_reported(&lfs(&["push", "origin", "main"], &revoked), 1);
        assert_eq!(lfs(&["push", "origin", "main"], &good).status, Some(0));
    });
}

#[test]
fn git_lfs_gives_up_without_a_token() {
    with_each_git(|person| {
        if assets(person).is_none() {
            return;
        }
        clone_of_pointers(person);
        let pull = person.git(["lfs", "pull"]).at("assets");
        let pull = pull.without("BBT_TOKEN_ACME").ends();
        assert_ne!(pull.status, Some(0), "{pull}");
        assert!(is_pointer(person, "assets/2000.bin"));
    });
}

#[test]
fn a_token_revoked_between_git_and_git_lfs_is_reported() {
    with_each_git(|person| {
        let Some(good) = assets(person) else { return };
        let revoked = revoked(person);
        let git = |words: &str| {
            let run = person.git(words.split(' ')).without("BBT_TOKEN_ACME");
            run.at(if words.starts_with("clone") {
                ""
            } else {
                "assets"
            })
        };
        configure_in_turn(person, &[&good, &revoked]);
        let clone = git("clone --quiet bbt::acme/assets").ends();
        // git-lfs tries twice: all files, and then the first of them.
        is_reported(&clone, 2);
        clone.says("Clone succeeded, but checkout failed");

        configure_in_turn(person, &[&good]);
        git("reset --quiet --hard").succeeds();
        assert_eq!(size(person, "assets/2000.bin"), 2000);
        person.commit("assets", 3000);
        configure_in_turn(person, &[&good, &revoked]);
        is_reported(&git("push --quiet").ends(), 1);
        configure_in_turn(person, &[&good]);
        git("push --quiet").succeeds();
    });
}

/// With our credential helper for plain https, git-lfs asks as git does.
#[test]
fn git_lfs_gives_up_with_a_revoked_token_and_an_https_remote() {
    with_each_git(|person| {
        let Some(good) = assets(person) else { return };
        let scope = format!("credential.{}", person.bitbucket.url());
        for (key, value) in [("helper", "bbt"), ("useHttpPath", "true")] {
            let set = ["config", "--global", &format!("{scope}.{key}"), value];
            person.git(set).succeeds();
        }
        let url = format!("{}/acme/assets.git", person.bitbucket.url());
        let clone = person.git(["clone", "--quiet", &url]);
        clone.env("GIT_LFS_SKIP_SMUDGE", "1").succeeds();
        let git = |words: &[&str], token: &str| {
            let run = person.git(words.iter().copied()).at("assets");
            run.env("BBT_TOKEN_ACME", token).ends()
        };
        let revoked = revoked(person);
        is_reported(&git(&["lfs", "pull"], &revoked), 10);
        // git itself does not retry, and is not stopped.
        for _ in 0..5 {
            is_reported(&git(&["fetch"], &revoked), 1);
        }
        assert_eq!(git(&["fetch"], &good).status, Some(0));
        assert_eq!(git(&["lfs", "pull"], &good).status, Some(0));
        assert_eq!(size(person, "assets/2000.bin"), 2000);
    });
}

#[test]
fn git_lfs_gives_up_if_a_command_prints_only_revoked_tokens() {
    with_each_git(|person| {
        let Some(good) = assets(person) else { return };
        clone_of_pointers(person);
        let revoked: Vec<String> = (0..40).map(|_| revoked(person)).collect();
        let mut tokens: Vec<&str> = revoked.iter().map(String::as_str).collect();
        let pull = || {
            let run = person.git(["lfs", "pull"]).at("assets");
            run.without("BBT_TOKEN_ACME").ends()
        };
        configure_in_turn(person, &tokens);
        let ended = pull();
        assert_ne!(ended.status, Some(0), "{ended}");
        ended.says("rejected the token");
        let queue = fs::read_to_string(person.path(".config/git-remote-bbt/queue"));
        let left = queue.expect("the file exists").split(' ').count();
        assert!(left > 10, "all but {left} were tried");

        // A token that is rejected on the way is no reason to give up.
        tokens.truncate(3);
        tokens.push(&good);
        configure_in_turn(person, &tokens);
        assert_eq!(pull().status, Some(0));
        assert_eq!(size(person, "assets/2000.bin"), 2000);
    });
}

#[test]
fn a_refused_token_is_withheld_once() {
    let person = Person::with_any_git();
    let token = revoked(&person);
    person.export("BBT_TOKEN_ACME", &token);
    let get = |repository| ask(&person, "get", repository, "").stdout;
    ask(&person, "erase", "assets", &token);
    assert_eq!(get("other"), ANSWER);
    assert_eq!(get("Assets"), QUIT);
    assert_eq!(get("assets"), ANSWER);

    // The token in the source was replaced meanwhile.
    ask(&person, "erase", "assets", "an older one");
    assert_eq!(get("assets"), ANSWER);
    // An accepted token ends a series of rejections.
    for _ in 0..20 {
        ask(&person, "erase", "assets", "an older one");
        ask(&person, "store", "assets", &token);
    }
    assert_eq!(get("assets"), ANSWER);

    // git-lfs was killed before it asked again.
    ask(&person, "erase", "assets", &token);
    let notes = || fs::read_dir(person.path(".cache/git-remote-bbt")).expect("the folder exists");
    let note = notes()
        .next()
        .expect("a note exists")
        .expect("the folder can be read");
    let file = fs::File::options().append(true).open(note.path());
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    let aged = file.and_then(|file| file.set_modified(long_ago));
    aged.expect("HOME is writable");
    assert_eq!(get("assets"), ANSWER);
    ask(&person, "erase", "other", &token);
    assert_eq!(get("other"), QUIT);

    ask(&person, "erase", "assets", "an older one");
    let text = fs::read(note.path()).expect("the file exists");
    assert_eq!(text, b".", "the file holds more than a count");
    ask(&person, "store", "assets", &token);
    assert_eq!(notes().count(), 0);
}

#[test]
fn a_refusal_counts_only_in_its_clone() {
    let person = Person::with_any_git();
    let token = revoked(&person);
    person.export("BBT_TOKEN_ACME", &token);
    for clone in ["one", "two"] {
        person.git(["init", "--quiet", clone]).succeeds();
    }
    let ask = |folder, operation| {
        let run = person.git(["credential", operation]).at(folder);
        let scope = format!("credential.{}", person.bitbucket.url());
        let request = match operation {
            "fill" => request(&person, "get", "assets", ""),
            _ => request(&person, "erase", "assets", &token),
        };
        let run = run.env("GIT_CONFIG_COUNT", "2");
        let run = run.env("GIT_CONFIG_KEY_0", format!("{scope}.helper"));
        let run = run.env("GIT_CONFIG_VALUE_0", "bbt");
        let run = run.env("GIT_CONFIG_KEY_1", format!("{scope}.useHttpPath"));
        let run = run.env("GIT_CONFIG_VALUE_1", "true");
        run.input(request).ends().status
    };
    assert_eq!(ask("one", "reject"), Some(0));
    assert!(person.path("one/.git/bbt-refused-acme+assets").exists());
    assert_eq!(ask("two", "fill"), Some(0));
    assert_ne!(ask("one", "fill"), Some(0));
    assert_eq!(ask("one", "fill"), Some(0));
}
