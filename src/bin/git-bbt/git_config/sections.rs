//! Where the sections and variables of a file stand, and whether git would read it: its parser takes
//! more than git does, and what git does not read is not for us to change.

use gix_config::parse::{EventRef, Events};

use super::{Section, Variable};

/// Every section, in order.
///
/// # Errors
/// The number of the first line that git could not read either.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Section>, usize> {
    // git would take what is behind it for nothing, or for what comes next.
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(line_at(bytes, at));
    }
    // Half of a line's end: a line that is added would make it whole.
    if bytes.ends_with(b"\r") {
        return Err(line_at(bytes, bytes.len()));
    }
    // The parser keeps a copy that nobody wipes, and sees no secret: only the shape of the file.
    let mut shape = shape(bytes);
    let events = Events::from_bytes(&shape, None).map_err(|error| error.line_number())?;
    // A quote in a value that goes on at the file's end may be open, which it sees only if there is more.
    if shape.trim_ascii_end().ends_with(b"\\") {
        shape.extend(b"\n\n");
        Events::from_bytes(&shape, None).map_err(|error| error.line_number())?;
    }
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    // Of other marks of an encoding, which the parser knows and git does not, it would take bytes.
    if !matches!(
        bytes.get(bom),
        None | Some(b'[' | b'#' | b';' | b' ' | b'\t' | b'\r' | b'\n')
    ) {
        return Err(1);
    }
    let mut at = bom;
    for event in events.frontmatter() {
        // A variable of no section is nothing to git, and hard to tell from a mistake.
        if !matches!(
            event,
            EventRef::Comment { .. } | EventRef::Newline(_) | EventRef::Whitespace(_)
        ) {
            return Err(line_at(bytes, at));
        }
        at += length(event);
    }
    let mut sections = Vec::new();
    for section in events.sections() {
        let (name, subsection, header) = header(&bytes[at..]);
        let start = at;
        at += header;
        let Some(variables) = variables(bytes, &mut at, section.body()) else {
            return Err(line_at(bytes, at));
        };
        sections.push(Section {
            name,
            subsection,
            header: start..start + header,
            end: at,
            variables,
        });
    }
    if at == bytes.len() {
        Ok(sections)
    } else {
        Err(line_at(bytes, at))
    }
}

/// The file with `x` for every letter and `0` for every digit, but for those that a backslash gives
/// a meaning: as good as the file for telling where everything stands.
fn shape(bytes: &[u8]) -> Vec<u8> {
    let mut is_escaped = false;
    let shaped = bytes.iter().map(|byte| {
        let was_escaped = is_escaped;
        is_escaped = *byte == b'\\' && !was_escaped;
        match byte {
            byte if was_escaped => *byte,
            byte if byte.is_ascii_alphabetic() => b'x',
            byte if byte.is_ascii_digit() => b'0',
            byte => *byte,
        }
    });
    shaped.collect()
}

/// How many bytes of the file an event is.
fn length(event: EventRef<'_>) -> usize {
    match event {
        EventRef::KeyValueSeparator => 1,
        // And the backslash, or the sign that begins it.
        EventRef::ValueNotDone(text) | EventRef::Comment { text, .. } => text.len() + 1,
        EventRef::SectionValueName(text)
        | EventRef::Value(text)
        | EventRef::ValueDone(text)
        | EventRef::Newline(text)
        | EventRef::Whitespace(text) => text.len(),
        // Never in a body, where this is asked.
        EventRef::SectionHeader { .. } => 0,
    }
}

/// Name, subsection and length of a header that the parser has found to be one: an event has its
/// subsection without the escapes that it is written with.
fn header(bytes: &[u8]) -> (String, Option<String>, usize) {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte);
    let name_ends = 1 + bytes.iter().skip(1).take_while(is_name).count();
    let name = String::from_utf8_lossy(&bytes[1..name_ends]).to_ascii_lowercase();
    if bytes.get(name_ends) == Some(&b']') {
        // The old way to write a subsection, in which case does not count either.
        return match name.split_once('.') {
            Some((name, subsection)) => {
                (name.to_owned(), Some(subsection.to_owned()), name_ends + 1)
            }
            None => (name, None, name_ends + 1),
        };
    }
    let opening = bytes
        .iter()
        .position(|byte| *byte == b'"')
        .unwrap_or(name_ends);
    let mut subsection = Vec::new();
    let mut rest = bytes.iter().enumerate().skip(opening + 1);
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'"' => {
                let subsection = String::from_utf8_lossy(&subsection).into_owned();
                return (name, Some(subsection), at + 2);
            }
            b'\\' => subsection.extend(rest.next().map(|(_, escaped)| escaped)),
            byte => subsection.push(*byte),
        }
    }
    (name, None, bytes.len())
}

/// The number of the line that a byte is on.
fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()
}

/// The variables of a section's body, which begins at `at` and ends where that is left. None where
/// something else than a value is on a variable's line, which the parser takes and git does not.
fn variables<'e>(
    bytes: &[u8],
    at: &mut usize,
    body: impl Iterator<Item = EventRef<'e>>,
) -> Option<Vec<Variable>> {
    let mut found: Vec<Variable> = Vec::new();
    let (mut is_on_line, mut goes_on) = (false, false);
    let mut has_value = true;
    for event in body {
        let start = *at;
        *at += length(event);
        has_value |= matches!(event, EventRef::KeyValueSeparator | EventRef::Newline(_));
        match event {
            EventRef::SectionValueName(_) if is_on_line => return None,
            EventRef::Comment { .. } if !has_value => return None,
            _ => {}
        }
        if let EventRef::SectionValueName(_) = event {
            is_on_line = true;
            has_value = false;
            found.push(Variable {
                key: String::from_utf8_lossy(&bytes[start..*at]).to_ascii_lowercase(),
                raw: *at..*at,
                line: start..*at,
            });
            continue;
        }
        let Some(variable) = found.last_mut().filter(|_| is_on_line) else {
            continue;
        };
        match event {
            EventRef::Value(_) => variable.raw = start..*at,
            EventRef::ValueNotDone(_) => {
                if !goes_on {
                    variable.raw.start = start;
                }
                goes_on = true;
            }
            EventRef::ValueDone(_) => {
                variable.raw.end = *at;
                goes_on = false;
            }
            EventRef::Newline(_) if !goes_on => is_on_line = false,
            _ => {}
        }
        match event {
            EventRef::Newline(_) | EventRef::Whitespace(_) => {}
            _ => variable.line.end = *at,
        }
    }
    // A header on the same line.
    (has_value || *at == bytes.len()).then_some(found)
}
