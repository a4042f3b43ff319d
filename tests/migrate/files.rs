//! A configuration file stays as it was, except for the URLs.

use super::{config, migrate, quiet, repository, url_of};
use crate::support::{Person, with_each_git};

const SSH: &str = "git@bitbucket.org:acme/widgets.git";

/// Ways to write a remote; `URL` stands for its URL.
const WRITINGS: [&str; 15] = [
    "[remote \"origin\"]\n\turl = URL\n",
    "[remote \"origin\"]\n\turl = URL",
    "[remote \"origin\"]\r\n\turl = URL\r\n\tfetch = +refs/heads/*:refs/remotes/origin/*\r\n",
    "[remote \"origin\"]\n\turl = \"URL\" # ours\n",
    "[remote \"origin\"]\n\turl=URL ; a comment\n\n# the end",
    "[REMOTE \"origin\"]\n  URL = URL\n",
    "[remote \"origin\"] url = URL\n",
    "[remote.origin]\n\turl = URL\n",
    "[remote \"origin\"]\n\tfetch = x\n[core]\n\teditor = vi\n[remote \"origin\"]\n\turl = URL\n",
    "[remote \"origin\"]\n\turl = \\\nURL\n",
    "[remote \"origin\"]\n\turl = \"git@bitbucket.org:\"acme/widgets.git\n",
    "[alias]\n\tx = \"!f() { echo \\\"a # b\\\"; }; f\" ; y\n[remote \"origin\"]\n\turl = URL\n[z \"a \\\"b\\\\\"]\n\tc\n",
    "# git@bitbucket.org:acme/widgets.git\n[remote \"origin\"]\n\turl = URL\n\turl = URL\n",
    "[remote \"origin\"]\n\turl = URL\n[user]\n\tname = Me\\\n",
    "[remote \"origin\"]\n\turl = URL\n[user]\n\tname = Me\\",
];

#[test]
fn every_form_of_configuration_is_edited_and_restored_as_git_reads_it() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        for (number, writing) in WRITINGS.iter().enumerate() {
            let name = format!("w{number}");
            // Replaces only the value: a key may be `URL`, too.
            let text = writing.replace("= URL", &format!("= {SSH}"));
            let text = text
                .replace("=URL", &format!("={SSH}"))
                .replace("\"URL\"", &format!("\"{SSH}\""));
            let text = text.replace("\nURL", &format!("\n{SSH}"));
            let before = repository(person, &name, &text);
            let settings = all_settings(person, &name);
            migrate(person, "").at(&name).succeeds();
            let urls = url_of(person, &name, "remote.origin.url");
            assert!(
                urls.lines().all(|url| url == "bbt::acme/widgets"),
                "{writing:?}: {urls}"
            );
            let after = config(person, &name);
            let kept = before
                .lines()
                .filter(|line| !line.contains("bitbucket.org") || line.starts_with('#'));
            for line in kept.filter(|line| !line.ends_with('\\')) {
                assert!(after.contains(line), "{writing:?} lost {line:?}:\n{after}");
            }
            let migrated = all_settings(person, &name);
            let is_record = |entry: &&str| entry.contains(".bbtoriginalurl\n");
            let others = migrated.split('\0').filter(|entry| !is_record(entry));
            let others: Vec<_> = others.collect();
            let expected = settings.replace(SSH, "bbt::acme/widgets");
            assert_eq!(others.join("\0"), expected, "{writing:?}");
            migrate(person, "--undo").at(&name).succeeds();
            assert_eq!(all_settings(person, &name), settings, "{writing:?}");
            let after = config(person, &name);
            for line in comments(&before) {
                assert!(after.contains(line), "{writing:?} lost {line:?}:\n{after}");
            }
        }
    });
}

/// Returns every setting as git reads it.
fn all_settings(person: &Person, name: &str) -> String {
    let list = ["config", "--local", "--list", "-z"];
    person.git(list).at(name).succeeds().stdout
}

fn comments(text: &str) -> impl Iterator<Item = &str> {
    let comments = text
        .lines()
        .filter_map(|line| line.find(['#', ';']).map(|at| &line[at..]));
    comments.filter(|comment| !comment.contains('"'))
}

/// git ignores it in a comment, and takes it for the end of a value.
#[test]
fn a_zero_byte_is_read_as_git_reads_it() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let origin = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    repository(&person, "here", &format!("# a\0b\n{origin}# c\0\n"));
    migrate(&person, "").at("here").succeeds();
    let url = url_of(&person, "here", "remote.origin.url");
    assert_eq!(url, "bbt::acme/widgets");
    for odd in ["[user]\n\tname = a\0b\n", "[a \"b\0\"]\n", "\0\n"] {
        let before = repository(&person, "there", &format!("{origin}{odd}"));
        let outcome = migrate(&person, "").at("there").fails(1);
        let text = before.split('\0').next().expect("there is one");
        let lines = 1 + text.matches('\n').count();
        let problem = format!("git cannot read line {lines}\n");
        assert!(outcome.stdout.contains(&problem), "{odd:?}: {outcome}");
        assert_eq!(config(&person, "there"), before);
        person.run("rm", ["-r", "there"]).succeeds();
    }
}

/// Edits by the user since then stay.
#[test]
fn an_edit_between_migrate_and_undo_survives() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let text = format!(
        "[remote \"origin\"]\n\turl = {SSH}\n[remote \"b\"]\n\turl = git@bitbucket.org:acme/b.git\n\
         [remote \"c\"]\n\turl = git@bitbucket.org:acme/c.git\n"
    );
    repository(&person, "here", &text);
    migrate(&person, "").at("here").succeeds();
    let edit = |arguments: &[&str]| {
        person.git(arguments.iter().copied()).at("here").succeeds();
    };
    edit(&["remote", "set-url", "b", "https://example.com/b.git"]);
    edit(&["remote", "rename", "c", "d"]);
    edit(&["config", "user.name", "Someone"]);
    edit(&[
        "config",
        "remote.origin.fetch",
        "+refs/heads/main:refs/remotes/origin/main",
    ]);
    let dry = migrate(&person, "--undo --dry-run").at("here").succeeds();
    let said = quiet(&dry);
    assert!(
        said.contains("it was changed since; its record would be removed\n"),
        "{said}"
    );
    let outcome = migrate(&person, "--undo").at("here").succeeds();
    let said = quiet(&outcome);
    assert!(
        said.contains("bbt::acme/b: unchanged: it was changed since; its record is removed\n"),
        "{said}"
    );
    assert_eq!(url_of(&person, "here", "remote.origin.url"), SSH);
    assert_eq!(
        url_of(&person, "here", "remote.b.url"),
        "https://example.com/b.git"
    );
    assert_eq!(
        url_of(&person, "here", "remote.d.url"),
        "git@bitbucket.org:acme/c.git"
    );
    assert_eq!(url_of(&person, "here", "user.name"), "Someone");
    assert_eq!(
        url_of(&person, "here", "remote.origin.fetch"),
        "+refs/heads/main:refs/remotes/origin/main"
    );
    assert!(
        !config(&person, "here").contains("bbt"),
        "{}",
        config(&person, "here")
    );
}

/// Settings after a record stay, and so does another remote with the same URL.
#[test]
fn undo_removes_only_what_migrate_wrote() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let before = repository(
        &person,
        "here",
        &format!("[remote \"origin\"]\n\turl = {SSH}\n"),
    );
    migrate(&person, "").at("here").succeeds();
    let more = "# a note by hand\n[alias]\n\tst = status\n";
    person.write("here/.git/config", &(config(&person, "here") + more), 0o644);
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(config(&person, "here"), format!("{before}{more}"));
    migrate(&person, "").at("here").succeeds();
    person.git_in("here", "config remote.origin.url bbt::acme/other");
    person.git_in("here", "config remote.upstream.url bbt::acme/widgets");
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(
        url_of(&person, "here", "remote.origin.url"),
        "bbt::acme/other"
    );
    assert_eq!(
        url_of(&person, "here", "remote.upstream.url"),
        "bbt::acme/widgets"
    );
}

#[test]
fn undo_keeps_lines_that_a_user_wrote_beside_a_record() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let origin = format!("[remote \"origin\"]\n\turl = {SSH}\n");
    let before = repository(&person, "here", &origin);
    for more in ["\t# a note by hand\n", "\tby = me ; and why\n"] {
        migrate(&person, "").at("here").succeeds();
        let record = "\tbbtOriginalUrl = ";
        let text = config(&person, "here").replace(record, &format!("{more}{record}"));
        person.write("here/.git/config", &text, 0o644);
        migrate(&person, "--undo").at("here").succeeds();
        assert_eq!(config(&person, "here"), format!("{before}{more}"));
        person.write("here/.git/config", &before, 0o644);
    }
}

/// Work trees, bare repositories and linked work trees, each once; broken repositories are reported.
#[test]
fn every_repository_below_a_folder_is_found() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let remote = format!("[remote \"origin\"]\n\turl = {SSH}\n");
        repository(person, "all/one", &remote);
        person.git_in("all/one", "config user.name x");
        person.git_in("all/one", "commit --quiet --allow-empty -m x");
        person.git_in("all/one", "worktree add --quiet ../linked");
        person
            .git(["init", "--quiet", "--bare", "all/deep/bare.git"])
            .succeeds();
        person
            .git(["config", "remote.origin.url", SSH])
            .at("all/deep/bare.git")
            .succeeds();
        repository(person, "outside", &remote);
        let outcome = migrate(person, "--recursive all").succeeds();
        let summary = "2 repositories: 2 remotes converted\n";
        assert!(quiet(&outcome).ends_with(summary), "\n{outcome}");
        assert_eq!(
            url_of(person, "all/linked", "remote.origin.url"),
            "bbt::acme/widgets"
        );
        assert_eq!(
            url_of(person, "all/deep/bare.git", "remote.origin.url"),
            "bbt::acme/widgets"
        );
        assert_eq!(url_of(person, "outside", "remote.origin.url"), SSH);
        // By its main work tree, although the linked one is found first.
        assert!(
            outcome.stdout.starts_with("~/all/deep/bare.git  origin "),
            "{outcome}"
        );
        assert!(outcome.stdout.contains("\n~/all/one  origin "), "{outcome}");
        migrate(person, "--undo").at("all/linked").succeeds();
        assert_eq!(url_of(person, "all/one", "remote.origin.url"), SSH);
        migrate(person, "").fails(1);
        migrate(person, "--recursive nowhere").fails(1);
    });
}
