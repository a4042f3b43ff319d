//! Completions in the real shells offer every command and option, for `git bbt` as well as for
//! `git-bbt`.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Outcome, Person, missing};

type Words = BTreeSet<String>;

/// Returns the commands in `git bbt -h`, without `help`.
fn commands(person: &Person) -> Words {
    let help = person.run("git-bbt", ["-h"]).succeeds().stdout;
    let (_, listed) = help
        .split_once("Commands:\n")
        .expect("the help has this section");
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Returns the long options in the help of a command.
fn options(person: &Person, command: &str) -> Words {
    let help = person.run("git-bbt", [command, "--help"]).succeeds().stdout;
    let (_, listed) = help
        .split_once("\nOptions:\n")
        .expect("the help has this section");
    let starts = listed
        .lines()
        .filter(|line| line.trim_start().starts_with('-'));
    let words = starts.flat_map(|line| line.split_whitespace().take(2));
    let long = words.filter(|word| word.starts_with("--"));
    long.map(|word| word.trim_end_matches(',').to_owned())
        .collect()
}

/// Installs the completions of a shell where it looks for them.
fn install(person: &Person, shell: &str, place: &str) {
    let script = person.run("git-bbt", ["completions", shell]).succeeds();
    person.write(place, &script.stdout, 0o644);
}

/// Returns the candidates for each command line.
fn answers(outcome: &Outcome) -> BTreeMap<&str, Vec<&str>> {
    let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = None;
    for line in outcome.stdout.lines() {
        match line.strip_prefix("> ") {
            Some(asked) => current = Some(answers.entry(asked).or_default()),
            None => current.iter_mut().for_each(|lines| lines.push(line)),
        }
    }
    answers
}

/// Asks the shell to complete every command and every option, for both names of the program, and
/// compares. `word` extracts the word from a line that the shell prints.
fn offers_every_command_and_option(
    person: &Person,
    ask: impl FnOnce(&[&str]) -> Outcome,
    word: impl Fn(&str) -> Option<&str>,
) {
    let commands = commands(person);
    assert!(commands.contains("migrate"), "{commands:?}");
    let mut expected: BTreeMap<String, Words> = BTreeMap::new();
    for program in ["git bbt", "git -C / bbt", "git-bbt"] {
        expected.insert(format!("{program} "), commands.clone());
        for command in &commands {
            let line = format!("{program} {command} --");
            expected.insert(line, options(person, command));
        }
    }
    let targets = ["acme", "acme/widgets", "initech"].map(str::to_owned);
    person.configure(
        "[workspace.acme]\ntoken = { env = \"A\" }\n\
         [workspace.acme.repository.widgets]\ntoken = { env = \"W\" }\n\
         [workspace.acme.repository.\"infra-*\"]\ntoken = { env = \"I\" }\n\
         [workspace.initech]\ntoken = { env = \"T\" }\n",
    );
    for program in ["git bbt", "git-bbt"] {
        expected.insert(format!("{program} logout "), targets.clone().into());
    }
    let stores = ["keyring", "file"].map(str::to_owned).into();
    expected.insert("git bbt login --store ".to_owned(), stores);

    let lines: Vec<&str> = expected.keys().map(String::as_str).collect();
    let outcome = ask(&lines);
    let answers = answers(&outcome);
    for (line, expected) in &expected {
        let offered = answers.get(line.as_str()).into_iter().flatten();
        let offered: Words = offered
            .filter_map(|line| word(line))
            .filter(|word| *word != "help" && word.starts_with("--") == line.ends_with("--"))
            .map(str::to_owned)
            .collect();
        assert_eq!(&offered, expected, "after {line:?}\n{outcome}");
    }
}

/// Run by completions/complete.bash.
const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

#[test]
fn bash_completes_every_command_and_option() {
    let person = Person::with_any_git();
    if !person.has("bash") || !std::path::Path::new(BASH_COMPLETION).exists() {
        return missing("bash-completion", "bash-completion");
    }
    let place = ".local/share/bash-completion/completions/git-bbt";
    install(&person, "bash", place);
    let script = person.write("complete", include_str!("completions/complete.bash"), 0o644);
    let script = script.display().to_string();
    offers_every_command_and_option(
        &person,
        |lines| {
            person
                .run("bash", [script.as_str()].iter().chain(lines).copied())
                .succeeds()
        },
        |line| {
            Some(line.trim_end()).filter(|word| !word.is_empty() && *word != "-h" && *word != "-V")
        },
    );
}

#[test]
fn fish_completes_every_command_and_option() {
    let person = Person::with_any_git();
    if !person.has("fish") {
        return missing("fish", "fish");
    }
    install(&person, "fish", ".config/fish/conf.d/git-bbt.fish");
    let script = r#"for line in $argv; printf '> %s\n' $line; complete -C $line; end"#;
    offers_every_command_and_option(
        &person,
        |lines| {
            person
                .run("fish", ["-c", script].iter().chain(lines).copied())
                .succeeds()
        },
        |line| line.split('\t').next(),
    );
}

/// PowerShell is not run: the script is the one that clap_complete generates.
#[test]
fn the_powershell_script_has_every_command() {
    let person = Person::with_any_git();
    let completions = ["completions", "powershell"];
    let script = person.run("git-bbt", completions).succeeds().stdout;
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName 'git-bbt'"));
    for command in commands(&person) {
        assert!(
            script.contains(&format!("'git-bbt;{command}'")),
            "{command}"
        );
    }
}

/// zsh inserts a single candidate into the line, and lists several.
#[test]
fn zsh_completes_every_command_and_option() {
    let person = Person::with_any_git();
    if !person.has("zsh") {
        return missing("zsh", "zsh");
    }
    install(&person, "zsh", ".local/share/zsh/site-functions/_git-bbt");
    let script = person.write("complete", include_str!("completions/complete.zsh"), 0o644);
    let script = script.display().to_string();
    offers_every_command_and_option(
        &person,
        |lines| {
            let arguments = ["-f", script.as_str()].into_iter();
            let run = person.run("zsh", arguments.chain(lines.iter().copied()));
            let wide = run
                .env("TERM", "xterm")
                .env("COLUMNS", "300")
                .env("LINES", "100");
            let mut shown = wide.succeeds();
            shown.stdout = without_escapes(&shown.stdout)
                .lines()
                .map(one_a_line)
                .collect();
            shown
        },
        |line| match line.split_once(" -- ") {
            Some((word, _)) => Some(word.trim_end()),
            None => line.split_once(" --help").map(|_| "--help"),
        },
    );
}

/// Splits a line: zsh lists words with the same description on one line.
fn one_a_line(line: &str) -> String {
    match line.split_once(" -- configured") {
        Some((words, _)) => {
            let words = words.split_whitespace();
            words
                .map(|word| format!("{word} -- configured\n"))
                .collect()
        }
        None => format!("{line}\n"),
    }
}

/// Returns what a terminal shows, without escape sequences.
fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        text + end.map_or("", |end| &part[end + 1..])
    })
}
