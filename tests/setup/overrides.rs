//! Settings of the user that override the generated ones are reported, each with its file.

use std::fs;

use expect_test::expect;

use super::{git_config, global, set_up, stderr_without_path};
use crate::support::{Person, with_each_git};

fn person_with(text: &str) -> Person {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\ntoken = { env = \"ACME\" }\n");
    person.write(".gitconfig", text, 0o644);
    person
}

#[test]
fn settings_after_the_include_are_named() {
    let person = person_with("[credential]\n\thelper = cache\n");
    assert_eq!(set_up(&person, "").stderr, "", "it is above the include");
    let later = "[protocol \"bbt\"]\n\tallow = never\n[credential]\n\thelper = store\n\
        [credential \"https://bitbucket.org\"]\n\thelper = cache --timeout hunter2\n\
        [credential \"https://me@BitBucket.org:443/acme\"]\n\thelper = \"!f() { echo hunter2; }; f\"\n\
        [credential \"https://bitbucket.org/acme\"]\n\tuseHttpPath = no\n\
        [credential \"https://example.com\"]\n\thelper = cache\n";
    person.write(".gitconfig", &(global(&person) + later), 0o644);
    let outcome = set_up(&person, "");
    assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
    expect![[r#"
        warning: protocol.bbt.allow = never (in ~/.gitconfig) overrides the value from setup, always; remove it
        warning: credential.helper = store (in ~/.gitconfig) is also given the token for https://bitbucket.org/acme, since it comes after the include; move it above
        warning: credential.https://bitbucket.org.helper = cache *** (in ~/.gitconfig) is also given the token for https://bitbucket.org/acme, since it comes after the include; move it above
        warning: credential.https://me@BitBucket.org:443/acme.helper = !*** (in ~/.gitconfig) is also given the token for https://bitbucket.org/acme, since it comes after the include; move it above
        warning: credential.https://bitbucket.org/acme.usehttppath = no (in ~/.gitconfig) keeps git-credential-bbt from seeing the repository for https://bitbucket.org/acme, since it comes after the include; move it above
    "#]].assert_eq(&outcome.stderr);
}

/// git uses the last setting that applies, whether its scope is narrower or wider than ours. The
/// warnings agree with what git does.
#[test]
fn a_setting_that_hides_the_repository_from_our_helper_is_named() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.signed_in_to("acme");
        set_up(person, "acme");
        let include = global(person);
        let url = format!("{}/acme/widgets.git", person.bitbucket.url());
        for (scope, is_named, works) in [
            ("", true, false),
            ("/acme", true, false),
            ("/acme/widgets.git", true, false),
            ("/acme/gadgets.git", true, true),
            ("/corp", false, true),
        ] {
            let scope = format!("{}{scope}", person.bitbucket.url());
            let later = format!("[credential \"{scope}\"]\n\tuseHttpPath = off\n");
            person.write(".gitconfig", &(include.clone() + &later), 0o644);
            let said = set_up(person, "acme")
                .stderr
                .contains("usehttppath = off (");
            let asked = person.git(["ls-remote", &url]).ends().status;
            assert_eq!((said, asked == Some(0)), (is_named, works), "{scope}");
            let doctor = person.run("git-bbt", ["doctor"]).ends().stdout;
            let what = "keeps git-credential-bbt from seeing the repository for ";
            assert_eq!(doctor.contains(what), is_named, "{doctor}");
            let lines = doctor.lines().skip_while(|line| !line.contains(what));
            for hint in lines.skip(1).take(1) {
                let fix = hint.trim_start().strip_prefix("hint: ").expect("a hint");
                let fix = fix.replace("https://localhost:PORT", person.bitbucket.url());
                let fix = fix.replace("~/", "$HOME/");
                person.run("sh", ["-c", &fix]).succeeds();
                assert_eq!(set_up(person, "acme").stderr, "", "after {fix}");
                person.git(["ls-remote", &url]).succeeds();
            }
            person.write(".gitconfig", &(later + &include), 0o644);
            assert_eq!(set_up(person, "acme").stderr, "", "{scope} is above");
            person.git(["ls-remote", &url]).succeeds();
        }
    });
}

/// git takes a host in any case, without a scheme or a port that is the default, and with `*` for a part.
#[test]
fn a_helper_is_named_if_its_url_is_bitbuckets_for_git() {
    let person = person_with("");
    set_up(&person, "");
    let include = global(&person);
    for (url, is_named) in [
        ("https://bitbucket.org", true),
        ("https://bitbucket.org/", true),
        ("https://bitbucket.org/acme/", true),
        ("https://bitbucket.org/acme/widgets.git", true),
        ("https://BitBucket.org:443", true),
        ("HTTPS://me@bitbucket.org", true),
        ("https://*.org", true),
        ("bitbucket.org", true),
        ("https://bitbucket.org/acme-labs", false),
        ("https://bitbucket.org/corp", false),
        ("https://bitbucket.org:8443", false),
        ("https://*.bitbucket.org", false),
        ("http://bitbucket.org", false),
        ("https://example.com", false),
    ] {
        let later = format!("[credential \"{url}\"]\n\thelper = store\n");
        person.write(".gitconfig", &(include.clone() + &later), 0o644);
        let stderr = set_up(&person, "").stderr;
        assert_eq!(
            stderr.contains("is also given the token"),
            is_named,
            "{url}\n{stderr}"
        );
    }
}

/// A helper is named if git gives it the token; an empty one is named if it removes ours.
#[test]
fn only_helpers_that_git_gives_the_token_to_are_named() {
    let person = person_with("");
    set_up(&person, "");
    let include = global(&person);
    let acme = "[credential \"https://bitbucket.org/acme\"]\n\thelper =\n";
    for (later, named) in [
        (
            "[credential]\n\thelper = store\n".to_owned(),
            "is also given the token for",
        ),
        (acme.to_owned(), "removes git-credential-bbt for"),
        (
            format!("{acme}[credential]\n\thelper = store\n"),
            "removes git-credential-bbt",
        ),
        (
            format!("[credential]\n\thelper = store\n{acme}\thelper = bbt\n"),
            "",
        ),
        (
            format!("{acme}\thelper = /opt/bin/git-credential-bbt\n"),
            "",
        ),
        (
            format!("{acme}\thelper = store\n{acme}\thelper = bbt\n"),
            "",
        ),
    ] {
        person.write(".gitconfig", &(include.clone() + &later), 0o644);
        let stderr = set_up(&person, "").stderr;
        let lines = usize::from(!named.is_empty());
        assert!(
            stderr.contains(named) && stderr.lines().count() == lines,
            "{later}{stderr}"
        );
    }
}

#[test]
fn url_rules_that_git_prefers_are_named() {
    let text = "\
[url \"https://mirror.example.com/\"]
\tinsteadOf = https://bitbucket.org/acme/big-
\tpushInsteadOf = https://bitbucket.org/
[url \"https://x-token-auth:hunter2hunter2@bitbucket.org/acme/\"]
\tinsteadOf = https://bitbucket.org/acme/
[url \"git@bitbucket.org:\"]
\tinsteadOf = https://bitbucket.org/
\tpushInsteadOf = https://bitbucket.org/corp/
[url \"bbt::\"]
\tpushInsteadOf = https://bitbucket.org/acme/
";
    let person = person_with(text);
    assert_eq!(set_up(&person, "").stderr, "", "nothing is rewritten");
    let outcome = set_up(&person, "--rewrite");
    assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
    assert!(global(&person).starts_with(text));
    expect![[r#"
        warning: url.https://mirror.example.com/.insteadof = https://bitbucket.org/acme/big- (in ~/.gitconfig) is used for some URLs instead of bbt::
        warning: url.https://mirror.example.com/.pushinsteadof = https://bitbucket.org/ (in ~/.gitconfig) is used for pushes instead of bbt::
        warning: url.https://x-token-auth:***@bitbucket.org/acme/.insteadof = https://bitbucket.org/acme/ (in ~/.gitconfig) is used for some URLs instead of bbt::
    "#]].assert_eq(&stderr_without_path(&outcome));
}

/// They override none of our settings.
#[test]
fn settings_that_override_nothing_are_not_mentioned() {
    let person = person_with(
        "[protocol \"bbt\"]\n\tallow = never\n\
         [credential \"https://bitbucket.org/acme\"]\n\thelper = store\n\
         [url \"https://mirror.example.com/\"]\n\tinsteadOf = https://bitbucket.org/\n",
    );
    set_up(&person, "--rewrite");
    let equal = "[protocol \"bbt\"]\n\tallow = Always\n\
        [url \"https://mirror.example.com/\"]\n\tinsteadOf = https://bitbucket.org/acme\n\
        [url \"bbt::ACME/\"]\n\tinsteadOf = https://bitbucket.org/acme/\n";
    person.write(".gitconfig", &(global(&person) + equal), 0o644);
    let outcome = set_up(&person, "");
    assert_eq!(stderr_without_path(&outcome), "");
}

/// git groups the rules of one base. The warnings agree with what git does.
#[test]
fn a_rule_of_the_same_length_is_named_if_its_base_comes_first() {
    with_each_git(|person| {
        person.write_config("[workspace.acme]\ntoken = { env = \"ACME\" }\n");
        let url = "https://bitbucket.org/acme/widgets";
        let rule =
            "[url \"https://mirror.example.com/\"]\n\tinsteadOf = https://bitbucket.org/acme/\n";
        let base = "[url \"https://mirror.example.com/\"]\n\tinsteadOf = mirror:\n";
        for (above, below, is_first) in [(rule, "", true), ("", rule, false), (base, rule, true)] {
            person.write(".gitconfig", above, 0o644);
            set_up(person, "--rewrite");
            person.write(".gitconfig", &(global(person) + below), 0o644);
            let outcome = set_up(person, "");
            let is_named = outcome.stderr.contains("mirror.example.com");
            let is_used = super::rewritten(person, url).contains("mirror");
            assert_eq!((is_named, is_used), (is_first, is_first), "{outcome}");
            set_up(person, "--undo");
        }
    });
}

#[test]
fn overriding_variables_are_named() {
    let person = person_with("");
    let run = person.run("git-bbt", ["setup"]);
    let run = run.env("GIT_ALLOW_PROTOCOL", "https:ssh");
    let run = run
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "protocol.bbt.allow")
        .env("GIT_CONFIG_VALUE_0", "never")
        .env("GIT_CONFIG_KEY_1", "credential.helper")
        .env("GIT_CONFIG_VALUE_1", "store");
    expect![[r#"
        warning: protocol.bbt.allow = never (set by git -c or GIT_CONFIG_COUNT) overrides the value from setup, always; remove it
        warning: credential.helper = store (set by git -c or GIT_CONFIG_COUNT) is also given the token for https://bitbucket.org/acme, since it comes after the include; unset it
        warning: GIT_ALLOW_PROTOCOL does not include bbt; export GIT_ALLOW_PROTOCOL="$GIT_ALLOW_PROTOCOL:bbt"
    "#]]
    .assert_eq(&run.succeeds().stderr);
    let run = person.run("git-bbt", ["setup"]);
    let run = run.env("GIT_ALLOW_PROTOCOL", "https:bbt");
    assert_eq!(run.succeeds().stderr, "");
    let allowed = git_config(&person, &["protocol.bbt.allow"]);
    assert_eq!(allowed, "always\n");
}

/// A desktop and cron start programs with the system's default PATH.
#[test]
fn a_helper_that_only_a_shell_finds_is_named_if_urls_are_rewritten() {
    let person = person_with("");
    let doctor = || {
        let outcome = person.run("git-bbt", ["doctor"]).ends().stdout;
        let lines = outcome.lines().skip_while(|line| !line.contains(" path "));
        lines
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    assert_eq!(set_up(&person, "").stderr, "");
    assert_eq!(doctor(), "");
    let said = set_up(&person, "--rewrite").stderr + &doctor();
    expect![[r#"
        warning: git-remote-bbt is not in /usr/local/bin:/usr/bin:/bin: programs that a desktop or cron starts cannot use the rewritten URLs; sudo ln -s ~/bin/git-remote-bbt "$(git --exec-path)"
        warning  path          git-remote-bbt is not in /usr/local/bin:/usr/bin:/bin: programs that a desktop or cron starts cannot use the rewritten URLs
          hint: sudo ln -s ~/bin/git-remote-bbt "$(git --exec-path)"
    "#]].assert_eq(&said);

    // Every git finds a helper in git's own folder.
    let own = person.git(["--exec-path"]).succeeds().stdout;
    let link = "mkdir exec && ln -s \"$1\"/* \"$PWD/bin/git-remote-bbt\" exec";
    let link = ["-c", link, "sh", own.trim_end()];
    person.run("sh", link).succeeds();
    person.export("GIT_EXEC_PATH", person.path("exec"));
    assert_eq!(set_up(&person, "").stderr, "");
    assert_eq!(doctor(), "");
}

#[test]
fn the_command_for_the_default_path_is_quoted_for_a_shell() {
    let person = person_with("");
    fs::create_dir(person.path("my bin")).expect("HOME is writable");
    for name in ["git-bbt", "git-remote-bbt"] {
        let (from, to) = (
            person.path("bin").join(name),
            person.path("my bin").join(name),
        );
        fs::rename(from, to).expect("HOME is writable");
    }
    let line = "PATH=\"$HOME/my bin:$PATH\" git-bbt setup --rewrite";
    let outcome = person.run("sh", ["-c", line]).succeeds();
    outcome.says("; sudo ln -s '~/my bin/git-remote-bbt' \"$(git --exec-path)\"");
}
