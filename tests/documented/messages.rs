//! The messages in docs/troubleshooting.md are those of the programs.

use std::fs;

use super::{read, top};

/// Returns the messages in the first column of the tables. A cell that names another program in
/// parentheses has that program's messages.
fn messages(page: &str) -> Vec<&str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let ours = cells.filter(|cell| !cell.ends_with(')'));
    ours.flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

/// Returns the fixed parts of a message: what is between `...`, numbers and the names of the example.
fn fixed_parts(message: &str) -> Vec<String> {
    let words: Vec<&str> = message.split(' ').collect();
    let varies = |word: &str| {
        let is_example = word.contains("...") || word.contains("acme");
        is_example || word.contains(|c: char| c.is_ascii_digit())
    };
    let parts = words.split(|word| varies(word));
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| part.join(" ")).collect()
}

/// Returns the text of each source file of the programs and of the tests, whose snapshots are what the
/// programs print. Comments are left out, and string literals that continue on the next line are joined.
fn sources() -> Vec<String> {
    let mut folders = vec![top().join("src"), top().join("tests")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(path).expect("the file is text");
                let lines = text.lines().map(str::trim_start);
                let code: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
                let code = code.join("\n").replace("\\\n", "");
                sources.push(code.replace("\\\"", "\""));
            }
        }
    }
    sources
}

#[test]
fn messages_in_the_troubleshooting_page_exist() {
    let page = read("docs/troubleshooting.md");
    let sources = sources();
    let exists = |message: &str| {
        let parts = fixed_parts(message);
        let has_all = |text: &String| parts.iter().all(|part| text.contains(part));
        sources.iter().any(has_all)
    };
    let (existing, missing): (Vec<&str>, Vec<&str>) =
        messages(&page).into_iter().partition(|it| exists(it));
    assert_eq!(missing, [""; 0], "no program prints these");
    assert!(existing.len() > 50, "{existing:?}");
}
