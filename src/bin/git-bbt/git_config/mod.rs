//! A file of git's configuration (git-config(1), "CONFIGURATION FILE"), kept to the byte: where its
//! sections and variables stand, and changes that leave everything else as it is.

mod draft;
mod edit;
pub mod replace;
mod sections;

use std::collections::HashMap;
use std::ops::Range;

use bstr::BStr;
use gix_config::value::normalize;
use zeroize::Zeroizing;

pub use edit::{Appended, Edit, add_to, appended, header_of, quoted};

/// The file, and what stands where.
#[derive(Default)]
pub struct ConfigText {
    bytes: Zeroizing<Vec<u8>>,
    sections: Vec<Section>,
    /// Where the sections of a name and subsection are: a file may have a hundred thousand.
    places: HashMap<(String, Option<String>), Vec<usize>>,
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
        let sections = sections::read(&bytes)?;
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, section) in sections.iter().enumerate() {
            let name = (section.name.clone(), section.subsection.clone());
            places.entry(name).or_default().push(at);
        }
        Ok(ConfigText {
            bytes,
            sections,
            places,
        })
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
        let name = (section.to_owned(), subsection.map(str::to_owned));
        let places = self.places.get(&name).map_or(&[][..], Vec::as_slice);
        let variables = places.iter().flat_map(|at| &self.sections[*at].variables);
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
