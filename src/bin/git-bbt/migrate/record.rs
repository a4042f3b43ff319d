//! What migrate leaves in a repository's own configuration, so that `--undo` can take it back: for
//! every variable a section that says what was there, and what is now. No secret is in it.
//!
//! ```text
//! [bbt-migrated "remote.origin.url"]
//!     was = git@bitbucket.org:acme/widgets.git
//!     now = bbt::acme/widgets
//! [bbt-migrated "protocol.bbt.allow"]
//!     added = always
//! ```

use crate::git_config::{Appended, ConfigText, Section, header_of};

/// The section's name.
pub const SECTION: &str = "bbt-migrated";

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A value, as it was written with its quotes, and the one in its place.
    Replaced {
        variable: String,
        was: String,
        now: String,
    },
    /// A value that was not there.
    Added { variable: String, value: String },
}

impl Record {
    /// As a section to be appended.
    pub fn section(&self) -> Appended {
        let (variable, lines) = match self {
            Record::Replaced { variable, was, now } => {
                (variable, vec![("was", was.clone()), ("now", now.clone())])
            }
            Record::Added { variable, value } => (variable, vec![("added", value.clone())]),
        };
        (header_of(SECTION, Some(variable)), lines)
    }

    /// What was changed.
    pub fn variable(&self) -> &str {
        match self {
            Record::Replaced { variable, .. } | Record::Added { variable, .. } => variable,
        }
    }

    /// All that a file has, in order.
    pub fn all(text: &ConfigText) -> Vec<Record> {
        let sections = text
            .sections()
            .iter()
            .filter(|section| section.name == SECTION);
        sections
            .flat_map(|section| Record::of(text, section))
            .collect()
    }

    fn of(text: &ConfigText, section: &Section) -> Vec<Record> {
        let variable = section.subsection.clone().unwrap_or_default();
        let mut records = Vec::new();
        let mut before = None;
        for line in &section.variables {
            let Some(value) = text.value(line).map(|value| value.to_string()) else {
                continue;
            };
            // Somebody may have written more between the two.
            match line.key.as_str() {
                "was" => before = Some(value),
                "now" => records.extend(before.take().map(|was| Record::Replaced {
                    variable: variable.clone(),
                    was,
                    now: value,
                })),
                "added" => records.push(Record::Added {
                    variable: variable.clone(),
                    value,
                }),
                _ => {}
            }
        }
        records
    }
}
