//! The files of a clone decide neither which program runs nor where a token is sent.

use std::fs;

use expect_test::expect;

use super::{migrate, quiet, with_urls};
use crate::support::{Form, Person, Proxy, hands_off_through_git, with_each_git};

/// Creates a clone with a tracked bare repository whose configuration ends with `text`.
fn clone_with_tracked_bare(person: &Person, text: &str) {
    with_urls(person, "clone", &["bbt::acme/widgets"]);
    bare(person, "clone/fix/b", text);
    // git tracks no empty folders, so each gets a file.
    for folder in ["objects", "refs"] {
        person.write(format!("clone/fix/b/{folder}/keep"), "", 0o644);
    }
    person.git_in("clone", "add .");
    let listed = person.git(["ls-files"]).at("clone").succeeds().stdout;
    assert!(listed.contains("fix/b/config"), "{listed}");
}

/// Creates the minimum that git accepts as a bare repository, with a remote on Bitbucket.
fn bare(person: &Person, name: &str, text: &str) {
    let origin =
        "[core]\n\tbare = true\n[remote \"origin\"]\n\turl = git@bitbucket.org:acme/parts.git\n";
    person.write(format!("{name}/HEAD"), "ref: refs/heads/main\n", 0o644);
    person.write(format!("{name}/config"), &(origin.to_owned() + text), 0o644);
    for folder in ["objects", "refs"] {
        fs::create_dir(person.path(name).join(folder)).expect("HOME is writable");
    }
}

fn person_who_may_read_parts(person: &Person) {
    person.bitbucket.repository("acme/parts");
    person.signed_in_to("acme");
}

#[test]
fn verify_runs_no_program_that_a_repository_names() {
    with_each_git(|person| {
        person_who_may_read_parts(person);
        let pwned = person.path("pwned");
        let attack = format!(
            "[protocol \"ext\"]\n\tallow = always\n[url \"ext::sh -c id>{}; #\"]\n\tinsteadOf = bbt::acme/parts\n",
            pwned.display()
        );
        clone_with_tracked_bare(person, &attack);
        for arguments in ["--verify --dry-run", "--verify"] {
            let outcome = migrate(person, arguments).at("clone/fix/b").fails(1);
            let reason = "git would rewrite bbt::acme/parts to ext::***\n";
            assert!(outcome.stdout.contains(reason), "{outcome}");
            assert!(!pwned.exists(), "{arguments}");
        }
        let attacked = ["ls-remote", "bbt::acme/parts"];
        let _ = person.git(attacked).at("clone/fix/b").ends();
        assert!(pwned.exists(), "the attack works on git itself");
    });
}

#[test]
fn verify_does_not_use_the_proxy_of_a_repository() {
    with_each_git(|person| {
        person_who_may_read_parts(person);
        let proxy = Proxy::start();
        let attack = format!("[http]\n\tproxy = {}\n\tsslVerify = false\n", proxy.url);
        clone_with_tracked_bare(person, &attack);
        migrate(person, "--verify").at("clone/fix/b").succeeds();
        assert_eq!(proxy.tunnels(), 0);
        let attacked = ["ls-remote", "bbt::acme/parts"];
        person.git(attacked).at("clone/fix/b").succeeds();
        assert_ne!(proxy.tunnels(), 0, "the attack works on git itself");
    });
}

#[test]
fn verify_uses_the_proxy_of_the_user() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    let proxy = Proxy::start();
    person.write(
        ".gitconfig",
        &format!("[http]\n\tproxy = {}\n", proxy.url),
        0o644,
    );
    bare(&person, "parts.git", "");
    migrate(&person, "--verify parts.git").succeeds();
    assert_ne!(proxy.tunnels(), 0);
}

#[test]
fn recursive_finds_no_bare_repository_in_a_work_tree() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    clone_with_tracked_bare(&person, "");
    bare(&person, "mirrors/parts.git", "");
    let below_home = migrate(&person, "--recursive --dry-run").succeeds();
    let below_clone = migrate(&person, "--recursive --dry-run")
        .at("clone/fix")
        .succeeds();
    let named = migrate(&person, "--dry-run clone/fix/b").succeeds();
    expect![[r#"
        ~/clone  r0  bbt::acme/widgets
        ~/mirrors/parts.git  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        2 repositories: 1 remote would be converted, 1 already bbt::
        0 repositories: nothing to do
        ~/clone/fix/b  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        1 repository: 1 remote would be converted
    "#]]
    .assert_eq(
        &[below_home, below_clone, named]
            .each_ref()
            .map(quiet)
            .concat(),
    );
}

/// A repository with `core.worktree`, as for dotfiles in a home: its work tree has no `.git`.
#[test]
fn recursive_finds_no_bare_repository_in_a_work_tree_that_a_repository_names() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    person
        .git(["init", "--quiet", "--bare", "dot/cfg.git"])
        .succeeds();
    let home = person.path("dot/home").display().to_string();
    bare(&person, "dot/home/fix/b", "");
    bare(&person, "dot/mirrors/parts.git", "");
    let url = "git@bitbucket.org:acme/parts.git";
    for (key, value) in [
        ("core.bare", "false"),
        ("core.worktree", &home),
        ("remote.origin.url", url),
    ] {
        person
            .git(["config", key, value])
            .at("dot/cfg.git")
            .succeeds();
    }
    // The submodules of this repository count, even if they are in its work tree.
    bare(&person, "dot/own/own.git", "");
    bare(&person, "dot/own/own.git/modules/parts", "");
    person.git_in("dot/own/own.git", "config core.worktree ..");
    let below = migrate(&person, "--recursive --dry-run dot").succeeds();
    let named = migrate(&person, "--dry-run dot/home/fix/b").succeeds();
    expect![[r#"
        ~/dot/cfg.git  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        ~/dot/mirrors/parts.git  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        ~/dot/own/own.git  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        ~/dot/own/own.git/modules/parts
          origin              git@bitbucket.org:acme/parts.git -> bbt::acme/parts
          protocol.bbt.allow  set, for git submodule update
        4 repositories: 4 remotes would be converted
        ~/dot/home/fix/b  origin  git@bitbucket.org:acme/parts.git -> bbt::acme/parts
        1 repository: 1 remote would be converted
    "#]]
    .assert_eq(&[below, named].each_ref().map(quiet).concat());
}

/// As in git: the files of a work tree may look like a bare repository.
#[test]
fn a_work_tree_comes_before_a_bare_repository_in_its_place() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    with_urls(&person, "clone", &["git@bitbucket.org:acme/widgets.git"]);
    bare(&person, "clone", "");
    let top = person
        .git(["rev-parse", "--git-dir"])
        .at("clone")
        .succeeds();
    assert_eq!(top.stdout, ".git\n");
    for arguments in ["--dry-run clone", "--dry-run --recursive"] {
        let outcome = migrate(&person, arguments).succeeds();
        expect![[r#"
            ~/clone  r0  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
            1 repository: 1 remote would be converted
        "#]]
        .assert_eq(quiet(&outcome));
    }
}

#[test]
fn safe_bare_repository_is_honoured() {
    with_each_git(|person| {
        person_who_may_read_parts(person);
        person.write(".gitconfig", "[safe]\n\tbareRepository = explicit\n", 0o644);
        bare(
            person,
            "mirrors/parts.git",
            "[safe]\n\tbareRepository = all\n",
        );
        let git = person.git(["rev-parse"]).at("mirrors/parts.git").fails(128);
        git.says("cannot use bare repository");
        let below = migrate(person, "--recursive").fails(1);
        expect![[r#"
            ~/mirrors/parts.git: skipped: it is a bare repository, and safe.bareRepository is explicit
            1 repository: 1 skipped
            hint: git bbt migrate ~/mirrors/parts.git
        "#]]
        .assert_eq(quiet(&below));
        let inside = migrate(person, "").at("mirrors/parts.git").fails(1);
        assert_eq!(quiet(&inside), quiet(&below));
        migrate(person, "mirrors/parts.git").succeeds();
        bare(person, "more/a$(x).git", "");
        let below = migrate(person, "--recursive more").fails(1);
        let hint = "hint: git bbt migrate ~/'more/a$(x).git'\n";
        assert!(below.stdout.contains(hint), "{below}");
    });
}

#[test]
fn the_hint_of_safe_bare_repository_can_be_pasted() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    person.write(".gitconfig", "[safe]\n\tbareRepository = explicit\n", 0o644);
    bare(&person, "mirrors/a $(touch pwned).git", "");
    let below = migrate(&person, "--recursive").fails(1);
    expect![[r#"
        ~/mirrors/a $(touch pwned).git: skipped: it is a bare repository, and safe.bareRepository is explicit
        1 repository: 1 skipped
        hint: git bbt migrate ~/'mirrors/a $(touch pwned).git'
    "#]].assert_eq(quiet(&below));
}

/// Shows that the check of every git process in the suites works.
#[test]
fn git_is_started_in_three_forms() {
    with_each_git(|person| {
        person_who_may_read_parts(person);
        person.clone("acme/parts");
        person.run("git-bbt", ["doctor"]).at("parts").succeeds();
        let hand_off = if hands_off_through_git() {
            Form::HandOffByHand
        } else {
            Form::HandOff
        };
        let all = [Form::About, Form::Away, hand_off];
        assert_eq!(person.forms_of_git(), all.into());
    });
}

/// git itself would wait forever.
#[test]
fn a_pipe_that_a_repository_includes_is_not_opened() {
    let person = Person::with_any_git();
    person_who_may_read_parts(&person);
    person.run("mkfifo", ["pipe"]).succeeds();
    person.write("nested", "[include]\n\tpath = pipe\n", 0o644);
    let program = person.path("bin/git-bbt").display().to_string();
    for include in [
        "[include]\n\tpath = ../pipe\n",
        "[include]\n\tpath = ~/pipe\n",
        "[includeIf \"gitdir:**\"]\n\tpath = ../pipe\n",
        "[include]\n\tpath = ../nested\n",
    ] {
        person.run("rm", ["-rf", "parts.git"]).succeeds();
        bare(&person, "parts.git", include);
        for option in ["--import-tokens", "--undo"] {
            let words = ["30", &program, "migrate", option, "parts.git"];
            let outcome = person.run("timeout", words).fails(1);
            let end = "pipe: it is not a regular file\n1 repository: 1 skipped\n";
            assert!(quiet(&outcome).ends_with(end), "{include}\n{outcome}");
        }
    }
}
