//! What setup leaves in the file, so that `--undo` knows what is ours: the name of every variable
//! that it has added, and the value, a section for each workspace. No secret is in it.
//!
//! ```text
//! [bbt "setup"]
//!     made = true
//!     added = protocol.bbt.allow=always
//! [bbt "setup.acme"]
//!     forced = true
//!     added = credential.https://bitbucket.org/acme.helper=bbt
//! ```

use bbt::lfs::Setting;

use crate::git_config::{Appended, ConfigText, Section, Variable, add_to, header_of, is_true};

const SECTION: &str = "bbt";
const SUBSECTION: &str = "setup";
const ADDED: &str = "added";
/// That there was no file before.
const MADE: &str = "made";
/// That the workspace was to be set up, whatever tokens there are.
const FORCED: &str = "forced";

/// A setting that is recorded, and the line that does it.
pub struct Recorded<'t> {
    /// Whose it is, in lower case; none for what is for all.
    pub workspace: Option<&'t str>,
    pub name: String,
    pub value: String,
    pub line: &'t Variable,
}

impl Recorded<'_> {
    /// Whether it includes the address of a bot.
    pub fn is_identity(&self) -> bool {
        self.name.starts_with("includeIf.")
    }
}

/// The sections that record settings, each with its workspace, to be appended.
pub fn sections(
    added: &[(Option<String>, Setting)],
    forced: &[String],
    is_made: bool,
) -> Vec<Appended> {
    let mut sections = Vec::new();
    let mut add = |workspace: Option<&str>, line| {
        let subsection = match workspace {
            Some(workspace) => format!("{SUBSECTION}.{workspace}"),
            None => SUBSECTION.to_owned(),
        };
        add_to(&mut sections, header_of(SECTION, Some(&subsection)), line);
    };
    if is_made {
        add(None, (MADE, "true".to_owned()));
    }
    for workspace in forced {
        add(Some(workspace), (FORCED, "true".to_owned()));
    }
    for (workspace, setting) in added {
        // No name that we give has a `=` in it.
        let line = format!("{}={}", setting.name(), setting.value);
        add(workspace.as_deref(), (ADDED, line));
    }
    sections
}

/// Whether there was no file before setup.
pub fn is_made(text: &ConfigText) -> bool {
    let made = text.get(SECTION, Some(SUBSECTION), MADE);
    made.is_some_and(|made| is_true(&made))
}

/// Whether a workspace was to be set up, whatever tokens there are.
pub fn is_forced(text: &ConfigText, workspace: &str) -> bool {
    let section = format!("{SUBSECTION}.{workspace}");
    let forced = text.get(SECTION, Some(&section), FORCED);
    forced.is_some_and(|forced| is_true(&forced))
}

/// Whether a line says one of these two, which goes with the last of what is recorded: whose it is.
pub fn of_whom<'s>(section: &'s Section, line: &Variable) -> Option<Option<&'s str>> {
    let workspace = workspace_of(section)?;
    let key = if workspace.is_some() { FORCED } else { MADE };
    (line.key == key).then_some(workspace)
}

/// All that is recorded in a file, in order.
pub fn all(text: &ConfigText) -> Vec<Recorded<'_>> {
    let mut all = Vec::new();
    for section in text.sections() {
        let Some(workspace) = workspace_of(section) else {
            continue;
        };
        // Somebody may have written more there.
        for line in section.variables.iter().filter(|line| line.key == ADDED) {
            let Some(value) = text.value(line) else {
                continue;
            };
            let (name, value) = value.split_once('=').unwrap_or((&value, ""));
            all.push(Recorded {
                workspace,
                name: name.to_owned(),
                value: value.to_owned(),
                line,
            });
        }
    }
    all
}

/// Whose record a section is; the outer none where it is no record.
fn workspace_of(section: &Section) -> Option<Option<&str>> {
    let subsection = section.subsection.as_deref()?;
    let rest = subsection.strip_prefix(SUBSECTION)?;
    match section.name == SECTION {
        true if rest.is_empty() => Some(None),
        true => rest.strip_prefix('.').map(Some),
        false => None,
    }
}
