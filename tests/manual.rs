//! The man pages: one for every program, every command and config.toml, found by git.

use std::fs;

use crate::support::{Person, missing, with_each_git};

/// The pages that it wrote into a folder of HOME, as `man1/git-bbt.1`.
fn pages(person: &Person) -> Vec<String> {
    person.run("git-bbt", ["manual", "man"]).succeeds();
    let mut pages = Vec::new();
    for section in ["man1", "man5"] {
        for page in fs::read_dir(person.path("man").join(section)).expect("it was made") {
            let name = page.expect("it can be listed").file_name();
            pages.push(format!("{section}/{}", name.display()));
        }
    }
    pages.sort();
    pages
}

#[test]
fn every_command_has_its_page() {
    let person = Person::with_any_git();
    let pages = pages(&person);
    let help = person.run("git-bbt", ["-h"]).succeeds().stdout;
    let (_, listed) = help.split_once("Commands:\n").expect("it lists them");
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let commands = listed.filter_map(|line| line.split_whitespace().next());
    // Two that help does not list.
    let commands = commands
        .filter(|name| *name != "help")
        .chain(["completions", "manual"]);
    let mut expected: Vec<String> = commands
        .map(|name| format!("man1/git-bbt-{name}.1"))
        .collect();
    let others = [
        "man1/git-bbt.1",
        "man1/git-remote-bbt.1",
        "man1/git-credential-bbt.1",
        "man5/bbt-config.5",
    ];
    expected.extend(others.map(str::to_owned));
    expected.sort();
    assert_eq!(pages, expected);
    for page in &pages {
        let text = fs::read_to_string(person.path("man").join(page)).expect("it is text");
        assert!(
            text.contains(concat!("git-remote-bbt ", env!("CARGO_PKG_VERSION"))),
            "{page}"
        );
        assert!(
            page.ends_with("git-bbt.1") || text.contains("\n.SH EXAMPLES\n"),
            "{page}"
        );
    }
}

/// As Debian's lintian reads them.
#[test]
fn man_has_nothing_to_say_against_them() {
    let person = Person::with_any_git();
    if !person.has("man") {
        return missing("man", "man");
    }
    for page in pages(&person) {
        let page = format!("man/{page}");
        let arguments = [
            "--warnings",
            "-E",
            "UTF-8",
            "-l",
            "-Tutf8",
            "-Z",
            page.as_str(),
        ];
        let read = person.run("man", arguments).env("LC_ALL", "C.UTF-8");
        assert_eq!(read.succeeds().stderr, "", "{page}");
    }
}

/// Where they are beside the programs, without anybody saying so to man.
#[test]
fn git_finds_them() {
    with_each_git(|person| {
        if !person.has("man") {
            return missing("man", "man");
        }
        let program = person.path(".local/bin/git-bbt");
        fs::create_dir_all(person.path(".local/bin")).expect("HOME is writable");
        // By another program: while this one held it to write, a test beside would hand it on to what it
        // starts, and it could not be run.
        let program = program.display().to_string();
        let copy = [env!("CARGO_BIN_EXE_git-bbt"), &program];
        person.run("cp", copy).succeeds();
        let said = person.run(&program, ["manual"]).succeeds();
        assert_eq!(said.stdout, "15 pages are in ~/.local/share/man\n");
        let theirs = person.run("sh", ["-c", "echo $PATH"]).succeeds().stdout;
        let path = format!(
            "{}:{}",
            person.path(".local/bin").display(),
            theirs
                .trim()
                .replace('~', &person.path("").display().to_string())
        );
        for (arguments, page) in [
            (["bbt", "--help"], "GIT-BBT(1)"),
            (["help", "bbt"], "GIT-BBT(1)"),
            (["help", "git-bbt-login"], "GIT-BBT-LOGIN(1)"),
            (["help", "remote-bbt"], "GIT-REMOTE-BBT(1)"),
        ] {
            let shown = person
                .git(arguments)
                .env("PATH", &path)
                .env("MANPAGER", "cat")
                .succeeds();
            assert!(shown.stdout.contains(page), "{shown}");
        }
    });
}
