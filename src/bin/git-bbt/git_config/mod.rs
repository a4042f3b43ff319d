//! A file of git's configuration (git-config(1), "CONFIGURATION FILE"), kept to the byte: where its
//! sections and variables stand, and changes that leave everything else as it is.

mod edit;
pub mod replace;

use std::ops::Range;

use bstr::BStr;
use gix_config::parse::{EventRef, Events};
use gix_config::value::normalize;
use zeroize::Zeroizing;

pub use edit::{Edit, appended, header_of, quoted};

/// The file, and what stands where.
#[derive(Default)]
pub struct ConfigText {
    bytes: Zeroizing<Vec<u8>>,
    sections: Vec<Section>,
}

/// `[name "subsection"]` and what follows it, up to the next one.
pub struct Section {
    /// In lower case, since git minds none.
    pub name: String,
    /// As it is meant, without escapes.
    pub subsection: Option<String>,
    /// From `[` to `]`.
    header: Range<usize>,
    end: usize,
    pub variables: Vec<Variable>,
}

/// `key = value`
pub struct Variable {
    /// In lower case, since git minds none.
    pub key: String,
    /// The value as it is written, with its quotes.
    raw: Range<usize>,
    /// From the key to the end of what is on the line, a comment too.
    line: Range<usize>,
}

impl ConfigText {
    /// Reads what is in a file.
    ///
    /// # Errors
    /// The number of the first line that git could not read either.
    pub fn parse(bytes: Zeroizing<Vec<u8>>) -> Result<ConfigText, usize> {
        // The parser keeps a copy that nobody wipes, and sees no secret: only the shape of the file.
        let events =
            Events::from_bytes(&shape(&bytes), None).map_err(|error| error.line_number())?;
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let mut at = bom + events.frontmatter().map(length).sum::<usize>();
        let mut sections = Vec::new();
        for section in events.sections() {
            let (name, subsection, header) = header(&bytes[at..]);
            let start = at;
            at += header;
            let variables = variables(&bytes, &mut at, section.body());
            sections.push(Section {
                name,
                subsection,
                header: start..start + header,
                end: at,
                variables,
            });
        }
        match at == bytes.len() {
            true => Ok(ConfigText { bytes, sections }),
            false => Err(1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()),
        }
    }

    /// What is in the file.
    pub fn bytes(&self) -> &Zeroizing<Vec<u8>> {
        &self.bytes
    }

    /// All sections, in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Whether it may include other files.
    pub fn includes_others(&self) -> bool {
        let mut names = self.sections.iter().map(|section| section.name.as_str());
        names.any(|name| matches!(name, "include" | "includeif"))
    }

    /// The variables of every section of this name, with their subsections, in order.
    pub fn named<'t>(
        &'t self,
        section: &str,
    ) -> impl Iterator<Item = (Option<&'t str>, &'t Variable)> {
        let named = self.sections.iter().filter(move |has| has.name == section);
        named.flat_map(|section| {
            let subsection = section.subsection.as_deref();
            section
                .variables
                .iter()
                .map(move |variable| (subsection, variable))
        })
    }

    /// The variables of this key, in order.
    pub fn all<'t>(
        &'t self,
        section: &str,
        subsection: Option<&str>,
        key: &str,
    ) -> impl DoubleEndedIterator<Item = &'t Variable> {
        let named = self.sections.iter().filter(move |has| has.name == section);
        let named = named.filter(move |has| has.subsection.as_deref() == subsection);
        let variables = named.flat_map(|section| &section.variables);
        variables.filter(move |variable| variable.key.eq_ignore_ascii_case(key))
    }

    /// The value that counts, the last.
    pub fn get(
        &self,
        section: &str,
        subsection: Option<&str>,
        key: &str,
    ) -> Option<Zeroizing<String>> {
        let last = self.all(section, subsection, key).next_back()?;
        self.value(last)
    }

    /// What a variable means; none where it is not UTF-8.
    pub fn value(&self, variable: &Variable) -> Option<Zeroizing<String>> {
        meaning(self.raw(variable))
    }

    /// A value as it is written, with its quotes.
    pub fn raw(&self, variable: &Variable) -> &[u8] {
        &self.bytes[variable.raw.clone()]
    }
}

/// What a value means that is written like this; none where it is not UTF-8.
pub fn meaning(raw: &[u8]) -> Option<Zeroizing<String>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        // Where a line goes on, the value has no part in the backslash and the line's end.
        let ends = [&b"\\\r\n"[..], b"\\\n"];
        let next_line = ends.iter().find_map(|end| rest.strip_prefix(*end));
        rest = match (next_line, byte, after) {
            (Some(next_line), ..) => next_line,
            (None, b'\\', [escaped, after @ ..]) => {
                joined.extend([b'\\', *escaped]);
                after
            }
            (None, ..) => {
                joined.push(*byte);
                after
            }
        };
    }
    let value = Zeroizing::new(normalize(BStr::new(joined.as_slice())).to_vec());
    std::str::from_utf8(&value)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned()))
}

/// Whether a value means yes (git-config(1), "boolean").
pub fn is_true(value: &str) -> bool {
    ["true", "yes", "on", "1"]
        .iter()
        .any(|yes| value.eq_ignore_ascii_case(yes))
}

/// Whether a protocol may be used for whatever URL (git-config(1), "protocol.allow").
pub fn is_always(value: &str) -> bool {
    value.eq_ignore_ascii_case("always")
}

/// `remote.origin.url` in its parts; the subsection may have dots in it.
pub fn parts(variable: &str) -> Option<(&str, &str, &str)> {
    let (section, rest) = variable.split_once('.')?;
    let (subsection, key) = rest.rsplit_once('.')?;
    Some((section, subsection, key))
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

/// The variables of a section's body, which begins at `at` and ends where that is left.
fn variables<'e>(
    bytes: &[u8],
    at: &mut usize,
    body: impl Iterator<Item = EventRef<'e>>,
) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    let (mut is_on_line, mut goes_on) = (false, false);
    for event in body {
        let start = *at;
        *at += length(event);
        if let EventRef::SectionValueName(_) = event {
            is_on_line = true;
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
    found
}
