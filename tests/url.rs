//! `git bbt url`: converts any form of a URL to any other.

use expect_test::expect;

use crate::support::{Outcome, Person};

fn url(person: &Person, arguments: &str) -> Outcome {
    let arguments = ["url"].into_iter().chain(arguments.split_whitespace());
    person.run("git-bbt", arguments).at("here").ends()
}

fn person() -> Person {
    let person = Person::with_any_git();
    person.write_config("");
    person.git(["init", "--quiet", "here"]).succeeds();
    let add = |name, url| {
        person.git_in("here", &format!("remote add {name} {url}"));
    };
    add("upstream", "git@bitbucket.org:corp/gears.git");
    add("github", "https://github.com/acme/widgets.git");
    add("origin", "bbt::acme/widgets");
    person
}

#[test]
fn every_form_converts_to_every_other() {
    let person = person();
    for of in [
        "",
        "origin",
        "acme/widgets",
        "bbt://acme/widgets",
        "git@bitbucket.org:acme/widgets.git",
        "https://x-token-auth:hunter2@bitbucket.org/acme/widgets",
        "ssh://git@altssh.bitbucket.org:443/acme/widgets.git",
        "http://bitbucket.org/acme/widgets",
    ] {
        for (form, expected) in [
            ("", "https://bitbucket.org/acme/widgets.git\n"),
            ("--https", "https://bitbucket.org/acme/widgets.git\n"),
            ("--bbt", "bbt::acme/widgets\n"),
            ("--ssh", "git@ssh.bitbucket.org:acme/widgets.git\n"),
            ("--web", "https://bitbucket.org/acme/widgets\n"),
        ] {
            let outcome = url(&person, &format!("{of} {form}"));
            assert_eq!(outcome.stdout, expected, "{of} {form}\n{outcome}");
            assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
        }
    }
    let origin = [
        "config",
        "remote.origin.url",
        "https://me:hunter2@bitbucket.org/acme/tools",
    ];
    person.git(origin).at("here").succeeds();
    assert_eq!(url(&person, "--bbt").stdout, "bbt::acme/tools\n");
    assert_eq!(url(&person, "upstream --bbt").stdout, "bbt::corp/gears\n");
}

#[test]
fn without_origin_the_first_remote_by_name_is_used() {
    let person = person();
    person.git_in("here", "remote remove origin");
    person.git_in("here", "remote add b bbt::acme/b");
    person.git_in("here", "remote add a bbt::acme/a");
    assert_eq!(url(&person, "--bbt").stdout, "bbt::acme/a\n");
}

#[test]
fn a_remote_in_the_users_configuration_is_not_used_outside_of_a_repository() {
    let person = Person::with_any_git();
    person.write_config("");
    let config = "config --global remote.origin.url bbt::acme/widgets";
    person.git(config.split(' ')).succeeds();
    let outcome = person.run("git-bbt", ["url"]).fails(1);
    outcome.says("error: no remote here is on Bitbucket");
}

#[test]
fn the_configured_host_is_used() {
    let person = person();
    person.configure("");
    assert_eq!(
        url(&person, "").stdout,
        "https://localhost:PORT/acme/widgets.git\n"
    );
    let host = person.host();
    for there in [
        format!("https://x:hunter2@{host}/acme/gears.git"),
        format!("bbt::https://{host}/acme/gears.git"),
    ] {
        let outcome = url(&person, &format!("--bbt {there}"));
        assert_eq!(outcome.stdout, "bbt::acme/gears\n", "{there}: {outcome}");
    }
}

#[test]
fn an_invalid_url_is_reported() {
    let person = person();
    let mut said = String::new();
    for of in [
        "github",
        "nowhere",
        "https://u:hunter2@example.com/x/y.git",
        "https://u:hunter2@bitbucket.org/acme/widgets/src/main",
        "--ssh --web",
    ] {
        said += &url(&person, of).to_string();
    }
    said += &person.run("git-bbt", ["url"]).ends().to_string();
    assert!(!said.contains("hunter2"), "{said}");
    expect![[r#"
        error: https://github.com/acme/widgets.git is not the URL of a repository on Bitbucket: it is not on Bitbucket
        hint: git bbt url bbt::<workspace>/<repository>
        status: 1
        error: no remote "nowhere" here
        hint: list the remotes: git remote
        status: 1
        error: https://***@example.com/x/y.git is not the URL of a repository on Bitbucket: it is not on Bitbucket
        hint: git bbt url bbt::<workspace>/<repository>
        status: 1
        error: https://***@bitbucket.org/acme/widgets/src/main is not the URL of a repository on Bitbucket: "https://bitbucket.org/acme/widgets/src/main" is not the address of a Bitbucket repository: it has more parts than workspace and repository
        hint: did you mean bbt::acme/widgets?
        status: 1
        error: the argument '--ssh' cannot be used with '--web'

        Usage: git bbt url --ssh [REMOTE|URL]

        For more information, try '--help'.
        status: 2
        error: no remote here is on Bitbucket
        hint: git bbt url <remote or url>
        status: 1
    "#]].assert_eq(&said);
}
