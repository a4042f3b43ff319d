//! What setup leaves in the file, so that `--undo` knows what is ours: the name of every variable
//! that it has added, and the value. No secret is in it.
//!
//! ```text
//! [bbt "setup"]
//!     added = protocol.bbt.allow=always
//! ```

use bbt::lfs::Setting;

use crate::git_config::{ConfigText, Section, Variable, header_of};

const SECTION: &str = "bbt";
const SUBSECTION: &str = "setup";
const KEY: &str = "added";

/// The section that records them, to be appended.
pub fn section<'s>(
    added: impl IntoIterator<Item = &'s Setting>,
) -> (String, Vec<(&'static str, String)>) {
    // No name that we give has a `=` in it.
    let line = |setting: &Setting| (KEY, format!("{}={}", setting.name(), setting.value));
    let lines = added.into_iter().map(line).collect();
    (header_of(SECTION, Some(SUBSECTION)), lines)
}

/// Whether a section is a record.
pub fn is_record(section: &Section) -> bool {
    section.name == SECTION && section.subsection.as_deref() == Some(SUBSECTION)
}

/// Whether a line of it is ours; somebody may have written more there.
pub fn is_ours(line: &Variable) -> bool {
    line.key == KEY
}

/// Name and value of all that a file's records have, in order.
pub fn all(text: &ConfigText) -> Vec<(String, String)> {
    let lines = text.all(SECTION, Some(SUBSECTION), KEY);
    let lines = lines.filter_map(|line| {
        let value = text.value(line)?;
        let (name, value) = value.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    lines.collect()
}
