//! What README.md and the man pages tell people to type does what it says: every command in them is
//! read from there, and run.
//!
//! A block that cannot be run here has a comment before it that no reader sees, and that says why:
//! `<!-- not run here: why -->`, or `.\" not run here: why`.

mod blocks;
mod ci;
mod world;

use std::fs;
use std::path::Path;

use blocks::Block;
use world::World;

use crate::support::{Person, missing};

const README: &str = "README.md";

fn text_of(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("it is there")
}

/// Runs what is to be run, and fails where something of it fails; how many were run.
fn run(blocks: &[Block]) -> usize {
    let here = blocks.iter().filter(|block| block.is_for_here());
    here.map(|block| {
        let outcome = match block.language.as_str() {
            "sh" => World::at_home().types(&block.text),
            "toml" => World::at_home().configures(&block.text),
            "yaml" | "groovy" | "dockerfile" => {
                let job = ci::Job::of(&block.language, &block.text);
                World::of_a_job(&job).runs(&job)
            }
            // What a program shows, or a diagram.
            "text" => return 0,
            other => panic!("{}: no test knows how to run {other:?}", block.place),
        };
        let what = &block.text;
        assert_eq!(
            outcome.status,
            Some(0),
            "{}:\n{what}\n{outcome}",
            block.place
        );
        1
    })
    .sum()
}

#[test]
fn the_readme_is_true() {
    if !Person::with_any_git().has("script") {
        return missing("script", "script of util-linux");
    }
    let blocks = blocks::of_markdown(README, &text_of(README));
    assert!(run(&blocks) >= 5, "there was more to run");
}

#[test]
fn the_man_pages_are_true() {
    let person = Person::with_any_git();
    if !person.has("script") {
        return missing("script", "script of util-linux");
    }
    let pages = pages(&person).into_iter();
    let blocks: Vec<_> = pages
        .flat_map(|(name, text)| blocks::of_page(&name, &text))
        .collect();
    assert!(run(&blocks) >= 15, "there was more to run");
}

/// The man pages, by their names.
fn pages(person: &Person) -> Vec<(String, String)> {
    person.run("git-bbt", ["manual", "man"]).succeeds();
    let mut pages = Vec::new();
    for section in ["man1", "man5"] {
        let folder = person.path("man").join(section);
        for page in fs::read_dir(folder).expect("it was made") {
            let page = page.expect("it can be listed");
            let text = fs::read_to_string(page.path()).expect("it is text");
            pages.push((page.file_name().display().to_string(), text));
        }
    }
    pages
}

/// Commands in the running text and in tables: there is such a command, and it has these options.
#[test]
fn what_they_mention_exists() {
    let person = Person::with_any_git();
    let text = text_of(README);
    let mut mentioned = blocks::mentioned(&text, "git bbt ");
    assert!(mentioned.len() >= 10, "it mentions more");
    for (_, page) in pages(&person) {
        mentioned.extend(blocks::in_bold(&page, "git bbt "));
    }
    for command in mentioned {
        // git would look for a page.
        let asked = format!("{} --help", command.replacen("git bbt", "git-bbt", 1));
        let outcome = person.run("sh", ["-c", &asked]).ends();
        assert_eq!(outcome.status, Some(0), "{command}:\n{outcome}");
    }
    for script in blocks::mentioned(&text, "scripts/") {
        let name = script.split(' ').next().unwrap_or_default();
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(name).is_file(),
            "{script}"
        );
    }
}

#[test]
fn the_links_of_the_readme_lead_somewhere() {
    let text = text_of(README);
    let outside: String = text.split("```").step_by(2).collect();
    let headings: Vec<String> = outside
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let name = line.trim_start_matches('#').trim().to_lowercase();
            format!("#{}", name.replace(' ', "-").replace(['.', ',', '`'], ""))
        })
        .collect();
    let links = outside
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let ours: Vec<_> = links.filter(|link| !link.starts_with("https://")).collect();
    assert!(ours.len() >= 5, "{ours:?}");
    for link in ours {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
        assert!(
            headings.iter().any(|heading| heading == link) || file.is_file(),
            "{link}"
        );
    }
}
