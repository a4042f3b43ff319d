//! The blocks of commands in a document.

/// The start of the comment that says why a block is not run.
const NOT_HERE: &str = "not run here:";

/// The text between two fences of Markdown, or between `.EX` and `.EE` in a man page.
pub struct Block {
    /// The file and the line, for messages.
    pub place: String,
    pub language: String,
    pub text: String,
    is_run: bool,
}

impl Block {
    pub fn is_run(&self) -> bool {
        self.is_run
    }
}

pub fn of_markdown(name: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut before = "";
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let indent = line.len() - line.trim_start().len();
            let inner = lines.by_ref().map(|(_, line)| line);
            let inner = inner.take_while(|line| line.trim_start() != "```");
            let inner = inner.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()));
            blocks.push(Block {
                place: format!("{name}:{}", number + 1),
                language: language.trim().to_owned(),
                text: inner.collect(),
                is_run: !before.trim_start().starts_with(&format!("<!-- {NOT_HERE}")),
            });
        }
        if !line.is_empty() {
            before = line;
        }
    }
    blocks
}

pub fn of_page(name: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut is_run = true;
    while let Some((number, line)) = lines.next() {
        is_run &= !line.starts_with(&format!(".\\\" {NOT_HERE}"));
        if line == ".EX" {
            let inner = lines.by_ref().map(|(_, line)| line);
            let inner = inner.take_while(|line| *line != ".EE");
            let text: String = inner.map(plain).collect();
            let is_config = text.starts_with('[');
            blocks.push(Block {
                place: format!("{name}:{}", number + 1),
                language: if is_config { "toml" } else { "sh" }.to_owned(),
                text,
                is_run,
            });
            is_run = true;
        }
    }
    blocks
}

/// Returns a line of roff as a reader sees it.
pub fn plain(line: &str) -> String {
    let escapes = [
        ("\\-", "-"),
        ("\\(aq", "'"),
        ("\\*(Aq", "'"),
        ("\\(ti", "~"),
        ("\\&", ""),
        ("\\e", "\\"),
    ];
    let text = escapes
        .iter()
        .fold(line.to_owned(), |text, (escape, plain)| {
            text.replace(escape, plain)
        });
    format!("{text}\n")
}
