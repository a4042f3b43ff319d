//! Changes to a file of git's configuration, each undone by its counterpart to the byte.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{ConfigText, Section, Variable};

/// The line that ends a value which would go on into ours; nobody else writes a blank one so.
const BLANK: &str = "\t \t";

/// Bytes in the place of others.
pub struct Edit {
    at: Range<usize>,
    with: String,
}

impl ConfigText {
    /// Another value, written as it is given; the rest of the line stays.
    pub fn with_value(&self, variable: &Variable, raw: &str) -> Edit {
        Edit {
            at: variable.raw.clone(),
            with: raw.to_owned(),
        }
    }

    /// One more line behind that of a variable.
    pub fn with_line_after(&self, variable: &Variable, key: &str, value: &str) -> Edit {
        let end = variable.line.end;
        Edit {
            at: end..end,
            with: format!("{}\t{key} = {}", self.newline(), quoted(value)),
        }
    }

    /// Without some variables of all sections.
    pub fn without_all(&self, is_going: impl Fn(&Section, &Variable) -> bool) -> Vec<Edit> {
        let sections = self.sections().iter().flat_map(|section| {
            let all = section.variables.iter();
            let going: Vec<&Variable> = all.filter(|line| is_going(section, line)).collect();
            match going[..] {
                [] => Vec::new(),
                _ => self.without(section, &going),
            }
        });
        let mut edits: Vec<Edit> = sections.collect();
        edits.extend(self.without_blank(&edits));
        edits
    }

    /// Without the line that ends a value which goes on, where nothing is left behind it.
    fn without_blank(&self, edits: &[Edit]) -> Option<Edit> {
        let all = self.bytes().len();
        let mut end = all;
        for edit in edits.iter().rev().filter(|edit| edit.with.is_empty()) {
            if edit.at.end == end {
                end = edit.at.start;
            }
        }
        let ended = format!("{BLANK}{}", self.newline());
        let before = self.bytes()[..end].strip_suffix(ended.as_bytes())?;
        (end < all && goes_on(before)).then(|| Edit {
            at: before.len()..end,
            with: String::new(),
        })
    }

    /// Without some variables of a section: without its header too, where they are all that it has.
    /// What somebody has written behind them, or between, stays.
    fn without(&self, section: &Section, going: &[&Variable]) -> Vec<Edit> {
        let ends = going.iter().map(|variable| variable.line.end).max();
        let end = ends.unwrap_or(section.header.end);
        let are_all = going.len() == section.variables.len();
        if !are_all || !self.is_blank(section.header.end..end, going) {
            let lines = going
                .iter()
                .map(|variable| self.without_line(section, variable));
            return lines.collect();
        }
        let rest = &self.bytes()[end..section.end];
        let line_end = rest.iter().position(|byte| *byte == b'\n');
        vec![Edit {
            at: section.header.start..end + line_end.map_or(0, |at| at + 1),
            with: String::new(),
        }]
    }

    /// Without a line, and the line's end before it.
    fn without_line(&self, section: &Section, variable: &Variable) -> Edit {
        let before = &self.bytes()[section.header.end..variable.line.start];
        let line_end = before.iter().rposition(|byte| *byte == b'\n');
        let mut start = section.header.end + line_end.unwrap_or(0);
        if line_end.is_some_and(|at| at > 0 && before[at - 1] == b'\r') {
            start -= 1;
        }
        Edit {
            at: start..variable.line.end,
            with: String::new(),
        }
    }

    /// Whether there is nothing but blanks somewhere, but for the lines of `going`.
    fn is_blank(&self, at: Range<usize>, going: &[&Variable]) -> bool {
        let is_going = |byte: usize| going.iter().any(|variable| variable.line.contains(&byte));
        let mut bytes = at.map(|at| (at, self.bytes()[at]));
        bytes.all(|(at, byte)| byte.is_ascii_whitespace() || is_going(at))
    }

    /// The file with the changes, of which no two touch the same bytes.
    pub fn edited(&self, mut edits: Vec<Edit>) -> Zeroizing<Vec<u8>> {
        let had_final_newline = self.bytes().ends_with(b"\n");
        // What is inserted at one place keeps the order it was asked for in.
        edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        let longer: usize = edits.iter().map(|edit| edit.with.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes().len() + longer));
        let mut done = 0;
        for edit in &edits {
            bytes.extend_from_slice(&self.bytes()[done..edit.at.start]);
            bytes.extend_from_slice(edit.with.as_bytes());
            done = edit.at.end;
        }
        bytes.extend_from_slice(&self.bytes()[done..]);
        // A section at the end of a file whose last line is not ended brought a line's end along.
        let ends_anew = edits
            .last()
            .is_some_and(|edit| edit.at.end == self.bytes().len() && edit.with.is_empty());
        if ends_anew && !had_final_newline && bytes.ends_with(b"\n") {
            let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let length = line.strip_suffix(b"\r").unwrap_or(line).len();
            bytes.truncate(length);
        }
        bytes
    }

    fn newline(&self) -> &'static str {
        newline(self.bytes())
    }
}

/// A section to be appended: its header, and its variables.
pub type Appended = (String, Vec<(&'static str, String)>);

/// Adds a variable to the section of this header, and that where it is not there yet.
pub fn add_to(sections: &mut Vec<Appended>, header: String, line: (&'static str, String)) {
    match sections.iter_mut().find(|(is, _)| *is == header) {
        Some((_, lines)) => lines.push(line),
        None => sections.push((header, vec![line])),
    }
}

/// `bytes` with sections at its end, each a header and its variables.
pub fn appended(mut bytes: Zeroizing<Vec<u8>>, sections: &[Appended]) -> Zeroizing<Vec<u8>> {
    let newline = newline(&bytes);
    let is_ended = bytes.is_empty() || bytes.ends_with(b"\n");
    let mut text = String::new();
    if goes_on(&bytes) {
        text += &if is_ended {
            format!("{BLANK}{newline}")
        } else {
            format!("{newline}{BLANK}")
        };
    }
    for (header, variables) in sections {
        let lines = variables
            .iter()
            .map(|(key, value)| format!("{newline}\t{key} = {}", quoted(value)));
        let lines: String = lines.collect();
        // Ended as the file is, so that taking it out leaves the file as it was.
        text += &if is_ended {
            format!("{header}{lines}{newline}")
        } else {
            format!("{newline}{header}{lines}")
        };
    }
    let mut grown = Zeroizing::new(Vec::with_capacity(bytes.len() + text.len()));
    grown.append(&mut bytes);
    grown.extend_from_slice(text.as_bytes());
    grown
}

/// Whether the value on the last line goes on, so that what is written behind it would be part of it.
/// The parser is asked only where it looks so: the line may be a comment.
fn goes_on(bytes: &[u8]) -> bool {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !line.ends_with(b"\\") {
        return false;
    }
    let probe = Zeroizing::new([line, b"\n[probe]"].concat());
    let ends_before = |text: ConfigText| {
        let last = text.sections().last();
        last.is_some_and(|section| section.name == "probe")
    };
    !ConfigText::parse(probe).is_ok_and(ends_before)
}

/// `[name "subsection"]`
pub fn header_of(name: &str, subsection: Option<&str>) -> String {
    match subsection {
        None => format!("[{name}]"),
        Some(subsection) => {
            let escaped = subsection.replace('\\', "\\\\").replace('"', "\\\"");
            format!("[{name} \"{escaped}\"]")
        }
    }
}

/// A value as git writes it: in quotes only where it needs them.
pub fn quoted(value: &str) -> String {
    let is_plain = |c: char| !matches!(c, '"' | '\\' | '#' | ';') && !c.is_control();
    let is_padded = value.starts_with(' ') || value.ends_with(' ');
    if value.chars().all(is_plain) && !is_padded {
        return value.to_owned();
    }
    let escaped = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
        .replace('\u{8}', "\\b");
    format!("\"{escaped}\"")
}

fn newline(bytes: &[u8]) -> &'static str {
    let first = bytes.iter().position(|byte| *byte == b'\n');
    if first.is_some_and(|at| at > 0 && bytes[at - 1] == b'\r') {
        "\r\n"
    } else {
        "\n"
    }
}
