//! git-lfs's endpoint follows the remote's URL, both ways.

use std::fs;

use expect_test::expect;

use super::{config, migrate, quiet, repository, url_of};
use crate::support::{Person, missing, with_each_git};

const SSH: &str = "git@bitbucket.org:acme/widgets.git";
const HTTPS: &str = "https://bitbucket.org/acme/widgets.git";

/// Migrates a repository and fetches; returns the configuration from before; `None` without git-lfs.
fn fetched(person: &Person, url: &str) -> Option<String> {
    if !person.has("git-lfs") {
        missing("git-lfs", "git-lfs");
        return None;
    }
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    let origin = format!("[remote \"origin\"]\n\turl = {url}\n");
    let before = repository(person, "assets", &format!("{origin}# the end\n"));
    migrate(person, "").at("assets").succeeds();
    assert!(!config(person, "assets").contains("lfs"));
    git(person, "fetch --quiet");
    assert!(config(person, "assets").contains("lfsurl"));
    Some(before)
}

fn git(person: &Person, words: &str) {
    person.git(words.split(' ')).at("assets").succeeds();
}

#[test]
fn undo_removes_the_git_lfs_settings_that_a_fetch_added() {
    with_each_git(|person| {
        let Some(before) = fetched(person, SSH) else {
            return;
        };
        let dry = migrate(person, "--undo --dry-run").at("assets").succeeds();
        // The number of digits of the port changes the width of the columns.
        let lines = quiet(&dry).lines();
        let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
        expect![[r#"
            ~/assets
            origin bbt::acme/widgets -> git@bitbucket.org:acme/widgets.git
            remote.origin.lfsurl removed
            lfs.https://localhost:PORT/acme/widgets.git/info/lfs.access removed
            credential.https://localhost:PORT/acme/widgets.git.helper removed
            credential.https://localhost:PORT/acme/widgets.git.useHttpPath removed
            1 repository: 1 remote would be restored
        "#]]
        .assert_eq(&lines.collect::<String>());
        migrate(person, "--undo").at("assets").succeeds();
        assert_eq!(config(person, "assets"), before);

        // Without the endpoint. Below a comment, git leaves a section that it has emptied.
        let emptied = format!("{before}[remote \"origin\"]\n");
        migrate(person, "").at("assets").succeeds();
        git(person, "fetch --quiet");
        git(person, "config --unset remote.origin.lfsurl");
        migrate(person, "--undo").at("assets").succeeds();
        assert_eq!(config(person, "assets"), emptied);

        // After the team has set its own.
        person.write("assets/.git/config", &before, 0o644);
        migrate(person, "").at("assets").succeeds();
        git(person, "fetch --quiet");
        let teams = "[remote \"origin\"]\n\tlfsurl = https://lfs.example.com\n";
        person.write("assets/.lfsconfig", teams, 0o644);
        git(person, "fetch --quiet");
        migrate(person, "--undo").at("assets").succeeds();
        assert_eq!(config(person, "assets"), emptied);
    });
}

#[test]
fn undo_removes_git_lfs_settings_of_a_renamed_remote_or_repository() {
    with_each_git(|person| {
        if fetched(person, HTTPS).is_none() {
            return;
        }
        git(person, "remote rename origin upstream");
        migrate(person, "--undo").at("assets").succeeds();
        let renamed = config(person, "assets");
        assert!(
            !renamed.contains("lfs") && !renamed.contains("bbt"),
            "{renamed}"
        );
        git(person, "remote rename upstream origin");

        // Also for a repository that was renamed since.
        person.bitbucket.rename("acme/widgets", "acme/tools");
        migrate(person, "--rename acme/widgets=acme/tools")
            .at("assets")
            .succeeds();
        git(person, "fetch --quiet");
        assert!(config(person, "assets").contains("acme/tools.git/info/lfs"));
        migrate(person, "--undo").at("assets").succeeds();
        assert_eq!(url_of(person, "assets", "remote.origin.url"), HTTPS);
        let left = config(person, "assets");
        assert!(!left.contains("lfs") && !left.contains("bbt"), "{left}");
    });
}

#[test]
fn json_has_an_array_of_urls_for_a_setting_too() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    repository(&person, "assets", &remote);
    person.write("assets/.gitattributes", "*.bin filter=lfs\n", 0o644);
    migrate(&person, "").at("assets").succeeds();
    let outcome = migrate(&person, "--undo --json").at("assets").succeeds();
    let setting = r#"{"repository":"~/assets","state":"changed","dry_run":false,"setting":"remote.origin.lfsurl","urls":[],"also":["removed"]}"#;
    assert!(
        outcome.stdout.lines().any(|line| line == setting),
        "{outcome}"
    );
}

#[test]
fn an_endpoint_is_removed_whatever_was_changed_beside_it() {
    with_each_git(|person| {
        if !person.has("git-lfs") {
            return missing("git-lfs", "git-lfs");
        }
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        for change in [
            format!("config --unset credential.{url}.useHttpPath"),
            format!("config lfs.{url}/info/lfs.access Basic"),
        ] {
            let before = fetched(person, SSH).expect("git-lfs is installed");
            let fetched = config(person, "assets");
            git(person, &change);
            migrate(person, "--undo").at("assets").succeeds();
            let left = config(person, "assets");
            assert!(left.starts_with(&before), "{left}");
            assert!(
                !left.contains("lfsurl") && !left.contains("helper"),
                "{left}"
            );
            assert_eq!(left.contains("Basic"), change.contains("Basic"), "{left}");

            person.write("assets/.git/config", &fetched, 0o644);
            git(person, &change);
            migrate(person, "--rename acme/widgets=acme/tools")
                .at("assets")
                .succeeds();
            let endpoint = url_of(person, "assets", "remote.origin.lfsurl");
            assert!(endpoint.contains("/acme/tools.git/"), "{endpoint}");
            let left = config(person, "assets");
            assert_eq!(left.matches("helper = bbt").count(), 1, "{left}");
            fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
        }
    });
}

#[test]
fn undo_keeps_git_lfs_settings_of_others() {
    with_each_git(|person| {
        if fetched(person, SSH).is_none() {
            return;
        }
        // Another remote still needs the other settings.
        git(person, "remote add second bbt::acme/widgets");
        git(person, "fetch --quiet second");
        let both = config(person, "assets");
        migrate(person, "--undo").at("assets").succeeds();
        let left = config(person, "assets");
        assert_eq!(left.matches("lfsurl").count(), 1, "{left}");
        let rest = both.find("[lfs \"https").map(|at| &both[at..]);
        assert!(left.ends_with(rest.expect("the section exists")), "{left}");
        git(person, "remote remove second");

        // Settings of others beside ours, and in place of ours.
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        migrate(person, "").at("assets").succeeds();
        git(person, "fetch --quiet");
        git(person, &format!("config credential.{url}.username me"));
        migrate(person, "--undo").at("assets").succeeds();
        let left = config(person, "assets");
        assert!(!left.contains("lfs") && !left.contains("helper"), "{left}");
        assert!(left.contains("\tusername = me\n"), "{left}");

        let shared = format!("x-token-auth@{}/acme/shared.git/info/lfs", person.host());
        for own in ["lfs.example.com/x", &shared] {
            migrate(person, "").at("assets").succeeds();
            git(person, "fetch --quiet");
            git(
                person,
                &format!("config remote.origin.lfsurl https://{own}"),
            );
            migrate(person, "--undo").at("assets").succeeds();
            let left = config(person, "assets");
            assert!(
                left.contains(&format!("\tlfsurl = https://{own}\n")),
                "{left}"
            );
            assert_eq!(left.matches("helper").count(), 2, "{left}");
            git(person, "config --unset remote.origin.lfsurl");
        }
        // A part of our settings, and all of them for another repository.
        migrate(person, "").at("assets").succeeds();
        let helper = format!("config --unset credential.{url}.helper ^$");
        git(person, &helper);
        let other = format!("{}/acme/other.git", person.bitbucket.url());
        let other = format!(
            "[lfs \"{other}/info/lfs\"]\n\taccess = basic\n\
             [credential \"{other}\"]\n\thelper =\n\thelper = bbt\n\tuseHttpPath = true\n"
        );
        let before = config(person, "assets") + &other;
        person.write("assets/.git/config", &before, 0o644);
        migrate(person, "--undo").at("assets").succeeds();
        let left = config(person, "assets");
        assert_eq!(
            left.matches("helper").count(),
            before.matches("helper").count(),
            "{left}"
        );
    });
}

/// git-lfs reads no `bbt::` URL, so it gets an endpoint, unless the team has set one.
#[test]
fn a_repository_with_lfs_keeps_its_endpoint() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    let before = repository(&person, "assets", &remote);
    person.write(
        "assets/.gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        0o644,
    );
    migrate(&person, "").at("assets").succeeds();
    let endpoint = url_of(&person, "assets", "remote.origin.lfsurl");
    assert_eq!(
        endpoint,
        "https://x-token-auth@localhost:PORT/acme/widgets.git/info/lfs"
    );
    match person.git(["lfs", "version"]).ends().status {
        Some(0) => {
            let env = person.git(["lfs", "env"]).at("assets").succeeds().stdout;
            assert!(env.contains(&format!("Endpoint={endpoint}")), "{env}");
        }
        _ => missing("git-lfs", "git-lfs"),
    }
    migrate(&person, "--undo").at("assets").succeeds();
    assert_eq!(config(&person, "assets"), before);
    person.write(
        "assets/.lfsconfig",
        "[lfs]\n\turl = https://lfs.example.com\n",
        0o644,
    );
    migrate(&person, "").at("assets").succeeds();
    assert!(!config(&person, "assets").contains("lfsurl"));
    fs::remove_file(person.path("assets/.lfsconfig")).expect("the file exists");
}

#[test]
fn a_rename_moves_the_git_lfs_endpoint() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    repository(
        &person,
        "assets",
        &format!("[remote \"origin\"]\n\turl = {SSH}\n"),
    );
    person.write("assets/.gitattributes", "*.bin filter=lfs\n", 0o644);
    migrate(&person, "").at("assets").succeeds();
    let before = config(&person, "assets");
    migrate(&person, "--rename acme/widgets=acme/tools")
        .at("assets")
        .succeeds();
    assert_eq!(
        url_of(&person, "assets", "remote.origin.lfsurl"),
        "https://x-token-auth@localhost:PORT/acme/tools.git/info/lfs"
    );
    assert_ne!(config(&person, "assets"), before);
    migrate(&person, "--undo").at("assets").succeeds();
    assert_eq!(url_of(&person, "assets", "remote.origin.url"), SSH);
    assert!(
        !config(&person, "assets").contains("lfs"),
        "{}",
        config(&person, "assets")
    );
}

/// The URL of the remote is on the configured host.
#[test]
fn an_endpoint_of_the_configured_host_follows_a_rename() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let https = format!("https://{}/acme/widgets.git", person.host());
    let endpoint = https.replace("https://", "https://x-token-auth@") + "/info/lfs";
    for url in [https.clone(), format!("bbt::{https}")] {
        let remote = format!("[remote \"origin\"]\n\turl = {url}\n\tlfsurl = {endpoint}\n");
        repository(&person, "assets", &remote);
        migrate(&person, "--rename acme/widgets=acme/tools")
            .at("assets")
            .succeeds();
        assert_eq!(
            url_of(&person, "assets", "remote.origin.lfsurl"),
            "https://x-token-auth@localhost:PORT/acme/tools.git/info/lfs"
        );
        fs::remove_dir_all(person.path("assets")).expect("HOME is writable");
    }
}

/// An e-mail of the user's own stays.
#[test]
fn the_bots_email_is_set_and_removed_with_the_endpoint() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.configure("[workspace.acme]\nemail = \"bot@bots.bitbucket.org\"\n");
    let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    let before = repository(&person, "assets", &remote);
    person.write("assets/.gitattributes", "*.bin filter=lfs\n", 0o644);
    migrate(&person, "").at("assets").succeeds();
    for key in ["user.email", "bbt.email"] {
        assert_eq!(url_of(&person, "assets", key), "bot@bots.bitbucket.org");
    }
    assert!(config(&person, "assets").contains("lfsurl"));
    migrate(&person, "--undo").at("assets").succeeds();
    assert_eq!(config(&person, "assets"), before);

    migrate(&person, "").at("assets").succeeds();
    git(&person, "config user.email me@example.com");
    migrate(&person, "--undo").at("assets").succeeds();
    assert_eq!(url_of(&person, "assets", "user.email"), "me@example.com");
    assert!(!config(&person, "assets").contains("bot"));
}

/// Only an included file that sets an e-mail here matters, before or after the bot's.
#[test]
fn an_included_file_keeps_the_bots_email_out_only_if_it_has_one() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.configure("[workspace.acme]\nemail = \"bot@bots.bitbucket.org\"\n");
    let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    let email = "[user]\n\temail = me@example.com\n";
    for (number, (condition, included, has_bots)) in [
        ("include", "[alias]\n\tst = status\n", true),
        ("include", email, false),
        ("includeIf \"gitdir:/elsewhere/\"", email, true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("r{number}");
        person.write(format!("included{number}"), included, 0o644);
        let include = format!("[{condition}]\n\tpath = ../../included{number}\n");
        repository(&person, &name, &format!("{remote}{include}"));
        migrate(&person, "").at(&name).succeeds();
        let has_email = config(&person, &name).contains("email = bot@bots");
        assert_eq!(has_email, has_bots, "{included}");
    }
}

#[test]
fn the_bots_email_is_not_set_for_a_single_work_tree() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.configure("[workspace.acme]\nemail = \"bot@bots.bitbucket.org\"\n");
    let text = format!(
        "[extensions]\n\tworktreeConfig = true\n[remote \"origin\"]\n\turl = {SSH}\n\
         [user]\n\temail = me@example.com\n"
    );
    repository(&person, "assets", &text);
    let second = format!("[remote \"second\"]\n\turl = {SSH}\n");
    let file = person.write("assets/.git/config.worktree", &second, 0o644);
    migrate(&person, "").at("assets").succeeds();
    let after = fs::read_to_string(file).expect("the file exists");
    assert!(
        after.contains("bbt::") && !after.contains("email"),
        "{after}"
    );
    assert_eq!(url_of(&person, "assets", "user.email"), "me@example.com");
}

#[test]
fn two_remotes_of_a_repository_share_its_git_lfs_settings() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let remote = |name| format!("[remote \"{name}\"]\n\turl = {SSH}\n");
    let remotes = remote("origin") + &remote("second");
    let before = repository(&person, "assets", &remotes);
    person.write("assets/.gitattributes", "*.bin filter=lfs\n", 0o644);
    migrate(&person, "").at("assets").succeeds();
    let after = config(&person, "assets");
    let count = |text: &str| after.matches(text).count();
    assert_eq!(
        [count("lfsurl"), count("helper"), count("access")],
        [2, 2, 1],
        "{after}"
    );
    migrate(&person, "--undo").at("assets").succeeds();
    assert_eq!(config(&person, "assets"), before);
}

/// As a fetch does.
#[test]
fn a_changed_email_is_followed_if_it_is_the_one_we_set() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let set = |email: &str| person.write_config(&format!("[workspace.acme]\n{email}\n"));
    set("email = \"old@bots.bitbucket.org\"");
    let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    repository(&person, "assets", &remote);
    migrate(&person, "").at("assets").succeeds();
    let migrated = config(&person, "assets");
    set("email = \"new@bots.bitbucket.org\"");
    migrate(&person, "--dry-run").at("assets").succeeds();
    assert_eq!(config(&person, "assets"), migrated);
    migrate(&person, "").at("assets").succeeds();
    let expected = migrated.replace("old@", "new@");
    assert_eq!(config(&person, "assets"), expected);
    git(&person, "config user.email me@example.com");
    set("email = \"newer@bots.bitbucket.org\"");
    migrate(&person, "").at("assets").succeeds();
    assert_eq!(url_of(&person, "assets", "user.email"), "me@example.com");
    git(&person, "config user.email new@bots.bitbucket.org");
    set("");
    migrate(&person, "").at("assets").succeeds();
    let left = config(&person, "assets");
    assert!(!left.contains("email"), "{left}");
}
