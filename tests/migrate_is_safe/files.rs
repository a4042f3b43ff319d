//! The file is unchanged except for the URLs: a link, its mode, and every line.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use expect_test::expect;

use super::{config, is_clean, is_migrated, migrate, person_with};

#[test]
fn a_link_stays_a_link_and_its_target_is_written() {
    let person = person_with(&["one"]);
    let link = person.path("one/.git/config");
    let file = person.path("one/.git/kept/elsewhere");
    fs::create_dir(person.path("one/.git/kept")).expect("HOME is writable");
    fs::rename(&link, &file).expect("HOME is writable");
    symlink("kept/elsewhere", &link).expect("HOME is writable");

    let outcome = migrate(&person, &["one"]);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    let leads_to = fs::read_link(&link).expect("the file is still a link");
    assert_eq!(leads_to.to_str(), Some("kept/elsewhere"));
    assert!(is_migrated(&person, "one"));
    let kept = fs::read_dir(person.path("one/.git/kept")).expect("the folder exists");
    assert_eq!(kept.count(), 1, "something is left beside the file");
    is_clean(&person, "one");
}

/// The link may come from an archive.
#[test]
fn a_links_target_outside_of_the_repository_is_not_written() {
    let config_of = "one/.git/config";
    let worktree_of = "one/.git/config.worktree";
    let module_of = "one/.git/modules/parts/config";
    for linked in [config_of, worktree_of, module_of] {
        let person = person_with(&["one", "parts", "outside"]);
        let modules = person.path("one/.git/modules");
        fs::create_dir(&modules).expect("HOME is writable");
        fs::rename(person.path("parts/.git"), modules.join("parts")).expect("HOME is writable");
        let submodule = "[extensions]\n\tworktreeConfig = true\n[submodule \"parts\"]\n\turl = git@bitbucket.org:acme/parts.git\n";
        let text = config(&person, "one") + submodule;
        fs::write(person.path(config_of), &text).expect("HOME is writable");
        let outside = person.path("outside/.git/config");
        let before = text.replace("parts", "others");
        fs::write(&outside, &before).expect("HOME is writable");
        let _ = fs::remove_file(person.path(linked));
        symlink(&outside, person.path(linked)).expect("HOME is writable");

        for arguments in [&["--force", "one"][..], &["--recursive", "one"]] {
            let outcome = migrate(&person, arguments);
            assert_eq!(config(&person, "outside"), before, "{linked}\n{outcome}");
            if linked != module_of || arguments.contains(&"--recursive") {
                let line = format!(
                    "~/{linked}: skipped: it cannot be read: it is a symbolic link to ~/outside/.git/config, outside of the repository\n"
                );
                assert!(outcome.stdout.contains(&line), "{linked}\n{outcome}");
                assert_eq!(outcome.status, Some(1));
            }
        }
    }
}

#[test]
fn the_mode_is_kept() {
    let person = person_with(&["one"]);
    let file = person.path("one/.git/config");
    for mode in [0o640, 0o600, 0o664] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("HOME is writable");
        for arguments in [&["one"][..], &["--undo", "one"]] {
            let outcome = migrate(&person, arguments);
            assert_eq!(outcome.status, Some(0), "\n{outcome}");
            let is = fs::metadata(&file).expect("the file exists").permissions();
            assert_eq!(is.mode() & 0o7777, mode, "{arguments:?}");
        }
    }
}

#[test]
fn the_configuration_of_a_single_work_tree_is_migrated_too() {
    let person = person_with(&["one"]);
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied());
        run.at("one").succeeds()
    };
    git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
    git(&["worktree", "add", "--quiet", "../other"]);
    git(&["config", "extensions.worktreeConfig", "true"]);
    let url = "https://bitbucket.org/acme/gears.git";
    git(&["config", "--worktree", "remote.here.url", url]);
    let there = ["config", "--worktree", "remote.there.url", url];
    person.git(there).at("other").succeeds();

    let outcome = migrate(&person, &["one"]);
    expect![[r#"
        ~/one
          origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          here    https://bitbucket.org/acme/gears.git -> bbt::acme/gears
          there   https://bitbucket.org/acme/gears.git -> bbt::acme/gears
        1 repository: 3 remotes converted
        status: 0
    "#]]
    .assert_eq(&outcome.to_string());
    for (folder, name) in [("one", "here"), ("other", "there"), ("other", "origin")] {
        let asked = ["remote", "get-url", name];
        let url = person.git(asked).at(folder).succeeds().stdout;
        assert!(url.starts_with("bbt::acme/"), "{name}: {url}");
    }
    assert!(!config(&person, "one").contains("gears"));
}

const WRITTEN_BY_HAND: &str = "; Ours, do not touch
[core]
\trepositoryformatversion = 0
[include]
\tpath = ../../shared   # the team's
[ReMote \"origin\"]  ; where it lives
    URL = \"git@bitbucket.org:acme/widgets.git\"   # ssh
\tfetch=+refs/heads/*:refs/remotes/origin/*
\t# a comment below
[alias] st = status
[include] path = ../../missing
";

#[test]
fn comments_order_and_included_files_stay() {
    let person = person_with(&["one"]);
    person.write("one/.git/config", WRITTEN_BY_HAND, 0o644);
    let settings = || {
        let list = ["config", "--local", "--no-includes", "--list", "-z"];
        person.git(list).at("one").succeeds().stdout
    };
    let before = settings();
    let shared = "[remote \"shared\"]\n\turl = https://bitbucket.org/acme/gears.git\n";
    let file = person.write("shared", shared, 0o644);

    let outcome = migrate(&person, &["one"]);
    expect![[r#"
        ~/one  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/one: skipped: remote.shared.url is https://bitbucket.org/acme/gears.git, set in ~/shared, which is included here and maybe elsewhere
        1 repository: 1 remote converted, 1 skipped
        hint: git config --file ~/shared --replace-all remote.shared.url bbt::acme/gears
        status: 1
    "#]].assert_eq(&outcome.to_string());
    assert_eq!(fs::read_to_string(file).expect("the file exists"), shared);
    expect![[r#"
        ; Ours, do not touch
        [core]
        	repositoryformatversion = 0
        [include]
        	path = ../../shared   # the team's
        [ReMote "origin"]  ; where it lives
            URL = bbt::acme/widgets   # ssh
        	bbtOriginalUrl = bbt::acme/widgets was git@bitbucket.org:acme/widgets.git
        	fetch=+refs/heads/*:refs/remotes/origin/*
        	# a comment below
        [alias] st = status
        [include] path = ../../missing
    "#]]
    .assert_eq(&config(&person, "one"));

    // The hint works in the folder where it was printed.
    let hint = outcome.stdout.split("hint: git ").nth(1);
    let hint = hint.and_then(|rest| rest.lines().next());
    let home = person.path("").display().to_string();
    let hint = hint.expect("a hint is printed").replace("~/", &home);
    person.git(hint.split(' ')).succeeds();
    let set = fs::read_to_string(person.path("shared")).expect("the file exists");
    assert!(set.ends_with("\turl = bbt::acme/gears\n"), "{set}");

    // Undo ignores included files.
    let outcome = migrate(&person, &["--undo", "one"]);
    assert_eq!(outcome.status, Some(0), "\n{outcome}");
    assert_eq!(settings(), before);
    let comments = WRITTEN_BY_HAND
        .lines()
        .filter_map(|line| line.find(['#', ';']).map(|at| &line[at..]));
    for comment in comments {
        assert!(config(&person, "one").contains(comment), "{comment}");
    }
}
