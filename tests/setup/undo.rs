//! `--undo`: the file is what it was, to the byte, but for what was changed since.

use std::fs;

use expect_test::expect;

use super::{CONFIG, git_config, global, set_up};
use crate::support::{Person, with_each_git};

#[test]
fn the_file_is_what_it_was() {
    for before in [
        "",
        "\n",
        "[user]\n\tname = Me\n",
        "[user]\n\tname = Me",
        "[user]\r\n\tname = Me\r\n",
        "# mine\n[credential]\n\thelper = store # always\n\n",
        "[protocol \"bbt\"]\n\tallow = always\n[bbt]\n\tmine = yes\n",
        // A value that goes on, and a line that only looks so.
        "[user]\n\tname = Me\\\n",
        "[user]\n\tname = Me\\",
        "[user]\r\n\tname = \"Me\" \\\r\n",
        "[user]\n\tname = Me\\\\\n",
        "[user]\n\tname = Me # all of it\\\n",
        "[user]\n\tname = Me\\\n\n",
    ] {
        let person = Person::with_any_git();
        person.write_config(CONFIG);
        if !before.is_empty() {
            person.write(".gitconfig", before, 0o600);
        }
        let name = || person.git(["config", "user.name"]).ends().stdout;
        let known = name();
        set_up(&person, "--rewrite");
        set_up(&person, "late --rewrite --force");
        assert_ne!(global(&person), before);
        assert_eq!(name(), known, "{before}");
        let allow = git_config(&person, &["protocol.bbt.allow"]);
        assert_eq!(allow, "always\n", "{before}");
        set_up(&person, "--undo");
        assert_eq!(global(&person), before);
        assert!(!person.path(".config/git-remote-bbt/identity").exists());
        // Where there was nothing, the file that setup has made is gone.
        assert_eq!(person.path(".gitconfig").exists(), !before.is_empty());
    }
}

#[test]
fn an_empty_file_that_was_there_stays() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    person.write(".gitconfig", "", 0o600);
    set_up(&person, "--rewrite");
    set_up(&person, "--undo");
    assert!(person.path(".gitconfig").exists());
    assert_eq!(global(&person), "");
}

/// Of all that setup has written nothing is left, and then a new entry of it is.
#[test]
fn a_file_that_setup_has_made_stays_known_as_such() {
    let person = Person::with_any_git();
    let system = "[protocol \"bbt\"]\n\tallow = always\n";
    person.export("GIT_CONFIG_NOSYSTEM", "0");
    person.export("GIT_CONFIG_SYSTEM", person.write("system", system, 0o644));
    person.write_config("[workspace.acme]\nemail = \"a@bots.bitbucket.org\"\n");
    set_up(&person, "");
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    set_up(&person, "");
    set_up(&person, "--undo");
    assert!(!person.path(".gitconfig").exists());
}

/// A blank line before it, and what would become part of a value that goes on.
#[test]
fn what_was_written_behind_ours_stays_as_it_is() {
    for (before, behind, after) in [
        ("[a]\n\tb = c\n", "\n[x]\n\ty = z\n", "\n[x]\n\ty = z\n"),
        (
            "[a]\r\n\tb = c\r\n",
            "\r\n[x]\r\n\ty = z\r\n",
            "\r\n[x]\r\n\ty = z\r\n",
        ),
        (
            "[x]\n\ty = z\n",
            "[a]\n\tb = c\\\n\t \t\n",
            "[a]\n\tb = c\\\n\t \t\n",
        ),
        // The line that ends the value stays with it.
        (
            "[a]\n\tb = c\\\n",
            "[x]\n\ty = z\n",
            "\t \t\n[x]\n\ty = z\n",
        ),
    ] {
        let person = Person::with_any_git();
        person.write_config(CONFIG);
        person.write(".gitconfig", before, 0o600);
        set_up(&person, "--rewrite");
        person.write(".gitconfig", &(global(&person) + behind), 0o600);
        set_up(&person, "--undo");
        assert_eq!(global(&person), format!("{before}{after}"));
        assert_eq!(git_config(&person, &["x.y"]), "z\n");
        assert_eq!(git_config(&person, &["a.b"]), "c\n");
    }
}

#[test]
fn one_workspace_goes_and_the_others_stay() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    set_up(&person, "--rewrite");
    let before = global(&person);
    set_up(&person, "Late --rewrite --force");
    let undone = set_up(&person, "--undo LATE").stdout;
    assert!(undone.contains("/late.helper = bbt\n"), "{undone}");
    assert!(!undone.contains("acme"), "{undone}");
    assert_eq!(global(&person), before);
    let nothing = set_up(&person, "--undo late").stdout;
    assert_eq!(
        nothing,
        "There is nothing that setup has written for late.\n"
    );
    set_up(&person, "--undo");
    assert!(!person.path(".gitconfig").exists());
}

#[test]
fn what_was_changed_since_stays() {
    with_each_git(|person| {
        person.write_config(CONFIG);
        set_up(person, "--rewrite");
        git_config(person, &["protocol.bbt.allow", "user"]);
        let mine = "credential.https://bitbucket.org/acme.username";
        git_config(person, &[mine, "me"]);
        git_config(person, &["user.name", "Me"]);
        git_config(person, &["--add", "url.bbt::acme/.insteadOf", "acme:"]);
        let identity = person.path(".config/git-remote-bbt/identity/acme.gitconfig");
        let file = identity.display().to_string();
        person
            .git(["config", "--file", &file, "user.name", "Bot"])
            .succeeds();

        let undone = set_up(person, "--undo");
        assert!(
            undone
                .stdout
                .contains("  changed since   protocol.bbt.allow = always\n"),
            "{undone}"
        );
        let left = "[protocol \"bbt\"]\n\tallow = user\n\
            [credential \"https://bitbucket.org/acme\"]\n\tusername = me\n\
            [url \"bbt::acme/\"]\n\tinsteadOf = acme:\n\
            [user]\n\tname = Me\n";
        assert_eq!(global(person), left);
        let identity = fs::read_to_string(identity).expect("somebody has written to it");
        assert!(identity.contains("name = Bot"), "{identity}");

        let nothing = set_up(person, "--undo");
        assert_eq!(nothing.stdout, "There is nothing that setup has written.\n");
        assert_eq!(global(person), left);
    });
}

#[test]
fn a_dry_run_says_what_would_go() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    let before = global(&person);
    let planned = set_up(&person, "--undo --dry-run");
    expect![[r#"
        ~/.gitconfig
          would take out  protocol.bbt.allow = always
          would take out  credential.https://bitbucket.org/acme.helper = ""
          would take out  credential.https://bitbucket.org/acme.helper = bbt
          would take out  credential.https://bitbucket.org/acme.useHttpPath = true
        status: 0
    "#]]
    .assert_eq(&planned.to_string());
    assert_eq!(global(&person), before);
    let done = set_up(&person, "--undo");
    assert_eq!(
        planned.stdout.replace("would take out", "taken out     "),
        done.stdout
    );
}

/// There may be two configurations with records, and the one that is not undone goes on including
/// the bot's address.
#[test]
fn what_another_configuration_includes_stays() {
    let person = Person::with_any_git();
    person.write_config(CONFIG);
    set_up(&person, "");
    let identity = person.path(".config/git-remote-bbt/identity/acme.gitconfig");
    let other = person.run("git-bbt", ["setup", "--undo"]);
    other
        .env("GIT_CONFIG_GLOBAL", person.path("other"))
        .succeeds();
    assert!(identity.exists(), "~/.gitconfig includes it");
    let undone = set_up(&person, "--undo");
    assert!(
        undone.stdout.contains(&format!(
            "  removed         {}\n",
            "~/.config/git-remote-bbt/identity/acme.gitconfig"
        )),
        "{undone}"
    );
    assert!(!identity.exists());
}

#[test]
fn a_key_of_theirs_in_the_record_stays() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --force");
    git_config(&person, &["bbt.setup.mine", "yes"]);
    set_up(&person, "--undo");
    assert_eq!(global(&person), "[bbt \"setup\"]\n\tmine = yes\n");
}
