//! The user's own `includeIf "hasconfig:remote.*.url:..."`, which compares the URL as it is written,
//! and does not apply to `bbt::` URLs.

use expect_test::expect;

use super::{set_up, stderr_without_path};
use crate::support::{Person, with_each_git};

/// Gives a person an identity for work, in `~/work`.
fn with_conditions(person: &Person, patterns: &[&str]) {
    person.write("work", "[user]\n\temail = me@work.example\n", 0o644);
    let condition =
        |pattern| format!("[includeIf \"hasconfig:remote.*.url:{pattern}\"]\n\tpath = ~/work\n");
    let text: String = patterns.iter().map(condition).collect();
    person.write(".gitconfig", &text, 0o644);
}

fn repository(person: &Person, url: &str) {
    person.git(["init", "--quiet", "here"]).succeeds();
    person.git_in("here", &format!("remote add origin {url}"));
}

fn email(person: &Person) -> String {
    let asked = person.git(["config", "user.email"]).at("here").ends();
    asked.stdout.trim_end().to_owned()
}

/// Returns whether git has this condition: since 2.36.
fn has_hasconfig(person: &Person) -> bool {
    let version = person.version();
    let mut numbers = version.trim_start_matches("git version ").split('.');
    let mut number = || numbers.next()?.parse::<u32>().ok();
    (number(), number()) >= (Some(2), Some(36))
}

#[test]
fn migrate_names_the_condition_and_the_line_restores_the_identity() {
    with_each_git(|person| {
        person.signed_in_to("acme");
        with_conditions(
            person,
            &["git@bitbucket.org:acme/**", "git@github.com:acme/**"],
        );
        repository(person, "git@bitbucket.org:acme/widgets.git");
        let migrate = |option| {
            person
                .run("git-bbt", ["migrate", option, "here"])
                .succeeds()
                .stderr
        };
        let planned = migrate("--dry-run");
        expect![[r#"
            warning: includeIf "hasconfig:remote.*.url:git@bitbucket.org:acme/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
        "#]].assert_eq(&planned);
        assert_eq!(migrate("--json"), planned);

        let (_, line) = planned.split_once("add to that file: ").expect("a hint");
        let (section, path) = line
            .trim_end()
            .split_once("] ")
            .expect("a section and a path");
        let text = format!("{}{section}]\n{path}\n", super::global(person));
        if has_hasconfig(person) {
            assert_eq!(email(person), "");
            person.write(".gitconfig", &text, 0o644);
            assert_eq!(email(person), "me@work.example");
        }
        person.write(".gitconfig", &text, 0o644);
        migrate("--undo");
        assert_eq!(migrate("--dry-run"), "", "the line is there");
    });
}

#[test]
fn setup_names_the_conditions_of_its_workspaces() {
    let person = Person::with_any_git();
    with_conditions(
        &person,
        &[
            "git@bitbucket.org:acme/**",
            "git@bitbucket.org:acme/widgets.git",
            "ssh://git@ssh.bitbucket.org/*/**",
            "*bitbucket.org*/**",
            "https://*bitbucket.org/acme/**",
            "bb:acme/**",
            "git@bitbucket.org:corp/**",
            "git@github.com:acme/**",
            "https://bitbucket.org.example.com/acme/**",
        ],
    );
    let alias = "[url \"git@bitbucket.org:\"]\n\tinsteadOf = bb:\n";
    person.write(".gitconfig", &(super::global(&person) + alias), 0o644);
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    let outcome = set_up(&person, "");
    expect![[r#"
        warning: includeIf "hasconfig:remote.*.url:*bitbucket.org*/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
        warning: includeIf "hasconfig:remote.*.url:bb:acme/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
        warning: includeIf "hasconfig:remote.*.url:git@bitbucket.org:acme/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
        warning: includeIf "hasconfig:remote.*.url:git@bitbucket.org:acme/widgets.git" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/widgets"] path = ~/work
        warning: includeIf "hasconfig:remote.*.url:https://*bitbucket.org/acme/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
        warning: includeIf "hasconfig:remote.*.url:ssh://git@ssh.bitbucket.org/*/**" in ~/.gitconfig does not apply to bbt:: URLs; add to that file: [includeIf "hasconfig:remote.*.url:bbt::*/**"] path = ~/work
    "#]].assert_eq(&stderr_without_path(&outcome));
}

/// git compares case: the name in a converted remote keeps its case.
#[test]
fn the_line_to_add_keeps_the_case_of_the_name() {
    let person = Person::with_any_git();
    let patterns = ["git@bitbucket.org:acme/**", "git@bitbucket.org:Acme/**"];
    with_conditions(&person, &patterns);
    person.write_config("[workspace.Acme]\ntoken = { env = \"A\" }\n");
    let stderr = set_up(&person, "").stderr;
    let hints: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.split_once("add to that file: "))
        .map(|(_, hint)| hint)
        .collect();
    let hint =
        |name| format!("[includeIf \"hasconfig:remote.*.url:bbt::{name}/**\"] path = ~/work");
    assert_eq!(hints, ["Acme", "acme"].map(hint), "{stderr}");
}

#[test]
fn a_condition_that_also_applies_to_bbt_urls_is_not_mentioned() {
    let person = Person::with_any_git();
    with_conditions(
        &person,
        &["git@bitbucket.org:acme/**", "bbt::acme/**", "**"],
    );
    person.write_config("[workspace.acme]\ntoken = { env = \"A\" }\n");
    assert_eq!(set_up(&person, "").stderr, "");
}

#[test]
fn doctor_names_the_conditions_in_a_clone() {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    with_conditions(&person, &["bb:acme/**", "git@bitbucket.org:corp/**"]);
    let alias = "[url \"ssh://git@bitbucket.org/\"]\n\tinsteadOf = bb:\n";
    person.write(".gitconfig", &(super::global(&person) + alias), 0o644);
    repository(&person, "bbt::acme/widgets");
    let doctor = person.run("git-bbt", ["doctor"]).at("here").ends().stdout;
    let lines = doctor
        .lines()
        .skip_while(|line| !line.contains("includeIf"));
    let said: String = lines.map(|line| format!("{line}\n")).collect();
    expect![[r#"
        warning  includeIf     includeIf "hasconfig:remote.*.url:bb:acme/**" in ~/.gitconfig does not apply to bbt:: URLs (origin)
          hint: add to that file: [includeIf "hasconfig:remote.*.url:bbt::acme/**"] path = ~/work
    "#]].assert_eq(&said);
}
