//! `--undo`: what setup has added goes. What somebody has changed since stays as it is.

use std::process::ExitCode;

use anyhow::Result;
use zeroize::Zeroizing;

use super::global;
use super::standing::written;
use super::{identity, record};
use crate::git_config::{ConfigText, Variable, parts};
use crate::output::say;

/// What goes, and what somebody has changed since, by name and value.
#[derive(Default)]
struct Undone {
    gone: Vec<(String, String)>,
    changed: Vec<(String, String)>,
    /// Whether nothing is left in the file.
    is_empty: bool,
}

impl Undone {
    /// The files that are included no more.
    fn included(&self) -> impl Iterator<Item = &str> {
        let included = self.gone.iter();
        let included = included.filter(|(name, _)| name.starts_with("includeIf."));
        included.map(|(_, path)| path.as_str())
    }
}

/// Takes it out of every file that setup may have written to.
///
/// # Errors
/// What stands in the way.
pub fn run(dry_run: bool) -> Result<ExitCode> {
    let mut text = String::new();
    let mut files = global::files()?.to_vec();
    files.dedup();
    for file in &files {
        if !file.exists() {
            global::clean(file, dry_run);
            continue;
        }
        let Some(undone) = global::change(file, dry_run, |text| Ok(undone(text)))? else {
            continue;
        };
        if undone.is_empty && !dry_run {
            global::remove_empty(file)?;
        }
        let identities = match dry_run {
            true => Vec::new(),
            false => identity::remove(undone.included())?,
        };
        text += &format!("{}\n", file.display());
        let mut line = |mark: &str, (name, value): &(String, String)| {
            text += &format!("  {mark:<14}  {name} = {}\n", written(value));
        };
        let gone = if dry_run {
            "would take out"
        } else {
            "taken out"
        };
        undone.gone.iter().for_each(|entry| line(gone, entry));
        undone
            .changed
            .iter()
            .for_each(|entry| line("changed since", entry));
        for identity in identities {
            text += &format!("  {:<14}  {}\n", "removed", identity.display());
        }
    }
    if text.is_empty() {
        text += "There is nothing that setup has written.\n";
    }
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The file without what is ours; none where there is no record of it.
fn undone(text: &ConfigText) -> (Option<Zeroizing<Vec<u8>>>, Option<Undone>) {
    if !text.sections().iter().any(record::is_record) {
        return (None, None);
    }
    let mut undone = Undone::default();
    let mut going: Vec<&Variable> = Vec::new();
    // From the last to the first, so that of two lines that are the same ours is the later.
    for (name, value) in record::all(text).into_iter().rev() {
        let line = parts(&name).and_then(|(section, subsection, key)| {
            let section = section.to_ascii_lowercase();
            let mut lines = text.all(&section, Some(subsection), key).rev();
            lines.find(|line| {
                let is_going = going.iter().any(|going| std::ptr::eq(*going, *line));
                !is_going && text.value(line).is_some_and(|is| *is == value)
            })
        });
        match line {
            Some(line) => {
                going.push(line);
                undone.gone.insert(0, (name, value));
            }
            None => undone.changed.insert(0, (name, value)),
        }
    }
    let is_going = |line: &Variable| going.iter().any(|going| std::ptr::eq(*going, line));
    let edits = text.without_all(|section, line| {
        is_going(line) || (record::is_record(section) && record::is_ours(line))
    });
    let new = text.edited(edits);
    undone.is_empty = new.is_empty();
    (Some(new), Some(undone))
}
