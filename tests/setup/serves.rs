//! What setup has written does what it is for, with the real git.

use std::fs;

use super::{git_config, set_up};
use crate::support::{Person, with_each_git};

/// One repository by ssh, as people have it in remotes.
const BY_SSH: [&str; 10] = [
    "git@bitbucket.org:acme/widgets.git",
    "git@bitbucket.org:/acme/widgets.git",
    "ssh://git@bitbucket.org/acme/widgets.git",
    "ssh://git@bitbucket.org:22/acme/widgets.git",
    "git@ssh.bitbucket.org:acme/widgets.git",
    "git@ssh.bitbucket.org:/acme/widgets.git",
    "ssh://git@ssh.bitbucket.org/acme/widgets.git",
    "ssh://git@ssh.bitbucket.org:22/acme/widgets.git",
    "git@altssh.bitbucket.org:acme/widgets.git",
    "ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
];

/// The bot of acme, on the stand-in.
fn configured(person: &Person) {
    person.configure(
        "[workspace.acme]\ntoken = { env = \"BBT_TOKEN_ACME\" }\nemail = \"52c1@bots.bitbucket.org\"\n\
         [workspace.other]\ntoken = { env = \"BBT_TOKEN_OTHER\" }\n",
    );
    for workspace in ["acme", "other"] {
        person.signed_in_to(workspace);
    }
    for repository in ["acme/widgets", "other/parts", "corp/gears"] {
        person.bitbucket.repository(repository);
    }
}

#[test]
fn submodules_come_along() {
    with_each_git(|person| {
        configured(person);
        set_up(person, "");
        person.clone("acme/widgets");
        let add = ["submodule", "--quiet", "add", "bbt::other/parts"];
        person.git(add).at("widgets").succeeds();
        assert!(person.path("widgets/parts/README.md").exists());
    });
}

#[test]
fn tools_that_ask_for_a_credential_get_ours_and_nobody_else_is_asked() {
    with_each_git(|person| {
        configured(person);
        let spy = format!(
            "!{}",
            person
                .write("spy.sh", "#!/bin/sh\necho \"$1\" >> ~/heard\n", 0o755)
                .display()
        );
        git_config(person, &["credential.helper", &spy]);
        set_up(person, "");
        // Straight to the stand-in, with no remote helper.
        for url in ["acme/widgets", "acme/widgets.git", "other/parts.git"] {
            let url = format!("{}/{url}", person.bitbucket.url());
            person.git(["ls-remote", &url]).succeeds();
        }
        assert!(
            !person.path("heard").exists(),
            "another helper was spoken to"
        );
        let url = format!("{}/corp/gears.git", person.bitbucket.url());
        person.git(["ls-remote", &url]).fails(128);
        assert!(
            person.path("heard").exists(),
            "for another workspace it is asked as ever"
        );
    });
}

#[test]
fn commits_in_clones_carry_the_bots_address() {
    with_each_git(|person| {
        configured(person);
        git_config(person, &["user.email", "me@example.com"]);
        let quiet = set_up(person, "");
        assert_eq!(quiet.stderr, "", "\n{quiet}");
        let https = format!("{}/acme/widgets.git", person.bitbucket.url());
        let with_user = https.replace("https://", "https://me@");
        let ours = [
            "bbt::acme/widgets",
            "bbt://acme/widgets",
            "bbt::/acme/widgets",
            "bbt:///acme/widgets",
            "bbt::https://bitbucket.org/acme/widgets.git",
            "bbt::git@bitbucket.org:acme/widgets.git",
            "bbt::git@bitbucket.org:/acme/widgets.git",
            "bbt::bitbucket:acme/widgets",
            "bbt::ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
            "https://bitbucket.org:443/acme/widgets",
            "https://me@bitbucket.org:443/acme/widgets",
            "http://me@bitbucket.org/acme/widgets",
            "bbt::bitbucket.org/acme/widgets",
            "bbt::git@bitbucket.org/acme/widgets",
            "bbt::www.bitbucket.org/acme/widgets",
            &https,
            &with_user,
            "https://bitbucket.org/acme/widgets",
            "https://x-token-auth@bitbucket.org/acme/widgets.git",
            "http://bitbucket.org/acme/widgets",
        ];
        let others = [
            "bbt::other/parts",
            "bbt::other/acme",
            "bbt::other/acme/",
            "bbt::acme-labs/widgets",
            "bbt::https://bitbucket.org/other/acme/",
            "git@bitbucket.org:other/acme/",
            "git@evilbitbucket.org:acme/widgets.git",
            "https://example.com/bitbucket.org/acme/widgets.git",
            "https://example.com/acme/widgets.git",
            "git@github.com:acme/widgets.git",
        ];
        let ours = ours.into_iter().chain(BY_SSH);
        let ours = ours.map(|url| (url, "52c1@bots.bitbucket.org"));
        let others = others.map(|url| (url, "me@example.com"));
        person.git(["init", "--quiet", "it"]).succeeds();
        for (url, email) in ours.chain(others) {
            person
                .git(["config", "remote.origin.url", url])
                .at("it")
                .succeeds();
            person
                .git(["commit", "--quiet", "--allow-empty", "-m", url])
                .at("it")
                .succeeds();
            let who = ["log", "-1", "--format=%ae"];
            let is = person.git(who).at("it").succeeds().stdout;
            assert_eq!(is.trim_end(), email, "{url}");
        }
    });
}

#[test]
fn an_address_that_config_toml_has_no_more_is_taken_out() {
    let person = Person::with_any_git();
    let configure = |acme: &str| {
        person.write_config(&format!(
            "[workspace.acme]\ntoken = {{ env = \"A\" }}\n{acme}\n\
             [workspace.corp]\nemail = \"corp@bots.bitbucket.org\"\n"
        ));
    };
    configure("email = \"acme@bots.bitbucket.org\"");
    set_up(&person, "");
    configure("");
    let planned = set_up(&person, "--dry-run").stdout;
    let is_there = || {
        let file = |name| format!(".config/git-remote-bbt/identity/{name}.gitconfig");
        ["acme", "corp"].map(|name| person.path(file(name)).exists())
    };
    assert_eq!(is_there(), [true, true]);
    let done = set_up(&person, "");
    let removed = "  removed   ~/.config/git-remote-bbt/identity/acme.gitconfig\n";
    assert!(done.stdout.ends_with(removed), "{done}");
    assert_eq!(planned.matches("would take out").count(), 22, "{planned}");
    assert!(
        done.stdout
            .contains("  taken out includeIf.hasconfig:remote.*.url:bbt::acme/**.path = ")
    );
    assert!(!done.stdout.contains("corp/"), "{done}");
    assert_eq!(is_there(), [false, true]);
    let text = fs::read_to_string(person.path(".gitconfig")).expect("it is there");
    assert!(!text.contains("acme.gitconfig"), "{text}");
    assert!(text.contains("org/acme.helper=bbt"), "{text}");
    assert_eq!(set_up(&person, "").stdout.lines().count(), 2);
    set_up(&person, "--undo");
    assert!(!person.path(".gitconfig").exists(), "setup has made it");
}

/// A variable that is set today may be gone tomorrow.
#[test]
fn a_token_of_the_environment_counts_for_a_workspace_that_is_named() {
    let person = Person::with_any_git();
    person.write_config("[workspace.acme]\nemail = \"a@bots.bitbucket.org\"\n");
    person.export("BBT_TOKEN_ACME", "x");
    let outcome = set_up(&person, "--rewrite");
    assert!(!outcome.stdout.contains("insteadOf"), "{outcome}");
    assert!(
        outcome
            .stdout
            .contains("Where it always is:\ngit bbt setup acme\n"),
        "{outcome}"
    );
    let outcome = set_up(&person, "ACME --rewrite");
    for url in ["acme/x", "ACME/x"] {
        let git = person.git([
            "ls-remote",
            "--get-url",
            &format!("https://bitbucket.org/{url}"),
        ]);
        assert_eq!(git.succeeds().stdout, "bbt::acme/x\n", "{outcome}");
    }
}

#[test]
fn another_address_in_config_toml_is_followed() {
    let person = Person::with_any_git();
    let email = |email: &str| {
        let text = format!("[workspace.Acme]\nemail = \"{email}\"\n");
        person.write_config(&text);
        set_up(&person, "");
    };
    person.git(["init", "--quiet", "it"]).succeeds();
    let url = ["config", "remote.origin.url", "bbt::acme/widgets"];
    person.git(url).at("it").succeeds();
    for address in [
        "one@bots.bitbucket.org",
        "\u{fc}ml\\\"aut;@bots.bitbucket.org",
    ] {
        email(&address.replace('\\', "\\\\").replace('"', "\\\""));
        let is = person.git(["config", "user.email"]).at("it").succeeds();
        assert_eq!(is.stdout.trim_end(), address);
    }
    let text = fs::read_to_string(person.path(".gitconfig")).expect("it is there");
    assert_eq!(
        text.matches("bbt::acme/**").count(),
        2,
        "once, and once in the record: {text}"
    );
    assert!(!text.contains("credential"), "there is no token: {text}");
    let outcome = set_up(&person, "--rewrite");
    assert!(!outcome.stdout.contains("rewritten"), "{outcome}");
}

#[test]
fn ordinary_urls_go_through_bbt_and_everybody_elses_do_not() {
    with_each_git(|person| {
        configured(person);
        git_config(
            person,
            &[
                "url.https://elsewhere.invalid/.insteadOf",
                "https://bitbucket.org/",
            ],
        );
        set_up(person, "--rewrite");
        let own = format!("{}/acme/widgets.git", person.bitbucket.url());
        let by_https = [
            &own,
            "https://bitbucket.org/acme/widgets.git",
            "https://bitbucket.org/acme/widgets",
            "https://bitbucket.org:443/acme/widgets",
            "http://bitbucket.org/acme/widgets",
        ];
        for url in by_https.into_iter().chain(BY_SSH) {
            person.git(["ls-remote", url]).succeeds();
        }
        let asked = |url: &str| {
            person
                .git(["ls-remote", "--get-url", url])
                .succeeds()
                .stdout
        };
        assert_eq!(
            asked("https://bitbucket.org/gnome/gears.git"),
            "https://elsewhere.invalid/gnome/gears.git\n"
        );
        assert_eq!(
            asked("https://bitbucket.org/acme-labs/gears"),
            "https://elsewhere.invalid/acme-labs/gears\n"
        );

        person
            .git(["clone", "--quiet", "https://bitbucket.org/acme/widgets.git"])
            .succeeds();
        let origin = person
            .git(["config", "remote.origin.url"])
            .at("widgets")
            .succeeds();
        assert_eq!(
            origin.stdout, "https://bitbucket.org/acme/widgets.git\n",
            "as other tools read it"
        );
        person.commit("widgets", 10);
        person.git(["push", "--quiet"]).at("widgets").succeeds();
    });
}

/// Its other repositories stay with whoever serves them today.
#[test]
fn a_token_for_one_repository_is_set_up_for_that_alone() {
    let person = Person::with_any_git();
    person.configure(
        "[workspace.acme.repository.Widgets]\ntoken = { env = \"WIDGETS\" }\n\
         [workspace.acme.repository.\"infra-*\"]\ntoken = { env = \"INFRA\" }\n",
    );
    let outcome = set_up(&person, "--rewrite");
    for note in [
        "Not set up: acme/infra-*",
        "looks at the beginning alone: acme/Widgets.github.io,",
    ] {
        assert!(outcome.stdout.contains(note), "{outcome}");
    }
    let asked = |url: &str| {
        person
            .git(["ls-remote", "--get-url", url])
            .succeeds()
            .stdout
    };
    for name in ["widgets", "Widgets"] {
        assert_eq!(
            asked(&format!("https://bitbucket.org/acme/{name}.git")),
            format!("bbt::acme/{name}.git\n")
        );
    }
    for url in [
        "https://bitbucket.org/acme/widgets-old.git",
        "https://bitbucket.org/acme/gadgets.git",
    ] {
        assert_eq!(asked(url), format!("{url}\n"));
    }
    for (path, is_ours) in [
        ("widgets", true),
        ("widgets.git", true),
        ("gadgets.git", false),
    ] {
        let url = format!("{}/acme/{path}", person.bitbucket.url());
        let matched = ["config", "--get-urlmatch", "credential.helper", &url];
        let helper = person.git(matched).ends().stdout;
        assert_eq!(helper == "bbt\n", is_ours, "{path}: {helper}");
    }
}

#[test]
fn a_file_that_git_config_would_write_is_not_ours() {
    let person = Person::with_any_git();
    configured(&person);
    let mine = "[remote \"origin\"]\n\turl = https://example.com/real.git\n";
    let file = person.write("mine", mine, 0o644);
    let run = person.run("git-bbt", ["setup"]);
    run.env("GIT_CONFIG", &file).succeeds();
    assert_eq!(fs::read_to_string(file).expect("it is there"), mine);
}
