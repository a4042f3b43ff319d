//! `git submodule`, with URLs of every kind and of two workspaces.

use std::fs;

use super::{Tokens, at_home_in, each_token_went_to_its_own, git};
use crate::support::{Person, with_each_git};

/// A submodule's URL in `.gitmodules`, and the repository that it names from acme/widgets.
const SUBMODULES: [(&str, &str); 6] = [
    ("../gadgets", "acme/gadgets"),
    ("bbt::acme/tools", "acme/tools"),
    ("https://bitbucket.org/acme/docs.git", "acme/docs"),
    ("git@bitbucket.org:acme/themes.git", "acme/themes"),
    ("../../other/parts", "other/parts"),
    ("https://bitbucket.org/other/fonts", "other/fonts"),
];

/// acme/widgets with all of them, and other/parts with one of its own.
fn superproject(person: &Person) -> Tokens<2> {
    let tokens = at_home_in(person, ["acme", "other"]);
    let names = SUBMODULES.iter().map(|(_, full_name)| *full_name);
    for full_name in names.chain(["acme/widgets", "other/nuts"]) {
        person.bitbucket.repository(full_name);
    }
    add(person, "other/parts", &["../nuts"]);
    add(person, "acme/widgets", &SUBMODULES.map(|(url, _)| url));
    person.bitbucket.take_requests();
    tokens
}

fn add(person: &Person, full_name: &str, urls: &[&str]) {
    let clone = person.clone(full_name);
    for url in urls {
        let add = ["submodule", "--quiet", "add", url];
        person.git(add).at(&clone).succeeds();
    }
    let commit = ["commit", "--quiet", "-m", "Submodules"];
    person.git(commit).at(&clone).succeeds();
    person.git(["push", "--quiet"]).at(&clone).succeeds();
    fs::remove_dir_all(clone).expect("HOME is writable");
}

#[track_caller]
fn are_there(person: &Person, folder: &str) {
    let names = SUBMODULES
        .iter()
        .filter_map(|(_, full_name)| full_name.split('/').next_back());
    for name in names.chain(["parts/nuts"]) {
        let readme = person.path(folder).join(name).join("README.md");
        assert!(readme.exists(), "no {name}");
    }
}

#[test]
fn submodules_are_cloned_for_every_form_of_url() {
    with_each_git(|person| {
        let tokens = superproject(person);
        for (number, url) in [
            "bbt::acme/widgets",
            "bbt://acme/widgets",
            "https://bitbucket.org/acme/widgets.git",
            "git@bitbucket.org:acme/widgets.git",
        ]
        .into_iter()
        .enumerate()
        {
            let folder = format!("whole{number}");
            person.git(["clone", "--quiet", url, &folder]).succeeds();
            let update = "submodule --quiet update --init --recursive --jobs=4";
            git(person, &folder, update);
            are_there(person, &folder);
            each_token_went_to_its_own(person, &tokens);
        }
    });
}

#[test]
fn submodules_are_as_shallow_as_the_clone() {
    with_each_git(|person| {
        let tokens = superproject(person);
        let clone = "clone --quiet --depth=1 --recurse-submodules --shallow-submodules --jobs=4";
        git(person, "", &format!("{clone} bbt::acme/widgets whole"));
        are_there(person, "whole");
        for folder in ["whole", "whole/parts"] {
            assert_eq!(git(person, folder, "rev-list --count HEAD"), "1");
        }
        each_token_went_to_its_own(person, &tokens);
    });
}

#[test]
fn changes_in_submodules_are_pushed_and_pulled() {
    with_each_git(|person| {
        let tokens = superproject(person);
        for folder in ["mine", "theirs"] {
            let clone = "clone --quiet --recurse-submodules bbt::acme/widgets";
            git(person, "", &format!("{clone} {folder}"));
        }
        for folder in ["mine/gadgets", "mine/fonts"] {
            git(person, folder, "checkout --quiet main");
            person.commit(folder, 10);
        }
        person.commit("mine", 20);
        git(
            person,
            "mine",
            "push --quiet --recurse-submodules=on-demand",
        );
        git(person, "theirs", "pull --quiet --recurse-submodules");
        for file in ["20.bin", "gadgets/10.bin", "fonts/10.bin"] {
            assert!(person.path("theirs").join(file).exists(), "no {file}");
        }

        person.commit("mine/fonts", 30);
        git(person, "mine/fonts", "push --quiet");
        git(person, "theirs", "submodule --quiet update --remote fonts");
        assert!(person.path("theirs/fonts/30.bin").exists());
        each_token_went_to_its_own(person, &tokens);
    });
}

#[test]
fn a_submodule_without_a_token_is_named_and_gets_no_other_token() {
    with_each_git(|person| {
        let [acme, _] = superproject(person);
        let clone = [
            "clone",
            "--quiet",
            "--recurse-submodules",
            "bbt::acme/widgets",
        ];
        let clone = person.git(clone).without("BBT_TOKEN_OTHER").ends();
        assert_ne!(clone.status, Some(0), "{clone}");
        clone.says("error: no token is configured for other/parts");
        each_token_went_to_its_own(person, &[acme]);
    });
}
