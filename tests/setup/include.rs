//! The line in the user's configuration: its place, and what happens if it cannot be written.

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::expect;

use super::{GENERATED, INCLUDE, generated, git_config, global, set_up, setup};
use crate::support::{Person, missing, with_each_git};

/// `git config --add include.path` would write into the first section, above the user's helper.
#[test]
fn the_include_is_the_last_section_so_that_other_helpers_are_not_given_the_token() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.write("other", "[user]\n\tname = Me\n", 0o644);
        let before = "[include]\n\tpath = ~/other\n[credential]\n\thelper = store\n";
        person.write(".gitconfig", before, 0o644);
        set_up(person, "acme");
        assert_eq!(global(person), format!("{before}{INCLUDE}"));

        // Directly to the stand-in, without a remote helper.
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        person.git(["ls-remote", &url]).succeeds();
        assert!(
            !person.path(".git-credentials").exists(),
            "the token was stored in plain text"
        );
        set_up(person, "--undo");
        assert_eq!(global(person), before);
    });
}

#[test]
fn the_include_is_in_the_file_that_git_writes() {
    with_each_git(|person| {
        person.write_config("");
        let text = "[core]\n\tpager = cat\n";
        let xdg = person.write(".config/git/config", text, 0o640);
        let read = |path| fs::read_to_string(path).expect("the file exists");
        set_up(person, "acme --force");
        assert_eq!(read(&xdg), format!("{text}{INCLUDE}"));
        assert!(!person.path(".gitconfig").exists());

        fs::write(person.path(".gitconfig"), "").expect("HOME is writable");
        set_up(person, "corp --force");
        assert_eq!(global(person), "", "git reads the line that is there");
        assert!(generated(person).contains("org/corp"));
        set_up(person, "--undo");
        assert_eq!(read(&xdg), text);

        let elsewhere = person.path("elsewhere");
        person.export("GIT_CONFIG_GLOBAL", &elsewhere);
        set_up(person, "acme --force");
        assert_eq!(read(&elsewhere), INCLUDE);
    });
}

#[test]
fn a_configuration_that_is_a_symbolic_link_stays_one() {
    let person = Person::with_any_git();
    person.write_config("");
    let text = "[user]\n\tname = Me\n";
    person.write("dotfiles/gitconfig", text, 0o644);
    let link = person.path(".gitconfig");
    symlink("dotfiles/gitconfig", &link).expect("HOME is writable");
    set_up(&person, "acme --force");
    assert_eq!(global(&person), format!("{text}{INCLUDE}"));
    set_up(&person, "--undo");
    assert_eq!(global(&person), text);
    assert!(link.is_symlink());
}

/// As with a configuration that another program generates in a read-only store.
#[test]
fn the_line_to_add_is_printed_if_the_configuration_cannot_be_written() {
    let person = Person::with_any_git();
    if !person.has("setpriv") {
        return missing("setpriv", "setpriv");
    }
    person.write_config("");
    let link = person.path(".gitconfig");
    person.write("store/gitconfig", "", 0o444);
    symlink("store/gitconfig", &link).expect("HOME is writable");
    person.run("chmod", ["0555", "store"]).succeeds();
    let program = person.path("bin/git-bbt").display().to_string();
    // root may write anywhere, unless it lacks these two capabilities.
    let words = [
        "--bounding-set",
        "-dac_override,-dac_read_search",
        "--inh-caps",
        "-all",
        "--",
        &program,
        "setup",
        "acme",
        "--force",
    ];
    let outcome = person.run("setpriv", words).ends();
    expect![[r#"
        Wrote ~/.config/git-remote-bbt/setup.gitconfig for 1 workspace.
        error: cannot add the include to git's configuration: could not lock config file ~/.gitconfig: Permission denied
        hint: add it there, as the last section: [include] path = ~/.config/git-remote-bbt/setup.gitconfig
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());

    let text = format!("[include] path = ~/{GENERATED}\n");
    fs::remove_file(&link).expect("HOME is writable");
    person.write("dotfiles/gitconfig", &text, 0o444);
    symlink("dotfiles/gitconfig", &link).expect("HOME is writable");
    let allowed = git_config(&person, &["protocol.bbt.allow"]);
    assert_eq!(allowed, "always\n", "one line, as it was printed");
    assert_eq!(set_up(&person, "acme --force").stderr, "");
    assert_eq!(global(&person), text);
    person.run("chmod", ["0755", "store"]).succeeds();
}

#[test]
fn a_configuration_that_git_cannot_edit_is_not_touched() {
    let person = Person::with_any_git();
    person.write_config("");
    let mut said = String::new();
    person.write(".gitconfig", "[user]\n\tname = Me\n[oops\n", 0o644);
    said += &setup(&person, "acme --force").to_string();
    person.write(".gitconfig", "", 0o644);
    person.write(".gitconfig.lock", "", 0o644);
    said += &setup(&person, "acme --force").to_string();
    fs::remove_file(person.path(".gitconfig.lock")).expect("HOME is writable");
    // As root, git would replace the device by a file.
    for file in ["/dev/null", "/", "mine"] {
        let run = person.run("git-bbt", ["setup"]);
        said += &run.env("GIT_CONFIG_GLOBAL", file).ends().to_string();
    }
    fs::remove_file(person.path(".gitconfig")).expect("HOME is writable");
    symlink("/dev/null", person.path(".gitconfig")).expect("HOME is writable");
    said += &setup(&person, "acme --force").to_string();
    let alone = person.run("git-bbt", ["setup"]);
    said += &alone.env("PATH", person.path("bin")).ends().to_string();
    let said: String = said
        .lines()
        .filter(|line| !line.starts_with("Wrote "))
        .map(|line| format!("{line}\n"))
        .collect();
    expect![[r#"
        error: git cannot read its configuration: bad config line 3 in file ~/.gitconfig
        hint: fix the file that git names, and try again
        status: 1
        error: cannot add the include to git's configuration: could not lock config file ~/.gitconfig: File exists
        hint: add it there, as the last section: [include] path = ~/.config/git-remote-bbt/setup.gitconfig
        status: 1
        error: cannot add the include to git's configuration: /dev/null is not a regular file
        hint: add it there, as the last section: [include] path = ~/.config/git-remote-bbt/setup.gitconfig
        status: 1
        error: git cannot read its configuration: error processing config file(s)
        hint: fix the file that git names, and try again
        status: 1
        error: cannot add the include to git's configuration: GIT_CONFIG_GLOBAL is not an absolute path
        hint: add it there, as the last section: [include] path = ~/.config/git-remote-bbt/setup.gitconfig
        status: 1
        error: cannot add the include to git's configuration: ~/.gitconfig is not a regular file
        hint: add it there, as the last section: [include] path = ~/.config/git-remote-bbt/setup.gitconfig
        status: 1
        error: git is not on the PATH
        hint: install git
        status: 1
    "#]].assert_eq(&said);
    assert!(
        !fs::metadata("/dev/null")
            .expect("the file exists")
            .is_file()
    );
}

/// git does not look into the password file for HOME.
#[test]
fn home_has_to_be_set() {
    let person = Person::with_any_git();
    person.write_config("");
    let folder = |line: &str| match line.strip_prefix("hint: export HOME=/") {
        Some(_) => "hint: export HOME=...".to_owned(),
        None => line.to_owned(),
    };
    // A dry run is refused, too, although it writes nothing.
    for words in [&["acme", "--force", "--dry-run"][..], &["--undo", "-n"]] {
        let words = || ["setup"].into_iter().chain(words.iter().copied());
        for run in [
            person.run("git-bbt", words()).without("HOME"),
            person.run("git-bbt", words()).env("HOME", ""),
            person.run("git-bbt", words()).env("HOME", "here"),
        ] {
            let printed = run.ends().to_string();
            let lines: Vec<String> = printed.lines().map(folder).collect();
            let expected = [
                "error: HOME is not set to an absolute path, so git reads no configuration of yours",
                "hint: export HOME=...",
                "status: 1",
            ];
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn only_the_file_that_git_writes_has_to_be_writable() {
    with_each_git(|person| {
        person.write_config("");
        let run = person.run("git-bbt", ["setup", "acme", "--force"]);
        run.env("XDG_CONFIG_HOME", "here").succeeds();
        assert_eq!(global(person), INCLUDE);
        set_up(person, "--undo");
        // git does not write this file if ~/.gitconfig exists.
        fs::create_dir(person.path(".config/git")).expect("HOME is writable");
        symlink("/dev/null", person.path(".config/git/config")).expect("HOME is writable");
        set_up(person, "acme --force");
        assert_eq!(global(person), INCLUDE);
    });
}

#[test]
fn an_include_that_the_user_wrote_is_enough() {
    let person = Person::with_any_git();
    person.write_config("");
    person.write(
        "dotfiles/git",
        "[include]\n\tpath = ../.config/git-remote-bbt/setup.gitconfig\n",
        0o644,
    );
    let own = "[include]\n\tpath = ~/dotfiles/git\n";
    person.write(".gitconfig", own, 0o644);
    set_up(&person, "acme --force");
    assert_eq!(global(&person), own);
    let undone = set_up(&person, "--undo").stdout;
    expect![[r#"
        Removed ~/.config/git-remote-bbt/setup.gitconfig.
        Removed the include from ~/dotfiles/git.
    "#]]
    .assert_eq(&undone);
}

/// A run that is killed between its two edits leaves this section.
#[test]
fn a_section_left_by_a_killed_run_is_replaced() {
    let person = Person::with_any_git();
    person.write_config("");
    let left = "[bbt-setup]\n\tpath = ~/old\n[credential]\n\thelper = store\n";
    person.write(".gitconfig", left, 0o644);
    set_up(&person, "acme --force");
    assert_eq!(
        global(&person),
        format!("[credential]\n\thelper = store\n{INCLUDE}")
    );
}
