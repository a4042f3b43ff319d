//! What gix makes of a file, if git reads it too.

use std::collections::HashMap;

use bstr::ByteSlice as _;
use gix_config::File;
use gix_config::file::Metadata;
use gix_config::parse::{EventRef, Events};
use zeroize::Zeroizing;

use super::Setting;

/// Has gix parse what git reads.
///
/// # Errors
/// The number of the first line that git does not read.
pub(super) fn parse(bytes: &[u8]) -> Result<File, usize> {
    let line_at = |at: usize| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    // git would take what is behind it for nothing, or for what comes next.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(line_at(at));
    }
    // Half of a line's end: a line that is added would make it whole.
    if bytes.ends_with(b"\r") {
        return Err(line_at(bytes.len()));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // gix knows marks of other encodings.
    if !matches!(
        text.first(),
        None | Some(b'[' | b'#' | b';' | b' ' | b'\t' | b'\r' | b'\n')
    ) {
        return Err(1);
    }
    let parsed = |text: &[u8]| Events::from_bytes(text, None).map_err(|error| error.line_number());
    let events = parsed(text)?;
    // gix sees a quote that is open at the file's end only if a line follows.
    if text.trim_ascii_end().ends_with(b"\\") {
        parsed(&Zeroizing::new([text, b"\n\n"].concat()))?;
    }
    let read = read_by_git(events.iter());
    if *read != *text {
        return Err(line_at(
            bytes.len() - text.len() + read.len().min(text.len()),
        ));
    }
    Ok(File::from_parse_events_no_includes(
        events,
        Metadata::default(),
    ))
}

/// Returns what the events were read from, up to where git stops reading.
fn read_by_git<'e>(events: impl Iterator<Item = EventRef<'e>>) -> Zeroizing<Vec<u8>> {
    let mut read = Zeroizing::new(Vec::new());
    let (mut in_section, mut has_key, mut has_value, mut goes_on) = (false, false, true, false);
    for event in events {
        let is_read = match &event {
            EventRef::SectionHeader { .. } => {
                let is_read = has_value;
                (in_section, has_key) = (true, false);
                is_read
            }
            // git ignores a variable before the first section, which is probably a mistake.
            EventRef::SectionValueName(_) => {
                let is_read = in_section && !has_key;
                (has_key, has_value) = (true, false);
                is_read
            }
            // After a key alone, git wants the line's end.
            EventRef::Comment { .. } => has_value,
            _ => true,
        };
        match &event {
            EventRef::KeyValueSeparator => has_value = true,
            EventRef::ValueNotDone(_) => goes_on = true,
            EventRef::ValueDone(_) => goes_on = false,
            EventRef::Newline(_) if !goes_on => (has_key, has_value) = (false, true),
            _ => {}
        }
        let start = read.len();
        if !is_read || event.write_to(&mut *read).is_err() {
            break;
        }
        // git wants a header on one line.
        if matches!(event, EventRef::SectionHeader { .. }) && read[start..].contains(&b'\n') {
            read.truncate(start);
            break;
        }
    }
    read
}

/// Returns all settings of a file, in order.
pub(super) fn settings(file: &File) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut counts: HashMap<_, usize> = HashMap::new();
    for (section, id) in file.sections_and_ids() {
        let header = section.header();
        let name = header.name().to_str_lossy().to_ascii_lowercase();
        let written = header.subsection_name();
        let subsection = written.map(|name| {
            let name = name.to_str_lossy();
            // The old form, in which case does not count.
            if header.is_legacy() {
                name.to_ascii_lowercase()
            } else {
                name.into_owned()
            }
        });
        for (key, value) in section.body() {
            let written_key = key;
            let key = written_key.to_ascii_lowercase();
            let nth = counts
                .entry((name.clone(), written, key.clone()))
                .or_default();
            settings.push(Setting {
                section: name.clone(),
                subsection: subsection.clone(),
                is_implicit: value.is_empty() && section.value_implicit(&key) == Some(None),
                is_removed: false,
                key,
                written_key,
                value: Zeroizing::new(value.to_str_lossy().into_owned()),
                id,
                nth: *nth,
            });
            *nth += 1;
        }
    }
    settings
}
