//! What gix makes of a file, if git reads it too.

use std::ops::Range;

use bstr::ByteSlice as _;
use gix_config::parse::{EventRef, Events};
use gix_config::value::normalize;
use zeroize::Zeroizing;

use super::Setting;

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
    let is_read = events.iter().try_for_each(|event| reader.read(&event));
    if is_read.is_none() || *reader.read != *bytes {
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
    /// Reads an event; returns `None` if git does not.
    fn read(&mut self, event: &EventRef) -> Option<()> {
        let Parsed {
            settings,
            sections,
            comments,
        } = &mut self.parsed;
        let is_read = match event {
            // git ignores a variable before the first section, which is probably a mistake.
            EventRef::SectionValueName(_) => !sections.is_empty() && !self.has_key,
            // After a key alone, git wants the line's end.
            EventRef::SectionHeader { .. } | EventRef::Comment { .. } => !self.lacks_value,
            _ => true,
        };
        let start = self.read.len();
        is_read.then(|| event.write_to(&mut *self.read))?.ok()?;
        let range = start..self.read.len();
        // A zero byte would end a value, and a header has one line.
        let is_odd = |byte: &u8| match event {
            EventRef::SectionHeader { .. } => matches!(byte, 0 | b'\n'),
            EventRef::Comment { .. } => false,
            _ => *byte == 0,
        };
        if let Some(at) = self.read[start..].iter().position(is_odd) {
            self.read.truncate(start + at);
            return None;
        }
        match event {
            EventRef::SectionHeader {
                name,
                separator,
                subsection_name,
            } => {
                self.has_key = false;
                self.section = name.to_str_lossy().to_ascii_lowercase();
                let subsection = subsection_name.map(|name| name.to_str_lossy());
                // In the old form, case does not count.
                let is_old = *separator == Some(".".into());
                self.subsection = subsection.map(|name| {
                    if is_old {
                        name.to_ascii_lowercase()
                    } else {
                        name.into_owned()
                    }
                });
                if let Some(last) = sections.last_mut() {
                    last.range.end = range.start;
                }
                sections.push(Section {
                    range,
                    has_comment: false,
                });
            }
            EventRef::SectionValueName(key) => {
                (self.has_key, self.lacks_value) = (true, true);
                self.value.clear();
                settings.push(Setting {
                    section: self.section.clone(),
                    subsection: self.subsection.clone(),
                    key: key.to_str_lossy().to_ascii_lowercase(),
                    section_number: sections.len() - 1,
                    value_range: range.end..range.end,
                    range,
                    ..Setting::default()
                });
            }
            EventRef::KeyValueSeparator => self.lacks_value = false,
            EventRef::Value(part) | EventRef::ValueNotDone(part) | EventRef::ValueDone(part) => {
                let setting = settings.last_mut()?;
                if self.value.is_empty() {
                    setting.value_range.start = range.start;
                }
                (setting.value_range.end, setting.range.end) = (range.end, range.end);
                self.value.extend_from_slice(part);
                self.goes_on = matches!(event, EventRef::ValueNotDone(_));
                if !self.goes_on {
                    let value = normalize(self.value.as_bstr());
                    let value = if self.lacks_value {
                        "true".into()
                    } else {
                        value.to_str_lossy()
                    };
                    setting.value = Zeroizing::new(value.into_owned());
                }
            }
            EventRef::Newline(_) if !self.goes_on => {
                (self.has_key, self.lacks_value) = (false, false)
            }
            EventRef::Comment { .. } => {
                comments.push(range);
                if let Some(section) = sections.last_mut() {
                    section.has_comment = true;
                }
            }
            EventRef::Newline(_) | EventRef::Whitespace(_) => {}
        }
        Some(())
    }
}
