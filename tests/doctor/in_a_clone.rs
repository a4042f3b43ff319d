//! The repository that doctor checks, and problems of the current clone.

use expect_test::expect;

use super::{Finding, doctor, person};
use crate::support::{missing, terminal, with_each_git};

#[test]
fn the_address_is_that_of_the_clone() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let here = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(
        here.stdout.contains("bbt::acme/widgets, remote origin\n"),
        "\n{here}"
    );
    let there = doctor(&person, "./widgets");
    assert_eq!((there.status, there.stdout), (Some(0), here.stdout));
    let nowhere = doctor(&person, "./nowhere");
    assert_eq!(nowhere.status, Some(1), "\n{nowhere}");

    let https = "https://bitbucket.org/acme/widgets.git";
    person
        .git(["remote", "set-url", "origin", https])
        .at("widgets")
        .succeeds();
    let here = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(here.stdout.contains("hint: git bbt migrate\n"), "\n{here}");
}

#[test]
fn without_origin_the_first_remote_by_name_is_checked() {
    let person = person();
    person.git(["init", "--quiet", "here"]).succeeds();
    person.git_in("here", "remote add b bbt::acme/b");
    person.git_in("here", "remote add a bbt::acme/a");
    let outcome = person.run("git-bbt", ["doctor"]).at("here").fails(1);
    assert!(
        outcome.stdout.contains("bbt::acme/a, remote a\n"),
        "\n{outcome}"
    );
}

#[test]
fn outside_of_a_clone_only_the_missing_repository_is_noted() {
    let person = person();
    let outcome = person.run("git-bbt", ["doctor"]).succeeds();
    let note = "note     address       no repository given, and none here\n  \
        hint: git bbt doctor <workspace>/<repository>\n";
    assert!(outcome.stdout.contains(note), "\n{outcome}");
    assert!(!outcome.stdout.contains("skipped"), "\n{outcome}");
}

/// Each git that is started takes about as long as a whole `git status`.
#[test]
fn the_offline_checks_start_git_four_times() {
    with_each_git(|person| {
        person.git(["init", "--quiet", "here"]).succeeds();
        for words in [
            &["remote", "add", "origin", "bbt::acme/widgets"][..],
            &["commit", "--quiet", "--allow-empty", "--message=One"],
        ] {
            person.git(words.iter().copied()).at("here").succeeds();
        }
        let doctor = person.git(["bbt", "doctor"]).at("here").fails(1);
        assert!(doctor.stdout.contains("problem  source "), "{doctor}");
        let calls = person.calls_of_git();
        assert_eq!(calls.len(), 4, "{calls:#?}");
    });
}

/// The hint is worth typing in any case.
#[test]
fn a_missing_permission_for_submodules_is_a_note_in_a_clone_without_submodules() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let unset = ["config", "--global", "--unset", "protocol.bbt.allow"];
    person.git(unset).succeeds();
    let reports = |state: &str| {
        let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
        let check = "protocol      bbt:: is not allowed for submodules\n  hint: git bbt setup\n";
        assert!(
            outcome.stdout.contains(&format!("{state} {check}")),
            "{state}: {outcome}"
        );
    };
    reports("note    ");
    person.write("widgets/.gitmodules", "", 0o600);
    reports("warning ");
    std::fs::remove_file(person.path("widgets/.gitmodules")).expect("it exists");
    // Of a branch that is not checked out.
    std::fs::create_dir(person.path("widgets/.git/modules")).expect("HOME is writable");
    reports("warning ");
}

#[test]
fn a_terminal_shows_colours_and_lines_that_fit() {
    let person = person();
    if terminal::is_missing(&person) {
        return;
    }
    person.export("TERM", "xterm");
    let command = "stty rows 24 cols 60; git bbt doctor acme/widgets";
    let (screen, succeeded) = terminal::dialogue(&person, command, &[]);
    assert!(!succeeded);
    let lines = screen.lines().map(without_colours);
    let is_too_long = |line: &String| line.len() > 60 && !line.starts_with("  hint: ");
    assert_eq!(lines.filter(is_too_long).collect::<Vec<_>>(), [""; 0]);
    for label in [
        "\x1b[32mok ",
        "\x1b[31mproblem",
        "\x1b[2mskipped",
        "\x1b[36mhint:",
    ] {
        assert!(screen.contains(label), "no {label:?} in {screen:?}");
    }
    person.export("NO_COLOR", "1");
    let (screen, _) = terminal::dialogue(&person, command, &[]);
    assert!(!screen.contains('\x1b'), "{screen:?}");
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// An invalid argument does not fall back to the current clone.
#[test]
fn a_wrong_argument_is_a_problem_and_repeats_no_token() {
    let person = person();
    let token = person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    let bare = format!("x-token-auth:{token}");
    for folder in ["", "widgets"] {
        for about in ["non sense", "acme/widgets/extra", &url, &bare] {
            let run = person.run("git-bbt", ["doctor", about]).at(folder);
            let outcome = run.fails(1);
            assert!(
                outcome.stdout.contains("problem  address"),
                "{about}: {outcome}"
            );
            assert!(!outcome.stdout.contains("<token>"), "{outcome}");
        }
    }
}

#[test]
fn git_lfs_without_its_settings_is_warned_of() {
    let person = person();
    if !person.has("git-lfs") {
        return missing("git-lfs", "git-lfs");
    }
    person.signed_in_to("acme");
    person.turns_lfs_off();
    person.clone("acme/widgets");
    person.write("widgets/.gitattributes", "*.bin filter=lfs\n", 0o600);
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    let warning = "warning  git-lfs       git-lfs cannot read the URL of this remote\n  hint: ";
    let hint = "git fetch origin && git lfs pull origin\n";
    let is_off = format!("{warning}remove lfs = false from config.toml; {hint}");
    assert!(outcome.stdout.contains(&is_off), "{outcome}");
    person.configure("");
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(
        outcome.stdout.contains(&format!("{warning}{hint}")),
        "{outcome}"
    );
    let rename = |from, to| {
        person
            .git(["remote", "rename", from, to])
            .at("widgets")
            .succeeds();
    };
    rename("origin", "a$(x)");
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    let hint = "hint: git fetch 'a$(x)' && git lfs pull 'a$(x)'\n";
    assert!(outcome.stdout.contains(hint), "{outcome}");
    rename("a$(x)", "origin");
    person.git_in("widgets", "fetch --quiet origin");
    person.git_in("widgets", "lfs pull origin");
    let outcome = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();
    assert!(outcome.stdout.contains("ok       git-lfs"), "{outcome}");
}

/// Such a remote no longer calls our helper, so only doctor can report it.
#[test]
fn lfs_content_that_still_goes_to_bitbucket_is_reported() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied()).at("widgets");
        run.succeeds()
    };
    let endpoint = format!(
        "https://x-token-auth@{}/acme/widgets.git/info/lfs",
        person.host()
    );
    git(&["config", "remote.origin.lfsurl", &endpoint]);
    let doctor = || {
        let run = person.run("git-bbt", ["doctor"]).at("widgets");
        run.ends().stdout
    };
    assert!(!doctor().contains("git-lfs"), "{}", doctor());
    let plain = format!("https://{}/acme/widgets.git", person.host());
    for still in [&plain, "git@bitbucket.org:acme/widgets.git"] {
        git(&["remote", "set-url", "origin", still]);
        assert!(!doctor().contains("git-lfs"), "{}", doctor());
    }
    git(&["remote", "set-url", "origin", "https://example.com/w.git"]);
    let said = doctor();
    let (_, said) = said.split_once("git-lfs").expect("git-lfs is reported");
    expect![[r#"
               origin is not on Bitbucket any more, but git-lfs still transfers its content there
          hint: git config --unset remote.origin.lfsurl
        ok       stray tokens  none in this clone or in git's own files
    "#]]
    .assert_eq(said);
    git(&["config", "--unset", "remote.origin.lfsurl"]);
    assert!(!doctor().contains("git-lfs"), "{}", doctor());
}

#[test]
fn lfs_content_of_pushes_that_still_goes_to_bitbucket_is_reported() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let git = |arguments: &[&str]| {
        let run = person.git(arguments.iter().copied()).at("widgets");
        run.succeeds()
    };
    let host = person.host();
    let endpoint = format!("https://x-token-auth@{host}/acme/widgets.git/info/lfs");
    git(&["remote", "rename", "origin", "a$(x)"]);
    git(&["config", "remote.a$(x).lfspushurl", &endpoint]);
    let findings = || Finding::all(&person, "widgets", "git-lfs", "true");
    let is_silent = || Finding::text(&findings()).is_empty();
    assert!(is_silent());
    // One of two remotes still points to Bitbucket.
    for url in ["bbt::acme/widgets", "https://example.com/w.git"] {
        git(&["config", "--add", "remote.a$(x).pushurl", url]);
        assert!(is_silent());
    }
    git(&["config", "--unset", "remote.a$(x).pushurl", "bbt"]);
    let found = Finding::fix_all(&person, "widgets", "git-lfs");
    expect![[r#"
        a$(x) is not pushed to Bitbucket any more, but git-lfs still transfers its content there
          git config --unset 'remote.a$(x).lfspushurl'
    "#]]
    .assert_eq(&Finding::text(&found));
}

#[test]
fn urls_of_the_configured_host_count_as_bitbuckets() {
    let person = person();
    person.signed_in_to("acme");
    person.clone("acme/widgets");
    let url = format!("https://{}/acme/widgets.git", person.host());
    let says = |url: &str, expected: &str| {
        let set_url = ["remote", "set-url", "origin", url];
        person.git(set_url).at("widgets").succeeds();
        let here = person.run("git-bbt", ["doctor"]).at("widgets").ends();
        assert!(here.stdout.contains(expected), "{url}\n{here}");
    };
    let is_one = "bbt::acme/widgets, remote origin\n";
    says(&format!("bbt::{url}"), is_one);
    says(&url, "hint: git bbt migrate\n");
    let vcs = ["config", "remote.origin.vcs", "bbt"];
    person.git(vcs).at("widgets").succeeds();
    says(&url, is_one);
}
