//! Relative links and file names in the documents.

use std::fs;
use std::path::Path;

use super::{documents, read, top};

/// Documents without commands, in addition to [`documents`].
const OTHERS: [&str; 3] = [
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
    "tests/stand_in/README.md",
];

/// Returns a text without its code blocks.
fn outside_of_blocks(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Returns the targets of a text's relative links.
fn relative(text: &str) -> Vec<String> {
    let outside = outside_of_blocks(text);
    let targets = outside.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.starts_with("https://"))
        .map(str::to_owned)
        .collect()
}

/// Returns the files that a text's relative links point to.
pub fn linked_files(text: &str) -> Vec<String> {
    let file = |link: String| link.split('#').next().map(str::to_owned);
    relative(text).into_iter().filter_map(file).collect()
}

/// Returns whether a text has a heading that `anchor` points to.
fn has_heading(text: &str, anchor: &str) -> bool {
    outside_of_blocks(text)
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            heading.replace(' ', "-").replace(['.', ',', '`'], "") == anchor
        })
}

#[test]
fn links_have_a_target() {
    let others = OTHERS.map(|name| (name.to_owned(), read(name)));
    let mut links = 0;
    for (name, text) in documents().into_iter().chain(others) {
        for link in relative(&text) {
            links += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&name).parent().expect("a file has a folder");
            let file = if file.is_empty() {
                top().join(&name)
            } else {
                top().join(folder).join(file)
            };
            let target = fs::read_to_string(&file);
            let target = target.unwrap_or_else(|error| panic!("{name}: {link}: {error}"));
            assert!(
                anchor.is_empty() || has_heading(&target, anchor),
                "{name}: {link}"
            );
        }
        let outside = outside_of_blocks(&text);
        let named = outside.split('`').skip(1).step_by(2);
        let places = [
            "src/", "docs/", "tests/", ".ci/", ".github/", "scripts/", "LICENSE-",
        ];
        for place in named.filter(|name| places.iter().any(|place| name.starts_with(place))) {
            let file = place.split([' ', '<']).next().unwrap_or_default();
            let is_there = |folder: &Path| folder.join(file).exists();
            let folder = top().join(&name);
            assert!(
                is_there(top()) || folder.parent().is_some_and(is_there),
                "{name}: {place}"
            );
        }
    }
    assert!(links >= 15, "{links}");
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let links = relative(&read("README.md"));
    for (name, _) in documents().into_iter().skip(1) {
        assert!(links.contains(&name), "README.md does not link to {name}");
    }
}
