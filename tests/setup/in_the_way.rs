//! What the user has configured comes first: it is told, and nothing of it is overwritten.

use expect_test::expect;

use super::{git_config, global, set_up, setup};
use crate::support::{Person, with_each_git};

/// Who has written this to `~/.gitconfig`.
fn person_with(text: &str) -> Person {
    let person = Person::with_any_git();
    person.write_config(
        "[workspace.acme]\ntoken = { env = \"ACME\" }\nemail = \"b@bots.bitbucket.org\"\n",
    );
    person.write(".gitconfig", text, 0o644);
    person
}

#[test]
fn an_entry_of_the_users_stays_and_is_told() {
    let text = "\
[protocol \"bbt\"]
\tallow = never
[credential \"https://bitbucket.org/acme\"]
\thelper = store
[url \"https://x-token-auth:hunter2hunter2@bitbucket.org/acme/\"]
\tinsteadOf = https://bitbucket.org/acme/
[url \"ssh://git@ssh.bitbucket.org/acme/\"]
\tinsteadOf = git@bitbucket.org:acme/
[includeIf \"hasconfig:remote.*.url:bbt::acme/**\"]
\tpath = ~/mine
";
    let person = person_with(text);
    let outcome = setup(&person, "--rewrite");
    assert!(global(&person).starts_with(text), "{}", global(&person));
    let left: String = outcome
        .stdout
        .lines()
        .filter(|line| !line.starts_with("  added "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
    expect![[r#"
        ~/.gitconfig
          left out  protocol.bbt.allow = always
                    yours is there: protocol.bbt.allow = never
                    cure: if it may go, git config --file ~/.gitconfig --fixed-value --unset-all protocol.bbt.allow never, and this again
          left out  credential.https://bitbucket.org/acme.helper = bbt
                    yours is there: credential.https://bitbucket.org/acme.helper = store
                    cure: if it may go, git config --file ~/.gitconfig --fixed-value --unset-all credential.https://bitbucket.org/acme.helper store, and this again
          left out  url.bbt::acme/.insteadOf = https://bitbucket.org/acme/
                    yours is there: url.https://x-token-auth:***@bitbucket.org/acme/.insteadof = https://bitbucket.org/acme/
                    cure: if it may go, take it out of ~/.gitconfig by hand, and this again
          left out  url.bbt::acme/.insteadOf = git@bitbucket.org:acme/
                    yours is there: url.ssh://git@ssh.bitbucket.org/acme/.insteadof = git@bitbucket.org:acme/
                    cure: if it may go, git config --file ~/.gitconfig --fixed-value --unset-all url.ssh://git@ssh.bitbucket.org/acme/.insteadof git@bitbucket.org:acme/, and this again
        Not rewritten, since git cannot: https://<user>@bitbucket.org/acme/...; git bbt migrate
        changes those where they are remotes.
        Programs that use libgit2 or JGit in place of git follow these rules too, and cannot take bbt::. For
        cargo: CARGO_NET_GIT_FETCH_WITH_CLI=true
    "#]].assert_eq(&left);
    assert_eq!(outcome.status, Some(1));

    set_up(&person, "--undo");
    assert_eq!(global(&person), text);
}

#[test]
fn a_helper_counts_only_behind_the_last_empty_one() {
    for (helpers, is_theirs) in [
        ("helper = bbt", false),
        ("helper = store\n\thelper =", false),
        ("helper = store\n\thelper =\n\thelper = bbt", false),
        ("helper =\n\thelper = bbt\n\thelper = store", true),
        ("helper =\n\thelper = bbt\n\tuseHttpPath = no", true),
        ("helper =\n\thelper = bbt\n\tuseHttpPath", false),
    ] {
        let text = format!("[credential \"https://bitbucket.org/acme\"]\n\t{helpers}\n");
        let person = person_with(&text);
        let outcome = setup(&person, "");
        assert_eq!(
            outcome.status,
            Some(i32::from(is_theirs)),
            "{helpers}\n{outcome}"
        );
        let all = git_config(
            &person,
            &["--get-all", "credential.https://bitbucket.org/acme.helper"],
        );
        assert_eq!(
            all.ends_with("\nbbt\n"),
            !is_theirs || helpers.contains("no"),
            "{helpers}\n{all}"
        );
    }
}

#[test]
fn what_comes_before_ours_elsewhere_is_warned_of() {
    let person = person_with(
        "\
[url \"https://mirror.example.com/\"]
\tinsteadOf = https://bitbucket.org/acme/big-
\tpushInsteadOf = https://bitbucket.org/
[url \"git@bitbucket.org:\"]
\tinsteadOf = https://bitbucket.org/
",
    );
    set_up(&person, "--rewrite");
    let more = "[credential]\n\thelper = store\n[user]\n\temail = me@example.com\n\
        [credential \"https://bitbucket.org\"]\n\thelper = cache\n\
        [credential \"https://me@BitBucket.org:443/acme\"]\n\thelper = cache --timeout 9\n\
        [credential \"https://example.com\"]\n\thelper = cache\n";
    person.write(".gitconfig", &(global(&person) + more), 0o644);
    let outcome = set_up(&person, "--rewrite");
    expect![[r#"
        warning: credential.helper = store comes after ours, so that git tells it the token too; move it further up in ~/.gitconfig
        warning: credential.https://bitbucket.org.helper = cache comes after ours, so that git tells it the token too; move it further up in ~/.gitconfig
        warning: credential.https://me@BitBucket.org:443/acme.helper = cache *** comes after ours, so that git tells it the token too; move it further up in ~/.gitconfig
        warning: url.https://mirror.example.com/.insteadof = https://bitbucket.org/acme/big- fits more of some URLs, and goes before ours for them
        warning: url.https://mirror.example.com/.pushinsteadof = https://bitbucket.org/ sends pushes elsewhere, whatever is rewritten
        warning: commits in clones of acme carry me@example.com, since ~/.gitconfig says so further down; move it above what git bbt setup has added
    "#]].assert_eq(&outcome.stderr);
}

/// git takes them before user.email, wherever they stand.
#[test]
fn an_address_of_another_name_is_warned_of() {
    for name in ["author", "committer"] {
        let person = person_with(&format!("[{name}]\n\temail = me@example.com\n"));
        let outcome = set_up(&person, "");
        assert_eq!(
            outcome.stderr,
            format!(
                "warning: commits in clones of acme carry me@example.com, since git takes {name}.email in \
                 ~/.gitconfig before user.email; take it out, or call it user.email above ours\n"
            )
        );
    }
}

#[test]
fn what_says_the_same_in_other_words_is_no_other() {
    let person = person_with(
        "\
[protocol \"bbt\"]
\tallow = Always
[url \"bbt::ACME/\"]
\tinsteadOf = https://bitbucket.org/acme/
[includeIf \"hasconfig:remote.*.url:bbt::acme/**\"]
\tpath = ~/mine
",
    );
    let outcome = set_up(&person, "--rewrite");
    assert!(
        outcome.stdout.contains("  is there  2 settings\n"),
        "{outcome}"
    );
    let paths = [
        "--get-all",
        "includeIf.hasconfig:remote.*.url:bbt::acme/**.path",
    ];
    assert_eq!(git_config(&person, &paths).lines().count(), 2);
}

/// The variable's other values are none of its business.
#[test]
fn the_cure_takes_out_what_stands_in_the_way_and_no_more() {
    with_each_git(|person| {
        person.write_config("[workspace.acme]\ntoken = { env = \"ACME\" }\n");
        let text = "\
[url \"https://mirror.example.com/a.b*c/\"]
\tinsteadOf = https://bitbucket.org/acme/
\tinsteadOf = https://bitbucket.org/corp/
";
        person.write(".gitconfig", text, 0o644);
        let outcome = setup(person, "--rewrite");
        let cure = outcome
            .stdout
            .lines()
            .find_map(|line| line.split_once("if it may go, "));
        let (_, cure) = cure.unwrap_or_else(|| panic!("no cure in {outcome}"));
        let cure = cure
            .strip_suffix(", and this again")
            .expect("the end of it");
        person.run("sh", ["-c", cure]).succeeds();
        set_up(person, "--rewrite");
        let left = git_config(
            person,
            &[
                "--get-all",
                "url.https://mirror.example.com/a.b*c/.insteadOf",
            ],
        );
        assert_eq!(left, "https://bitbucket.org/corp/\n");
    });
}

/// The machine's git is too new to be old: what is asked here is only what setup makes of its answer.
#[test]
fn a_git_that_does_not_look_at_remotes_is_told() {
    let person = person_with("");
    let git = person.git(["--exec-path"]).succeeds().stdout;
    let real = format!("{}/git", git.trim());
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' version ') exec echo git version 2.34.1;; esac\nexec '{real}' \"$@\"\n"
    );
    person.write("bin/git", &script, 0o755);
    let outcome = set_up(&person, "");
    expect![[r#"
        warning: git 2.34 does not look at remotes, so that commits in clones of acme do not carry b@bots.bitbucket.org; git 2.36 does
    "#]].assert_eq(&outcome.stderr);
}

/// A shell helper may hold a password, and what is printed lands in a log.
#[test]
fn what_a_helper_of_the_users_says_is_not_shown() {
    let secret = "!f() { echo username=x; echo password=hunter2; }; f";
    let text = format!("[credential \"https://bitbucket.org/acme\"]\n\thelper = \"{secret}\"\n");
    let person = person_with(&text);
    let left = setup(&person, "").to_string();
    person.write(".gitconfig", "", 0o644);
    set_up(&person, "");
    let more = format!("[credential]\n\thelper = \"{secret}\"\n\thelper = store --file hunter2\n");
    person.write(".gitconfig", &(global(&person) + &more), 0o644);
    let said = left + &set_up(&person, "").to_string();
    assert!(!said.contains("hunter2"), "{said}");
    assert!(
        said.contains("credential.https://bitbucket.org/acme.helper = !***"),
        "{said}"
    );
    assert!(said.contains("credential.helper = store ***"), "{said}");
}
