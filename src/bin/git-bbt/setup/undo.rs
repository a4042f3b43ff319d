//! `--undo`: what setup has added goes. What somebody has changed since stays as it is.

use std::process::ExitCode;

use anyhow::Result;
use zeroize::Zeroizing;

use super::record::{self, Recorded};
use super::{global, identity, listing};
use crate::git_config::{ConfigText, Variable, parts};
use crate::output::say;

/// What goes, and what somebody has changed since, by name and value.
#[derive(Default)]
pub struct Undone {
    pub gone: Vec<(String, String)>,
    changed: Vec<(String, String)>,
    /// The files that are included no more.
    pub identities: Vec<String>,
    /// Whether setup has made the file, and nothing is left in it.
    is_empty: bool,
}

/// Takes what is for these workspaces out of every file that setup may have written to; all of it
/// where none is named.
///
/// # Errors
/// What stands in the way.
pub fn run(workspaces: &[String], dry_run: bool) -> Result<ExitCode> {
    let is_meant = |recorded: &Recorded| {
        let is = |name: &String| {
            let of = recorded.workspace;
            of.is_some_and(|of| name.eq_ignore_ascii_case(of))
        };
        workspaces.is_empty() || workspaces.iter().any(is)
    };
    let mut text = String::new();
    for file in &global::files()? {
        if !file.exists() {
            global::clean(file, dry_run);
            continue;
        }
        let undone = global::change(file, dry_run, |text| {
            Ok(text.map_or((None, None), |text| without(text, is_meant, true)))
        })?;
        let Some(undone) = undone else {
            continue;
        };
        if undone.is_empty && !dry_run {
            global::remove_empty(file)?;
        }
        let identities = match dry_run {
            true => Vec::new(),
            false => identity::remove(&undone.identities)?,
        };
        text += &format!("{}\n", file.display());
        let gone = if dry_run {
            "would take out"
        } else {
            "taken out"
        };
        text += &listing::lines(&format!("{gone:<15}"), &undone.gone, dry_run);
        text += &listing::lines(&format!("{:<15}", "changed since"), &undone.changed, true);
        for identity in identities {
            text += &format!("  {:<14}  {}\n", "removed", identity.display());
        }
    }
    if text.is_empty() {
        text += &match workspaces {
            [] => "There is nothing that setup has written.\n".to_owned(),
            some => format!(
                "There is nothing that setup has written for {}.\n",
                some.join(", ")
            ),
        };
    }
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The file without what is recorded and meant; none where that is nothing. That setup has made the
/// file is forgotten with the last of what is recorded, where that `may_be_last`.
pub fn without(
    text: &ConfigText,
    is_meant: impl Fn(&Recorded) -> bool,
    may_be_last: bool,
) -> (Option<Zeroizing<Vec<u8>>>, Option<Undone>) {
    let all = record::all(text);
    let is_made = record::is_made(text);
    let (meant, stays): (Vec<_>, Vec<_>) = all.iter().partition(|recorded| is_meant(recorded));
    let is_last = may_be_last && stays.is_empty();
    if meant.is_empty() && !(is_last && is_made) {
        return (None, None);
    }
    let mut undone = Undone::default();
    let mut going: Vec<&Variable> = Vec::new();
    // From the last to the first, so that of two lines that are the same ours is the later.
    for recorded in meant.into_iter().rev() {
        let Recorded { name, value, .. } = recorded;
        let line = parts(name).and_then(|(section, subsection, key)| {
            let section = section.to_ascii_lowercase();
            let mut lines = text.all(&section, Some(subsection), key).rev();
            lines.find(|line| {
                let is_going = going.iter().any(|going| std::ptr::eq(*going, *line));
                !is_going && text.value(line).is_some_and(|is| *is == *value)
            })
        });
        let entry = (name.clone(), value.clone());
        match line {
            Some(line) => {
                if recorded.is_identity() {
                    undone.identities.push(value.clone());
                }
                going.push(line);
                undone.gone.insert(0, entry);
            }
            None => undone.changed.insert(0, entry),
        }
        going.push(recorded.line);
    }
    let edits = text.without_all(|section, line| {
        let is_going = going.iter().any(|going| std::ptr::eq(*going, line));
        let goes_with = |of: Option<&str>| match of {
            None => is_last,
            Some(_) => stays.iter().all(|recorded| recorded.workspace != of),
        };
        is_going || record::of_whom(section, line).is_some_and(goes_with)
    });
    let new = text.edited(edits);
    undone.is_empty = is_made && new.is_empty();
    (Some(new), Some(undone))
}
