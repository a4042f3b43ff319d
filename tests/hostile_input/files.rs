//! Files of a repository that are not regular: a symbolic link to a device without an end, a pipe
//! without a writer, a file that is far too large.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Outcome, Person, with_each_git};

fn link(person: &Person, to: &str, at: &str) {
    let at = person.path(at);
    let _ = fs::remove_file(&at);
    symlink(to, at).expect("HOME is writable");
}

fn pipe(person: &Person, at: &str) {
    let at = person.path(at);
    let _ = fs::remove_file(&at);
    person
        .run("mkfifo", [at.to_str().expect("the path is text")])
        .succeeds();
}

/// Runs a command with a memory limit.
fn limited(person: &Person, folder: &str, command: &str) -> Outcome {
    let command = format!("ulimit -v 4000000; {command}");
    person.run("sh", ["-c", &command]).at(folder).ends()
}

#[test]
fn an_endless_lfsconfig_does_not_block_a_fetch() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        person.write("bin/git-lfs", "#!/bin/sh\n", 0o755);
        person.clone("acme/widgets");
        for is_told in [true, false] {
            if !is_told {
                person.git_in("widgets", "config --unset remote.origin.lfsurl");
            }
            link(person, "/dev/zero", "widgets/.lfsconfig");
            assert_eq!(limited(person, "widgets", "git fetch").status, Some(0));
            pipe(person, "widgets/.lfsconfig");
            assert_eq!(limited(person, "widgets", "git fetch").status, Some(0));
        }
    });
}

/// Creates a file of some kind at a path.
type Make<'m> = &'m dyn Fn(&str);

#[test]
fn migrate_skips_what_is_not_a_regular_file() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let elsewhere = "elsewhere";
    pipe(&person, elsewhere);
    let elsewhere = person.path(elsewhere);
    let elsewhere = elsewhere.to_str().expect("the path is text");
    let hostile: [(&str, Make); 11] = [
        // A pipe, and a link to one, in place of the lock.
        (".git/config.lock", &|at| pipe(&person, at)),
        (".git/config.lock", &|at| link(&person, elsewhere, at)),
        (".git", &|at| link(&person, "/dev/zero", at)),
        (".git", &|at| pipe(&person, at)),
        (".git/config", &|at| link(&person, "/dev/zero", at)),
        (".git/config", &|at| pipe(&person, at)),
        (".git/config", &|at| {
            fs::write(person.path(at), "#\n".repeat(5_000_000)).expect("HOME is writable")
        }),
        (".git/commondir", &|at| pipe(&person, at)),
        (".gitmodules", &|at| link(&person, "/dev/zero", at)),
        (".gitattributes", &|at| link(&person, "/dev/zero", at)),
        (".lfsconfig", &|at| pipe(&person, at)),
    ];
    for (number, (at, make)) in hostile.iter().enumerate() {
        let name = format!("all/{number}");
        person.origin_by_ssh(&name);
        // With this folder, the other files of the repository are read too.
        fs::create_dir(person.path(&name).join(".git/lfs")).expect("HOME is writable");
        let path = format!("{name}/{at}");
        if *at == ".git" {
            fs::remove_dir_all(person.path(&path)).expect("HOME is writable");
        }
        make(&path);
    }
    person.origin_by_ssh("all/z");
    let outcome = limited(&person, "all", "git bbt migrate --recursive");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    let problems = outcome.stdout.matches(": skipped: ").count();
    assert_eq!(problems, 7, "{outcome}");
    for number in 7..hostile.len() {
        let config = person.path(format!("all/{number}/.git/config"));
        let config = fs::read_to_string(config).expect("the file exists");
        assert!(config.contains("bbt::acme/widgets"), "{number}: {outcome}");
    }
    let last = fs::read_to_string(person.path("all/z/.git/config")).expect("the file exists");
    assert!(last.contains("bbt::acme/widgets"), "{outcome}");
}

#[test]
fn doctor_reads_only_regular_files() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person.write("bin/git-lfs", "#!/bin/sh\n", 0o755);
    person.clone("acme/widgets");
    for at in [
        "widgets/.gitattributes",
        ".git-credentials",
        "widgets/.git/FETCH_HEAD",
    ] {
        pipe(&person, at);
    }
    let outcome = limited(&person, "widgets", "git bbt doctor");
    assert!(outcome.stdout.contains("stray tokens  none"), "{outcome}");
}

/// Every file name in a repository that we open, that strangers can predict, and that git does not read
/// itself.
const KNOWN_NAMES: [&str; 5] = [
    ".git/bbt-handoff-1",
    ".git/bbt-refused-acme+widgets",
    ".git/config.lock",
    ".git/config.worktree",
    ".lfsconfig",
];

#[test]
fn links_and_pipes_in_place_of_our_files_are_refused() {
    for name in KNOWN_NAMES {
        let person = Person::with_any_git();
        person.bitbucket.repository("acme/widgets");
        person.bitbucket.repository("acme/parts");
        let token = person.signed_in_to("acme");
        person.write("bin/git-lfs", "#!/bin/sh\n", 0o755);
        person.clone("acme/widgets");
        let question = format!(
            "protocol=https\nhost={}\npath=acme/widgets.git/info/lfs\n",
            person.host()
        );
        let login = format!("{question}username=x-token-auth\npassword={token}\n");
        let at = format!("widgets/{name}");
        let victim = person.write("victim", "theirs\n", 0o644);
        for is_pipe in [true, false] {
            if is_pipe {
                pipe(&person, &at);
                // As if a process that was killed had left it.
                let age = ["-h", "-d", "2 days ago", &at];
                person.run("touch", age).succeeds();
            } else {
                link(&person, "../../victim", &at);
            }
            for operation in ["erase", "get", "store"] {
                let run = person.run("git-credential-bbt", [operation]).at("widgets");
                let input = if operation == "get" {
                    &question
                } else {
                    &login
                };
                run.input(input.as_str()).ends();
                if is_pipe && !person.path(&at).exists() {
                    pipe(&person, &at);
                }
            }
            for command in [
                "git fetch",
                "git fetch bbt::acme/parts",
                "git bbt doctor",
                "git bbt migrate",
            ] {
                person.run("sh", ["-c", command]).at("widgets").ends();
            }
            let left = fs::read_to_string(&victim).expect("the file exists");
            assert_eq!(left, "theirs\n", "{name}");
        }
    }
}
