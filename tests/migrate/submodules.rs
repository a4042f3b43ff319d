//! Submodules are converted with their superproject, and the team's `.gitmodules` is unchanged.

use std::fs;

use expect_test::expect;

use super::{config, migrate, quiet, repository, url_of};
use crate::support::{Person, with_each_git};

/// Creates `super`, with the submodule `parts`, whose URL is absolute.
fn superproject(person: &Person) -> String {
    person.bitbucket.repository("acme/super");
    person.bitbucket.repository("acme/parts");
    let token = person.signed_in_to("acme");
    person
        .git(["config", "--global", "user.name", "Person"])
        .succeeds();
    person
        .git(["clone", "--quiet", &person.url_with(&token, "acme/super")])
        .succeeds();
    let url = person.url_with(&token, "acme/parts");
    person
        .git(["submodule", "--quiet", "add", &url, "parts"])
        .at("super")
        .succeeds();
    let clean = format!("https://{}/acme/parts.git", person.host());
    person
        .git(["config", "-f", ".gitmodules", "submodule.parts.url", &clean])
        .at("super")
        .succeeds();
    person.git_in("super", "add .");
    person
        .git(["commit", "--quiet", "-m", "With parts"])
        .at("super")
        .succeeds();
    person.git_in("super", "push --quiet");
    token
}

#[test]
fn git_submodule_update_works_and_undo_restores_everything() {
    with_each_git(|person| {
        superproject(person);
        let gitmodules = fs::read(person.path("super/.gitmodules")).expect("the file exists");
        let outcome = migrate(person, "--recursive super").succeeds();
        expect![[r#"
            ~/super
              origin           https://x-token-auth:***@localhost:PORT/acme/super.git -> bbt::acme/super (its token is also in BBT_TOKEN_ACME in the environment)
              submodule parts  https://x-token-auth:***@localhost:PORT/acme/parts.git -> bbt::acme/parts (its token is also in BBT_TOKEN_ACME in the environment)
              submodule parts  https://localhost:PORT/acme/parts.git in .gitmodules: "../parts.git" works wherever the repository is cloned from
            ~/super/parts
              origin              https://x-token-auth:***@localhost:PORT/acme/parts.git -> bbt::acme/parts (its token is also in BBT_TOKEN_ACME in the environment)
              protocol.bbt.allow  set, for git submodule update
            2 repositories: 3 remotes converted
        "#]].assert_eq(quiet(&outcome));
        assert_eq!(
            fs::read(person.path("super/.gitmodules")).expect("the file exists"),
            gitmodules
        );
        assert_eq!(
            url_of(person, "super", "submodule.parts.url"),
            "bbt::acme/parts"
        );
        assert_eq!(
            url_of(person, "super/parts", "remote.origin.url"),
            "bbt::acme/parts"
        );
        assert_eq!(
            url_of(person, "super/parts", "protocol.bbt.allow"),
            "always"
        );
        person.bitbucket.take_requests();
        person.git_in("super", "submodule --quiet update --remote");
        assert!(!person.bitbucket.take_requests().is_empty());
        migrate(person, "--undo --recursive super").succeeds();
        for name in ["super/.git/config", "super/.git/modules/parts/config"] {
            let text = fs::read_to_string(person.path(name)).expect("the file exists");
            assert!(!text.contains("bbt"), "{name}:\n{text}");
        }
    });
}

/// The submodule's remotes are unchanged, but git may use `bbt::` in it.
#[test]
fn a_superproject_can_be_migrated_without_its_submodules() {
    let person = Person::with_any_git();
    superproject(&person);
    let submodule = || fs::read_to_string(person.path("super/.git/modules/parts/config"));
    let before = submodule().expect("the file exists");
    let outcome = migrate(&person, "").at("super").succeeds();
    expect![[r#"
        ~/super
          origin              https://x-token-auth:***@localhost:PORT/acme/super.git -> bbt::acme/super (its token is also in BBT_TOKEN_ACME in the environment)
          submodule parts     https://x-token-auth:***@localhost:PORT/acme/parts.git -> bbt::acme/parts (its token is also in BBT_TOKEN_ACME in the environment)
          submodule parts     https://localhost:PORT/acme/parts.git in .gitmodules: "../parts.git" works wherever the repository is cloned from
          protocol.bbt.allow  set in ~/super/.git/modules/parts/config, for git submodule update
        1 repository: 2 remotes converted
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(
        url_of(&person, "super/parts", "protocol.bbt.allow"),
        "always"
    );
    person.bitbucket.take_requests();
    person.git_in("super", "submodule --quiet update --remote");
    assert!(!person.bitbucket.take_requests().is_empty());
    migrate(&person, "--undo").at("super").succeeds();
    assert!(!config(&person, "super").contains("bbt"));
    assert_eq!(submodule().expect("the file exists"), before);
}

/// git resolves the relative URL to a `bbt::` one, which it sets in the submodule.
#[test]
fn git_submodule_sync_works_after_the_superproject_alone_is_migrated() {
    with_each_git(|person| {
        superproject(person);
        person.git_in(
            "super",
            "config -f .gitmodules submodule.parts.url ../parts.git",
        );
        migrate(person, "").at("super").succeeds();
        person.git_in("super", "submodule --quiet sync");
        assert_eq!(
            url_of(person, "super/parts", "remote.origin.url"),
            "bbt::acme/parts.git"
        );
        person.git_in("super", "submodule --quiet update --remote");
    });
}

/// As after `git rm parts`, or on a branch without it.
#[test]
fn a_submodule_without_its_work_tree_is_converted() {
    with_each_git(|person| {
        superproject(person);
        fs::remove_dir_all(person.path("super/parts")).expect("HOME is writable");
        // With a condition, git is asked for its settings.
        let condition = "includeIf.gitdir:/nowhere/.path";
        person
            .git(["config", "--global", condition, "none"])
            .succeeds();
        migrate(person, "--recursive super").succeeds();
        let file = person.path("super/.git/modules/parts/config");
        let text = fs::read_to_string(file).expect("the file exists");
        assert!(text.contains("url = bbt::acme/parts"), "{text}");
    });
}

/// As cloned by git before 1.7.8: the repository is in the work tree.
#[test]
fn a_submodule_with_its_repository_in_the_work_tree_follows() {
    let person = Person::with_any_git();
    superproject(&person);
    fs::remove_file(person.path("super/parts/.git")).expect("the file exists");
    let (new, old) = ("super/.git/modules/parts", "super/parts/.git");
    fs::rename(person.path(new), person.path(old)).expect("HOME is writable");
    let file = "super/parts/.git/config";
    person
        .git(["config", "--file", file, "--unset", "core.worktree"])
        .succeeds();
    let before = config(&person, "super/parts");
    migrate(&person, "").at("super").succeeds();
    assert_eq!(
        url_of(&person, "super/parts", "protocol.bbt.allow"),
        "always"
    );
    migrate(&person, "--undo").at("super").succeeds();
    assert_eq!(config(&person, "super/parts"), before);
    migrate(&person, "--recursive super").succeeds();
    assert!(config(&person, "super").contains("bbt::acme/parts"));
    assert_eq!(
        url_of(&person, "super/parts", "protocol.bbt.allow"),
        "always"
    );
    person.git_in("super", "submodule --quiet update --remote");
    migrate(&person, "--recursive --undo super").succeeds();
    for name in ["super", "super/parts"] {
        assert!(!config(&person, name).contains("bbt"), "{name}");
    }
}

/// git refuses to clone it until `git bbt setup` allows `bbt::`.
#[test]
fn a_submodule_that_is_not_cloned_yet_is_not_converted() {
    let person = Person::with_any_git();
    superproject(&person);
    fs::remove_dir_all(person.path("super")).expect("HOME is writable");
    person.clone("acme/super");
    person.git_in("super", "submodule --quiet init");
    let outcome = migrate(&person, "").at("super").fails(1);
    expect![[r#"
        ~/super
          origin           bbt::acme/super
          submodule parts  https://localhost:PORT/acme/parts.git: not converted: it is not cloned yet, and git would refuse bbt:: for it
          submodule parts  https://localhost:PORT/acme/parts.git in .gitmodules: "../parts.git" works wherever the repository is cloned from
        1 repository: 1 remote already bbt::, 1 not converted
        hint: git bbt setup
    "#]].assert_eq(quiet(&outcome));
    person.run("git-bbt", ["setup"]).succeeds();
    migrate(&person, "").at("super").succeeds();
    person.git_in("super", "submodule --quiet update");
}

/// A linked work tree has its own clones of its submodules.
#[test]
fn a_submodule_of_a_linked_work_tree_follows_too() {
    with_each_git(|person| {
        superproject(person);
        person.git_in("super", "worktree add --quiet ../linked");
        person.git_in("linked", "submodule --quiet update --init");
        migrate(person, "--recursive super linked").succeeds();
        assert_eq!(
            url_of(person, "linked/parts", "remote.origin.url"),
            "bbt::acme/parts"
        );
        assert_eq!(
            url_of(person, "linked/parts", "protocol.bbt.allow"),
            "always"
        );
        person.git_in("linked", "submodule --quiet update --remote");
    });
}

/// A stranger may have written `.gitmodules`, or a link below `modules/` may be tracked.
#[test]
fn nothing_outside_of_the_repository_is_written() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let origin = "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n";
    let outside = repository(&person, "outside", origin);
    let absolute = person.path("outside/.git").display().to_string();
    // Named by the path of its work tree, by its name, or by a link.
    let names = [
        "s",
        "../../../outside/.git",
        &absolute,
        "link",
        "linked/.git",
    ];
    let url = "url = git@bitbucket.org:acme/parts.git";
    let sections = names.map(|name| format!("[submodule \"{name}\"]\n\t{url}\n"));
    let here = repository(&person, "work/here", &sections.concat());
    person.run("mkdir", ["work/here/.git/modules"]).succeeds();
    for (to, at) in [
        (absolute.as_str(), "work/here/.git/modules/link"),
        ("../../../outside", "work/here/.git/modules/linked"),
        ("../../outside", "work/here/tracked"),
    ] {
        person.run("ln", ["-s", to, at]).succeeds();
    }
    let gitmodules =
        "[submodule \"s\"]\n\tpath = ../../outside\n[submodule \"t\"]\n\tpath = tracked\n";
    person.write("work/here/.gitmodules", gitmodules, 0o644);
    // None of them is a clone of a submodule.
    migrate(&person, "work/here").fails(1);
    assert_eq!(config(&person, "work/here"), here);
    repository(&person, "work/all", "");
    let modules = person.path("work/all/.git/modules");
    std::os::unix::fs::symlink(person.path(""), modules).expect("HOME is writable");
    for words in ["--force work/here", "--force --recursive work"] {
        migrate(&person, words).ends();
        assert_eq!(config(&person, "outside"), outside, "{words}");
    }
}

#[test]
fn a_repository_elsewhere_is_converted_only_if_it_is_named() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        person.origin_by_ssh("main");
        let before = config(person, "main");
        let commit = ["commit", "--quiet", "--allow-empty", "-m", "first"];
        person.git(commit).at("main").succeeds();
        fs::create_dir(person.path("src")).expect("HOME is writable");
        let add = ["worktree", "add", "--quiet", "../src/linked"];
        person.git(add).at("main").succeeds();
        person
            .git([
                "init",
                "--quiet",
                "--separate-git-dir",
                "apart",
                "src/apart",
            ])
            .succeeds();
        let outcome = migrate(person, "--recursive src").fails(1);
        expect![[r#"
            ~/src/apart: skipped: its repository is elsewhere: ~/apart
            ~/src/linked: skipped: its repository is elsewhere: ~/main/.git
            0 repositories: 2 skipped
            hint: git bbt migrate ~/apart
            hint: git bbt migrate ~/main/.git
        "#]]
        .assert_eq(quiet(&outcome));
        assert_eq!(config(person, "main"), before);
        migrate(person, "main/.git").succeeds();
        assert_ne!(config(person, "main"), before);
        migrate(person, "--undo").at("src/linked").succeeds();
        assert_eq!(config(person, "main"), before);
    });
}

/// gitrepository-layout(5): git reads the configuration of the other one.
#[test]
fn a_repository_with_a_commondir_elsewhere_is_converted_only_if_that_is_named() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        person.origin_by_ssh("main");
        person.origin_by_ssh("src/here");
        person.write("src/here/.git/commondir", "../../../main/.git\n", 0o644);
        person.git_in(
            "src/here",
            "config remote.origin.url git@bitbucket.org:acme/main.git",
        );
        let before = ["main", "src/here"].map(|name| config(person, name));
        assert!(
            before[0].contains("acme/main.git"),
            "git reads the other one"
        );
        let outcome = migrate(person, "--recursive src").fails(1);
        expect![[r#"
            ~/src/here: skipped: its repository is elsewhere: ~/main/.git
            0 repositories: 1 skipped
            hint: git bbt migrate ~/main/.git
        "#]]
        .assert_eq(quiet(&outcome));
        assert_eq!(
            ["main", "src/here"].map(|name| config(person, name)),
            before
        );

        person
            .git(["init", "--quiet", "--bare", "src/bare"])
            .succeeds();
        person.write("src/bare/commondir", "../../main/.git\n", 0o644);
        let asked = ["config", "remote.origin.url"];
        let url = person.git(asked).at("src/bare").succeeds().stdout;
        assert_eq!(url, "git@bitbucket.org:acme/main.git\n");
        let outcome = migrate(person, "--recursive src/bare").fails(1);
        expect![[r#"
            ~/src/bare: skipped: its repository is elsewhere: ~/main/.git
            0 repositories: 1 skipped
            hint: git bbt migrate ~/main/.git
        "#]]
        .assert_eq(quiet(&outcome));
        assert_eq!(config(person, "main"), before[0]);
        migrate(person, "src/bare").succeeds();
        assert_ne!(config(person, "main"), before[0]);
    });
}

/// As git finds a superproject: the nearest work tree above.
#[test]
fn only_the_work_tree_above_decides_what_a_submodule_is() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "super"]).succeeds();
    for (names, path, is_submodule) in [
        ("super", "super/parts", true),
        ("super/folder", "super/folder/parts", false),
        ("", "none", false),
    ] {
        person.origin_by_ssh(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        let gitmodules = format!("[submodule \"s\"]\n\tpath = {name}\n");
        person.write(
            format!("{names}/.gitmodules").trim_start_matches('/'),
            &gitmodules,
            0o644,
        );
        migrate(&person, path).succeeds();
        let is_allowed = config(&person, path).contains("[protocol \"bbt\"]");
        assert_eq!(is_allowed, is_submodule, "{path}");
    }
}
