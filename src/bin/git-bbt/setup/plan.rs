//! What is added to the file, what is there already, and what is left out and why.

use std::path::Path;

use bbt::lfs::Setting;
use zeroize::Zeroizing;

use super::record;
use super::standing::{Entry, Standing, Verdict, written};
use super::wanted::Wanted;
use crate::git_config::{ConfigText, appended, header_of};

/// What comes of it.
pub struct Plan {
    added: Vec<Setting>,
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
                plan.added.extend(missing.into_iter().cloned());
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
    pub fn applied_to(&self, text: &ConfigText) -> Option<Zeroizing<Vec<u8>>> {
        if self.added.is_empty() {
            return None;
        }
        let mut sections: Vec<(String, Vec<(&str, String)>)> = Vec::new();
        for setting in &self.added {
            let header = header_of(setting.section, Some(&setting.subsection));
            let line = (setting.key, setting.value.clone());
            match sections.last_mut().filter(|(last, _)| *last == header) {
                Some((_, lines)) => lines.push(line),
                None => sections.push((header, vec![line])),
            }
        }
        sections.push(record::section(&self.added));
        Some(appended(text.bytes().clone(), &sections))
    }

    /// For people.
    pub fn text(&self, file: &Path, dry_run: bool) -> String {
        let mut text = format!("{}\n", file.display());
        let added = if dry_run { "would add" } else { "added" };
        for setting in &self.added {
            text += &format!("  {added:<9} {}\n", line(setting));
        }
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

fn cure(entry: &Entry) -> String {
    let (name, file) = (entry.shown_name(), &entry.file);
    match name == entry.name {
        true => format!(
            "if it may go, git config --file {} --unset-all {}, and this again",
            for_shell(file),
            for_shell(&name)
        ),
        // A secret is in it, and no command line is the place for that.
        false => format!("if it may go, take it out of {file} by hand, and this again"),
    }
}

/// As a word that a shell leaves alone.
fn for_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:/@".contains(c);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
