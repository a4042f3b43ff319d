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
                World::of_a_job(&job.secrets).runs(&job.commands)
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
    person.run("git-bbt", ["manual", "man"]).succeeds();
    let mut blocks = Vec::new();
    for section in ["man1", "man5"] {
        let folder = person.path("man").join(section);
        for page in fs::read_dir(folder).expect("it was made") {
            let page = page.expect("it can be listed");
            let text = fs::read_to_string(page.path()).expect("it is text");
            blocks.extend(blocks::of_page(
                &page.file_name().display().to_string(),
                &text,
            ));
        }
    }
    assert!(run(&blocks) >= 15, "there was more to run");
}

/// Commands in the running text and in tables: there is such a command, and it has these options.
#[test]
fn what_the_readme_mentions_exists() {
    let person = Person::with_any_git();
    let text = text_of(README);
    let mut count = 0;
    for command in blocks::mentioned(&text, "git bbt ") {
        // git would look for a page.
        let asked = format!("{} --help", command.replacen("git bbt", "git-bbt", 1));
        let outcome = person.run("sh", ["-c", &asked]).ends();
        assert_eq!(outcome.status, Some(0), "{command}:\n{outcome}");
        count += 1;
    }
    assert!(count >= 10, "it mentions more");
}
