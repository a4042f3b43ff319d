//! What is added to the file, what is there already, and what is left out and why.

use std::path::Path;

use bbt::lfs::Setting;
use bbt::shell;
use zeroize::Zeroizing;

use super::entry::{Entry, written};
use super::standing::{Standing, Verdict};
use super::undo::Undone;
use super::wanted::Wanted;
use super::{listing, record};
use crate::git_config::{add_to, appended, header_of};

/// What comes of it.
pub struct Plan {
    /// Each with its workspace.
    added: Vec<(Option<String>, Setting)>,
    there: Vec<Setting>,
    /// What was wanted, and the user's entry that stands in the way.
    pub left: Vec<(Setting, Entry)>,
    pub warnings: Vec<String>,
}

/// Plans upon what stands there.
pub fn plan(standing: &Standing, wanted: &Wanted) -> Plan {
    let mut plan = Plan {
        added: Vec::new(),
        there: Vec::new(),
        left: Vec::new(),
        warnings: Vec::new(),
    };
    for group in &wanted.groups {
        match standing.judge(group) {
            Verdict::Left(entry) => {
                let same = |setting: &&Setting| setting.name().eq_ignore_ascii_case(&entry.name);
                let settings = || group.settings.iter().rev();
                let setting = settings().find(same).or_else(|| settings().next());
                plan.left
                    .extend(setting.cloned().map(|setting| (setting, entry)));
                continue;
            }
            Verdict::Add(missing) => {
                let there = group
                    .settings
                    .iter()
                    .filter(|setting| !missing.contains(setting));
                plan.there.extend(there.cloned());
                let missing = missing.into_iter().cloned();
                let workspace = &group.workspace;
                plan.added
                    .extend(missing.map(|setting| (workspace.clone(), setting)));
            }
        }
        for warning in standing.warnings(group) {
            if !plan.warnings.contains(&warning) {
                plan.warnings.push(warning);
            }
        }
    }
    plan
}

impl Plan {
    /// The file with it, as sections at its end, so that of what is said twice ours is the last; none
    /// where nothing is to be added.
    pub fn applied_to(
        &self,
        bytes: &Zeroizing<Vec<u8>>,
        forced: &[String],
        is_made: bool,
    ) -> Option<Zeroizing<Vec<u8>>> {
        if self.added.is_empty() && forced.is_empty() {
            return None;
        }
        let mut sections = Vec::new();
        for (_, setting) in &self.added {
            let header = header_of(setting.section, Some(&setting.subsection));
            add_to(&mut sections, header, (setting.key, setting.value.clone()));
        }
        sections.extend(record::sections(&self.added, forced, is_made));
        Some(appended(bytes.clone(), &sections))
    }

    /// For people.
    pub fn text(&self, file: &Path, former: Option<&Undone>, dry_run: bool) -> String {
        let mut text = format!("{}\n", file.display());
        let (gone, added) = match dry_run {
            true => ("would take out", "would add"),
            false => ("taken out", "added"),
        };
        if let Some(former) = former {
            text += &listing::lines(&format!("{gone:<9}"), &former.gone, dry_run);
        }
        let settings = self.added.iter();
        let settings = settings.map(|(_, setting)| (setting.name(), setting.value.clone()));
        let settings: Vec<_> = settings.collect();
        text += &listing::lines(&format!("{added:<9}"), &settings, dry_run);
        match self.there.len() {
            0 => {}
            1 => text += "  is there  1 setting\n",
            number => text += &format!("  is there  {number} settings\n"),
        }
        for (setting, entry) in &self.left {
            text += &format!("  left out  {}\n", line(setting));
            text += &format!("            yours is there: {}\n", entry.shown());
            text += &format!("            cure: {}\n", cure(entry));
        }
        text
    }
}

fn line(setting: &Setting) -> String {
    format!("{} = {}", setting.name(), written(&setting.value))
}

/// A variable may have other values, which are to stay.
fn cure(entry: &Entry) -> String {
    let file = &entry.file;
    match entry.is_shown() {
        true => format!(
            "if it may go, git config --file {} --fixed-value --unset-all {} {}, and this again",
            shell::word(file),
            shell::word(&entry.name),
            shell::word(&entry.value)
        ),
        // A secret may be in it, and no command line is the place for that.
        false => format!("if it may go, take it out of {file} by hand, and this again"),
    }
}
