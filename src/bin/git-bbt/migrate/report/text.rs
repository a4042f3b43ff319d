//! A report as lines for people: one a repository, as far as there is one thing to report.

use super::{Count, Name, Outcome, Remote, Report, State, Url};
use crate::git_settings::shown;
use crate::style::{CYAN, DIM, GREEN, Style, YELLOW};

/// Returns the lines of a report.
pub fn text(report: &Report, style: &Style) -> String {
    let mut lines = String::new();
    let place = shown(&report.place);
    let entries = entries(report);
    match &entries[..] {
        [] => {}
        [(label, what, colour)] => {
            style.add(&mut lines, 0, &format!("{place}  {label}  {what}"), *colour);
        }
        entries => {
            style.add(&mut lines, 0, &place, None);
            let width = entries
                .iter()
                .map(|(label, ..)| label.chars().count())
                .max();
            let width = width.unwrap_or_default();
            for (label, what, colour) in entries {
                style.add(&mut lines, 2, &format!("{label:<width$}  {what}"), *colour);
            }
        }
    }
    for problem in &report.problems {
        let line = format!("{}: skipped: {}", shown(&problem.place), problem.message);
        style.add(&mut lines, 0, &line, Some(YELLOW));
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

/// A label, the text beside it, and its colour.
type Entry = (String, String, Option<u8>);

fn entries(report: &Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = report.remotes.iter().flat_map(Remote::entries).collect();
    for token in &report.tokens {
        entries.push((token.setting.clone(), token.message.clone(), Some(YELLOW)));
    }
    for advice in &report.gitmodules {
        let label = format!("submodule {}", advice.submodule);
        let what = format!(
            "{} in .gitmodules: \"{}\" works wherever the repository is cloned from",
            advice.from, advice.relative
        );
        entries.push((label, what, Some(DIM)));
    }
    entries
}

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
            entries.push((label.to_owned(), also.clone(), None));
        }
        entries
    }
}

impl Url {
    fn entry(&self, label: &str) -> Entry {
        let from = &self.from;
        let label = match self.key {
            "pushurl" | "pushremote" => format!("{label} (push)"),
            _ => label.to_owned(),
        };
        let what = match &self.outcome {
            Outcome::Converted { to, message, .. } | Outcome::Restored { to, message } => {
                let message = message.as_ref().map(|message| format!(" ({message})"));
                format!("{from} -> {to}{}", message.unwrap_or_default())
            }
            Outcome::Already => from.clone(),
            Outcome::NotConverted { message, .. } => format!("{from}: not converted: {message}"),
            Outcome::Unchanged { message, .. } => format!("{from}: unchanged: {message}"),
        };
        let colour = match self.outcome.state() {
            State::Converted | State::Restored => Some(GREEN),
            State::NotConverted => Some(YELLOW),
            _ => Some(DIM),
        };
        (label, what, colour)
    }
}
