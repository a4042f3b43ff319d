//! The files that login writes: the user's own lines stay, tokens are private, and problems are
//! reported.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use expect_test::expect;
use rustix::fs::{FlockOperation, flock};

use super::{config, login, mode};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{LOGIN, Person};

#[test]
fn the_users_comments_and_order_are_kept() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.configure(
        "# mine\n\n[workspace.other] # theirs\ntoken = { env = \"OTHER\" }\n\n\
         [workspace.Acme]\n# the old one\ntoken = { command = [\"op\"] } # soon\nkind = \"api\"\nexpires = 2020-01-01\nemail = \"old@example.com\"\n",
    );
    let arguments = [
        "acme",
        "--store",
        "file",
        "--no-verify",
        "--email",
        "new@bots.bitbucket.org",
    ];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    expect![[r#"
        [bitbucket]
        git_url = "https://localhost:PORT"
        api_url = "https://localhost:PORT/2.0"
        # mine

        [workspace.other] # theirs
        token = { env = "OTHER" }

        [workspace.Acme]
        # the old one
        token = { file = "acme.token" } # soon
        email = "new@bots.bitbucket.org"
    "#]]
    .assert_eq(&config(&person));
    assert_eq!(mode(&person, "config.toml"), 0o600);

    // A symbolic link stays a link, and the file keeps its mode.
    let folder = person.path(".config/git-remote-bbt");
    fs::rename(folder.join("config.toml"), person.path("dotfile")).expect("HOME is writable");
    fs::set_permissions(person.path("dotfile"), fs::Permissions::from_mode(0o640))
        .expect("HOME is writable");
    symlink(person.path("dotfile"), folder.join("config.toml")).expect("HOME is writable");
    assert_eq!(
        login(&person, &token, &["more", "--store", "file", "--no-verify"]).status,
        Some(0)
    );
    let metadata = fs::symlink_metadata(folder.join("config.toml")).expect("the file exists");
    assert!(metadata.is_symlink());
    assert_eq!(mode(&person, "config.toml"), 0o640);
    assert!(config(&person).ends_with("[workspace.more]\ntoken = { file = \"more.token\" }\n"));
}

#[test]
fn a_variable_that_overrides_the_new_entry_is_warned_of() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.export("BBT_TOKEN_ACME", "x");
    let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
    outcome.says("warning: BBT_TOKEN_ACME in the environment comes before the entry in ~/.config");
}

#[test]
fn an_invalid_config_toml_is_reported_before_the_prompt() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    for text in ["[workspace.acme]\ntokn = 1\n", "workspace = {\n"] {
        person.write_config(text);
        let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
        assert_eq!(outcome.status, Some(1), "{outcome}");
        outcome.says("error: ~/.config/git-remote-bbt/config.toml:");
        assert_eq!(config(&person), text);
    }
}

#[test]
fn an_unwritable_folder_is_reported() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.write("file", "", 0o600);
    let outcome = person.run("git-bbt", LOGIN);
    let nowhere = person.path("file/config.toml");
    let outcome = outcome.env("BBT_CONFIG", nowhere).input(token).fails(1);
    outcome.says("error: cannot write ~/file/");
}

#[test]
fn a_missing_file_named_by_bbt_config_is_created() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let named = person.path("new/folder/config.toml");
    let run = person.run("git-bbt", LOGIN);
    run.env("BBT_CONFIG", &named).input(token).succeeds();
    let text = fs::read_to_string(named).expect("the file was created");
    assert_eq!(
        text,
        "[workspace.acme]\ntoken = { file = \"acme.token\" }\n"
    );
}

#[test]
fn a_tokens_file_is_private_and_removed_through_links() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme", "--no-verify", "--store", "file"];
    let file = person.write(".config/git-remote-bbt/acme.token", "old", 0o644);
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    assert_eq!(mode(&person, "acme.token"), 0o600);
    fs::rename(&file, person.path("elsewhere")).expect("HOME is writable");
    symlink(person.path("elsewhere"), &file).expect("HOME is writable");
    person.run("git-bbt", ["logout", "acme"]).succeeds();
    assert!(!person.path("elsewhere").exists() && !file.is_symlink());
}

#[test]
fn a_table_with_a_comment_is_kept() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    person.configure("# ask bob\n[workspace.acme] # and eve\ntoken = { command = [\"op\"] }\n");
    let outcome = login(&person, &token, &["acme", "--no-verify", "--store", "file"]);
    outcome.says("warning: this replaces command op ([workspace.acme] in ~/");
    person.run("git-bbt", ["logout", "acme"]).succeeds();
    assert!(
        config(&person).ends_with("# ask bob\n[workspace.acme] # and eve\n"),
        "{}",
        config(&person)
    );
}

/// The draft of a process that still runs stays.
#[test]
fn only_abandoned_temporary_files_are_removed() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme", "--store", "file", "--no-verify"];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    let folder = person.path(".config/git-remote-bbt");
    // The file may be in another folder, which it shares with others.
    let dotfiles = person.path("dotfiles");
    fs::create_dir(&dotfiles).expect("HOME is writable");
    fs::rename(folder.join("config.toml"), dotfiles.join("bbt.toml")).expect("HOME is writable");
    symlink(dotfiles.join("bbt.toml"), folder.join("config.toml")).expect("HOME is writable");
    let left = || {
        for folder in [&folder, &dotfiles] {
            fs::write(folder.join(".git-bbt-draft-abc123"), "left").expect("HOME is writable");
        }
    };
    let held = fs::File::create(dotfiles.join(".git-bbt-draft-held99")).expect("HOME is writable");
    flock(&held, FlockOperation::LockExclusive).expect("nobody else has locked it");
    fs::write(dotfiles.join(".git-bbt-notes"), "mine").expect("HOME is writable");
    for words in [&LOGIN[..], &["logout", "nobody"]] {
        left();
        person
            .run("git-bbt", words.iter().copied())
            .input(token.clone())
            .ends();
        for folder in [&folder, &dotfiles] {
            assert!(!folder.join(".git-bbt-draft-abc123").exists(), "{words:?}");
        }
    }
    assert!(dotfiles.join(".git-bbt-draft-held99").exists());
    assert!(dotfiles.join(".git-bbt-notes").exists());
}

/// In the address the ending is doubled; in the file name it is not.
#[test]
fn a_repository_whose_name_ends_in_git_keeps_its_name() {
    let person = Person::with_any_git();
    let token = person.remember(synthetic_token(Kind::Access));
    let arguments = ["acme/tool.git.git", "--store", "file", "--no-verify"];
    assert_eq!(login(&person, &token, &arguments).status, Some(0));
    let file = person.path(".config/git-remote-bbt/acme+tool.git.token");
    assert!(file.exists());
    let logout = ["logout", "acme/tool.git.git"];
    person.run("git-bbt", logout).succeeds();
    assert!(!file.exists());
}

/// Others could put a link in place of the token's file, or a pipe in place of the lock.
#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let person = Person::with_any_git();
    let words = ["acme", "--no-verify", "--store", "file"];
    let token = person.remember(synthetic_token(Kind::Access));
    let folder = person.path(".config/git-remote-bbt");
    let set = |mode| {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("HOME is writable")
    };
    set(0o777);
    let before = config(&person);
    let outcome = login(&person, &token, &words);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(config(&person), before);
    assert!(!folder.join("acme.token").exists());
    expect![[r#"
        hint: use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder
        error: the token was not stored: other users can write to ~/.config/git-remote-bbt (mode 777) and could replace the files in it
        hint: chmod go-w ~/.config/git-remote-bbt
        status: 1
    "#]]
    .assert_eq(&outcome.to_string());
    // A folder that others can only read is accepted.
    set(0o755);
    assert_eq!(login(&person, &token, &words).status, Some(0));
}

#[test]
fn a_lock_that_is_not_a_regular_file_is_refused() {
    let person = Person::with_any_git();
    let words = ["acme", "--no-verify", "--store", "file"];
    let token = person.remember(synthetic_token(Kind::Access));
    let lock = person.path(".config/git-remote-bbt/.config.toml.lock");
    symlink(person.path("elsewhere"), &lock).expect("HOME is writable");
    let mut said = login(&person, &token, &words).to_string();
    assert!(!person.path("elsewhere").exists(), "the link was followed");
    fs::remove_file(&lock).expect("HOME is writable");
    let name = lock.to_str().expect("the path is text");
    person.run("mkfifo", [name]).succeeds();
    said += &login(&person, &token, &words).to_string();
    expect![[r#"
        hint: use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder
        error: cannot write ~/.config/git-remote-bbt/.config.toml.lock: it is a symbolic link
        status: 1
        hint: use --expires 2027-03-01 (or 90d, 1y) to be warned before the token expires; Bitbucket sends no reminder
        error: cannot write ~/.config/git-remote-bbt/.config.toml.lock: it is not a regular file
        status: 1
    "#]]
    .assert_eq(&said);
    fs::remove_file(&lock).expect("HOME is writable");
    assert_eq!(login(&person, &token, &words).status, Some(0));
}
