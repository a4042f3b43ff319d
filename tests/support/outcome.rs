//! How a program ended and what it printed, with all secrets replaced.

use std::fmt;

/// Compare its fields, or all of it as a snapshot with Display.
#[derive(Clone)]
pub struct Outcome {
    /// The exit status; `None` if a signal ended it.
    pub status: Option<i32>,
    /// The standard output, without secrets.
    pub stdout: String,
    /// The standard error, without secrets and without the spaces that git pads remote lines with.
    pub stderr: String,
}

impl Outcome {
    /// Returns the lines on stderr that our programs print.
    pub fn said(&self) -> String {
        let ours = |line: &&str| {
            ["error: ", "hint: ", "warning: ", "bbt: "]
                .iter()
                .any(|label| line.starts_with(label))
        };
        self.stderr
            .lines()
            .filter(ours)
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// Asserts that stderr has `text` in it.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in:\n{self}");
        self
    }

    /// Asserts that stderr does not have `text` in it.
    #[track_caller]
    pub fn does_not_say(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "{text:?} in:\n{self}");
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self
            .status
            .map_or("a signal".to_owned(), |status| status.to_string());
        writeln!(f, "{}{}status: {status}", self.stdout, self.stderr)
    }
}
