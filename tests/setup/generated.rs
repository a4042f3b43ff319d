//! The content of the generated file, and what setup prints.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;

use super::{GENERATED, INCLUDE, generated, global, set_up, setup};
use crate::support::{Person, terminal};

/// A workspace with a token, and one with a token for a single repository and a pattern.
const CONFIG: &str = r#"
    [workspace.Acme]
    token = { env = "ACME" }
    email = "52c1@bots.bitbucket.org"

    [workspace.corp.repository.gears]
    token = { env = "GEARS" }

    [workspace.corp.repository."infra-*"]
    token = { env = "INFRA" }
"#;

#[test]
fn the_file_has_all_settings_and_the_users_configuration_one_line() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    person.write(".gitconfig", "# mine\n[user]\n\tname = Me\n", 0o644);
    let done = set_up(&person, "");
    expect![[r#"
        Wrote ~/.config/git-remote-bbt/setup.gitconfig for 2 workspaces.
        Not set up: corp/infra-*, since git cannot match a pattern. For all of corp: git bbt setup corp --force
        status: 0
    "#]]
    .assert_eq(&done.to_string());
    assert_eq!(
        global(&person),
        format!("# mine\n[user]\n\tname = Me\n{INCLUDE}")
    );
    expect![[r#"
        # Written by git bbt setup, which replaces it. Remove it with: git bbt setup --undo
        [protocol "bbt"]
        	allow = always
        # Acme
        [credential "https://bitbucket.org/Acme"]
        	helper =
        	helper = bbt
        	useHttpPath = true
        [credential "https://bitbucket.org/acme"]
        	helper =
        	helper = bbt
        	useHttpPath = true
        # corp
        [credential "https://bitbucket.org/corp/gears"]
        	helper =
        	helper = bbt
        	useHttpPath = true
        [credential "https://bitbucket.org/corp/gears.git"]
        	helper =
        	helper = bbt
        	useHttpPath = true
    "#]]
    .assert_eq(&generated(&person));

    let again = set_up(&person, "");
    assert_eq!(again.to_string(), done.to_string());
    assert_eq!(global(&person).matches("[include]").count(), 1);
}

#[test]
fn rewriting_is_remembered_and_its_limits_are_printed() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    let done = set_up(&person, "--rewrite").stdout;
    expect![[r#"
        Wrote ~/.config/git-remote-bbt/setup.gitconfig for 2 workspaces.
        Not set up: corp/infra-*, since git cannot match a pattern. For all of corp: git bbt setup corp --force
        Of single repositories, only URLs that end in .git are rewritten.
    "#]]
    .assert_eq(&done);
    if !terminal::is_missing(&person) {
        let command = "stty rows 24 cols 72; git bbt setup";
        let (screen, _) = terminal::dialogue(&person, command, &[]);
        let screen = person.redacted(screen.replace('\r', "").as_bytes());
        expect![[r#"
            Wrote ~/.config/git-remote-bbt/setup.gitconfig for 2 workspaces.
            Not set up: corp/infra-*, since git cannot match a pattern. For all of
                corp: git bbt setup corp --force
            Of single repositories, only URLs that end in .git are rewritten.
            For the limits of rewriting, see: git bbt setup --help
        "#]]
        .assert_eq(screen.split("warning: ").next().unwrap_or_default());
    }
    let before = generated(&person);
    assert!(before.contains("# Acme --rewrite\n"), "{before}");
    assert!(before.contains("\tinsteadOf = git@bitbucket.org:acme/\n"));
    assert_eq!(set_up(&person, "").stdout, done);
    assert_eq!(generated(&person), before);
}

#[test]
fn a_dry_run_prints_the_file_and_writes_nothing() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    let planned = set_up(&person, "--dry-run --rewrite").stdout;
    assert!(!person.path(GENERATED).exists() && !person.path(".gitconfig").exists());
    set_up(&person, "--rewrite");
    let line = "To be included by git's configuration: [include] path = ";
    assert_eq!(
        planned,
        format!(
            "~/{GENERATED}:\n{}{line}~/{GENERATED}\n",
            generated(&person)
        )
    );
    let again = set_up(&person, "--dry-run").stdout;
    assert_eq!(again, format!("~/{GENERATED}:\n{}", generated(&person)));
}

/// git would wait for a writer to open a pipe, and files of other programs are not replaced.
#[test]
fn a_file_that_setup_did_not_write_is_not_replaced() {
    for make in [
        "mkfifo setup.gitconfig",
        "mkdir setup.gitconfig",
        "touch mine && ln -s mine setup.gitconfig",
        "printf '[user]\\nname = Me\\n' >setup.gitconfig",
    ] {
        let person = Person::with_any_git();
        person.write_config("");
        let folder = ".config/git-remote-bbt";
        person.run("sh", ["-c", make]).at(folder).succeeds();
        let refused = setup(&person, "acme --force");
        assert_eq!(
            refused.to_string(),
            format!(
                "error: ~/{GENERATED} was not written by git bbt setup\n\
                 hint: move it away, and try again\nstatus: 1\n"
            ),
            "{make}"
        );
        assert!(person.path(GENERATED).exists() && !person.path(".gitconfig").exists());
    }
}

#[test]
fn the_generated_file_does_not_move_with_bbt_config() {
    let person = Person::with_any_git();
    let config = person.write("elsewhere/config.toml", CONFIG, 0o600);
    person.export("BBT_CONFIG", config);
    set_up(&person, "");
    assert!(generated(&person).contains("org/acme"));
    let mode = fs::metadata(person.path(GENERATED))
        .expect("the file exists")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_invalid_workspace_name_is_refused() {
    let person = Person::with_any_git();
    let refused = setup(&person, "acme/widgets");
    expect![[r#"
        error: invalid value 'acme/widgets' for '[WORKSPACE]...': not a workspace name, such as acme; setup is for whole workspaces

        For more information, try '--help'.
        status: 2
    "#]]
    .assert_eq(&refused.to_string());
}

/// git runs commands from the file, so nobody else may replace it.
#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    let folder = person.path(".config/git-remote-bbt");
    let set = |mode| {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("HOME is writable")
    };
    set(0o777);
    let before = global(&person);
    expect![[r#"
        error: the settings were not written: other users can write to ~/.config/git-remote-bbt (mode 777) and could replace the files in it
        hint: chmod go-w ~/.config/git-remote-bbt
        status: 1
    "#]]
    .assert_eq(&setup(&person, "").to_string());
    assert_eq!(global(&person), before);
    assert!(!person.path(GENERATED).exists());
    set(0o755);
    set_up(&person, "");
}
