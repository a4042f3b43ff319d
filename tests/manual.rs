//! The man pages: one for every program, every command and config.toml, which git finds.

use std::fs;

use expect_test::expect;

use crate::support::{Person, missing, with_each_git};

/// Returns the names of the pages in a folder of HOME, such as `man1/git-bbt.1`.
fn pages(person: &Person) -> Vec<String> {
    person.run("git-bbt", ["manual", "man"]).succeeds();
    let mut pages = Vec::new();
    for section in ["man1", "man5"] {
        for page in fs::read_dir(person.path("man").join(section)).expect("the folder was created")
        {
            let name = page.expect("the folder can be read").file_name();
            pages.push(format!("{section}/{}", name.display()));
        }
    }
    pages.sort();
    pages
}

#[test]
fn every_command_has_a_page() {
    let person = Person::with_any_git();
    let pages = pages(&person);
    let help = person.run("git-bbt", ["-h"]).succeeds().stdout;
    let (_, listed) = help
        .split_once("Commands:\n")
        .expect("the help has this section");
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let commands = listed.filter_map(|line| line.split_whitespace().next());
    let commands = commands.filter(|name| *name != "help");
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
        let text = fs::read_to_string(person.path("man").join(page)).expect("the file is text");
        assert!(
            text.contains(concat!("git-remote-bbt ", env!("CARGO_PKG_VERSION"))),
            "{page}"
        );
        assert!(
            page.ends_with("git-bbt.1") || text.contains("\n.SH EXAMPLES\n"),
            "{page}"
        );
        assert!(!text.contains('`'), "{page}");
        for section in ["ENVIRONMENT", "EXIT STATUS"] {
            let has_section = text.contains(&format!("\n.SH {section}\n"));
            assert!(has_section || page.starts_with("man5/"), "{page}");
        }
    }
}

/// With the checks of Debian's lintian.
#[test]
fn man_formats_the_pages_without_warnings() {
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

/// Commands can be copied: no URL is broken at the end of a line, and tables are aligned.
#[test]
fn the_pages_are_readable() {
    let person = Person::with_any_git();
    if !person.has("man") {
        return missing("man", "man");
    }
    let shown = |page: &str| {
        let page = format!("man/{page}");
        let read = person.run("man", ["-E", "UTF-8", "-l", &page]);
        let read = read.env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80");
        read.env("MANPAGER", "cat").succeeds().stdout
    };
    for page in pages(&person) {
        let shown = shown(&page);
        let cut = shown.lines().find(|line| line.ends_with('\u{2010}'));
        assert_eq!(cut, None, "{page}");
    }
    let mut tops = String::new();
    for command in ["login", "migrate"] {
        let page = shown(&format!("man1/git-bbt-{command}.1"));
        let (_, top) = page
            .split_once("\nSYNOPSIS\n")
            .expect("the page has this section");
        let (top, _) = top.split_once("\nOPTIONS\n").expect("the page has options");
        tops += &format!("{top}\n");
    }
    expect![[r#"
               git bbt login [--with-token] [--store <STORE>] [--account <EMAIL>]
               [--email <EMAIL>] [--expires <DATE>] [--no-verify] [--force]
               [-h|--help] [WORKSPACE[/REPOSITORY]]

        DESCRIPTION
               Store an access token for a workspace or repository

               Reads the token from a hidden prompt, or from stdin with --with-token;
               never from an argument, which other users could see. The git clone
               command that Bitbucket shows beside a new token is also accepted, as
               are a header, an assignment and JSON that contain the token. Checks the
               token with Bitbucket, stores it in the keyring or in a private file,
               and adds an entry to config.toml.

               Create a token with the scopes repository (clone, fetch) and
               repository:write (push), under Access tokens in the settings of the
               workspace or of a project (Premium plan), or of one repository (every
               plan). If the workspace or repository is known, the prompt shows the
               address of that page.

               To replace a token, press Rotate beside it in Bitbucket, which makes a
               new secret with the same scopes (the old one works for up to 30
               minutes), and log in again.

               git bbt migrate [-r|--recursive] [-n|--dry-run] [--remote <NAME>]...
               [--workspace <WORKSPACE>]... [--ssh-alias <HOST>]... [--from <URL>]...
               [--rename <OLD=NEW>]... [--import-tokens] [--store <STORE>] [--verify]
               [--force] [--undo] [--json] [-h|--help] [PATHS]...

        DESCRIPTION
               Convert existing remotes to bbt:: URLs

               Every https or ssh URL of a repository on Bitbucket Cloud becomes
               bbt::<workspace>/<repository>; other URLs are unchanged. A remote is
               converted only if a token is configured for it: store one first with
               git bbt login. BBT_TOKEN and [workspace."*"] count only for workspaces
               that --workspace, --rename or config.toml names. Exits with 1 if
               something is not converted, or a setting still contains a token.

               Edits only the repositories' own configuration, under git's lock;
               --undo takes that back.

    "#]]
    .assert_eq(&tops);
}

/// Man finds them beside the programs, without MANPATH.
#[test]
fn git_opens_the_pages() {
    with_each_git(|person| {
        if !person.has("man") {
            return missing("man", "man");
        }
        let program = person.path(".local/bin/git-bbt");
        fs::create_dir_all(person.path(".local/bin")).expect("HOME is writable");
        // Copied by another process: a file that this process has open for writing could be inherited
        // by the children of parallel tests, and then not be executed.
        let program = program.display().to_string();
        let copy = [env!("CARGO_BIN_EXE_git-bbt"), &program];
        person.run("cp", copy).succeeds();
        let said = person.run(&program, ["manual"]).succeeds();
        let count = pages(person).len();
        assert_eq!(
            said.stdout,
            format!("Installed {count} man pages in ~/.local/share/man\n")
        );
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
