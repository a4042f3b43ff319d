//! Installation with `scripts/install` and with `cargo install`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;

use rustix::process::geteuid;

use crate::support::{Outcome, Person, Run, missing, with_each_git, without_what_cargo_says};

/// Creates a folder of programs to install: scripts that start the programs of this build, which are
/// large.
fn built(person: &Person) -> String {
    for (name, program) in [
        ("git-remote-bbt", env!("CARGO_BIN_EXE_git-remote-bbt")),
        (
            "git-credential-bbt",
            env!("CARGO_BIN_EXE_git-credential-bbt"),
        ),
        ("git-bbt", env!("CARGO_BIN_EXE_git-bbt")),
    ] {
        let starter = format!("#!/bin/sh\nexec '{program}' \"$@\"\n");
        person.write(format!("built/{name}"), &starter, 0o755);
    }
    person.path("built").display().to_string()
}

/// Runs the script with the PATH of the person, without our programs, and with `first` before it.
fn install<'p>(person: &'p Person, first: &[&str], arguments: &[&str]) -> Run<'p> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/install");
    let run = person.run("sh", [script].iter().chain(arguments).copied());
    run.env("PATH", path(person, first))
}

fn path(person: &Person, first: &[&str]) -> String {
    let home = person.path("").display().to_string();
    let all = person.run("sh", ["-c", "echo $PATH"]).succeeds().stdout;
    let all = all.trim().replace('~', home.trim_end_matches('/'));
    // A folder on the PATH of the test runner may have an installed git-remote-bbt.
    let is_other = |folder: &&str| !Path::new(folder).join("git-remote-bbt").exists();
    let others = all.split(':').filter(is_other).map(str::to_owned);
    let first = first
        .iter()
        .map(|folder| person.path(folder).display().to_string());
    first.chain(others).collect::<Vec<_>>().join(":")
}

fn installed(person: &Person, first: &[&str]) -> Outcome {
    install(person, first, &["--from", &built(person)]).succeeds()
}

/// Returns every path in HOME.
fn everything(person: &Person) -> BTreeSet<PathBuf> {
    fn collect(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                collect(&path, found);
            }
            found.insert(path);
        }
    }
    let mut found = BTreeSet::new();
    collect(&person.path(""), &mut found);
    found
}

#[test]
fn git_finds_the_installed_programs() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        let said = installed(person, &[".local/bin"]);
        assert!(
            said.stdout.contains("git finds them: git-remote-bbt "),
            "{said}"
        );
        let with_path = |run: Run| run.env("PATH", path(person, &[".local/bin"])).succeeds();
        let sh = |line| with_path(person.run("sh", ["-c", line]));
        sh(
            "for each in git-remote-bbt git-credential-bbt git-bbt; do command -v $each || exit; done",
        );
        with_path(person.git(["clone", "--quiet", "bbt::acme/widgets"]));
        with_path(person.git(["bbt", "status"]));
        if person.has("man") {
            let page = person.git(["bbt", "--help"]).env("MANPAGER", "cat");
            assert!(with_path(page).stdout.contains("GIT-BBT(1)"));
        }
    });
}

#[test]
fn install_reports_files_that_are_in_the_way() {
    let person = Person::with_any_git();
    let mut said = format!("{}\n", installed(&person, &[]));
    said += &format!("{}\n", installed(&person, &["bin", ".local/bin"]));
    said += &install(&person, &[], &["--from", "nowhere"])
        .fails(1)
        .stderr;
    said += &install(&person, &[], &["--prefix", "here"]).fails(2).stderr;
    said += &install(&person, &[], &["--prefix", "/nowhere", "--uninstall"])
        .fails(1)
        .stderr;
    expect![[r#"
        Installed below ~/.local: programs, man pages, completions for bash, zsh and fish.
        hint: git does not find them: ~/.local/bin is not on the PATH. In your shell's profile:
        hint:     export PATH="~/.local/bin:$PATH"
        hint: for completions in zsh, in your .zshrc, before compinit:
        hint:     fpath=("~/.local/share/zsh/site-functions" $fpath)
        status: 0

        Installed below ~/.local: programs, man pages, completions for bash, zsh and fish.
        hint: git finds another git-remote-bbt first: ~/bin/git-remote-bbt; remove it, or put ~/.local/bin before it on the PATH
        hint: for completions in zsh, in your .zshrc, before compinit:
        hint:     fpath=("~/.local/share/zsh/site-functions" $fpath)
        status: 0

        error: nowhere has no git-remote-bbt
        error: the prefix has to be an absolute path, not "here"
        error: nothing was installed below /nowhere by this script: /nowhere/share/git-remote-bbt/installed does not exist
    "#]].assert_eq(&said);
    let usage = install(&person, &[], &["--help"]).succeeds().stdout;
    assert_eq!(install(&person, &[], &["--purge"]).fails(2).stderr, usage);
}

#[test]
fn uninstall_removes_everything() {
    for theirs in [".local/share/man/man1/theirs.1", "theirs"] {
        let person = Person::with_any_git();
        person.write(theirs, "", 0o644);
        built(&person);
        let before = everything(&person);
        installed(&person, &[]);
        assert!(everything(&person).len() > before.len() + 20);
        installed(&person, &[]);
        install(&person, &[], &["--uninstall"]).succeeds();
        assert_eq!(everything(&person), before);
    }
}

/// The folder may be written in another form, or be reached through links.
#[test]
fn a_folder_is_recognized_through_links() {
    let person = Person::with_any_git();
    let from = built(&person);
    let prefix = person.path("a b").display().to_string();
    fs::create_dir_all(person.path("a b/bin")).expect("HOME is writable");
    symlink(person.path("a b/bin"), person.path("other")).expect("HOME is writable");
    for (prefix, first) in [
        (format!("{prefix}//"), "a b/bin"),
        (format!("{prefix}/"), "other"),
    ] {
        let arguments = ["--prefix", &prefix, "--from", &from];
        let said = install(&person, &[first], &arguments).succeeds();
        assert!(said.stdout.contains("\ngit finds them: "), "{said}");
        assert!(
            said.stdout
                .contains("    fpath=(\"~/a b/share/zsh/site-functions\" $fpath)\n"),
            "{said}"
        );
    }
}

#[test]
fn other_files_are_not_overwritten() {
    let person = Person::with_any_git();
    let from = built(&person);
    let theirs = ".local/bin/git-bbt";
    person.write(theirs, "theirs", 0o755);
    fs::create_dir_all(person.path(".local/share/man/man1/git-bbt.1")).expect("HOME is writable");
    let before = everything(&person);
    let mut said = install(&person, &[], &["--from", &from]).fails(1).stderr;
    assert_eq!(everything(&person), before);
    assert_eq!(
        fs::read_to_string(person.path(theirs)).ok().as_deref(),
        Some("theirs")
    );
    person.write("file", "", 0o644);
    for prefix in ["file", "file/below"] {
        let prefix = person.path(prefix).display().to_string();
        let arguments = ["--prefix", &prefix, "--from", &from];
        said += &install(&person, &[], &arguments).fails(1).stderr;
    }
    let homeless = install(&person, &[], &["--from", &from]).env("HOME", "");
    said += &homeless.fails(2).stderr;
    expect![[r#"
        error: these exist and are not from an earlier scripts/install; move them, or use another --prefix:
            ~/.local/bin/git-bbt
            ~/.local/share/man/man1/git-bbt.1, a folder
        error: ~/file is not a folder
        error: ~/file is not a folder
        error: HOME is not set; name a folder: scripts/install --prefix /usr/local
    "#]].assert_eq(&said);
}

/// The check is made before a build that takes minutes.
#[test]
fn a_folder_for_all_users_needs_root() {
    if geteuid().is_root() {
        return missing("not-root", "an ordinary user to run the tests as");
    }
    let person = Person::with_any_git();
    let (home, from) = (person.path("me"), built(&person));
    fs::create_dir_all(person.path("usr/a b/share/git-remote-bbt")).expect("HOME is writable");
    let list = "usr/a b/share/git-remote-bbt/installed";
    person.write(list, "", 0o644);
    person.run("chmod", ["-R", "a-w", "usr"]).succeeds();
    let prefix = person.path("usr/a b").display().to_string();
    let mut said = String::new();
    for more in [&[][..], &["--from", &from], &["--uninstall"]] {
        let arguments: Vec<&str> = ["--prefix", &prefix].iter().chain(more).copied().collect();
        let run = install(&person, &[], &arguments).env("HOME", &home);
        said += &run.fails(1).stderr;
    }
    person.run("chmod", ["-R", "u+w", "usr"]).succeeds();
    expect![[r#"
        error: you cannot write to ~/usr/a b
        hint: (cd <source> && cargo build --release --locked) && sudo <source>/scripts/install --prefix '~/usr/a b' --from <source>/target/release
        error: you cannot write to ~/usr/a b
        hint: sudo <source>/scripts/install --prefix '~/usr/a b' --from ~/built
        error: you cannot write to ~/usr/a b/share/git-remote-bbt
        hint: sudo <source>/scripts/install --prefix '~/usr/a b' --uninstall
    "#]]
    .assert_eq(&said.replace(env!("CARGO_MANIFEST_DIR"), "<source>"));
}

/// By a full disk or a signal.
#[test]
fn an_interrupted_install_can_be_repeated_or_removed() {
    let person = Person::with_any_git();
    built(&person);
    let mv =
        "#!/bin/sh\ncase $* in *git-bbt-login.1) exit 1 ;; esac\nPATH=${PATH#*:}\nexec mv \"$@\"\n";
    person.write("full/mv", mv, 0o755);
    let before = everything(&person);
    let from = built(&person);
    let half = || {
        install(&person, &["full"], &["--from", &from]).fails(1);
        assert!(person.path(".local/bin/git-bbt").is_file());
    };
    half();
    install(&person, &[], &["--uninstall"]).succeeds();
    assert_eq!(everything(&person), before);
    half();
    installed(&person, &[]);
    install(&person, &[], &["--uninstall"]).succeeds();
    assert_eq!(everything(&person), before);
}

#[test]
fn files_that_cannot_be_removed_do_not_stop_the_uninstall() {
    let person = Person::with_any_git();
    built(&person);
    let before = everything(&person);
    installed(&person, &[]);
    let stuck = person.path(".local/share/man/man1/git-bbt.1");
    fs::remove_file(&stuck).expect("the file exists");
    fs::create_dir(&stuck).expect("HOME is writable");
    let said = install(&person, &[], &["--uninstall"]).fails(1);
    assert!(said.stderr.contains("git-bbt.1"), "{said}");
    assert!(
        said.stderr.ends_with(
            "error: some files could not be removed from ~/.local; fix the errors above and run this again\n"
        ),
        "{said}"
    );
    assert!(!person.path(".local/bin").exists());
    fs::remove_dir(&stuck).expect("the folder exists");
    install(&person, &[], &["--uninstall"]).succeeds();
    assert_eq!(everything(&person), before);
}

#[test]
fn files_of_an_older_version_are_removed() {
    let person = Person::with_any_git();
    installed(&person, &[]);
    let new = everything(&person);
    let list = person.path(".local/share/git-remote-bbt/installed");
    let older = fs::read_to_string(&list).expect("the file exists");
    fs::write(
        &list,
        older + "share/doc/\nshare/doc/bbt/\nshare/doc/bbt/old\n",
    )
    .expect("HOME is writable");
    person.write(".local/share/doc/bbt/old", "", 0o644);
    installed(&person, &[]);
    assert_eq!(everything(&person), new);
}

/// A package is staged in DESTDIR, and the package manager lists its files.
#[test]
fn a_package_has_the_same_files() {
    let person = Person::with_any_git();
    installed(&person, &[]);
    let below = |folder: &str| -> BTreeSet<PathBuf> {
        let folder = person.path(folder);
        let inner = everything(&person).into_iter();
        inner
            .filter_map(|path| path.strip_prefix(&folder).ok().map(Path::to_owned))
            .collect()
    };
    let mut ours = below(".local");
    ours.retain(|path| !path.starts_with("share/git-remote-bbt"));
    let package = install(
        &person,
        &[],
        &["--prefix", "/usr", "--from", &built(&person)],
    );
    let package = package.env("DESTDIR", person.path("package")).succeeds();
    assert_eq!(package.stdout.lines().count(), 1, "{package}");
    assert_eq!(below("package/usr"), ours);
}

#[test]
fn cargo_install_installs_the_three_programs() {
    let person = Person::with_any_git();
    let root = person.path("cargo");
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).args(["--quiet", "--root"]).arg(&root);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        without_what_cargo_says(&mut cargo);
        assert!(cargo.status().expect("cargo is there").success());
    };
    cargo(&["install", "--path", ".", "--locked", "--debug", "--offline"]);
    let mut programs: Vec<_> = fs::read_dir(root.join("bin"))
        .expect("the folder was created")
        .map(|entry| entry.expect("the folder can be read").file_name())
        .collect();
    programs.sort();
    assert_eq!(
        programs,
        ["git-bbt", "git-credential-bbt", "git-remote-bbt"]
    );

    // Uninstalls as README.md describes.
    let git_bbt = root.join("bin/git-bbt").display().to_string();
    person.run(&git_bbt, ["manual"]).succeeds();
    let is_empty = |folder: &str| {
        let mut inner = fs::read_dir(root.join(folder)).expect("the folder was created");
        inner.next().is_none()
    };
    assert!(!is_empty("share/man/man1"));
    cargo(&["uninstall", "git-remote-bbt"]);
    let pages = "rm ~/cargo/share/man/man?/*bbt*";
    person.run("sh", ["-c", pages]).succeeds();
    assert!(is_empty("bin") && is_empty("share/man/man1") && is_empty("share/man/man5"));
}
