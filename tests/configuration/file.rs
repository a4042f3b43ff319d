//! The file: its owner, its mode and its location.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use expect_test::expect;

use crate::support::{Person, with_each_git};

#[test]
fn a_file_with_a_loose_mode_is_refused_with_the_fix() {
    let person = Person::with_any_git();
    let path = person.write_config("[workspace.acme]\ntoken = { value = \"x\" }\n");
    let mut said = String::new();
    for mode in [0o644, 0o640, 0o620, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("HOME is writable");
        said += &person
            .run("git-remote-bbt", ["origin", "acme/widgets"])
            .fails(128)
            .stderr;
    }
    expect![[r#"
        error: ~/.config/git-remote-bbt/config.toml holds a token (value = ...) and can be read by others (mode 644)
        hint: chmod 600 ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml holds a token (value = ...) and can be read by others (mode 640)
        hint: chmod 600 ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml can be written by others (mode 620), who could name a command in it
        hint: chmod go-w ~/.config/git-remote-bbt/config.toml
        error: ~/.config/git-remote-bbt/config.toml can be written by others (mode 602), who could name a command in it
        hint: chmod go-w ~/.config/git-remote-bbt/config.toml
    "#]].assert_eq(&said);

    // The command in the hint can be pasted.
    let odd = person.write("a $(touch X)/it's", "", 0o602);
    let outcome = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("BBT_CONFIG", &odd)
        .fails(128);
    let hint = outcome
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("hint: "));
    let hint = hint.expect("a hint is printed").replace(
        '~',
        person
            .path("")
            .to_str()
            .expect("UTF-8")
            .trim_end_matches('/'),
    );
    person.run("sh", ["-c", &hint]).succeeds();
    let mode = fs::metadata(&odd)
        .expect("the file exists")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!person.path("X").exists());

    // A file without a token may be readable by others.
    person.write_config("");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("HOME is writable");
    person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128)
        .says("no token is configured");
}

#[test]
fn a_file_named_by_bbt_config_must_exist() {
    let person = Person::with_any_git();
    let mut said = String::new();
    let folder = person.path("").display().to_string();
    let pipe = person.path("pipe").display().to_string();
    person.run("mkfifo", [pipe.as_str()]).succeeds();
    for named in [
        &pipe,
        "config.toml",
        "",
        &format!("{folder}/nowhere.toml"),
        &folder,
    ] {
        let run = person.run("git-remote-bbt", ["origin", "acme/widgets"]);
        said += &run.env("BBT_CONFIG", named).fails(128).stderr;
    }
    expect![[r#"
        error: ~/pipe is not a regular file
        error: BBT_CONFIG is "config.toml", and has to be an absolute path: git changes folders before it reads it
        hint: export BBT_CONFIG=/path/to/config.toml, or unset it
        error: BBT_CONFIG is "", and has to be an absolute path: git changes folders before it reads it
        hint: export BBT_CONFIG=/path/to/config.toml, or unset it
        error: cannot read ~//nowhere.toml: No such file or directory (os error 2)
        hint: BBT_CONFIG names this file; fix it, or unset it
        error: ~/ is not a regular file
    "#]].assert_eq(&said);

    let named = person.write(
        "elsewhere.toml",
        "[workspace.acme]\ntoken = { env = \"NAMED\" }\n",
        0o600,
    );
    let run = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("BBT_CONFIG", &named);
    run.fails(128).says("NAMED is not set");
    let run = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("BBT_CONFIG", "/dev/null");
    run.fails(128).says("no token is configured");
    // A missing configuration is no error, and neither is a missing HOME.
    fs::remove_dir_all(person.path(".config")).expect("HOME is writable");
    person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128)
        .says("no token is configured");
    let homeless = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .env("HOME", "/nonexistent");
    homeless.fails(128).says("no token is configured");
}

#[test]
fn a_file_of_another_user_is_refused() {
    let person = Person::with_any_git();
    let path = person.write_config("");
    // Only root can change the owner of a file.
    if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
        return;
    }
    let said = person
        .run("git-remote-bbt", ["origin", "acme/widgets"])
        .fails(128);
    said.says("config.toml belongs to another user (uid 12345)")
        .says("hint: chown ");
}

#[test]
fn a_symbolic_link_and_relative_paths_work_from_any_folder() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        person.configure("[workspace.acme]\ntoken = { file = \"secrets/acme\" }\n");
        let config = person.path(".config/git-remote-bbt");
        fs::rename(config.join("config.toml"), person.path("dotfile.toml"))
            .expect("HOME is writable");
        symlink(person.path("dotfile.toml"), config.join("config.toml")).expect("HOME is writable");
        person.write(config.join("secrets/acme"), &format!("{token}\n"), 0o644);
        person.clone("acme/widgets");
        fs::create_dir(person.path("widgets/deep")).expect("HOME is writable");
        person.git_in("widgets/deep", "fetch --quiet");
    });
}
