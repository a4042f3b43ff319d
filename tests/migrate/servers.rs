//! `--from`: remotes on a company's Bitbucket Data Center that was moved to Bitbucket Cloud.

use expect_test::expect;

use super::{config, migrate, quiet, url_of, with_urls};
use crate::support::{Person, with_each_git};

const FROM: &str = "--from https://bitbucket.corp.example";

#[test]
fn every_form_of_a_servers_url_is_converted_and_restored() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        let urls = [
            "https://bitbucket.corp.example/scm/PROJ/widgets.git",
            "https://jane@bitbucket.corp.example/scm/proj/widgets.git",
            "https://bitbucket.corp.example/git/scm/proj/widgets.git",
            "https://bitbucket.corp.example:8443/scm/proj/widgets.git/",
            "ssh://git@bitbucket.corp.example:7999/proj/widgets.git",
            "git@Bitbucket.Corp.example:proj/widgets.git",
            "ssh://git@bitbucket.corp.example/proj/widgets",
        ];
        let before = with_urls(person, "here", &urls);
        migrate(person, "").at("here").succeeds();
        assert_eq!(config(person, "here"), before, "without --from");
        let words = format!("{FROM} --rename PROJ=acme");
        let outcome = migrate(person, &words).at("here").succeeds();
        let summary = "1 repository: 7 remotes converted\n";
        assert!(quiet(&outcome).ends_with(summary), "{outcome}");
        for (number, from) in urls.iter().enumerate() {
            let url = url_of(person, "here", &format!("remote.r{number}.url"));
            assert_eq!(url, "bbt::acme/widgets", "{from}");
        }
        migrate(person, "--undo").at("here").succeeds();
        assert_eq!(config(person, "here"), before);
    });
}

#[test]
fn a_project_without_a_rename_is_not_converted() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    let urls = [
        "ssh://git@bitbucket.corp.example:7999/~jane/notes.git",
        "ssh://git@bitbucket.corp.example:7999/proj/widgets.git",
        "ssh://git@bitbucket.corp.example:7999/proj/old.git",
        "https://bitbucket.corp.example/projects/PROJ/repos/widgets",
        "https://bitbucket.corp.example/PROJ/widgets.git",
        "ssh://git@bitbucket.corp.example:7999/PROJ/widgets/more.git",
        "https://corp.example/scm/PROJ/widgets.git",
        "https://jane:secret-of-jane@bitbucket.corp.example/scm/proj/old.git",
        "git@bitbucket.org:acme/gears.git",
    ];
    with_urls(&person, "here", &urls);
    let rename = "--rename PROJ/old=acme/new --rename ~jim=acme";
    let outcome = migrate(&person, &format!("{FROM} {rename}"))
        .at("here")
        .fails(1);
    expect![[r#"
        ~/here
          r0  ssh://git@bitbucket.corp.example:7999/~jane/notes.git: not converted: no --rename gives ~jane/notes a new name
          r1  ssh://git@bitbucket.corp.example:7999/proj/widgets.git: not converted: no --rename gives proj/widgets a new name
          r2  ssh://git@bitbucket.corp.example:7999/proj/old.git -> bbt::acme/new
          r3  https://bitbucket.corp.example/projects/PROJ/repos/widgets: unchanged: it is no repository of bitbucket.corp.example
          r4  https://bitbucket.corp.example/PROJ/widgets.git: unchanged: it is no repository of bitbucket.corp.example
          r5  ssh://git@bitbucket.corp.example:7999/PROJ/widgets/more.git: unchanged: it is no repository of bitbucket.corp.example
          r6  https://corp.example/scm/PROJ/widgets.git: unchanged: it is not on Bitbucket
          r7  https://jane:***@bitbucket.corp.example/scm/proj/old.git: not converted: its URL contains a password that may be stored nowhere else
          r8  git@bitbucket.org:acme/gears.git -> bbt::acme/gears
        1 repository: 2 remotes converted, 3 not converted, 3 unchanged, 1 not on Bitbucket
        hint: add --rename ~jane=<workspace>
        hint: add --rename proj=<workspace>
        hint: remove the password from the URL, and run git bbt migrate again
    "#]].assert_eq(quiet(&outcome));
    let rename = "--rename ~jane/notes=acme/notes --rename proj=acme";
    migrate(&person, &format!("{FROM} {rename}"))
        .at("here")
        .fails(1);
    let url = |number: u32| url_of(&person, "here", &format!("remote.r{number}.url"));
    assert_eq!([url(0), url(1)], ["bbt::acme/notes", "bbt::acme/widgets"]);
}

#[test]
fn invalid_servers_are_refused() {
    let person = Person::with_any_git();
    for (server, message) in [
        (
            "bitbucket.corp.example",
            "expected a URL such as https://bitbucket.example.com",
        ),
        (
            "https://jane:x@bitbucket.corp.example",
            "expected a URL such as",
        ),
        ("https://bitbucket.org", "it is Bitbucket Cloud itself"),
    ] {
        migrate(&person, &format!("--from {server}"))
            .fails(2)
            .says(message);
    }
}
