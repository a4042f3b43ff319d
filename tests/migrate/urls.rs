//! Which URLs are converted to what, and which are unchanged.

use expect_test::expect;
use serde_json::Value;

use super::{config, migrate, quiet, repository, url_of, with_urls};
use crate::support::{Person, with_each_git};

/// The forms in which people and programs write the URL of a repository.
const FORMS: [&str; 34] = [
    "https://bitbucket.org/acme/widgets.git",
    "https://bitbucket.org/acme/widgets",
    "https://bitbucket.org/acme/widgets/",
    "https://someone@bitbucket.org/acme/widgets.git",
    "https://x-token-auth@bitbucket.org/acme/widgets.git",
    "https://x-bitbucket-api-token-auth@bitbucket.org/acme/widgets",
    "https://www.bitbucket.org/acme/widgets.git",
    "https://bitbucket.com/acme/widgets.git",
    "https://BitBucket.org/acme/widgets.git",
    "http://bitbucket.org/acme/widgets",
    "git@bitbucket.org:acme/widgets.git",
    "git@bitbucket.org:acme/widgets",
    "git@bitbucket.org:/acme/widgets.git",
    "bitbucket.org:acme/widgets.git",
    "git@ssh.bitbucket.org:acme/widgets.git",
    "ssh://git@bitbucket.org/acme/widgets.git",
    "ssh://bitbucket.org/acme/widgets.git",
    "ssh://git@bitbucket.org:22/acme/widgets.git",
    "ssh://git@ssh.bitbucket.org/acme/widgets.git",
    "ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
    "git+ssh://git@bitbucket.org/acme/widgets.git",
    "[git@altssh.bitbucket.org:443]:acme/widgets.git",
    "ssh://git@bitbucket.org:acme/widgets.git",
    "https://git@bitbucket.org:acme/widgets.git",
    "ssh+git://git@BITBUCKET.org/acme/widgets/",
    "https://bitbucket.org:443/acme/widgets/.git/",
    "git@[altssh.bitbucket.org:443]:acme/widgets.git",
    "git+https://bitbucket.org/acme/widgets.git",
    "GIT@Bitbucket.org:acme/widgets",
    "git@bitbucket.com:acme/widgets.git",
    "https://www.bitbucket.com/acme/widgets//",
    "https://bitbucket.org//acme/widgets/.git/",
    "ssh://git@ssh.bitbucket.org:22/acme/widgets",
    "http://bitbucket.org:80/acme/widgets",
];

#[test]
fn every_form_of_a_url_is_converted_and_restored() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let before = with_urls(person, "here", &FORMS);
        let outcome = migrate(person, "").at("here").succeeds();
        let summary = format!("1 repository: {} remotes converted\n", FORMS.len());
        assert!(quiet(&outcome).ends_with(&summary), "\n{outcome}");
        for (number, form) in FORMS.iter().enumerate() {
            let url = url_of(person, "here", &format!("remote.r{number}.url"));
            assert_eq!(url, "bbt::acme/widgets", "{form}");
        }
        let after = config(person, "here");
        migrate(person, "").at("here").succeeds();
        assert_eq!(
            config(person, "here"),
            after,
            "a second run has nothing to do"
        );
        migrate(person, "--undo").at("here").succeeds();
        assert_eq!(config(person, "here"), before);
    });
}

#[test]
fn urls_of_the_configured_host_are_converted() {
    let person = Person::with_any_git();
    person.write_config("[bitbucket]\ngit_url = \"https://git.example.com/bitbucket\"\n");
    person.signed_in_to("acme");
    let own = "https://git.example.com/bitbucket/acme/widgets.git";
    let urls = [
        own,
        "https://jane@git.example.com/bitbucket/acme/widgets",
        "https://Git.Example.com:443/bitbucket/acme/widgets.git",
        "git@bitbucket.org:acme/widgets.git",
        "https://git.example.com/other/acme/widgets.git",
        &format!("bbt::{own}"),
    ];
    with_urls(&person, "here", &urls);
    migrate(&person, "").at("here").succeeds();
    let url = |number: usize| url_of(&person, "here", &format!("remote.r{number}.url"));
    for (number, from) in urls.iter().enumerate().take(4) {
        assert_eq!(url(number), "bbt::acme/widgets", "{from}");
    }
    for (number, unchanged) in urls.iter().enumerate().skip(4) {
        assert_eq!(url(number), *unchanged);
    }
}

#[test]
fn other_urls_are_unchanged_and_the_reason_is_reported() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN", "synthetic");
    let before = with_urls(
        &person,
        "here",
        &[
            "https://github.com/acme/widgets.git",
            "git@gitlab.com:acme/widgets.git",
            "https://bitbucket.org.example.com/acme/widgets.git",
            "https://bitbucket.example.com/scm/acme/widgets.git",
            "https://bitbucket.org/acme/widgets.git/wiki",
            "https://bitbucket.org/snippets/acme/id.git",
            "https://bitbucket.org/acme/widgets/src/main/README.md",
            "https://bitbucket.org/acme/../widgets.git",
            "git@bitbucket-work:acme/widgets.git",
            "git://bitbucket.org/acme/widgets.git",
            "ssh://hg@bitbucket.org/acme/widgets",
            "/srv/git/widgets.git",
            "../widgets.git",
            "file:///srv/git/widgets.git",
            "codecommit::eu-west-1://widgets",
            "https://someone:secret@github.com/acme/widgets.git",
            "https://bitbucket.org:8443/acme/widgets",
            "ssh://git@bitbucket.org:7999/acme/widgets",
            "git@notbitbucket.org:acme/widgets",
            "[git@altssh.bitbucket.org:443]acme/widgets",
            "./bitbucket.org:acme/widgets",
        ],
    );
    let outcome = migrate(&person, "").at("here").succeeds();
    expect![[r#"
        ~/here
          r0   https://github.com/acme/widgets.git: unchanged: it is not on Bitbucket
          r1   git@gitlab.com:acme/widgets.git: unchanged: it is not on Bitbucket
          r2   https://bitbucket.org.example.com/acme/widgets.git: unchanged: it is not on Bitbucket
          r3   https://bitbucket.example.com/scm/acme/widgets.git: unchanged: it is not on Bitbucket
          r4   https://bitbucket.org/acme/widgets.git/wiki: unchanged: access tokens do not work for a wiki
          r5   https://bitbucket.org/snippets/acme/id.git: unchanged: access tokens do not work for a snippet
          r6   https://bitbucket.org/acme/widgets/src/main/README.md: unchanged: "https://bitbucket.org/acme/widgets/src/main/README.md" is not the address of a Bitbucket repository: it has more parts than workspace and repository
          r7   https://bitbucket.org/acme/../widgets.git: unchanged: "https://bitbucket.org/acme/../widgets.git" is not the address of a Bitbucket repository: it has more parts than workspace and repository
          r8   git@bitbucket-work:acme/widgets.git: unchanged: it is not on Bitbucket
          r9   git://bitbucket.org/acme/widgets.git: unchanged: Bitbucket has ended git:// and Mercurial
          r10  ssh://hg@bitbucket.org/acme/widgets: unchanged: Bitbucket has ended git:// and Mercurial
          r11  /srv/git/widgets.git: unchanged: it is a folder on this machine
          r12  ../widgets.git: unchanged: it is a folder on this machine
          r13  file:///srv/git/widgets.git: unchanged: it is not on Bitbucket
          r14  codecommit::eu-west-1://widgets: unchanged: it has a remote helper of its own
          r15  https://someone:***@github.com/acme/widgets.git: unchanged: it is not on Bitbucket
          r16  https://bitbucket.org:8443/acme/widgets: unchanged: it names a port that Bitbucket does not have
          r17  ssh://git@bitbucket.org:7999/acme/widgets: unchanged: it names a port that Bitbucket does not have
          r18  git@notbitbucket.org:acme/widgets: unchanged: it is not on Bitbucket
          r19  [git@altssh.bitbucket.org:443]acme/widgets: unchanged: "https://bitbucket.org/443]acme/widgets" is not the address of a Bitbucket repository: its workspace has other characters than letters, digits, "-", "_" and "."
          r20  ./bitbucket.org:acme/widgets: unchanged: it is a folder on this machine
        1 repository: 13 remotes unchanged, 8 not on Bitbucket
        hint: if bitbucket-work is Bitbucket in your ~/.ssh/config, add --ssh-alias bitbucket-work
    "#]].assert_eq(quiet(&outcome));
    assert_eq!(config(&person, "here"), before);
}

#[test]
fn secrets_in_odd_urls_are_neither_shown_nor_lost() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let token = person.workspace_token("acme");
    let urls = [
        format!("ssh://git:{token}@bitbucket.org/acme/widgets.git"),
        "https://user:pa/ssw0rd@bitbucket.org/acme/widgets".to_owned(),
        "git:hunter2@bitbucket.org:acme/widgets".to_owned(),
        "ext::curl -H hunter2 x".to_owned(),
        "https://github.com/acme/widgets?token=hunter2".to_owned(),
    ];
    let before = with_urls(&person, "here", &urls.each_ref().map(String::as_str));
    let outcome = migrate(&person, "").at("here").ends();
    expect![[r#"
        ~/here
          r0             ssh://git:***@bitbucket.org/acme/widgets.git: not converted: its URL contains another token than BBT_TOKEN_ACME in the environment
          r1             https://***@bitbucket.org/acme/widgets: unchanged: it is not on Bitbucket
          r2             ***@bitbucket.org:acme/widgets: unchanged: it is not on Bitbucket
          r3             ext::***: unchanged: it has a remote helper of its own
          r4             https://github.com/acme/widgets?***: unchanged: it is not on Bitbucket
          remote.r1.url  it contains a token
        1 repository: 1 remote not converted, 1 unchanged, 3 not on Bitbucket, 1 setting with a token
        hint: git bbt migrate --import-tokens
        hint: git config --file ~/here/.git/config --replace-all remote.r1.url https://bitbucket.org/acme/widgets '://.*:.*@bitbucket\.org'
        status: 1
    "#]].assert_eq(&outcome.to_string());
    assert!(!outcome.stdout.contains("hunter2") && !outcome.stdout.contains("ssw0rd"));
    assert!(config(&person, "here").contains(&token));
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(config(&person, "here"), before);
    let ported = with_urls(
        &person,
        "port",
        &["https://me@bitbucket.org:443/acme/widgets"],
    );
    migrate(&person, "").at("port").succeeds();
    migrate(&person, "--undo").at("port").succeeds();
    assert_eq!(config(&person, "port"), ported);
}

#[test]
fn ssh_aliases_and_renamed_repositories_are_converted() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.signed_in_to("umbrella");
    let urls = [
        "git@bitbucket-work:acme/widgets.git",
        "git@bitbucket.org:acme/gadgets.git",
        "git@bitbucket.org:corp/gizmos.git",
        "bbt::corp/gears",
        "bbt::acme/widgets",
    ];
    let before = with_urls(&person, "here", &urls);
    let told = "--ssh-alias bitbucket-work --rename acme/gadgets=acme/tools --rename corp=umbrella";
    let outcome = migrate(&person, told).at("here").succeeds();
    expect![[r#"
        ~/here
          r0  git@bitbucket-work:acme/widgets.git -> bbt::acme/widgets
          r1  git@bitbucket.org:acme/gadgets.git -> bbt::acme/tools
          r2  git@bitbucket.org:corp/gizmos.git -> bbt::umbrella/gizmos
          r3  bbt::corp/gears -> bbt::umbrella/gears
          r4  bbt::acme/widgets
        1 repository: 4 remotes converted, 1 already bbt::
    "#]]
    .assert_eq(quiet(&outcome));
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(config(&person, "here"), before);
    migrate(&person, "--rename acme")
        .fails(2)
        .says("expected <old>=<new>");
}

/// `url` and every `pushurl`, of the selected remotes and workspaces.
#[test]
fn only_the_selected_remotes_and_workspaces_change() {
    let person = Person::with_any_git();
    person.export("BBT_TOKEN", "synthetic");
    let text = "[remote \"origin\"]\n\turl = git@bitbucket.org:acme/widgets.git\n\
        \tpushurl = git@bitbucket.org:acme/widgets.git\n\tpushurl = git@github.com:acme/widgets.git\n\
        [remote \"other\"]\n\turl = git@bitbucket.org:corp/widgets.git\n";
    let before = repository(&person, "here", text);
    let outcome = migrate(&person, "--workspace corp").at("here").succeeds();
    expect![[r#"
        ~/here  other  git@bitbucket.org:corp/widgets.git -> bbt::corp/widgets
        1 repository: 1 remote converted
    "#]]
    .assert_eq(quiet(&outcome));
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(config(&person, "here"), before);
    person.export("BBT_TOKEN_ACME", "synthetic");
    let outcome = migrate(&person, "--remote origin").at("here").succeeds();
    expect![[r#"
        ~/here
          origin         git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          origin (push)  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          origin (push)  git@github.com:acme/widgets.git: unchanged: it is not on Bitbucket
        1 repository: 1 remote converted
    "#]]
    .assert_eq(quiet(&outcome));
    assert_eq!(
        url_of(&person, "here", "remote.other.url"),
        "git@bitbucket.org:corp/widgets.git"
    );
}

#[test]
fn undo_cannot_be_limited() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let urls = [
        "git@bitbucket.org:acme/a.git",
        "git@bitbucket.org:acme/b.git",
    ];
    with_urls(&person, "here", &urls);
    migrate(&person, "").at("here").succeeds();
    let migrated = config(&person, "here");
    for option in ["--remote r0", "--workspace acme", "--rename a=b", "--force"] {
        let undo = migrate(&person, &format!("--undo {option}"));
        undo.at("here").fails(2).says("cannot be used with");
        assert_eq!(config(&person, "here"), migrated, "{option}");
    }
}

#[test]
fn a_dry_run_reports_the_same_and_changes_nothing() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let urls = [
        "git@bitbucket.org:acme/widgets.git",
        "git@bitbucket.org:corp/widgets.git",
    ];
    let before = with_urls(&person, "here", &urls);
    let dry = migrate(&person, "--dry-run").at("here").fails(1);
    expect![[r#"
        ~/here
          r0  git@bitbucket.org:acme/widgets.git -> bbt::acme/widgets
          r1  git@bitbucket.org:corp/widgets.git: not converted: no token is configured for corp/widgets
        1 repository: 1 remote would be converted, 1 not converted
        hint: store one: git bbt login corp
    "#]]
    .assert_eq(quiet(&dry));
    assert_eq!(config(&person, "here"), before);
    let wet = migrate(&person, "").at("here").fails(1);
    assert_eq!(
        wet.stdout
            .replace("1 remote converted", "1 remote would be converted"),
        dry.stdout
    );
}

#[test]
fn json_is_one_object_a_line_for_every_remote() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let urls = [
        "git@bitbucket.org:acme/widgets.git",
        "git@bitbucket.org:corp/widgets.git",
        "git@github.com:acme/widgets.git",
    ];
    with_urls(&person, "here", &urls);
    let outcome = migrate(&person, "--json").at("here").fails(1);
    for line in quiet(&outcome).lines() {
        let object: Value = serde_json::from_str(line).expect("each line is JSON");
        assert_eq!(object["dry_run"], false);
    }
    expect![[r#"
        {"repository":"~/here","state":"converted","dry_run":false,"remote":"r0","urls":[{"key":"url","from":"git@bitbucket.org:acme/widgets.git","state":"converted","to":"bbt::acme/widgets","source":{"kind":"environment","name":"BBT_TOKEN_ACME"}}]}
        {"repository":"~/here","state":"not-converted","dry_run":false,"remote":"r1","urls":[{"key":"url","from":"git@bitbucket.org:corp/widgets.git","state":"not-converted","message":"no token is configured for corp/widgets","hint":"store one: git bbt login corp"}]}
        {"repository":"~/here","state":"unchanged","dry_run":false,"remote":"r2","urls":[{"key":"url","from":"git@github.com:acme/widgets.git","state":"unchanged","message":"it is not on Bitbucket"}]}
    "#]].assert_eq(&outcome.stdout);
}

#[test]
fn json_shows_no_token_that_is_in_a_name() {
    let person = Person::with_any_git();
    let token = person.workspace_token("acme");
    let url = person.url_with(&token, "acme/widgets");
    repository(
        &person,
        "here",
        &format!(
            "[remote \"{url}\"]\n\turl = {url}\n[submodule \"{url}\"]\n\turl = git@bitbucket.org:acme/parts.git\n"
        ),
    );
    person.export("BBT_TOKEN_ACME", &token);
    let outcome = migrate(&person, "--json").at("here").ends();
    expect![[r#"
        {"repository":"~/here","state":"converted","dry_run":false,"remote":"https://x-token-auth:***@localhost:PORT/acme/widgets.git","urls":[{"key":"url","from":"https://x-token-auth:***@localhost:PORT/acme/widgets.git","state":"converted","to":"bbt::acme/widgets","message":"its token is also in BBT_TOKEN_ACME in the environment","source":{"kind":"environment","name":"BBT_TOKEN_ACME"}}]}
        {"repository":"~/here","state":"not-converted","dry_run":false,"submodule":"https://x-token-auth:***@localhost:PORT/acme/widgets.git","urls":[{"key":"url","from":"git@bitbucket.org:acme/parts.git","state":"not-converted","message":"it is not cloned yet, and git would refuse bbt:: for it","hint":"git bbt setup"}]}
        {"repository":"~/here","state":"token","dry_run":false,"setting":"remote.https://x-token-auth:***@localhost:PORT/acme/widgets.git.url","file":"~/here/.git/config","message":"it contains a token in its name","hint":"git config --file ~/here/.git/config -z --name-only --get-regexp '\\..*(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}.*\\.' | xargs -0 -n 1 git config --file ~/here/.git/config --unset-all"}
        {"repository":"~/here","state":"token","dry_run":false,"setting":"remote.https://x-token-auth:***@localhost:PORT/acme/widgets.git.bbtoriginalurl","file":"~/here/.git/config","message":"it contains a token in its name","hint":"git config --file ~/here/.git/config -z --name-only --get-regexp '\\..*(ATCT|ATAT|ATBB)[A-Za-z0-9_=-]{20}.*\\.' | xargs -0 -n 1 git config --file ~/here/.git/config --unset-all"}
    "#]].assert_eq(&outcome.stdout);
}

#[test]
fn no_password_that_is_in_a_name_is_shown() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let name = "https://x-bitbucket-api-token-auth:hunter2secretpw@bitbucket.org/acme/a";
    let url = "git@bitbucket.org:acme/widgets.git";
    let text = format!(
        "[remote \"{name}\"]\n\turl = {url}\n[submodule \"{name}\"]\n\turl = {url}\n\
         [branch \"{name}\"]\n\tremote = {url}\n[branch \"packages/@acme/fix#12\"]\n\tremote = {url}\n"
    );
    repository(&person, "here", &text);
    person.write("here/.gitattributes", "*.bin filter=lfs\n", 0o644);
    person.write("here/.gitmodules", &text, 0o644);
    for words in [
        "--dry-run",
        "--dry-run --json",
        "--json",
        "--undo --dry-run",
        "--undo --json",
    ] {
        let outcome = migrate(&person, words).at("here").ends();
        let shown = outcome.to_string();
        assert!(shown.contains("x-bitbucket-api-token-auth:***@"), "{shown}");
        assert!(!shown.contains("hunter2secretpw"), "{shown}");
        assert!(shown.contains("packages/@acme/fix#12"), "{shown}");
        assert!(shown.contains(".lfsurl"), "{shown}");
    }
}

/// A remote that works keeps working.
#[test]
fn nothing_is_converted_if_git_may_not_use_bbt() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let refused = ["protocol.allow=never", "protocol.bbt.allow=never"];
        for (number, setting) in refused.into_iter().enumerate() {
            let name = format!("r{number}");
            with_urls(person, &name, &["https://bitbucket.org/acme/widgets.git"]);
            let (key, value) = setting.split_once('=').expect("a key and a value");
            person.git(["-C", &name, "config", key, value]).succeeds();
            let before = config(person, &name);
            let outcome = migrate(person, "").at(&name).fails(1);
            assert!(
                outcome.stdout.contains("git is configured to refuse bbt::"),
                "{outcome}"
            );
            assert_eq!(config(person, &name), before);
            let hint = outcome
                .stdout
                .lines()
                .find_map(|line| line.strip_prefix("hint: "));
            person.run("sh", ["-c", hint.expect("a hint")]).succeeds();
            migrate(person, "").at(&name).succeeds();
        }
        with_urls(
            person,
            "global",
            &["https://bitbucket.org/acme/widgets.git"],
        );
        let global = ["config", "--global", "protocol.allow", "never"];
        person.git(global).succeeds();
        let outcome = migrate(person, "").at("global").fails(1);
        let hint = "\nhint: git bbt setup\n";
        assert!(outcome.stdout.ends_with(hint), "{outcome}");
        person.run("git-bbt", ["setup"]).succeeds();
        migrate(person, "").at("global").succeeds();
        with_urls(
            person,
            "variable",
            &["https://bitbucket.org/acme/widgets.git"],
        );
        let run = migrate(person, "").at("variable");
        let outcome = run.env("GIT_ALLOW_PROTOCOL", "https:http").fails(1);
        assert!(
            outcome
                .stdout
                .contains("GIT_ALLOW_PROTOCOL does not include bbt"),
            "{outcome}"
        );
    });
}

#[test]
fn undo_restores_the_one_of_two_equal_urls_that_was_converted() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let text = "[remote \"origin\"]\n\turl = bbt::acme/widgets\n\turl = https://bitbucket.org/acme/widgets.git\n";
    let before = repository(&person, "here", text);
    migrate(&person, "").at("here").succeeds();
    migrate(&person, "--undo").at("here").succeeds();
    assert_eq!(config(&person, "here"), before);
}
