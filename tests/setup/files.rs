//! Which file is written, and what is said where it cannot be.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use expect_test::expect;

use super::{git_config, global, set_up, setup};
use crate::support::{Person, missing, with_each_git};

#[test]
fn it_is_the_file_that_git_writes() {
    with_each_git(|person| {
        person.write_config("");
        let text = "[core]\n\tpager = cat\n";
        let xdg = person.write(".config/git/config", text, 0o640);
        let home = person.path(".gitconfig");
        let is_in = |file: &Path, word: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            text.contains(word)
        };
        set_up(person, "acme --force");
        git_config(person, &["test.it", "yes"]);
        assert!(is_in(&xdg, "it = yes") && is_in(&xdg, "allow = always"));
        assert!(!home.exists());

        fs::write(&home, "").expect("HOME is writable");
        set_up(person, "corp --force");
        git_config(person, &["test.more", "yes"]);
        assert!(is_in(&home, "more = yes") && is_in(&home, "org/corp"));
        set_up(person, "--undo");
        let is = fs::read_to_string(&xdg).expect("it is there");
        assert_eq!(
            is,
            format!("{text}[test]\n\tit = yes\n"),
            "ours is gone from both"
        );
        assert_eq!(global(person), "[test]\n\tmore = yes\n");

        let elsewhere = person.path("elsewhere");
        person.export("GIT_CONFIG_GLOBAL", &elsewhere);
        set_up(person, "acme --force");
        let written = fs::read_to_string(&elsewhere).expect("it is written");
        assert!(written.contains("allow = always"), "{written}");
        let by_git = person.path("by-git");
        let set = ["config", "test.it", "yes"];
        person.git(set).env("GIT_CONFIG", &by_git).succeeds();
        let mode = |file: &Path| fs::metadata(file).expect("it is there").permissions();
        assert_eq!(mode(&elsewhere), mode(&by_git), "as git makes a file");
    });
}

#[test]
fn a_link_stays_a_link() {
    let person = Person::with_any_git();
    person.write_config("");
    person.write("dotfiles/gitconfig", "[user]\n\tname = Me\n", 0o644);
    let link = person.path(".gitconfig");
    symlink("dotfiles/gitconfig", &link).expect("HOME is writable");
    set_up(&person, "acme --force");
    let to = fs::read_link(&link).expect("it is a link still");
    assert_eq!(to.to_str(), Some("dotfiles/gitconfig"));
    assert!(global(&person).contains("allow = always"));
    set_up(&person, "--undo");
    assert_eq!(global(&person), "[user]\n\tname = Me\n");

    person.write("dotfiles/gitconfig", "", 0o644);
    set_up(&person, "acme --force");
    set_up(&person, "--undo");
    assert!(link.is_symlink() && link.exists(), "both are theirs");
}

#[test]
fn what_cannot_be_written_is_explained() {
    let person = Person::with_any_git();
    person.write_config("");
    let link = person.path(".gitconfig");
    symlink("nowhere/gitconfig", &link).expect("HOME is writable");
    let mut said = setup(&person, "acme --force").to_string();
    fs::remove_file(&link).expect("it is theirs");

    person.write(".gitconfig", "[user]\n\tname = Me\n[oops\n", 0o644);
    said += &setup(&person, "acme --force").to_string();
    person.write(".gitconfig", "", 0o644);
    person.write(".gitconfig.lock", "", 0o644);
    said += &setup(&person, "acme --force").to_string();
    let null = person.run("git-bbt", ["setup"]);
    said += &null
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .ends()
        .to_string();
    let folder = person.run("git-bbt", ["setup"]);
    said += &folder.env("GIT_CONFIG_GLOBAL", "/").ends().to_string();
    let alone = person
        .run("git-bbt", ["setup"])
        .env("PATH", person.path("bin"));
    said += &alone.ends().to_string();
    person.write("shut/git", "", 0o644);
    let shut = person
        .run("git-bbt", ["setup"])
        .env("PATH", person.path("shut"));
    said += &shut.ends().to_string();
    for home in ["", "."] {
        let homeless = person.run("git-bbt", ["setup"]);
        said += &homeless.env("HOME", home).ends().to_string();
    }
    let relative = person.run("git-bbt", ["setup"]);
    let relative = relative.env("GIT_CONFIG_GLOBAL", "mine");
    said += &relative.ends().to_string();
    assert_eq!(global(&person), "");
    expect![[r#"
        error: ~/.gitconfig leads to nowhere/gitconfig, which is not there
        hint: make that file, or remove the link
        status: 1
        error: ~/.gitconfig is broken at line 3
        hint: edit it until git config --file ~/.gitconfig --list reads it
        status: 1
        error: ~/.gitconfig is locked: ~/.gitconfig.lock is there
        hint: where no git is running, remove that file, and try again
        status: 1
        error: GIT_CONFIG_GLOBAL keeps git from having a global configuration
        hint: unset GIT_CONFIG_GLOBAL, or have it name a file
        status: 1
        error: cannot read /: Is a directory (os error 21)
        status: 1
        error: there is no git on the PATH
        hint: install git
        status: 1
        error: git cannot be asked: Permission denied (os error 13)
        status: 1
        error: HOME names no folder, so that git has no global configuration
        hint: export HOME, or GIT_CONFIG_GLOBAL=/path/to/a/file
        status: 1
        error: HOME names no folder, so that git has no global configuration
        hint: export HOME, or GIT_CONFIG_GLOBAL=/path/to/a/file
        status: 1
        error: GIT_CONFIG_GLOBAL is mine, which is another file in every folder
        hint: export GIT_CONFIG_GLOBAL=/path/to/the/file
        status: 1
    "#]]
    .assert_eq(&said);
}

/// As where another program makes the file, and keeps it in a store that nobody writes to.
#[test]
fn a_folder_that_nobody_may_write_to_is_explained() {
    let person = Person::with_any_git();
    if !person.has("setpriv") {
        return missing("setpriv", "setpriv");
    }
    person.write_config("");
    person.write("store/gitconfig", "", 0o444);
    symlink("store/gitconfig", person.path(".gitconfig")).expect("HOME is writable");
    let shut = ["0555", "store"];
    person.run("chmod", shut).succeeds();
    let program = person.path("bin/git-bbt").display().to_string();
    // root may write anywhere, but for the two rights that make it so.
    let words = [
        "--bounding-set",
        "-dac_override,-dac_read_search",
        "--inh-caps",
        "-all",
    ];
    let words = words
        .into_iter()
        .chain(["--", &program, "setup", "acme", "--force"]);
    let outcome = person.run("setpriv", words).ends();
    person.run("chmod", ["0755", "store"]).succeeds();
    expect![[r#"
        error: cannot write ~/store/gitconfig: Permission denied (os error 13)
        hint: git bbt setup --dry-run shows what to put there by other means
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
}
