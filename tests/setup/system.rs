//! `--system`: for every user of a machine or an image.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use expect_test::expect;

use super::{GENERATED, global, set_up, setup};
use crate::support::{Person, with_each_git};

fn mode(person: &Person, name: &str) -> u32 {
    let metadata = fs::metadata(person.path(name)).expect("the file exists");
    metadata.permissions().mode() & 0o777
}

#[test]
fn the_files_are_readable_by_all_and_none_is_in_a_home() {
    with_each_git(|person| {
        person.write_config("");
        let system = person.path("etc/gitconfig");
        fs::create_dir(person.path("etc")).expect("HOME is writable");
        person.export("GIT_CONFIG_NOSYSTEM", "0");
        person.export("GIT_CONFIG_SYSTEM", &system);
        let command = "umask 077; exec git-bbt setup --system acme --force --rewrite";
        person.run("sh", ["-c", command]).succeeds();
        let file = person.path("etc/git-remote-bbt/setup.gitconfig");
        assert_eq!(mode(person, "etc/git-remote-bbt"), 0o755);
        assert_eq!(mode(person, "etc/git-remote-bbt/setup.gitconfig"), 0o644);
        assert_eq!(mode(person, "etc/gitconfig"), 0o644);
        let home = [".gitconfig", GENERATED].map(|name| person.path(name).exists());
        assert_eq!(home, [false, false]);

        // Another user, with another HOME.
        let url = [
            "ls-remote",
            "--get-url",
            "git@bitbucket.org:acme/widgets.git",
        ];
        let other = person.git(url).env("HOME", person.path("other"));
        assert_eq!(other.succeeds().stdout, "bbt::acme/widgets.git\n");

        let line = fs::read_to_string(&system).expect("the file exists");
        set_up(person, "--system acme --force");
        assert_eq!(fs::read_to_string(&system).expect("the file exists"), line);
        set_up(person, "--undo");
        assert!(file.exists(), "only the user's was to be undone");
        set_up(person, "--system --undo");
        assert!(!person.path("etc/git-remote-bbt").exists());
        assert_eq!(fs::read_to_string(&system).expect("the file exists"), "");
    });
}

#[test]
fn a_user_can_run_setup_after_the_system() {
    let person = Person::with_any_git();
    person.write_config("");
    fs::create_dir(person.path("etc")).expect("HOME is writable");
    person.export("GIT_CONFIG_NOSYSTEM", "0");
    person.export("GIT_CONFIG_SYSTEM", person.path("etc/gitconfig"));
    set_up(&person, "--system acme --force");
    let outcome = set_up(&person, "acme --force");
    assert_eq!(outcome.stderr, "", "\n{outcome}");
    assert!(global(&person).contains("[include]"));
}

#[test]
fn a_workspace_whose_token_is_gone_is_reported_with_the_command_that_removes_it() {
    let person = Person::with_any_git();
    person.configure("");
    fs::create_dir(person.path("etc")).expect("HOME is writable");
    person.export("GIT_CONFIG_NOSYSTEM", "0");
    person.export("GIT_CONFIG_SYSTEM", person.path("etc/gitconfig"));
    let run = person.run("git-bbt", ["setup", "--system", "acme"]);
    run.env("BBT_TOKEN_ACME", "x").succeeds();
    let said = "no token is configured for acme, and git asks only git-credential-bbt for it";
    let hint = "run 'git bbt setup --system --undo acme', or 'git bbt login acme'";
    let reports = |command| {
        let outcome = person.run("git-bbt", [command]).ends();
        let text = outcome.stdout + &outcome.stderr;
        text.contains(said) && text.contains(hint)
    };
    assert_eq!(["setup", "status", "doctor"].map(reports), [true; 3]);
    set_up(&person, "--system --undo acme");
    assert_eq!(["setup", "status", "doctor"].map(reports), [false; 3]);
}

/// The file is opened without following links, and read up to a limit.
#[test]
fn a_link_or_a_huge_file_in_place_of_the_generated_one_is_refused() {
    let person = Person::with_any_git();
    person.write_config("");
    let path = person.path(GENERATED);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("HOME is writable");
    std::os::unix::fs::symlink("/dev/zero", &path).expect("HOME is writable");
    let refused = setup(&person, "acme --force");
    refused.says("setup.gitconfig was not written by git bbt setup");
    fs::remove_file(&path).expect("HOME is writable");
    let file = fs::File::create(&path).expect("HOME is writable");
    file.set_len(1 << 40).expect("a sparse file needs no space");
    let refused = setup(&person, "acme --force");
    refused.says("setup.gitconfig was not written by git bbt setup");
}

#[test]
fn a_file_in_the_way_is_named() {
    let person = Person::with_any_git();
    person.write_config("");
    person.export("GIT_CONFIG_NOSYSTEM", "0");
    person.export("GIT_CONFIG_SYSTEM", person.path("etc/gitconfig"));
    person.write("etc/git-remote-bbt/setup.gitconfig", "mine\n", 0o644);
    let refused = setup(&person, "--system acme --force");
    refused.says("error: ~/etc/git-remote-bbt/setup.gitconfig was not written by git bbt setup");
}

/// git keeps the mode of a file that exists, and so does setup.
#[test]
fn a_configuration_that_exists_keeps_its_mode() {
    let person = Person::with_any_git();
    person.write_config("");
    person.export("GIT_CONFIG_NOSYSTEM", "0");
    person.export("GIT_CONFIG_SYSTEM", person.path("etc/gitconfig"));
    person.write("etc/gitconfig", "", 0o640);
    person.write("etc/git-remote-bbt/other", "", 0o600);
    set_up(&person, "--system acme --force");
    assert_eq!(mode(&person, "etc/gitconfig"), 0o640);
    set_up(&person, "--system --undo");
    assert!(person.path("etc/git-remote-bbt/other").exists());
}

#[test]
fn nothing_is_written_unless_git_can_write_the_configuration() {
    with_each_git(|person| {
        person.write_config("");
        person.export("GIT_CONFIG_NOSYSTEM", "0");
        person.write("folder/special/file", "", 0o644);
        let mut printed = String::new();
        for file in ["folder/special", "none/gitconfig"] {
            let run = person.run("git-bbt", ["setup", "--system", "acme", "--force"]);
            let run = run.env("GIT_CONFIG_SYSTEM", person.path(file));
            printed += &run.ends().to_string();
        }
        for file in ["/dev/null", "relative", ""] {
            let run = person.run("git-bbt", ["setup", "--system", "acme", "--force"]);
            printed += &run.env("GIT_CONFIG_SYSTEM", file).ends().to_string();
        }
        expect![[r#"
            error: cannot write git's system-wide configuration: ~/folder/special is not a regular file
            hint: unset GIT_CONFIG_SYSTEM
            status: 1
            error: cannot write git's system-wide configuration: Invalid path '~/none': No such file or directory
            hint: mkdir -m 755 ~/none
            status: 1
            error: cannot write git's system-wide configuration: /dev/null is not a regular file
            hint: unset GIT_CONFIG_SYSTEM
            status: 1
            error: cannot write git's system-wide configuration: GIT_CONFIG_SYSTEM is not an absolute path
            hint: unset GIT_CONFIG_SYSTEM
            status: 1
            error: cannot write git's system-wide configuration: GIT_CONFIG_SYSTEM is not an absolute path
            hint: unset GIT_CONFIG_SYSTEM
            status: 1
        "#]]
        .assert_eq(&printed);
        let written = ["folder/git-remote-bbt", "none", "git-remote-bbt"];
        assert_eq!(written.map(|name| person.path(name).exists()), [false; 3]);
        assert!(!Path::new("/dev/git-remote-bbt").exists());
    });
}
