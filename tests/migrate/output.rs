//! The output for people and for scripts.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{migrate, repository, with_urls};
use crate::stand_in::{Kind, synthetic_token};
use crate::support::{Person, terminal};

const URLS: [&str; 2] = [
    "git@bitbucket.org:acme/widgets.git",
    "git@bitbucket.org:corp/widgets.git",
];

fn on_terminal(person: &Person, setting: &str) -> String {
    let line = format!("stty rows 24 cols 60 && {setting} git bbt migrate --dry-run");
    let run = terminal::run(person, &line).env("TERM", "xterm");
    run.at("here").ends().stdout
}

#[test]
fn a_terminal_has_colours_and_lines_of_its_width_and_a_pipe_has_neither() {
    let Some(person) = terminal::person() else {
        return;
    };
    person.signed_in_to("acme");
    with_urls(&person, "here", &URLS);
    let piped = migrate(&person, "--dry-run").at("here").fails(1).stdout;
    assert!(!piped.contains('\u{1b}'), "{piped}");
    let shown = on_terminal(&person, "");
    assert!(shown.contains("\u{1b}[32m"), "{shown}");
    for setting in ["NO_COLOR=1", "TERM=dumb"] {
        let plain = on_terminal(&person, setting);
        assert!(!plain.contains('\u{1b}'), "{setting}: {plain}");
        let lines = || plain.lines().filter(|line| !line.starts_with("hint: "));
        assert!(lines().all(|line| line.chars().count() <= 60), "{plain}");
        // No text is lost.
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(words(&plain), words(&piped));
    }
}

/// Adds every key of a JSON value, and the values of states and kinds.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| names(value, found)),
        Value::Object(values) => {
            for (key, value) in values {
                found.insert(key.clone());
                if let ("state" | "kind", Value::String(name)) = (key.as_str(), value) {
                    found.insert(name.clone());
                }
                names(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_man_page_has_every_field_of_json() {
    let person = Person::with_any_git();
    let token = person.signed_in_to("acme");
    let stored = person.write("corp.token", &token, 0o600);
    let other = person.remember(synthetic_token(Kind::Access));
    person.configure(&format!(
        "[workspace.corp]\ntoken = {{ file = \"{}\" }}\nemail = \"bot@bots.bitbucket.org\"\n",
        stored.display()
    ));
    let url = person.url_with(&token, "acme/widgets");
    let text = format!(
        "[remote \"origin\"]\n\turl = git@bitbucket.org:corp/widgets.git\n\tpushurl = {url}\n\
         [remote \"a\"]\n\turl = git@bitbucket.org:none/a.git\n\
         [remote \"b\"]\n\turl = bbt::acme/b\n\
         [remote \"c\"]\n\turl = git@bitbucket-work:acme/c.git\n\
         [branch \"main\"]\n\tremote = {url}\n[lfs]\n\turl = https://:{other}@example.com\n\
         [submodule \"s\"]\n\turl = git@bitbucket.org:acme/s.git\n"
    );
    repository(&person, "all/here", &text);
    let gitmodules = "[submodule \"s\"]\n\turl = git@bitbucket.org:acme/s.git\n";
    person.write("all/here/.gitmodules", gitmodules, 0o644);
    person.write("all/broken/.git", "nothing", 0o644);
    person.write("all/here/.gitattributes", "*.bin filter=lfs\n", 0o644);
    let mut found = BTreeSet::new();
    for words in ["--recursive all --json", "--recursive all --undo --json"] {
        for line in migrate(&person, words).ends().stdout.lines() {
            names(
                &serde_json::from_str(line).expect("the output is JSON"),
                &mut found,
            );
        }
    }
    for name in [
        "also",
        "changed",
        "restored",
        "token",
        "skipped",
        "gitmodules",
        "source",
    ] {
        assert!(found.contains(name), "{name} is not tried: {found:?}");
    }
    let folder = person.path("man").display().to_string();
    person.run("git-bbt", ["manual", &folder]).succeeds();
    let page = person.path("man/man1/git-bbt-migrate.1");
    let page = fs::read_to_string(page).expect("the file exists");
    let (_, json) = page
        .split_once(".SH JSON")
        .expect("the page has this section");
    let json = json.replace("\\-", "-");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let words: BTreeSet<&str> = json.split(|c| !is_word(c)).collect();
    let missing: Vec<_> = found
        .iter()
        .filter(|name| !words.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
