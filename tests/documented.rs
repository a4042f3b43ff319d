//! Runs every command in README.md, the pages in docs and the man pages.
//!
//! A block that cannot be run has a hidden comment before it with the reason: `<!-- not run here: why -->`,
//! or `.\" not run here: why`. An inline command that cannot be run is in the list of `inline.rs`.

mod blocks;
mod ci;
mod inline;
pub mod links;
mod messages;
mod transcript;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use blocks::Block;
use world::World;

use crate::support::{Person, missing, terminal};

/// Returns the project's folder.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the text of a file of the project.
fn read(name: &str) -> String {
    fs::read_to_string(top().join(name)).expect("the file is text")
}

/// Returns README.md, and then the pages in docs: their names and texts.
fn documents() -> Vec<(String, String)> {
    let pages = fs::read_dir(top().join("docs")).expect("the folder exists");
    let pages = pages.map(|page| page.expect("the folder can be read").file_name());
    let pages = pages.map(|name| format!("docs/{}", name.display()));
    std::iter::once("README.md".to_owned())
        .chain(pages.filter(|name| name.ends_with(".md")))
        .map(|name| (name.clone(), read(&name)))
        .collect()
}

/// Returns whether this machine has the programs that the commands need besides ours and git.
fn can_run(person: &Person, commands: &str) -> bool {
    let programs = [
        ("curl ", "curl"),
        ("git lfs ", "git-lfs"),
        ("git-lfs ", "git-lfs"),
    ];
    let lacks = |(used, program): &&(&str, &str)| commands.contains(used) && !person.has(program);
    match programs.iter().find(lacks) {
        Some((_, program)) => {
            missing(program, program);
            false
        }
        None => true,
    }
}

/// Runs the blocks, and fails the test if one of them fails. Returns how many were run.
fn run(blocks: &[Block]) -> usize {
    let run = blocks.iter().map(|block| {
        let outcome = match block.language.as_str() {
            "sh" => World::with_login().types(&block.text),
            "toml" => World::with_login().configures(&block.text),
            "yaml" | "groovy" | "dockerfile" => {
                let job = ci::Job::of(&block.language, &block.text);
                World::for_job(&job).runs(&job)
            }
            // The tests in `transcript` run it.
            "console" => return 0,
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
    });
    run.sum()
}

/// Keeps the blocks that can be run here.
fn runnable(person: &Person, mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.retain(|block| block.is_run() && can_run(person, &block.text));
    blocks
}

#[test]
fn commands_in_the_documents_work() {
    let Some(person) = terminal::person() else {
        return;
    };
    let documents = documents().into_iter();
    let blocks = documents.flat_map(|(name, text)| blocks::of_markdown(&name, &text));
    let blocks = runnable(&person, blocks.collect());
    assert!(run(&blocks) >= 5, "too few commands were run");
}

#[test]
fn commands_in_the_man_pages_work() {
    let Some(person) = terminal::person() else {
        return;
    };
    let pages = pages(&person).into_iter();
    let blocks = pages.flat_map(|(name, text)| blocks::of_page(&name, &text));
    let blocks = runnable(&person, blocks.collect());
    assert!(run(&blocks) >= 15, "too few commands were run");
}

/// Returns the man pages: their names and texts.
fn pages(person: &Person) -> Vec<(String, String)> {
    person.run("git-bbt", ["manual", "man"]).succeeds();
    let mut pages = Vec::new();
    for section in ["man1", "man5"] {
        let folder = person.path("man").join(section);
        for page in fs::read_dir(folder).expect("the folder was created") {
            let page = page.expect("the folder can be read");
            let text = fs::read_to_string(page.path()).expect("the file is text");
            pages.push((page.file_name().display().to_string(), text));
        }
    }
    pages
}

/// Commands in running text and in tables, except those in the list of `inline.rs`.
#[test]
fn inline_commands_work() {
    let Some(person) = terminal::person() else {
        return;
    };
    let mut mentioned = Vec::new();
    for (name, text) in documents() {
        mentioned.extend(inline::of_markdown(&name, &text));
    }
    for (_, page) in pages(&person) {
        mentioned.extend(inline::of_page(&page));
    }
    let mentioned: BTreeSet<String> = mentioned.into_iter().collect();
    for (command, _) in inline::NOT_RUN {
        assert!(mentioned.contains(*command), "{command} is in no document");
    }
    let is_run = |command: &&String| !inline::NOT_RUN.iter().any(|(other, _)| other == *command);
    let (mut runs, mut failures) = (0, String::new());
    let can_run = |command: &&String| can_run(&person, command);
    for command in mentioned.iter().filter(is_run).filter(can_run) {
        let outcome = World::with_login().types(command);
        runs += 1;
        if outcome.status != Some(0) {
            failures += &format!("{command}:\n{outcome}\n");
        }
    }
    assert!(
        failures.is_empty(),
        "neither run nor in the list of inline.rs:\n{failures}"
    );
    assert!(runs >= 10, "too few commands were run");
}
