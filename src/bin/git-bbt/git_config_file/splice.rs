//! The content of a file as edited: its bytes, with some ranges of them replaced.

use std::ops::Range;

use bbt::clone_config;
use zeroize::Zeroizing;

use super::{Change, GitConfigFile};

impl GitConfigFile {
    /// Returns the content with all changes but what is appended.
    pub(super) fn spliced(&self) -> Zeroizing<Vec<u8>> {
        let mut content = Zeroizing::new(Vec::with_capacity(2 * self.bytes.len()));
        let mut copied = 0;
        for (range, new) in self.replacements() {
            // What is removed with its section is not removed again.
            if range.start >= copied {
                content.extend_from_slice(&self.bytes[copied..range.start]);
                content.extend_from_slice(new.as_bytes());
                copied = range.end;
            }
        }
        content.extend_from_slice(&self.bytes[copied..]);
        content
    }

    /// Returns the ranges that are replaced, in order, and what with.
    fn replacements(&self) -> Vec<(Range<usize>, String)> {
        let emptied = self.emptied_sections();
        let mut replacements: Vec<_> = emptied.map(|range| (range, String::new())).collect();
        for setting in &self.parsed.settings {
            if setting.change == Change::None && setting.below.is_none() {
                continue;
            }
            let line = self.line_around(&setting.range);
            if setting.change == Change::Set {
                replacements.push((setting.value_range.clone(), quoted(&setting.value)));
            } else if setting.change == Change::Removed {
                let is_blank = |range: Range<usize>| self.bytes[range].trim_ascii().is_empty();
                let is_alone = is_blank(line.start..setting.range.start)
                    && is_blank(setting.range.end..line.end);
                let range = if is_alone { &line } else { &setting.range };
                replacements.push((range.clone(), String::new()));
            }
            if let Some((key, value)) = &setting.below {
                let gap = clone_config::gap(&self.bytes[..line.end]);
                let new = format!("{gap}\t{key} = {}\n", quoted(value));
                replacements.push((line.end..line.end, new));
            }
        }
        replacements.sort_by_key(|(range, _)| range.start);
        replacements
    }

    /// Returns the sections that lose all settings and have no comment.
    fn emptied_sections(&self) -> impl Iterator<Item = Range<usize>> {
        let settings = &self.parsed.settings;
        let by_section = settings.chunk_by(|one, next| one.section_number == next.section_number);
        let emptied = by_section.filter(|all| all.iter().all(|it| it.change == Change::Removed));
        let sections = emptied.map(|all| &self.parsed.sections[all[0].section_number]);
        let sections = sections.filter(|section| !section.has_comment);
        sections.map(|section| section.range.clone())
    }

    /// Returns the lines that a range is on, with their end.
    fn line_around(&self, range: &Range<usize>) -> Range<usize> {
        let is_end = |byte: &u8| *byte == b'\n';
        let start = self.bytes[..range.start].iter().rposition(is_end);
        let rest = self.bytes[range.end..].iter().position(is_end);
        start.map_or(0, |at| at + 1)..rest.map_or(self.bytes.len(), |at| range.end + at + 1)
    }
}

/// Returns a value as it is written: in quotes if git would read it otherwise.
fn quoted(value: &str) -> String {
    let is_special = |c: char| c.is_control() || matches!(c, '"' | '\\' | '#' | ';');
    if value.trim() == value && !value.contains(is_special) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
    format!("\"{}\"", escaped.replace('\n', r"\n").replace('\t', r"\t"))
}
