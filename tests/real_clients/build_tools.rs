//! Build tools, and tools for many repositories, which run git with a URL from a file.

use std::fs;

use super::packages::package;
use super::{Tokens, each_token_was_used_only_for_its_workspace};
use crate::support::{Person, missing, with_each_git};

/// The forms of a URL that all of these tools pass to git unchanged.
const URLS: [&str; 4] = [
    "bbt::acme/dep",
    "bbt://acme/dep",
    "https://bitbucket.org/acme/dep.git",
    "git@bitbucket.org:acme/dep.git",
];

/// For each form of the URL, writes a file with `URL` replaced by it, and runs a command, which must
/// create `created` below `app`.
fn works_with_each_url(
    person: &Person,
    tokens: &Tokens<1>,
    (file, text): (&str, &str),
    command: &str,
    created: &str,
) {
    for url in URLS {
        person.write(file, &text.replace("URL", url), 0o644);
        let run = person.run("sh", ["-ec", command]).at("app");
        run.env("ANSIBLE_HOME", person.path("ansible")).succeeds();
        let created = person.path("app").join(created);
        assert!(created.exists(), "{url}: {created:?}");
        each_token_was_used_only_for_its_workspace(person, tokens);
        fs::remove_dir_all(person.path("app")).expect("HOME is writable");
    }
}

#[test]
fn cmake_fetches_content() {
    with_each_git(|person| {
        if !(person.has("cmake") && person.has("ninja")) {
            return missing("cmake", "cmake and ninja");
        }
        let tokens = package(person, &[("CMakeLists.txt", "message(\"found\")\n")]);
        let lists = "cmake_minimum_required(VERSION 3.14)\nproject(app NONE)\n\
                     include(FetchContent)\n\
                     FetchContent_Declare(dep GIT_REPOSITORY URL GIT_TAG main)\n\
                     FetchContent_MakeAvailable(dep)\n";
        works_with_each_url(
            person,
            &tokens,
            ("app/CMakeLists.txt", lists),
            "cmake -G Ninja -S . -B build",
            "build/_deps/dep-src/CMakeLists.txt",
        );
    });
}

#[test]
fn meson_clones_a_subproject() {
    with_each_git(|person| {
        if !(person.has("meson") && person.has("ninja")) {
            return missing("meson", "meson and ninja");
        }
        let tokens = package(person, &[("meson.build", "project('dep')\n")]);
        let wrap = "[wrap-git]\nurl = URL\nrevision = main\n";
        works_with_each_url(
            person,
            &tokens,
            ("app/subprojects/dep.wrap", wrap),
            "printf \"project('app')\\nsubproject('dep')\\n\" >meson.build; meson setup build",
            "subprojects/dep/meson.build",
        );
    });
}

#[test]
fn mr_checks_out_and_updates() {
    with_each_git(|person| {
        if !person.has("mr") {
            return missing("mr", "mr (myrepos)");
        }
        let tokens = package(person, &[("file", "content\n")]);
        let config = "[app/dep]\ncheckout = git clone --quiet 'URL' dep\n";
        fs::create_dir(person.path("app")).expect("HOME is writable");
        for url in URLS {
            fs::create_dir_all(person.path("app")).expect("HOME is writable");
            person.write(".mrconfig", &config.replace("URL", url), 0o644);
            for command in ["checkout", "update"] {
                person.run("mr", ["--quiet", command]).succeeds();
                each_token_was_used_only_for_its_workspace(person, &tokens);
            }
            assert!(person.path("app/dep/file").exists(), "{url}");
            fs::remove_dir_all(person.path("app")).expect("HOME is writable");
        }
    });
}

#[test]
fn west_updates_a_workspace() {
    with_each_git(|person| {
        if !person.has("west") {
            return missing("west", "west");
        }
        let tokens = package(person, &[("file", "content\n")]);
        let manifest =
            "manifest:\n  projects:\n    - name: dep\n      url: 'URL'\n      revision: main\n";
        works_with_each_url(
            person,
            &tokens,
            ("app/manifest/west.yml", manifest),
            "west init -l manifest; west update",
            "dep/file",
        );
    });
}

#[test]
fn ansible_galaxy_installs_a_role() {
    with_each_git(|person| {
        if !person.has("ansible-galaxy") {
            return missing("ansible", "ansible-galaxy");
        }
        let meta = "galaxy_info: {author: Person, description: Test, license: MIT, min_ansible_version: '2.9'}\n";
        let tokens = package(
            person,
            &[("meta/main.yml", meta), ("tasks/main.yml", "[]\n")],
        );
        let requirements = "- {src: 'URL', scm: git, version: main, name: dep}\n";
        works_with_each_url(
            person,
            &tokens,
            ("app/requirements.yml", requirements),
            "ansible-galaxy role install --role-file requirements.yml --roles-path roles",
            "roles/dep/meta/main.yml",
        );
    });
}
