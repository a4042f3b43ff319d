//! Colours, and lines that fit the terminal. [`crate::output::say_styled`] prints them.

use bbt::redact::for_terminal;

/// A colour, as the number in ANSI's sequence.
pub const RED: u8 = 31;
pub const GREEN: u8 = 32;
pub const YELLOW: u8 = 33;
pub const CYAN: u8 = 36;
pub const DIM: u8 = 2;

/// Returns a text in a colour.
pub fn paint(text: &str, colour: u8) -> String {
    format!("\x1b[{colour}m{text}\x1b[0m")
}

/// How lines look on stdout.
#[derive(Default)]
pub struct Style {
    /// The width of the terminal; `None` if stdout is none.
    width: Option<usize>,
}

impl Style {
    pub fn of_stdout() -> Style {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        let width = size.map(|(width, _)| usize::from(width.0));
        Style {
            width: width.filter(|width| *width > 20),
        }
    }

    /// Adds a line, with what does not fit on lines below it, further to the right.
    pub fn add(&self, lines: &mut String, indent: usize, text: &str, colour: Option<u8>) {
        let text = for_terminal(text);
        let parts = self.wrapped(text.trim_end(), indent, indent + 4);
        for (at, part) in parts.into_iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + 4 };
            let part = colour.map_or(part.to_owned(), |colour| paint(part, colour));
            *lines += &format!("{:indent$}{part}\n", "");
        }
    }

    /// Splits a text into what fits beside `first` columns, and then beside `rest`.
    pub fn wrapped<'t>(&self, text: &'t str, first: usize, rest: usize) -> Vec<&'t str> {
        let Some(width) = self.width else {
            return vec![text];
        };
        let room = |indent: usize| width - indent.min(width / 2);
        let (mut part, mut after) = split_at_width(text, room(first));
        let mut parts = vec![part];
        while !after.is_empty() {
            (part, after) = split_at_width(after, room(rest));
            parts.push(part);
        }
        parts
    }
}

/// Splits a text at the last blank that leaves at most `width` characters before it, or at the first
/// blank behind that.
fn split_at_width(text: &str, width: usize) -> (&str, &str) {
    if text.chars().count() <= width {
        return (text, "");
    }
    let start = text.len() - text.trim_start().len();
    let blanks = || text[start..].match_indices(' ').map(|(at, _)| start + at);
    let fits = |at: &usize| text[..*at].chars().count() <= width;
    match blanks().take_while(fits).last().or_else(|| blanks().next()) {
        Some(at) => (text[..at].trim_end(), text[at..].trim_start()),
        None => (text, ""),
    }
}
