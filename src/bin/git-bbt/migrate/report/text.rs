//! A report as lines for people: one a repository, as far as there is one thing to report.

use bbt::redact::for_terminal;

use super::{Count, Details, Name, Remote, Report, State, Url};
use crate::git_settings::shown;

/// How lines look on stdout.
pub struct Style {
    /// The width of the terminal; `None` if stdout is none.
    width: Option<usize>,
}

/// A colour, as the number in ANSI's sequence.
const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const CYAN: u8 = 36;
const DIM: u8 = 2;

impl Style {
    pub fn of_stdout() -> Style {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        let width = size.map(|(width, _)| usize::from(width.0));
        Style {
            width: width.filter(|width| *width > 20),
        }
    }

    /// Adds a line, with what does not fit on lines below it, further to the right.
    fn add(&self, lines: &mut String, mut indent: usize, text: &str, colour: Option<u8>) {
        let text = for_terminal(text);
        let mut rest = text.trim_end();
        loop {
            let room = self.width.map(|width| width - indent.min(width / 2));
            let (line, after) = split_at_width(rest, room.unwrap_or(usize::MAX));
            *lines += &" ".repeat(indent);
            *lines += &match colour {
                Some(colour) => format!("\x1b[{colour}m{line}\x1b[0m\n"),
                None => format!("{line}\n"),
            };
            if after.is_empty() {
                return;
            }
            if rest.len() == text.trim_end().len() {
                indent += 4;
            }
            rest = after;
        }
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

/// Returns the lines of a report.
pub fn text(report: &Report, style: &Style) -> String {
    let mut lines = String::new();
    let place = shown(&report.place);
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for line in report.lines(false) {
        match line.details {
            Details::Remote(remote) => entries.extend(remote.entries()),
            Details::Token(it) => {
                entries.push((it.setting.clone(), it.message.clone(), State::Token))
            }
            Details::Advice(it) => entries.push((
                format!("submodule {}", it.submodule),
                format!(
                    "{} in .gitmodules: \"{}\" works wherever the repository is cloned from",
                    it.from, it.relative
                ),
                State::Gitmodules,
            )),
            Details::Problem(it) => {
                problems.push(format!("{}: skipped: {}", shown(&it.place), it.message));
            }
        }
    }
    match &entries[..] {
        [] => {}
        [(label, what, state)] => {
            style.add(
                &mut lines,
                0,
                &format!("{place}  {label}  {what}"),
                state.colour(),
            );
        }
        entries => {
            style.add(&mut lines, 0, &place, None);
            let widths = entries.iter().map(|(label, ..)| label.chars().count());
            let width = widths.max().unwrap_or_default();
            for (label, what, state) in entries {
                style.add(
                    &mut lines,
                    2,
                    &format!("{label:<width$}  {what}"),
                    state.colour(),
                );
            }
        }
    }
    for line in problems {
        style.add(&mut lines, 0, &line, State::Skipped.colour());
    }
    lines
}

impl Count {
    /// Returns the last lines: what was done, and what to do about the rest.
    pub fn text(&self, dry_run: bool, style: &Style) -> String {
        let mut lines = String::new();
        style.add(&mut lines, 0, &self.summary(dry_run), None);
        for hint in &self.hints {
            // Whole, so that it can be pasted.
            let whole = Style { width: None };
            whole.add(&mut lines, 0, &format!("hint: {hint}"), Some(CYAN));
        }
        lines
    }
}

impl State {
    fn colour(self) -> Option<u8> {
        match self {
            State::Converted | State::Restored => Some(GREEN),
            State::NotConverted | State::Token | State::Skipped => Some(YELLOW),
            State::Changed => None,
            _ => Some(DIM),
        }
    }
}

/// A label, and the text beside it.
type Entry = (String, String, State);

impl Remote {
    fn entries(&self) -> Vec<Entry> {
        let label = match &self.name {
            Name::Remote(name) | Name::Setting(name) => name.clone(),
            Name::Submodule(name) => format!("submodule {name}"),
            Name::Branch(name) => format!("branch {name}"),
        };
        let mut entries: Vec<Entry> = self.urls.iter().map(|url| url.entry(&label)).collect();
        for also in &self.also {
            let label = if entries.is_empty() { &label } else { "" };
            entries.push((label.to_owned(), also.clone(), State::Changed));
        }
        entries
    }
}

impl Url {
    fn entry(&self, label: &str) -> Entry {
        let (from, outcome) = (&self.from, &self.outcome);
        let label = match self.key {
            "pushurl" | "pushremote" => format!("{label} (push)"),
            _ => label.to_owned(),
        };
        let message = outcome.message.as_deref();
        let what = match outcome.state {
            State::Already => from.clone(),
            State::NotConverted => {
                format!("{from}: not converted: {}", message.unwrap_or_default())
            }
            _ => match &outcome.to {
                Some(to) => {
                    let message = message.map(|message| format!(" ({message})"));
                    format!("{from} -> {to}{}", message.unwrap_or_default())
                }
                None => format!("{from}: unchanged: {}", message.unwrap_or_default()),
            },
        };
        (label, what, outcome.state)
    }
}
