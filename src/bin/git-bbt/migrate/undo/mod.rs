//! `--undo`: what migrate changed in a file becomes what it was, but for secrets. What somebody has
//! changed since stays as it is.

mod email;
mod lfs;

use bbt::address::Address;
use bbt::redact;
use zeroize::Zeroizing;

use super::record::{Record, SECTION};
use super::report::{Name, Outcome, Remote, Url};
use crate::git_config::{ConfigText, Edit, Variable, meaning, parts};

/// The file without what migrate did to it, and what that means for each remote; none where migrate
/// has left no record.
pub fn undone(text: &ConfigText) -> Option<(Zeroizing<Vec<u8>>, Vec<Remote>)> {
    let records = Record::all(text);
    if text
        .sections()
        .iter()
        .all(|section| section.name != SECTION)
    {
        return None;
    }
    let mut undo = Undo {
        text,
        recorded: records
            .iter()
            .map(|record| record.variable().to_owned())
            .collect(),
        values: Vec::new(),
        going: Vec::new(),
        led_to: Vec::new(),
        remotes: Vec::new(),
    };
    // The last change first: one may have been made upon another.
    for record in records.iter().rev() {
        match record {
            Record::Replaced { variable, was, now } => undo.replaced(variable, was, now),
            Record::Added { variable, value } => undo.added(variable, value),
        }
    }
    undo.remotes.reverse();
    for (remote, address) in std::mem::take(&mut undo.led_to) {
        undo.lfs(&remote, &address);
        undo.email(&remote);
    }
    let edits = undo.edits();
    Some((text.edited(edits), undo.remotes))
}

/// Whether all that migrate did to the file was to let git use `bbt::` in a submodule, which it does
/// on behalf of the repository that the submodule is in.
pub fn is_for_submodule_alone(text: &ConfigText) -> bool {
    let is_protocol = |record: &Record| matches!(record, Record::Added { variable, .. } if variable == "protocol.bbt.allow");
    let records = Record::all(text);
    !records.is_empty() && records.iter().all(is_protocol)
}

struct Undo<'t> {
    text: &'t ConfigText,
    /// The variables that have a record.
    recorded: Vec<String>,
    /// What variables go back to, as it is written.
    values: Vec<(&'t Variable, String)>,
    /// Lines that go.
    going: Vec<&'t Variable>,
    /// The remotes that were taken back, and what they led to.
    led_to: Vec<(String, Address)>,
    remotes: Vec<Remote>,
}

impl<'t> Undo<'t> {
    fn replaced(&mut self, name: &str, was: &str, now: &str) {
        let Some((section, subsection, key)) = parts(name) else {
            return;
        };
        let is_now = |variable: &Variable| self.value_of(variable) == now;
        let there = self
            .text
            .all(section, Some(subsection), key)
            .rev()
            .find(|variable| is_now(variable));
        // A remote that was renamed since is still the one whose URL it is, if no other can be meant.
        let elsewhere = || {
            let is_there = |(name, _): (Option<&str>, _)| name == Some(subsection);
            let is_other = |(name, variable): &(Option<&str>, &'t Variable)| {
                let own = format!("{section}.{}.{key}", name.unwrap_or_default());
                variable.key == key && is_now(variable) && !self.recorded.contains(&own)
            };
            let mut others = self.text.named(section).filter(is_other);
            let (name, other) = others.next()?;
            let is_only = others.next().is_none() && !self.text.named(section).any(is_there);
            is_only.then_some((name.unwrap_or_default(), other))
        };
        let there = there.map(|variable| (subsection, variable));
        let Some((is_named, variable)) = there.or_else(elsewhere) else {
            let message = "it was changed since, and stays as it is".to_owned();
            let outcome = Outcome::Elsewhere {
                message,
                hint: None,
            };
            return self.tell(section, subsection, key, now, outcome);
        };
        self.values
            .retain(|(other, _)| !std::ptr::eq(*other, variable));
        self.values.push((variable, was.to_owned()));
        if let ("remote", Ok(address)) = (section, Address::parse(now)) {
            self.led_to.push((is_named.to_owned(), address));
        }
        let outcome = Outcome::Restored {
            to: redact::url(&meaning(was.as_bytes()).unwrap_or_default()),
        };
        self.tell(section, subsection, key, now, outcome);
    }

    fn added(&mut self, name: &str, value: &str) {
        let Some((section, subsection, key)) = parts(name) else {
            return;
        };
        let mut lines = self.text.all(section, Some(subsection), key).rev();
        let is_ours = |line: &&Variable| !self.is_going(line) && self.value_of(line) == value;
        if let Some(line) = lines.find(is_ours) {
            self.goes(line, name);
        }
    }

    fn goes(&mut self, line: &'t Variable, name: &str) {
        self.values.retain(|(other, _)| !std::ptr::eq(*other, line));
        self.going.push(line);
        let name = Name::Setting(name.to_owned());
        if self.remotes.iter().all(|remote| remote.name != name) {
            self.remotes.push(Remote {
                name,
                urls: Vec::new(),
                also: vec!["taken out".to_owned()],
            });
        }
    }

    fn is_going(&self, line: &Variable) -> bool {
        self.going.iter().any(|going| std::ptr::eq(*going, line))
    }

    /// What a variable says after what was undone so far.
    fn value_of(&self, variable: &Variable) -> String {
        let undone = self
            .values
            .iter()
            .find(|(other, _)| std::ptr::eq(*other, variable));
        match undone {
            Some((_, raw)) => meaning(raw.as_bytes()),
            None => self.text.value(variable),
        }
        .unwrap_or_default()
        .to_string()
    }

    fn tell(&mut self, section: &str, subsection: &str, key: &str, now: &str, outcome: Outcome) {
        let name = match section {
            "submodule" => Name::Submodule(subsection.to_owned()),
            _ => Name::Remote(subsection.to_owned()),
        };
        let url = Url {
            key: match key {
                "pushurl" => "pushurl",
                "lfsurl" => "lfsurl",
                _ => "url",
            },
            from: redact::url(now),
            outcome,
        };
        match self.remotes.iter_mut().find(|remote| remote.name == name) {
            Some(remote) => remote.urls.insert(0, url),
            None => self.remotes.push(Remote {
                name,
                urls: vec![url],
                also: Vec::new(),
            }),
        }
    }

    fn edits(&self) -> Vec<Edit> {
        let values = self.values.iter();
        let mut edits: Vec<Edit> = values
            .map(|(variable, raw)| self.text.with_value(variable, raw))
            .collect();
        edits.extend(
            self.text
                .without_all(|section, line| match section.name.as_str() {
                    SECTION => matches!(line.key.as_str(), "was" | "now" | "added"),
                    _ => self.is_going(line),
                }),
        );
        edits
    }
}
