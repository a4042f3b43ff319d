//! The effects of the settings, with the real git.

use expect_test::expect;

use super::{git_config, rewritten, set_up};
use crate::support::{Person, missing, with_each_git};

/// Every form of a repository's URL that migrate converts and that git can match literally.
const FORMS: [&str; 35] = [
    "https://bitbucket.org/acme/widgets.git",
    "https://bitbucket.org/acme/widgets",
    "https://bitbucket.org/acme/widgets/",
    "https://bitbucket.org:443/acme/widgets",
    "https://www.bitbucket.org/acme/widgets.git",
    "https://bitbucket.com/acme/widgets.git",
    "https://www.bitbucket.com/acme/widgets.git",
    "http://bitbucket.org/acme/widgets",
    "http://www.bitbucket.org/acme/widgets",
    "git@bitbucket.org:acme/widgets.git",
    "git@bitbucket.org:/acme/widgets.git",
    "bitbucket.org:acme/widgets.git",
    "ssh://git@bitbucket.org/acme/widgets.git",
    "ssh://bitbucket.org/acme/widgets.git",
    "ssh://git@bitbucket.org:22/acme/widgets.git",
    "git+ssh://git@bitbucket.org/acme/widgets.git",
    "ssh+git://git@bitbucket.org/acme/widgets.git",
    "git@bitbucket.com:acme/widgets.git",
    "bitbucket.com:acme/widgets.git",
    "ssh://git@bitbucket.com/acme/widgets.git",
    "git+ssh://git@bitbucket.com/acme/widgets.git",
    "git@ssh.bitbucket.org:acme/widgets.git",
    "git@ssh.bitbucket.org:/acme/widgets.git",
    "ssh.bitbucket.org:acme/widgets.git",
    "ssh://git@ssh.bitbucket.org/acme/widgets.git",
    "ssh://git@ssh.bitbucket.org:22/acme/widgets.git",
    "ssh://ssh.bitbucket.org/acme/widgets.git",
    "git+ssh://git@ssh.bitbucket.org/acme/widgets.git",
    "ssh+git://git@ssh.bitbucket.org/acme/widgets.git",
    "git@altssh.bitbucket.org:acme/widgets.git",
    "altssh.bitbucket.org:acme/widgets.git",
    "ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
    "ssh://altssh.bitbucket.org:443/acme/widgets.git",
    "git+ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
    "ssh+git://git@altssh.bitbucket.org:443/acme/widgets.git",
];

/// Configures tokens for two workspaces of the stand-in.
fn configured(person: &Person) {
    person.configure(
        "[workspace.acme]\ntoken = { env = \"BBT_TOKEN_ACME\" }\n\
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
fn submodules_can_be_cloned() {
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
fn tools_that_ask_for_a_credential_get_ours_and_no_other_helper_is_asked() {
    with_each_git(|person| {
        configured(person);
        let spy = person.write("spy.sh", "#!/bin/sh\necho \"$1\" >> ~/heard\n", 0o755);
        let spy = format!("!{}", spy.display());
        git_config(person, &["credential.helper", &spy]);
        set_up(person, "");
        // Directly to the stand-in, without a remote helper.
        for url in ["acme/widgets", "acme/widgets.git", "other/parts.git"] {
            let url = format!("{}/{url}", person.bitbucket.url());
            person.git(["ls-remote", &url]).succeeds();
        }
        let heard = person.path("heard");
        assert!(!heard.exists(), "another helper was asked");
        let url = format!("{}/corp/gears.git", person.bitbucket.url());
        person.git(["ls-remote", &url]).fails(128);
        assert!(
            heard.exists(),
            "for another workspace it is asked as before"
        );
    });
}

#[test]
fn urls_of_configured_workspaces_go_through_bbt_and_others_do_not() {
    with_each_git(|person| {
        configured(person);
        let elsewhere = "url.https://elsewhere.invalid/.insteadOf";
        git_config(person, &[elsewhere, "https://bitbucket.org/"]);
        set_up(person, "--rewrite");
        let own = format!("{}/acme/widgets.git", person.bitbucket.url());
        for url in FORMS.into_iter().chain([own.as_str()]) {
            person.git(["ls-remote", url]).succeeds();
        }
        for name in ["gnome/gears.git", "acme-labs/gears"] {
            let url = rewritten(person, &format!("https://bitbucket.org/{name}"));
            assert_eq!(url, format!("https://elsewhere.invalid/{name}"));
        }

        let url = "https://bitbucket.org/acme/widgets.git";
        person.git(["clone", "--quiet", url]).succeeds();
        let origin = ["config", "remote.origin.url"];
        let origin = person.git(origin).at("widgets").succeeds().stdout;
        assert_eq!(origin.trim_end(), url, "other tools read it");
        person.commit("widgets", 10);
        person.git_in("widgets", "push --quiet");
    });
}

/// git-lfs applies the rules to its endpoint, which a team may set in `.lfsconfig`.
#[test]
fn a_rewritten_lfs_endpoint_is_reported_with_a_command() {
    with_each_git(|person| {
        if !person.has("git-lfs") {
            return missing("git-lfs", "git-lfs");
        }
        configured(person);
        set_up(person, "--rewrite");
        person.clone("acme/widgets");
        let url = "https://bitbucket.org/acme/widgets.git/info/lfs";
        let lfsconfig = format!("[lfs]\n\turl = {url}\n\tpushurl = https://example.com/lfs\n");
        person.write("widgets/.lfsconfig", &lfsconfig, 0o644);
        let endpoint = || {
            let shown = person.git(["lfs", "env"]).at("widgets").succeeds().stdout;
            let endpoint = shown
                .lines()
                .find_map(|line| line.strip_prefix("Endpoint="));
            endpoint.expect("the endpoint is printed").to_owned()
        };
        assert!(endpoint().starts_with("bbt::acme/widgets.git/info/lfs "));
        let doctor = || {
            let run = person.run("git-bbt", ["doctor"]).at("widgets");
            let checks = run.ends().stdout;
            let lines = checks
                .lines()
                .skip_while(|line| !line.contains(" git-lfs cannot use "));
            lines
                .take(2)
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        };
        let said = doctor();
        expect![[r#"
            warning  git-lfs       git-lfs cannot use lfs.url = https://bitbucket.org/acme/widgets.git/info/lfs (in ~/widgets/.lfsconfig): it follows insteadOf to bbt::
              hint: git config --global url.https://bitbucket.org/acme/widgets.git/info/lfs.insteadOf https://bitbucket.org/acme/widgets.git/info/lfs
        "#]]
        .assert_eq(&said);
        let (_, fix) = said.trim_end().split_once("hint: ").expect("a hint");
        person.run("sh", ["-c", fix]).succeeds();
        assert_eq!(doctor(), "");
        let stderr = super::stderr_without_path(&set_up(person, ""));
        assert_eq!(stderr, "", "it overrides no repository's URL");
        assert!(endpoint().starts_with(url), "{}", endpoint());
        assert_eq!(
            rewritten(person, &url.replace("/info/lfs", "")),
            "bbt::acme/widgets.git"
        );
    });
}

/// The same list as in the test of setup above.
#[test]
fn migrate_converts_every_form_that_is_rewritten() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.git(["init", "--quiet", "here"]).succeeds();
    for (number, url) in FORMS.iter().enumerate() {
        let add = ["remote", "add", &format!("r{number}"), url];
        person.git(add).at("here").succeeds();
    }
    person.run("git-bbt", ["migrate"]).at("here").succeeds();
    let remotes = person.git(["remote", "-v"]).at("here").succeeds().stdout;
    assert_eq!(
        remotes.matches("\tbbt::acme/widgets (fetch)").count(),
        FORMS.len()
    );
}

#[test]
fn the_name_is_rewritten_as_configured_and_in_lower_case() {
    let person = Person::with_any_git();
    person.write_config("[workspace.Acme]\ntoken = { env = \"A\" }\n");
    set_up(&person, "--rewrite");
    for name in ["Acme", "acme"] {
        let url = rewritten(&person, &format!("git@bitbucket.org:{name}/widgets.git"));
        assert_eq!(url, "bbt::Acme/widgets.git");
    }
}

/// The other repositories of the workspace keep the credentials that work for them.
#[test]
fn a_token_for_one_repository_is_set_up_for_that_alone() {
    let person = Person::with_any_git();
    person.configure("[workspace.acme.repository.Widgets]\ntoken = { env = \"WIDGETS\" }\n");
    set_up(&person, "--rewrite");
    for name in ["widgets", "Widgets"] {
        let url = rewritten(&person, &format!("https://bitbucket.org/acme/{name}.git"));
        assert_eq!(url, "bbt::acme/Widgets.git");
    }
    for url in [
        "https://bitbucket.org/acme/widgets-old.git",
        "https://bitbucket.org/acme/gadgets.git",
    ] {
        assert_eq!(rewritten(&person, url), url);
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
fn setup_in_a_hook_ignores_the_hooks_variables() {
    let person = Person::with_any_git();
    configured(&person);
    let mine = "[remote \"origin\"]\n\turl = https://example.com/real.git\n";
    let file = person.write("mine", mine, 0o644);
    person.git(["init", "--quiet", "there"]).succeeds();
    let run = person.run("git-bbt", ["setup"]).env("GIT_CONFIG", &file);
    run.env("GIT_DIR", person.path("there/.git")).succeeds();
    assert_eq!(
        std::fs::read_to_string(file).expect("the file exists"),
        mine
    );
    assert_eq!(super::global(&person), super::INCLUDE);
}
