//! The terminal sessions shown in the documents are what the programs print.

use super::{blocks, documents, read};
use crate::support::{Person, Session, missing, terminal};

/// Returns the end of each of login's two prompts, and the answer to it.
fn answers<'t>(token: &'t str, block: &'t str) -> [(&'static str, &'t str); 2] {
    const DATE: &str = "(Enter for none): ";
    let date = block
        .split(DATE)
        .nth(1)
        .and_then(|rest| rest.lines().next());
    [
        ("(input is hidden): ", token),
        (DATE, date.unwrap_or_default()),
    ]
}

/// Returns the final lines of a screen, without those of the server and without git's transfer speed.
fn lines(screen: &str) -> String {
    let screen = screen.replace("\r\n", "\n");
    let lines = screen.lines().map(|line| {
        let last = line.rsplit('\r').next().unwrap_or_default();
        match last.split_once("), ") {
            Some((count, _)) if last.ends_with(", done.") => format!("{count}), done."),
            _ => last.trim_end().to_owned(),
        }
    });
    lines
        .filter(|line| !line.starts_with("remote: "))
        .map(|line| line + "\n")
        .collect()
}

#[test]
fn transcripts_are_what_the_programs_print() {
    let documents = documents().into_iter();
    let blocks = documents.flat_map(|(name, text)| blocks::of_markdown(&name, &text));
    let mut blocks = blocks
        .filter(|block| block.language == "console")
        .peekable();
    assert!(blocks.peek().is_some());
    for block in blocks {
        let person = Person::with_any_git();
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        if terminal::is_missing(&person) {
            return;
        }
        let Some(_session) = Session::start(&person) else {
            return;
        };
        let mut shown = String::new();
        for command in block
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
        {
            let answers = answers(&token, &block.text);
            let typed = answers.map(|(prompt, keys)| (prompt, format!("{keys}\r")));
            let typed = typed.each_ref().map(|(prompt, keys)| (*prompt, &**keys));
            let asks = command.starts_with("git bbt login");
            let typed = if asks { &typed[..] } else { &[] };
            let (screen, succeeded) = terminal::dialogue(&person, command, typed);
            assert!(succeeded, "{}", person.redacted(screen.as_bytes()));
            shown += &format!("$ {command}\n");
            shown += &lines(&person.redacted(screen.as_bytes()));
        }
        assert_eq!(shown, block.text, "{}", block.place);
    }
}

/// Returns the words of doctor's lines, without those about this machine's git.
fn words(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| {
        let is_about_git = line.split_whitespace().nth(1) == Some("git");
        let is_note = line.starts_with("note") || line.contains("sslCAPath");
        !is_about_git && !is_note
    });
    lines
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_picture_shows_what_doctor_prints() {
    let person = Person::with_any_git();
    if !person.has("git-lfs") {
        return missing("git-lfs", "git-lfs, which doctor checks");
    }
    person.bitbucket.repository("acme/widgets");
    let token = person.workspace_token("acme");
    let login = ["login", "acme", "--with-token", "--store", "file"];
    person.run("git-bbt", login).input(token).succeeds();
    person.clone("acme/widgets");
    let doctor = person.run("git-bbt", ["doctor"]).at("widgets").succeeds();

    let drawn = read("docs/doctor.svg");
    let lines = drawn.lines().filter(|line| line.starts_with("<text"));
    let plain = lines.map(|line| {
        let tags = line.split('<').skip(1);
        let texts = tags.filter_map(|tag| tag.split_once('>'));
        texts.map(|(_, text)| text).collect::<String>() + "\n"
    });
    let plain: String = plain.skip(1).collect();
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">");
    assert_eq!(
        words(&plain.replace("/home/you/", "~/")),
        words(&doctor.stdout),
        "draw it again: scripts/picture"
    );
}
