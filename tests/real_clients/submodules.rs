//! `git submodule`, with URLs of every kind and of two workspaces.

use std::fs;

use super::{Tokens, each_token_was_used_only_for_its_workspace, set_up_workspaces};
use crate::support::{Person, with_each_git};

/// The URL of a submodule in `.gitmodules`, and the repository that it means in acme/widgets.
const SUBMODULES: [(&str, &str); 6] = [
    ("../gadgets", "acme/gadgets"),
    ("bbt::acme/tools", "acme/tools"),
    ("https://bitbucket.org/acme/docs.git", "acme/docs"),
    ("git@bitbucket.org:acme/themes.git", "acme/themes"),
    ("../../other/parts", "other/parts"),
    ("https://bitbucket.org/other/fonts", "other/fonts"),
];

/// Creates acme/widgets with all of these submodules, and other/parts with one submodule.
fn superproject(person: &Person) -> Tokens<2> {
    let tokens = set_up_workspaces(person, ["acme", "other"]);
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
fn submodules_exist(person: &Person, folder: &str) {
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
            person.git_in(&folder, update);
            submodules_exist(person, &folder);
            each_token_was_used_only_for_its_workspace(person, &tokens);
        }
    });
}

#[test]
fn submodules_are_as_shallow_as_the_clone() {
    with_each_git(|person| {
        let tokens = superproject(person);
        let clone = "clone --quiet --depth=1 --recurse-submodules --shallow-submodules --jobs=4";
        person.git_in("", &format!("{clone} bbt::acme/widgets whole"));
        submodules_exist(person, "whole");
        for folder in ["whole", "whole/parts"] {
            assert_eq!(person.git_in(folder, "rev-list --count HEAD"), "1");
        }
        each_token_was_used_only_for_its_workspace(person, &tokens);
    });
}

#[test]
fn changes_in_submodules_are_pushed_and_pulled() {
    with_each_git(|person| {
        let tokens = superproject(person);
        for folder in ["mine", "theirs"] {
            let clone = "clone --quiet --recurse-submodules bbt::acme/widgets";
            person.git_in("", &format!("{clone} {folder}"));
        }
        for folder in ["mine/gadgets", "mine/fonts"] {
            person.git_in(folder, "checkout --quiet main");
            person.commit(folder, 10);
        }
        person.commit("mine", 20);
        person.git_in("mine", "push --quiet --recurse-submodules=on-demand");
        person.git_in("theirs", "pull --quiet --recurse-submodules");
        for file in ["20.bin", "gadgets/10.bin", "fonts/10.bin"] {
            assert!(person.path("theirs").join(file).exists(), "no {file}");
        }

        person.commit("mine/fonts", 30);
        person.git_in("mine/fonts", "push --quiet");
        person.git_in("theirs", "submodule --quiet update --remote fonts");
        assert!(person.path("theirs/fonts/30.bin").exists());
        each_token_was_used_only_for_its_workspace(person, &tokens);
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
        each_token_was_used_only_for_its_workspace(person, &[acme]);
    });
}
