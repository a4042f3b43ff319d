//! A report as lines for people: one a repository, as far as there is one thing to report.

use super::{Count, Line, Name, Report, State, Url};
use crate::git_settings::shown;
use crate::style::{CYAN, DIM, GREEN, Style, YELLOW};

/// Returns the lines of a report.
pub fn text(report: &Report, style: &Style) -> String {
    let mut text = String::new();
    let mut add = |indent, line: &str, state: Option<State>| {
        style.add(&mut text, indent, line, state.and_then(State::colour));
    };
    let place = shown(&report.place);
    let (skipped, others): (Vec<_>, Vec<_>) =
        (report.lines.iter()).partition(|line| line.state == State::Skipped);
    let entries: Vec<Entry> = others.into_iter().flat_map(Line::entries).collect();
    match &entries[..] {
        [] => {}
        [(label, what, state)] => add(0, &format!("{place}  {label}  {what}"), Some(*state)),
        entries => {
            add(0, &place, None);
            let widths = entries.iter().map(|(label, ..)| label.chars().count());
            let width = widths.max().unwrap_or_default();
            for (label, what, state) in entries {
                add(2, &format!("{label:<width$}  {what}"), Some(*state));
            }
        }
    }
    for line in skipped {
        let place = line
            .place
            .as_ref()
            .map_or(place.clone(), |place| shown(place));
        let message = line.message.as_deref().unwrap_or_default();
        add(0, &format!("{place}: skipped: {message}"), Some(line.state));
    }
    text
}

impl Count {
    /// Returns the last lines: what was done, and what to do about the rest.
    pub fn text(&self, dry_run: bool, style: &Style) -> String {
        let mut lines = String::new();
        style.add(&mut lines, 0, &self.summary(dry_run), None);
        for hint in &self.hints {
            // Whole, so that it can be pasted.
            Style::default().add(&mut lines, 0, &format!("hint: {hint}"), Some(CYAN));
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

impl Line {
    fn entries(&self) -> Vec<Entry> {
        let label = match self.name.as_ref().map(Name::shown) {
            Some(Name::Remote(name) | Name::Setting(name)) => name,
            Some(Name::Submodule(name)) => format!("submodule {name}"),
            Some(Name::Branch(name)) => format!("branch {name}"),
            None => String::new(),
        };
        let mut entries: Vec<Entry> = self.urls.iter().map(|url| url.entry(&label)).collect();
        for text in self.also.iter().chain(&self.message) {
            let (label, state) = if entries.is_empty() {
                (label.clone(), self.state)
            } else {
                (String::new(), State::Changed)
            };
            entries.push((label, text.clone(), state));
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
        let what = match (outcome.state, &outcome.to) {
            (State::Already, _) => from.clone(),
            (State::NotConverted, _) => {
                format!("{from}: not converted: {}", message.unwrap_or_default())
            }
            (_, Some(to)) => {
                let message = message.map(|message| format!(" ({message})"));
                format!("{from} -> {to}{}", message.unwrap_or_default())
            }
            (_, None) => format!("{from}: unchanged: {}", message.unwrap_or_default()),
        };
        (label, what, outcome.state)
    }
}
