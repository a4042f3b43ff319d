//! `url.<base>.insteadOf` and `pushInsteadOf`: the URL after these rules counts, not the configured
//! one.

use std::fs;

use expect_test::expect;

use super::{config, migrate, quiet, repository, url_of, with_urls};
use crate::support::Person;

#[test]
fn the_rules_that_git_applies_to_a_url_count() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let rules = [
        ("url.git@bitbucket.org:.insteadOf", "bb:"),
        (
            "url.https://mirror.example.com/.insteadOf",
            "https://bitbucket.org/mirrored/",
        ),
        ("url.bbt::acme/.insteadOf", "https://bitbucket.org/acme/"),
        // Of two rules of the same length, git uses the first.
        (
            "url.https://late.example.com/.insteadOf",
            "https://bitbucket.org/acme/",
        ),
    ];
    for (name, value) in rules {
        let add = ["config", "--global", "--add", name, value];
        person.git(add).succeeds();
    }
    let global = person.path(".gitconfig");
    let mut text = fs::read_to_string(&global).expect("git has written it");
    text += "[url \"git@bitbucket.org:\"]\n\tinsteadOf = https://bitbucket.org/mirrored/\n";
    fs::write(global, text).expect("HOME is writable");
    let asked = ["ls-remote", "--get-url", "https://bitbucket.org/mirrored/x"];
    let is = person.git(asked).succeeds().stdout;
    assert_eq!(
        is, "git@bitbucket.org:x\n",
        "git keeps the rules of one base together"
    );
    let urls = [
        "bb:acme/widgets.git",
        "https://bitbucket.org/mirrored/acme/gears.git",
        "https://bitbucket.org/acme/widgets.git",
    ];
    with_urls(&person, "here", &urls);
    let outcome = migrate(&person, "").at("here").succeeds();
    expect![[r#"
        ~/here
          r0  bb:acme/widgets.git -> bbt::acme/widgets
          r1  https://bitbucket.org/mirrored/acme/gears.git -> bbt::acme/gears
          r2  https://bitbucket.org/acme/widgets.git
        1 repository: 2 remotes converted, 1 already bbt::
    "#]]
    .assert_eq(quiet(&outcome));
}

/// In conditionally included files, and for pushes.
#[test]
fn rules_in_included_files_count() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let urls = [
        "https://bitbucket.org/acme/widgets.git",
        "https://bitbucket.org/acme/gears.git",
    ];
    let before = with_urls(&person, "here", &urls);
    let rules = "[url \"https://mirror.example.com/\"]\n\tinsteadOf = https://bitbucket.org/acme/wid\n\
        [url \"ssh://git@mirror.example.com/\"]\n\tpushInsteadOf = https://bitbucket.org/acme/gea\n";
    let file = person.write("rules", rules, 0o644);
    let file = file.display().to_string();
    person
        .git(["config", "--global", "includeIf.gitdir:~/here/.path", &file])
        .succeeds();
    let outcome = migrate(&person, "").at("here").succeeds();
    expect![[r#"
        ~/here
          r0  https://bitbucket.org/acme/widgets.git: unchanged: it is not on Bitbucket (it is rewritten by url.https://mirror.example.com/.insteadOf)
          r1  https://bitbucket.org/acme/gears.git: unchanged: its pushes go elsewhere, by url.<base>.pushInsteadOf
        1 repository: 1 remote unchanged, 1 not on Bitbucket
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(config(&person, "here"), before);
    with_urls(&person, "there", &urls);
    migrate(&person, "").at("there").succeeds();
    assert_eq!(url_of(&person, "there", "remote.r1.url"), "bbt::acme/gears");
}

/// In the repository's own configuration, and in a file that it includes.
#[test]
fn a_repositorys_own_rules_count() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let rules = "[url \"https://mirror.example.com/\"]\n\tinsteadOf = https://bitbucket.org/acme/wid\n\
        [url \"ssh://git@mirror.example.com/\"]\n\tpushInsteadOf = https://bitbucket.org/acme/gea\n";
    person.write("rules", rules, 0o644);
    let remotes = "[remote \"a\"]\n\turl = https://bitbucket.org/acme/widgets.git\n\
        [remote \"b\"]\n\turl = https://bitbucket.org/acme/gears.git\n\
        [remote \"c\"]\n\turl = https://bitbucket.org/acme/gears.git\n\
        \tpushurl = https://bitbucket.org/acme/gears.git\n";
    for (name, rules) in [
        ("own", rules),
        ("included", "[include]\n\tpath = ../../rules\n"),
    ] {
        repository(&person, name, &format!("{remotes}{rules}"));
        let outcome = migrate(&person, "").at(name).succeeds();
        expect![[r#"
            ~/NAME
              a         https://bitbucket.org/acme/widgets.git: unchanged: it is not on Bitbucket (it is rewritten by url.https://mirror.example.com/.insteadOf)
              b         https://bitbucket.org/acme/gears.git: unchanged: its pushes go elsewhere, by url.<base>.pushInsteadOf
              c         https://bitbucket.org/acme/gears.git -> bbt::acme/gears
              c (push)  https://bitbucket.org/acme/gears.git -> bbt::acme/gears
            1 repository: 1 remote converted, 1 unchanged, 1 not on Bitbucket
        "#]].assert_eq(&quiet(&outcome).replace(name, "NAME"));
    }
}

#[test]
fn a_rule_that_rewrites_bbt_urls_is_noticed() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    for key in ["insteadOf", "pushInsteadOf"] {
        let rule = format!("url.https://me:secret@mirror.example.com/.{key}");
        person
            .git(["config", "--global", &rule, "bbt::"])
            .succeeds();
        let before = with_urls(&person, key, &["git@bitbucket.org:acme/widgets.git"]);
        let outcome = migrate(&person, "").at(key).fails(1);
        expect![[r#"
            ~/KEY  r0  git@bitbucket.org:acme/widgets.git: not converted: git would rewrite bbt::acme/widgets to https://me:***@mirror.example.com/acme/widgets
            1 repository: 1 remote not converted
            hint: git config --show-origin --get-regexp 'insteadof$'
        "#]].assert_eq(&quiet(&outcome).replace(key, "KEY"));
        assert_eq!(config(&person, key), before);
        let hint = outcome.stdout.split("hint: ").nth(1).expect("it has one");
        let shown = person.run("sh", ["-c", hint]).succeeds().stdout;
        assert!(
            shown.contains(".gitconfig") && shown.contains("bbt::"),
            "{shown}"
        );
        person
            .git(["config", "--global", "--unset", &rule])
            .succeeds();
    }
}

/// git reads that file only in the one work tree, or nowhere.
#[test]
fn rules_of_a_single_work_tree_count_only_there() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let rule = "[url \"git@bitbucket.org:\"]\n\tinsteadOf = https://github.com/\n\
        [remote \"there\"]\n\turl = https://github.com/acme/parts\n";
    let origin = "[remote \"origin\"]\n\turl = https://github.com/acme/w\n";
    repository(&person, "linked", origin);
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied());
        run.at("linked").succeeds()
    };
    git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
    git(&["worktree", "add", "--quiet", "../other"]);
    git(&["config", "extensions.worktreeConfig", "true"]);
    repository(&person, "stale", origin);
    for (name, file) in [
        ("linked", "linked/.git/worktrees/other/config.worktree"),
        ("stale", "stale/.git/config.worktree"),
    ] {
        // With an included file, git is asked.
        for include in ["", "[include]\n\tpath = none\n"] {
            person.write(file, &format!("{rule}{include}"), 0o644);
            let outcome = migrate(&person, "").at(name).succeeds();
            expect![[r#"
                ~/NAME
                  origin  https://github.com/acme/w: unchanged: it is not on Bitbucket
                  there   https://github.com/acme/parts -> bbt::acme/parts
                1 repository: 1 remote converted, 1 not on Bitbucket
            "#]]
            .assert_eq(&quiet(&outcome).replace(name, "NAME"));
        }
    }
    git(&[
        "config",
        "--worktree",
        "url.git@bitbucket.org:.insteadOf",
        "https://github.com/",
    ]);
    migrate(&person, "").at("linked").succeeds();
    assert_eq!(
        url_of(&person, "linked", "remote.origin.url"),
        "bbt::acme/w"
    );
}

#[test]
fn the_hint_for_a_rule_that_rewrites_bbt_urls_shows_it() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let origin = "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n";
    let rule = |value: &str| format!("[url \"ext::\"]\n\tinsteadOf = {value}\n");
    for (name, value) in [("all", "bbt"), ("one", "bbt::acme/widgets")] {
        repository(&person, name, &format!("{origin}{}", rule(value)));
        let outcome = migrate(&person, name).fails(1);
        let hint = outcome.stdout.split("hint: ").nth(1).expect("it has one");
        assert!(hint.starts_with("git -C ~/"), "{hint}");
        let shown = person.run("sh", ["-c", hint]).succeeds().stdout;
        assert!(shown.ends_with(&format!(" {value}\n")), "{shown}");
    }
}

#[test]
fn a_rule_that_does_not_rewrite_bbt_urls_is_no_obstacle() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let url = "git@bitbucket.org:acme/widgets.git";
    for (name, text) in [
        (
            "pushurl",
            format!("\tpushurl = {url}\n[url \"ext::\"]\n\tpushInsteadOf = bbt::\n"),
        ),
        (
            "same",
            "[url \"bbt::\"]\n\tinsteadOf = bbt::\n\tpushInsteadOf = bbt::\n".to_owned(),
        ),
    ] {
        repository(
            &person,
            name,
            &format!("[remote \"origin\"]\n\turl = {url}\n{text}"),
        );
        migrate(&person, "").at(name).succeeds();
        let pushed = ["remote", "get-url", "--push", "origin"];
        let pushed = person.git(pushed).at(name).succeeds().stdout;
        assert_eq!(pushed, "bbt::acme/widgets\n", "{name}");
    }
}
