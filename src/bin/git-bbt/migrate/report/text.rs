//! A report as lines for people.

use bbt::redact;

use super::{Advice, Name, Outcome, Remote, Report, Url};

/// A heading, and a line for every URL, with what to type below it.
pub fn text(report: &Report) -> String {
    let mut lines = Lines::default();
    if !report.remotes.is_empty() || !report.gitmodules.is_empty() {
        lines.add(0, &report.place.display().to_string());
    }
    let labels = report.remotes.iter().flat_map(Remote::labels);
    let width = labels.map(|label| label.chars().count()).max().unwrap_or(0);
    for remote in &report.remotes {
        for (label, what, hint) in remote.lines() {
            lines.add(2, &format!("{label:<width$}  {what}"));
            lines.hint(4 + width, hint);
        }
    }
    for Advice {
        submodule,
        from,
        relative,
    } in &report.gitmodules
    {
        lines.add(2, &format!("in .gitmodules, submodule {submodule}: {from}; \"{relative}\" works from everywhere"));
    }
    for problem in &report.problems {
        lines.add(
            0,
            &format!("{}: skipped: {}", problem.place.display(), problem.why),
        );
        lines.hint(2, problem.hint.as_deref());
    }
    lines.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, indent: usize, text: &str) {
        self.0 += &" ".repeat(indent);
        self.0 += redact::for_terminal(text).trim_end();
        self.0.push('\n');
    }

    fn hint(&mut self, indent: usize, hint: Option<&str>) {
        if let Some(hint) = hint {
            self.add(indent, &format!("hint: {hint}"));
        }
    }
}

impl Remote {
    fn label(&self) -> String {
        match &self.name {
            Name::Remote(name) | Name::Setting(name) => name.clone(),
            Name::Submodule(name) => format!("submodule {name}"),
        }
    }

    fn labels(&self) -> impl Iterator<Item = String> {
        self.lines().into_iter().map(|(label, ..)| label)
    }

    /// Label, what there is to say, and what to type.
    fn lines(&self) -> Vec<(String, String, Option<&str>)> {
        let mut label = self.label();
        let urls = self.urls.iter().map(|url| {
            let label = match url.key {
                "pushurl" => format!("{label} (push)"),
                "lfsurl" => format!("{label} (lfs)"),
                _ => label.clone(),
            };
            let (what, hint) = url.line();
            (label, what, hint)
        });
        let mut lines: Vec<_> = urls.collect();
        for also in &self.also {
            if !lines.is_empty() {
                label.clear();
            }
            lines.push((label.clone(), also.clone(), None));
        }
        lines
    }
}

impl Url {
    fn line(&self) -> (String, Option<&str>) {
        let from = &self.from;
        match &self.outcome {
            Outcome::Converted { to, message } => match message {
                Some(message) => (format!("{from} -> {to} ({message})"), None),
                None => (format!("{from} -> {to}"), None),
            },
            Outcome::Restored { to } => (format!("{from} -> {to}"), None),
            Outcome::Already => (from.clone(), None),
            Outcome::Left { message, hint } => {
                (format!("{from}: left over: {message}"), hint.as_deref())
            }
            Outcome::Elsewhere { message, hint } => {
                (format!("{from}: left alone: {message}"), hint.as_deref())
            }
        }
    }
}
