//! What gix makes of a file, if git reads it too.

use std::ops::Range;

use bstr::ByteSlice as _;
use gix_config::parse::{EventRef, Events};
use gix_config::value::normalize;
use zeroize::Zeroizing;

use super::{Change, Setting};

/// The parts of a file, in order, as ranges of its bytes.
#[derive(Default)]
pub(super) struct Parsed {
    pub settings: Vec<Setting>,
    pub sections: Vec<Section>,
    pub comments: Vec<Range<usize>>,
}

pub(super) struct Section {
    /// With its header.
    pub range: Range<usize>,
    pub has_comment: bool,
}

/// Has gix parse what git reads.
///
/// # Errors
/// The number of the first line that git does not read.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, usize> {
    // Half of a line's end: a line that is added would make it whole.
    if bytes.ends_with(b"\r") {
        return Err(line_at(bytes, bytes.len()));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // gix knows marks of other encodings.
    if !matches!(
        text.first(),
        None | Some(b'[' | b'#' | b';' | b' ' | b'\t' | b'\r' | b'\n')
    ) {
        return Err(1);
    }
    let events_of =
        |text: &[u8]| Events::from_bytes(text, None).map_err(|error| error.line_number());
    let events = events_of(text)?;
    // gix sees a quote that is open at the file's end only if a line follows.
    if text.trim_ascii_end().ends_with(b"\\") {
        events_of(&Zeroizing::new([text, b"\n\n"].concat()))?;
    }
    let mut reader = Reader {
        read: Zeroizing::new(bytes[..bytes.len() - text.len()].to_vec()),
        ..Reader::default()
    };
    let is_read = events.iter().all(|event| reader.read(&event));
    if !is_read || *reader.read != *bytes {
        return Err(line_at(bytes, reader.read.len()));
    }
    if let Some(last) = reader.parsed.sections.last_mut() {
        last.range.end = bytes.len();
    }
    Ok(reader.parsed)
}

/// Returns the number of the line that a byte is in.
pub(super) fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// Reads one event after the other, as git reads them.
#[derive(Default)]
struct Reader {
    parsed: Parsed,
    /// What the events were read from.
    read: Zeroizing<Vec<u8>>,
    section: String,
    subsection: Option<String>,
    /// The parts of a value so far, as written.
    value: Zeroizing<Vec<u8>>,
    /// Whether the line has a key, without `=` so far.
    has_key: bool,
    lacks_value: bool,
    goes_on: bool,
}

impl Reader {
    /// Returns whether git reads the event.
    fn read(&mut self, event: &EventRef) -> bool {
        let is_read = match event {
            // git ignores a variable before the first section, which is probably a mistake.
            EventRef::SectionValueName(_) => !self.parsed.sections.is_empty() && !self.has_key,
            // After a key alone, git wants the line's end.
            EventRef::SectionHeader { .. } | EventRef::Comment { .. } => !self.lacks_value,
            _ => true,
        };
        let start = self.read.len();
        if !is_read || event.write_to(&mut *self.read).is_err() {
            return false;
        }
        let range = start..self.read.len();
        let is_header = matches!(event, EventRef::SectionHeader { .. });
        let is_comment = matches!(event, EventRef::Comment { .. });
        // A zero byte would end a value, and a header has one line.
        let is_odd = |byte: &u8| !is_comment && (*byte == 0 || is_header && *byte == b'\n');
        if let Some(at) = self.read[start..].iter().position(is_odd) {
            self.read.truncate(start + at);
            return false;
        }
        match event {
            EventRef::SectionHeader {
                name,
                separator,
                subsection_name,
            } => {
                self.has_key = false;
                self.start_section(
                    name,
                    *separator == Some(".".into()),
                    *subsection_name,
                    range,
                );
            }
            EventRef::SectionValueName(key) => {
                (self.has_key, self.lacks_value) = (true, true);
                self.start_setting(key, range);
            }
            EventRef::KeyValueSeparator => self.lacks_value = false,
            EventRef::Newline(_) if !self.goes_on => {
                (self.has_key, self.lacks_value) = (false, false)
            }
            EventRef::Comment { .. } => {
                self.parsed.comments.push(range);
                if let Some(section) = self.parsed.sections.last_mut() {
                    section.has_comment = true;
                }
            }
            EventRef::ValueNotDone(part) => {
                self.goes_on = true;
                self.add_to_value(part, range);
            }
            EventRef::Value(part) | EventRef::ValueDone(part) => {
                self.goes_on = false;
                self.add_to_value(part, range);
                self.end_setting();
            }
            EventRef::Newline(_) | EventRef::Whitespace(_) => {}
        }
        true
    }

    fn start_section(
        &mut self,
        name: &[u8],
        is_legacy: bool,
        subsection: Option<&bstr::BStr>,
        range: Range<usize>,
    ) {
        self.section = name.to_str_lossy().to_ascii_lowercase();
        let subsection = subsection.map(|name| name.to_str_lossy());
        self.subsection = subsection.map(|name| {
            // The old form, in which case does not count.
            if is_legacy {
                name.to_ascii_lowercase()
            } else {
                name.into_owned()
            }
        });
        if let Some(last) = self.parsed.sections.last_mut() {
            last.range.end = range.start;
        }
        self.parsed.sections.push(Section {
            range,
            has_comment: false,
        });
    }

    fn start_setting(&mut self, key: &[u8], range: Range<usize>) {
        self.parsed.settings.push(Setting {
            section: self.section.clone(),
            subsection: self.subsection.clone(),
            key: key.to_str_lossy().to_ascii_lowercase(),
            value: Zeroizing::default(),
            section_number: self.parsed.sections.len() - 1,
            value_range: range.end..range.end,
            range,
            change: Change::None,
            below: None,
        });
        self.value.clear();
    }

    fn add_to_value(&mut self, part: &[u8], range: Range<usize>) {
        if let Some(setting) = self.parsed.settings.last_mut() {
            if self.value.is_empty() {
                setting.value_range.start = range.start;
            }
            setting.value_range.end = range.end;
            setting.range.end = range.end;
        }
        self.value.extend_from_slice(part);
    }

    fn end_setting(&mut self) {
        if let Some(setting) = self.parsed.settings.last_mut() {
            let is_implicit = self.lacks_value;
            let value = normalize(self.value.as_bstr());
            let value = if is_implicit {
                "true".into()
            } else {
                value.to_str_lossy()
            };
            setting.value = Zeroizing::new(value.into_owned());
        }
    }
}
