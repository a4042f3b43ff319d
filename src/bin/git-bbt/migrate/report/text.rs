//! A report as lines for people: one a repository, as far as there is one thing to report.

use super::{Count, Details, Name, Remote, Report, State, Url};
use crate::git_settings::shown;
use crate::style::{CYAN, DIM, GREEN, Style, YELLOW};

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
