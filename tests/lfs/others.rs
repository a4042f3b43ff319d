//! An endpoint that the user or the team has set takes precedence.

use std::fs;

use super::{assets, clone_of_pointers, entries};
use crate::support::with_each_git;

#[test]
fn an_endpoint_of_the_users_own_stays() {
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
            person.git_in("assets", "fetch");
            assert_eq!(entries(person, "assets"), format!("{setting} {own}\n"));
            fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        }
        person.git_in("", &format!("config --global lfs.url {own}"));
        clone_of_pointers(person);
        assert_eq!(entries(person, "assets"), "");
    });
}

#[test]
fn the_teams_lfsconfig_takes_precedence() {
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

        // git-lfs would prefer our setting to this one.
        team("[remote \"origin\"]\n\tlfsurl = https://lfs.example.com/assets\n");
        for _ in 0..2 {
            person.git_in("assets", "fetch");
            assert_eq!(endpoint(), theirs);
        }
    });
}
