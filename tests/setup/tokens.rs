//! Which workspaces are set up: those with a token. `login` and `logout` update the file.

use std::fs;
use std::time::{Duration, Instant};

use expect_test::expect;

use super::{GENERATED, generated, rewritten, set_up, setup};
use crate::support::{LOGIN, Person, with_each_git};

const URL: &str = "https://bitbucket.org/acme/widgets.git";

#[test]
fn a_workspace_without_a_token_is_skipped() {
    with_each_git(|person| {
        person.write_config("");
        let outcome = setup(person, "acme --rewrite");
        assert_eq!(rewritten(person, URL), URL);
        expect![[r#"
            Wrote ~/.config/git-remote-bbt/setup.gitconfig for 0 workspaces.
            warning: skipping acme: no workspace token is configured, so its URLs would stop working; run 'git bbt login acme', or use --force if the token is set later
            status: 1
        "#]].assert_eq(&outcome.to_string());
    });
}

#[test]
fn a_variable_counts_for_a_workspace_that_has_only_an_email() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\nemail = \"a@bots.bitbucket.org\"\n");
    let skipped = setup(&person, "--rewrite");
    skipped.says("warning: skipping acme: ");
    let run = person.run("git-bbt", ["setup", "--rewrite"]);
    run.env("BBT_TOKEN_ACME", "x").succeeds();
    assert_eq!(rewritten(&person, URL), "bbt::acme/widgets.git");
    // In a shell without the variable.
    let outcome = setup(&person, "");
    assert_eq!(outcome.status, Some(1));
    expect![[r#"
        warning: no token is configured for acme, and git rewrites its URLs to bbt::; run 'git bbt setup --undo acme', or 'git bbt login acme'
    "#]].assert_eq(&super::stderr_without_path(&outcome));
    assert_eq!(rewritten(&person, URL), "bbt::acme/widgets.git");
}

/// The variable names no workspace, so it may not be for this one.
#[test]
fn bbt_token_counts_for_a_workspace_that_is_named() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme.repository.gadgets]\ntoken = { env = \"A\" }\n");
    person.export("BBT_TOKEN", "x");
    set_up(&person, "--rewrite");
    assert_eq!(rewritten(&person, URL), URL);
    set_up(&person, "acme --rewrite");
    assert_eq!(rewritten(&person, URL), "bbt::acme/widgets.git");
}

/// The file has only the workspaces that setup was run for.
#[test]
fn login_to_another_workspace_names_the_command() {
    let person = Person::with_any_git();
    person.configure("");
    let login = |workspace: &str| {
        let token = person.workspace_token(workspace);
        let words = format!("login {workspace} --with-token --no-verify --store file");
        let run = person.run("git-bbt", words.split(' ')).input(token);
        run.succeeds().stderr
    };
    assert!(!login("acme").contains("git bbt setup"));
    set_up(&person, "--rewrite");
    assert!(!login("acme").contains("git bbt setup"));
    let hint =
        "hint: for submodules and other tools, as in your other workspaces: git bbt setup corp\n";
    assert!(login("corp").ends_with(hint));
    set_up(&person, "corp");
    assert!(!login("corp").contains("git bbt setup"));
}

#[test]
fn login_and_logout_keep_the_file_up_to_date() {
    let person = Person::with_any_git();
    person.configure("");
    let login = || {
        let token = person.workspace_token("acme");
        person.run("git-bbt", LOGIN).input(token).succeeds();
    };
    login();
    assert!(!person.path(GENERATED).exists(), "setup was not run");
    set_up(&person, "--rewrite");
    assert_eq!(rewritten(&person, URL), "bbt::acme/widgets.git");

    let logout = person.run("git-bbt", ["logout", "acme"]).succeeds();
    assert_eq!(logout.stderr, "", "\n{logout}");
    assert_eq!(rewritten(&person, URL), URL);
    assert!(!generated(&person).contains("credential"));
    let status = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert!(!status.contains("setup"), "{status}");

    login();
    assert_eq!(
        rewritten(&person, URL),
        "bbt::acme/widgets.git",
        "as it was asked for"
    );
    set_up(&person, "--undo acme");
    login();
    assert!(!generated(&person).contains("acme"), "it was undone");
    set_up(&person, "--undo");
    login();
    assert!(!person.path(GENERATED).exists());
}

/// A token for a part of the workspace does not replace BBT_TOKEN for the rest of it.
#[test]
fn a_workspace_that_is_set_up_for_bbt_token_stays_so() {
    let person = Person::with_any_git();
    person.configure("");
    person.export("BBT_TOKEN", person.workspace_token("acme"));
    set_up(&person, "acme --rewrite");
    let other = "https://bitbucket.org/acme/gadgets.git";
    let command = "git-bbt token acme/widgets | \
        git-bbt login acme/widgets --with-token --no-verify --store file";
    for step in [
        command,
        "git-bbt setup",
        "git-bbt logout acme/widgets",
        "git-bbt setup",
    ] {
        person.run("sh", ["-c", step]).succeeds();
        for url in [URL, other] {
            assert!(
                rewritten(&person, url).starts_with("bbt::acme/"),
                "{url} after {step}"
            );
        }
    }
}

/// An image gets its token later.
#[test]
fn a_workspace_set_up_with_force_is_kept() {
    let person = Person::with_any_git();
    person.write_config("");
    set_up(&person, "acme --rewrite --force");
    for command in ["setup", "status", "doctor"] {
        let outcome = person.run("git-bbt", [command]).ends();
        assert!(
            !outcome
                .to_string()
                .contains("no token is configured for acme"),
            "{outcome}"
        );
    }
    assert_eq!(rewritten(&person, URL), "bbt::acme/widgets.git");
}

#[test]
fn a_workspace_whose_token_is_gone_is_reported_until_it_is_removed() {
    let person = Person::with_any_git();
    person.configure("");
    let run = person.run("git-bbt", ["setup", "acme", "--rewrite"]);
    run.env("BBT_TOKEN_ACME", "x").succeeds();
    let mut said = super::stderr_without_path(&set_up(&person, ""));
    said += &person.run("git-bbt", ["status"]).succeeds().stdout;
    let doctor = person.run("git-bbt", ["doctor"]).ends().stdout;
    let lines = doctor.lines().skip_while(|line| !line.contains(" setup "));
    said.extend(lines.take(2).map(|line| format!("{line}\n")));
    expect![[r#"
        warning: no token is configured for acme, and git rewrites its URLs to bbt::; run 'git bbt setup --undo acme', or 'git bbt login acme'
        acme
          token    none
          setup    no token is configured for acme, and git rewrites its URLs to bbt::; run 'git bbt setup --undo acme', or 'git bbt login acme'
        warning  setup         no token is configured for acme, and git rewrites its URLs to bbt::
          hint: run 'git bbt setup --undo acme', or 'git bbt login acme'
    "#]].assert_eq(&said);
    assert_eq!(
        rewritten(&person, URL),
        "bbt::acme/widgets.git",
        "another shell may have it"
    );

    set_up(&person, "--undo acme");
    let status = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert!(status.starts_with("Nothing is configured."), "{status}");
}

/// git's configuration was replaced, and setup includes the file again.
#[test]
fn a_workspace_whose_token_is_gone_is_reported_without_the_include() {
    let person = Person::with_any_git();
    person.configure("");
    let run = person.run("git-bbt", ["setup", "acme", "--rewrite"]);
    run.env("BBT_TOKEN_ACME", "x").succeeds();
    fs::write(person.path(".gitconfig"), "").expect("HOME is writable");
    set_up(&person, "other --force").says("no token is configured for acme");
}

/// Opening the pipe, git would wait until its time is over.
#[test]
fn status_reports_it_without_the_users_git_configuration() {
    let person = Person::with_any_git();
    person.configure("");
    let run = person.run("git-bbt", ["setup", "acme"]);
    run.env("BBT_TOKEN_ACME", "x").succeeds();
    person.run("mkfifo", ["pipe"]).succeeds();
    person.write(".gitconfig", "[include]\n\tpath = pipe\n", 0o644);
    let started = Instant::now();
    let status = person.run("git-bbt", ["status"]).succeeds();
    assert!(
        status.stdout.contains("no token is configured for acme"),
        "{status}"
    );
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_generated_file_that_a_repository_includes_is_ignored() {
    let person = Person::with_any_git();
    person.git(["init", "--quiet", "repository"]).succeeds();
    let header =
        "# Written by git bbt setup, which replaces it. Remove it with: git bbt setup --undo\n";
    let text = format!("{header}# evil --rewrite\n[url \"bbt::\"]\n\tinsteadOf = x:\n");
    person.write("repository/git-remote-bbt/setup.gitconfig", &text, 0o644);
    let path = "config include.path ../git-remote-bbt/setup.gitconfig";
    person.git_in("repository", path);
    let doctor = person.run("git-bbt", ["doctor"]).at("repository").ends();
    assert!(!doctor.stdout.contains("evil"), "{doctor}");
}

#[test]
fn a_comment_in_the_generated_file_that_names_no_workspace_is_ignored() {
    let person = Person::with_any_git();
    person.configure("");
    set_up(&person, "acme --force");
    let text = generated(&person) + "# (mine)\n[user]\n\tname = Me\n";
    fs::write(person.path(GENERATED), text).expect("HOME is writable");
    let status = person.run("git-bbt", ["status"]).succeeds().stdout;
    assert!(!status.contains("mine"), "{status}");
}

#[test]
fn setup_follows_changes_of_config_toml() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    set_up(&person, "--rewrite");
    person.write_config(
        "[bitbucket]\ngit_url = \"https://proxy.example.com/bb\"\n\
         [workspace.acme.repository.widgets]\ntoken = { env = \"A\" }\n",
    );
    set_up(&person, "");
    let other = "https://bitbucket.org/acme/gadgets.git";
    assert_eq!(rewritten(&person, other), other);
    for url in [
        URL,
        "https://proxy.example.com/bb/acme/widgets.git",
        "https://proxy.example.com:443/bb/acme/widgets.git",
    ] {
        assert_eq!(rewritten(&person, url), "bbt::acme/widgets.git");
    }
    assert!(
        generated(&person).contains("[credential \"https://proxy.example.com/bb/acme/widgets\"]")
    );
}
