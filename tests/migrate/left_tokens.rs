//! Every token that is left is reported.

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::expect;

use super::{config, migrate, quiet, repository};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Person, with_each_git};

const ORIGIN: &str = "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n";

/// Returns a person who is signed in to acme, and a token that is configured nowhere.
fn person_with_another_token() -> (Person, String) {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let token = person.remember(synthetic_token(Kind::Access));
    (person, token)
}

/// `git push -u <URL>` sets a URL where git expects the name of a remote.
#[test]
fn urls_in_place_of_a_remote_are_converted_with_their_tokens() {
    with_each_git(|person| {
        let token = person.signed_in_to("acme");
        let url = person.url_with(&token, "acme/widgets");
        let text = format!(
            "[remote]\n\tpushDefault = {url}\n{ORIGIN}\
             [branch \"main\"]\n\tremote = {url}\n\tmerge = refs/heads/main\n\
             [branch \"next\"]\n\tremote = origin\n\tpushRemote = git@bitbucket.org:acme/fork.git\n\
             [branch \"other\"]\n\tremote = .\n\tpushRemote = https://example.com/other.git\n"
        );
        let before = repository(person, "here", &text);
        let outcome = migrate(person, "").at("here").succeeds();
        expect![[r#"
            ~/here
              remote.pushdefault  https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is also in BBT_TOKEN_ACME in the environment)
              origin              git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
              branch main         https://x-token-auth:***@localhost:PORT/acme/widgets.git -> bbt::acme/widgets (its token is also in BBT_TOKEN_ACME in the environment)
              branch next (push)  git@bitbucket.org:acme/fork.git -> bbt::acme/fork
            1 repository: 1 remote converted, 3 settings converted
        "#]]
        .assert_eq(quiet(&outcome));
        let after = config(person, "here");
        assert!(!after.contains(&token), "{after}");
        assert!(after.contains("\tremote = origin\n"), "{after}");
        let undone = migrate(person, "--undo").at("here").succeeds();
        expect![[r#"
            ~/here
              remote.pushdefault  bbt::acme/widgets -> https://x-token-auth@localhost:PORT/acme/widgets.git (without its secret, which is not stored here)
              origin              bbt::acme/widgets -> git@bitbucket.org:acme/widgets.git
              branch main         bbt::acme/widgets -> https://x-token-auth@localhost:PORT/acme/widgets.git (without its secret, which is not stored here)
              branch next (push)  bbt::acme/fork -> git@bitbucket.org:acme/fork.git
            1 repository: 1 remote restored, 3 settings restored
        "#]]
        .assert_eq(quiet(&undone));
        let without = before.replace(&format!(":{token}@"), "@");
        assert_eq!(config(person, "here"), without);
    });
}

/// A remote may be named by a URL.
#[test]
fn a_remotes_name_is_not_read_as_a_url() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let url = "git@bitbucket.org:acme/widgets.git";
    let text = format!("[remote \"{url}\"]\n\turl = {url}\n[branch \"main\"]\n\tremote = {url}\n");
    repository(&person, "here", &text);
    migrate(&person, "").at("here").succeeds();
    let after = config(&person, "here");
    assert!(after.contains(&format!("\tremote = {url}\n")), "{after}");
}

#[test]
fn every_setting_that_contains_a_token_is_named_and_its_hint_removes_it() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let token = person.remember(synthetic_token(Kind::Access));
        let url = person.url_with(&token, "acme/widgets");
        let settings = [
            format!("[lfs]\n\turl = {url}/info/lfs\n"),
            format!("[remote \"origin\"]\n\tlfsurl = {url}/info/lfs\n"),
            format!("[http]\n\textraHeader = Authorization: Bearer {token}\n"),
            format!(
                "[http \"https://{}\"]\n\textraHeader = Authorization: Basic xyz\n",
                person.host()
            ),
            "[http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Basic xyz\n"
                .to_owned(),
            format!("[lfs \"{url}/info/lfs\"]\n\taccess = basic\n"),
            format!("[url \"{url}\"]\n\tinsteadOf = widgets:\n"),
            format!("[credential \"{url}\"]\n\tusername = me\n"),
            format!("[includeIf \"hasconfig:remote.*.url:{url}\"]\n\tpath = none\n"),
            format!("[alias]\n\tup = push {url}\n"),
            format!("[remote \"mirror\"]\n\turl = https://example.com/?{token}\n"),
        ];
        for (number, setting) in settings.iter().enumerate() {
            let name = format!("r{number}");
            repository(person, &name, &format!("{ORIGIN}{setting}"));
            let outcome = migrate(person, "").at(&name).fails(1);
            assert!(!outcome.stdout.contains(&token), "{outcome}");
            let summary = "1 setting with a token\n";
            assert!(outcome.stdout.contains(summary), "{setting}\n{outcome}");
            let hints = outcome
                .stdout
                .lines()
                .filter_map(|line| line.strip_prefix("hint: "));
            for hint in hints {
                let hint = hint.replace("localhost:PORT", person.host());
                person.run("sh", ["-c", &hint]).succeeds();
            }
            let after = config(person, &name);
            assert!(!after.contains(&token), "{setting}\n{after}");
            migrate(person, "").at(&name).succeeds();
        }
    });
}

/// The hint must not remove a token that may be stored nowhere else.
#[test]
fn a_token_in_a_remote_that_is_not_selected_is_named() {
    let (person, token) = person_with_another_token();
    let url = person.url_with(&token, "acme/parts");
    let other = format!("[remote \"other\"]\n\turl = {url}\n");
    repository(&person, "here", &format!("{ORIGIN}{other}"));
    let outcome = migrate(&person, "--remote origin").at("here").fails(1);
    expect![[r#"
        ~/here
          origin            git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          remote.other.url  it contains a token
        1 repository: 1 remote converted, 1 setting with a token
        hint: git bbt migrate --import-tokens ~/here/.git
    "#]]
    .assert_eq(&outcome.stdout);
}

#[test]
fn a_token_in_an_included_file_is_named() {
    let (person, token) = person_with_another_token();
    let text = format!("[lfs]\n\turl = https://x-token-auth:{token}@lfs.example.com\n");
    person.write("shared", &text, 0o644);
    let include = "[include]\n\tpath = ../../shared\n";
    repository(&person, "here", &format!("{ORIGIN}{include}"));
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          origin   git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          lfs.url  it contains a token
        1 repository: 1 remote converted, 1 setting with a token
        hint: git config --file ~/shared --replace-all lfs.url https://lfs.example.com '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
    "#]].assert_eq(&outcome.stdout);
}

/// The forms from before git 1.5, which git still reads.
#[test]
fn remotes_in_legacy_files_are_reported() {
    let (person, token) = person_with_another_token();
    repository(&person, "here", ORIGIN);
    fs::create_dir_all(person.path("here/.git/remotes")).expect("HOME is writable");
    fs::create_dir_all(person.path("here/.git/branches")).expect("HOME is writable");
    let url = person.url_with(&token, "acme/parts");
    person.write(
        "here/.git/remotes/old",
        &format!("URL: {url}\nPull: main:main\n"),
        0o644,
    );
    person.write(
        "here/.git/branches/older",
        "git@bitbucket.org:acme/parts.git#main\n",
        0o644,
    );
    person.write(
        "here/.git/branches/else",
        "https://example.com/parts.git\n",
        0o644,
    );
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/here/.git/remotes/old: skipped: it is a remote in the old form, which migrate does not convert, and contains a token
        ~/here/.git/branches/older: skipped: it is a remote in the old form, which migrate does not convert
        1 repository: 1 remote converted, 2 skipped
        hint: git --git-dir ~/here/.git remote rename -- old old
        hint: git --git-dir ~/here/.git remote rename -- older older
    "#]].assert_eq(&outcome.stdout);

    let hints = outcome.stdout.lines();
    for hint in hints.filter_map(|line| line.strip_prefix("hint: ")) {
        person.run("sh", ["-c", hint]).succeeds();
    }
    let remotes = person.git(["remote", "-v"]).at("here").succeeds().stdout;
    assert!(
        remotes.contains("older\tgit@bitbucket.org:acme/parts.git"),
        "{remotes}"
    );
    assert!(remotes.contains("old\thttps://"), "{remotes}");
}

#[test]
fn a_token_in_a_comment_is_named() {
    let (person, token) = person_with_another_token();
    let url = person.url_with(&token, "acme/widgets");
    let comments = format!("# was {url}\n[user]\n\tname = me ; {token}\n");
    repository(&person, "here", &format!("{ORIGIN}{comments}"));
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          origin   git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          line 9   its comment contains a token
          line 11  its comment contains a token
        1 repository: 1 remote converted, 2 settings with a token
        hint: git config --file ~/here/.git/config --edit
    "#]]
    .assert_eq(quiet(&outcome));
}

/// git and git-lfs read these files as configuration.
#[test]
fn a_token_in_a_file_of_the_work_tree_is_named() {
    let (person, token) = person_with_another_token();
    let url = person.url_with(&token, "acme/widgets");
    for (name, text) in [
        (".gitmodules", format!("[submodule \"s\"]\n\turl = {url}\n")),
        (".lfsconfig", format!("[lfs]\n\turl = {url}/info/lfs\n")),
        (".lfsconfig", format!("# {token}\n")),
    ] {
        person.run("rm", ["-rf", "here"]).succeeds();
        repository(&person, "here", ORIGIN);
        person.write(format!("here/{name}"), &text, 0o644);
        let outcome = migrate(&person, "").at("here").fails(1);
        for part in [
            format!("contains a token; if {name} is committed, revoke it\n"),
            format!("hint: git config --file ~/here/{name} --edit\n"),
        ] {
            assert!(outcome.stdout.contains(&part), "{part}{outcome}");
        }
        assert!(!outcome.stdout.contains(&token), "{outcome}");
    }
}

#[test]
fn a_secret_of_the_companys_own_server_is_named() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let server = "https://bitbucket.corp.example/git";
    let secret = person.remember("hunter2hunter2".to_owned());
    let settings = [
        format!(
            "[lfs]\n\turl = https://me:{secret}@bitbucket.corp.example/git/scm/p/w.git/info/lfs\n"
        ),
        format!("[http \"{server}\"]\n\textraHeader = Authorization: Bearer {secret}\n"),
    ];
    let origin = "[remote \"origin\"]\n\turl = ssh://git@bitbucket.corp.example:7999/p/w.git\n";
    for (number, setting) in settings.iter().enumerate() {
        let name = format!("r{number}");
        repository(&person, &name, &format!("{origin}{setting}"));
        let arguments = format!("--from {server} --rename p=acme");
        let outcome = migrate(&person, &arguments).at(&name).fails(1);
        let summary = "1 remote converted, 1 setting with a token\n";
        assert!(outcome.stdout.contains(summary), "{setting}\n{outcome}");
        let hint = outcome
            .stdout
            .split("hint: ")
            .nth(1)
            .expect("a hint is printed");
        person.run("sh", ["-c", hint]).succeeds();
        migrate(&person, &arguments).at(&name).succeeds();
    }
}

#[test]
fn a_token_in_the_users_own_configuration_is_pointed_out() {
    let (person, token) = person_with_another_token();
    repository(&person, "here", ORIGIN);
    let header = format!("[http]\n\textraHeader = Authorization: Bearer {token}\n");
    person.write(".gitconfig", &header, 0o600);
    let outcome = migrate(&person, "").at("here").succeeds();
    let warning = "warning: your own git configuration contains a token: run 'git bbt doctor'\n";
    assert_eq!(outcome.stderr.matches(warning).count(), 1, "{outcome}");
}

/// Another git, or a later one, reads it again.
#[test]
fn a_token_in_a_configuration_that_git_does_not_read_is_named() {
    let (person, token) = person_with_another_token();
    repository(&person, "here", ORIGIN);
    let text = format!("[lfs]\n\turl = https://x-token-auth:{token}@lfs.example.com\n");
    let file = "here/.git/config.worktree";
    person.write(file, &text, 0o644);
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          origin   git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          lfs.url  it contains a token
        1 repository: 1 remote converted, 1 setting with a token
        hint: git config --file ~/here/.git/config.worktree --replace-all lfs.url https://lfs.example.com '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
    "#]].assert_eq(&outcome.stdout);
    // It keeps nobody from migrating the rest.
    person.run("mkfifo", ["pipe"]).succeeds();
    person.write(file, "[include]\n\tpath = ../../pipe\n", 0o644);
    migrate(&person, "").at("here").succeeds();
    migrate(&person, "--undo").at("here").succeeds();
    person.write(file, "[broken", 0o644);
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/here/.git/config.worktree: skipped: git cannot read line 1
        1 repository: 1 remote converted, 1 skipped
        hint: git config --file ~/here/.git/config.worktree --list
    "#]]
    .assert_eq(quiet(&outcome));
    fs::remove_file(person.path(file)).expect("HOME is writable");
    symlink(person.write("outside", &text, 0o644), person.path(file)).expect("HOME is writable");
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here  origin  bbt::acme/widgets
        ~/here/.git/config.worktree: skipped: it cannot be read: it is a symbolic link to ~/outside, outside of the repository
        1 repository: 1 remote already bbt::, 1 skipped
    "#]].assert_eq(quiet(&outcome));
}

/// git resolves a relative name from the path that it opens, which may be a symbolic link.
#[test]
fn included_files_are_found_as_git_finds_them() {
    let (person, token) = person_with_another_token();
    let text = format!("[lfs]\n\turl = https://x-token-auth:{token}@lfs.example.com\n");
    let include = "[include]\n\tpath = shared\n";
    repository(&person, "here", &format!("{ORIGIN}{include}"));
    person.write("here/.git/shared", &text, 0o644);
    fs::create_dir(person.path("here/.git/real")).expect("HOME is writable");
    let (config, real) = ("here/.git/config", "here/.git/real/config");
    fs::rename(person.path(config), person.path(real)).expect("HOME is writable");
    symlink("real/config", person.path(config)).expect("HOME is writable");
    person.run("mkfifo", ["here/.git/real/shared"]).succeeds();
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here
          origin   git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          lfs.url  it contains a token
        1 repository: 1 remote converted, 1 setting with a token
        hint: git config --file ~/here/.git/shared --replace-all lfs.url https://lfs.example.com '(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}'
    "#]].assert_eq(&outcome.stdout);
    fs::remove_file(person.path("here/.git/shared")).expect("HOME is writable");
    person.run("mkfifo", ["here/.git/shared"]).succeeds();
    let outcome = migrate(&person, "").at("here").fails(1);
    let end = "it includes ~/here/.git/shared: it is not a regular file\n1 repository: 1 skipped\n";
    assert!(quiet(&outcome).ends_with(end), "{outcome}");
}

#[test]
fn an_included_file_that_git_cannot_read_is_named() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.write("broken", "[lfs\n", 0o644);
    let include = "[includeIf \"gitdir:/elsewhere/\"]\n\tpath = ../../broken\n";
    repository(&person, "here", &format!("{ORIGIN}{include}"));
    let outcome = migrate(&person, "").at("here").fails(1);
    expect![[r#"
        ~/here  origin  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
        ~/broken: skipped: git cannot read line 1
        1 repository: 1 remote converted, 1 skipped
        hint: git config --file ~/broken --list
    "#]]
    .assert_eq(quiet(&outcome));
}
