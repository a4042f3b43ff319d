//! git settings that break the hand-off or put the token at risk; and git's version.

use std::fs;
use std::path::Path;

use expect_test::expect;

use super::{Finding, doctor, person, prepare};
use crate::support::{Outcome, Person, missing, with_each_git};

/// Returns what doctor finds after running a shell command, and checks that the hint of each finding
/// removes it.
#[track_caller]
fn found_after(person: &Person, name: &str, line: &str) -> String {
    let found = Finding::all(person, "", name, line);
    for finding in &found {
        let line = format!("{line} && {}", finding.hint);
        let after = Finding::all(person, "", name, &line);
        assert!(!after.contains(finding), "after {line}");
    }
    Finding::text(&found)
}

#[test]
fn certificates_that_are_not_verified_are_found_in_every_scope() {
    with_each_git(|person| {
        prepare(person);
        person.signed_in_to("acme");
        person.clone("acme/widgets");
        let scoped = format!("http.https://{}/acme/.sslVerify", person.host());
        for (option, name, value) in [
            ("--global", "http.sslVerify", "false"),
            ("--global", "http.https://example.com.sslVerify", "false"),
            ("--global", "http.https://*.org.sslVerify", "true"),
            ("--local", &scoped, "0"),
        ] {
            person
                .git(["config", option, name, value])
                .at("widgets")
                .succeeds();
        }
        let found = Finding::fix_all(person, "widgets", "certificates");
        expect![[r#"
            http.sslverify = false (in ~/.gitconfig): certificates are not verified, so anyone on the network can read the token
              git config --file ~/.gitconfig --unset-all http.sslverify
            http.https://localhost:PORT/acme/.sslverify = 0 (in ~/widgets/.git/config): certificates are not verified, so anyone on the network can read the token
              git config --file ~/widgets/.git/config --unset-all http.https://localhost:PORT/acme/.sslverify
        "#]].assert_eq(&Finding::text(&found));
    });
    let person = person();
    let found = found_after(&person, "certificates", "export GIT_SSL_NO_VERIFY=");
    expect![[r#"
        GIT_SSL_NO_VERIFY: certificates are not verified, so anyone on the network can read the token
          unset GIT_SSL_NO_VERIFY
    "#]].assert_eq(&found);
}

#[test]
fn protocols_that_git_refuses_are_found() {
    let person = person();
    let mut found = String::new();
    for list in ["", "https", "bbt", "file:bbt:https"] {
        found += &format!("# {list}\n");
        found += &found_after(
            &person,
            "protocol",
            &format!("export GIT_ALLOW_PROTOCOL={list}"),
        );
    }
    expect![[r##"
        # 
        GIT_ALLOW_PROTOCOL does not include bbt and https
          export GIT_ALLOW_PROTOCOL="$GIT_ALLOW_PROTOCOL:bbt:https"
        # https
        GIT_ALLOW_PROTOCOL does not include bbt
          export GIT_ALLOW_PROTOCOL="$GIT_ALLOW_PROTOCOL:bbt"
        # bbt
        GIT_ALLOW_PROTOCOL does not include https
          export GIT_ALLOW_PROTOCOL="$GIT_ALLOW_PROTOCOL:https"
        # file:bbt:https
    "##]]
    .assert_eq(&found);

    let set = |name: &str, value: &str| {
        person.git(["config", "--global", name, value]).succeeds();
    };
    let mut found = String::new();
    let from_user = "export GIT_PROTOCOL_FROM_USER=0";
    for (name, value, line) in [
        ("protocol.bbt.allow", "always", from_user),
        ("protocol.https.allow", "user", "true"),
        ("protocol.https.allow", "user", from_user),
        ("protocol.https.allow", "never", "true"),
        ("protocol.https.allow", "always", "true"),
        ("protocol.bbt.allow", "never", "true"),
        ("protocol.bbt.allow", "user", from_user),
    ] {
        set(name, value);
        found += &format!("# {name} = {value} ({line})\n");
        found += &found_after(&person, "protocol", line);
        set("protocol.bbt.allow", "always");
    }
    expect![[r#"
        # protocol.bbt.allow = always (export GIT_PROTOCOL_FROM_USER=0)
        # protocol.https.allow = user (true)
        https is not allowed for submodules: protocol.https.allow in ~/.gitconfig
          git config --file ~/.gitconfig --replace-all protocol.https.allow always
        # protocol.https.allow = user (export GIT_PROTOCOL_FROM_USER=0)
        git is configured to refuse https: protocol.https.allow in ~/.gitconfig
          git config --file ~/.gitconfig --replace-all protocol.https.allow always
        # protocol.https.allow = never (true)
        git is configured to refuse https: protocol.https.allow in ~/.gitconfig
          git config --file ~/.gitconfig --replace-all protocol.https.allow always
        # protocol.https.allow = always (true)
        # protocol.bbt.allow = never (true)
        git is configured to refuse bbt: protocol.bbt.allow in ~/.gitconfig
          git config --file ~/.gitconfig --replace-all protocol.bbt.allow always
        # protocol.bbt.allow = user (export GIT_PROTOCOL_FROM_USER=0)
        GIT_PROTOCOL_FROM_USER is off, and bbt:: is not always allowed
          unset GIT_PROTOCOL_FROM_USER
    "#]]
    .assert_eq(&found);
}

/// git refuses exactly what doctor says it refuses.
#[test]
fn the_protocol_check_agrees_with_git() {
    with_each_git(|person| {
        prepare(person);
        person.signed_in_to("acme");
        for (list, works) in [
            ("", false),
            ("https", false),
            ("bbt", false),
            ("bbt:https", true),
        ] {
            let ls_remote = person.git(["ls-remote", "bbt::acme/widgets"]);
            let outcome = ls_remote.env("GIT_ALLOW_PROTOCOL", list).ends();
            assert_eq!(outcome.status == Some(0), works, "{list}: {outcome}");
        }
    });
}

#[test]
fn old_versions_of_git_are_warnings_or_problems() {
    let person = person();
    let git = std::env::split_paths(&std::env::var_os("PATH").expect("PATH is set"))
        .map(|folder| folder.join("git"))
        .find(|git| git.is_file())
        .expect("git is on the PATH");
    let mut found = String::new();
    for version in ["2.25.1", "2.26.0", "2.33.8", "2.34.1", "2.45.9", "2.46.0"] {
        let script = format!(
            "#!/bin/sh\ncase $* in *version*) echo git version {version};; *) exec {} \"$@\";; esac\n",
            git.display()
        );
        person.write("bin/git", &script, 0o700);
        found += &Finding::text(&Finding::all(&person, "", "git", "true"));
    }
    expect![[r#"
        git version 2.25.1 is too old for git-lfs and git bbt setup
          install git 2.34 or newer
        git version 2.26.0 is older than git 2.34, the oldest supported version
          install git 2.34 or newer
        git version 2.33.8 is older than git 2.34, the oldest supported version
          install git 2.34 or newer
    "#]]
    .assert_eq(&found);
}

/// git waits for a writer to open an included pipe. If doctor asked git every question, it would take
/// longer than a test may take.
#[test]
fn a_git_that_hangs_is_run_once() {
    let person = person();
    person.signed_in_to("acme");
    person.run("mkfifo", ["pipe"]).succeeds();
    person.write(".gitconfig", "[include]\n\tpath = pipe\n", 0o600);
    check_stuck(&doctor(&person, "acme/widgets"));
}

#[test]
fn a_git_that_hangs_in_a_clone_is_run_once() {
    let person = person();
    person.signed_in_to("acme");
    let clone = person.clone("acme/widgets");
    person.run("mkfifo", ["pipe"]).succeeds();
    let include = ["config", "include.path", "../../pipe"];
    person.git(include).at(&clone).succeeds();
    check_stuck(&doctor(&person, "./widgets"));
}

#[track_caller]
fn check_stuck(outcome: &Outcome) {
    assert_eq!(outcome.status, Some(1), "{outcome}");
    let found = "problem  git           git did not finish within 60 s\n";
    assert!(outcome.stdout.contains(found), "{outcome}");
    assert!(!outcome.stdout.contains("there is no git"), "{outcome}");
}

/// With a libcurl from Debian that uses GnuTLS.
#[test]
fn certificates_that_git_reads_twice_are_a_note() {
    if !Path::new("/usr/share/ca-certificates/mozilla").exists() {
        return missing("ca-certificates", "Debian's ca-certificates");
    }
    with_each_git(|person| {
        person.write_config("");
        let folder = person.git(["--exec-path"]).succeeds().stdout;
        let program = Path::new(folder.trim_end()).join("git-remote-https");
        let program = fs::read(program).expect("git has it");
        let name = b"libcurl-gnutls";
        let reads_twice = program.windows(name.len()).any(|part| part == name);
        let note = || {
            let doctor = person.run("git-bbt", ["doctor"]).without("GIT_SSL_CAINFO");
            let report = doctor.ends().stdout;
            let lines: Vec<_> = report
                .lines()
                .skip_while(|line| !line.starts_with("note     certificates "))
                .take(2)
                .collect();
            lines.join("\n")
        };
        if reads_twice {
            let hint = note();
            let (_, hint) = hint.split_once("\n  hint: ").expect("the note has a hint");
            person.run("sh", ["-c", hint]).succeeds();
        }
        assert_eq!(note(), "");
    });
}
