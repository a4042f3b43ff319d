//! The summary of a run, and whether anything is left to do.

use std::collections::BTreeMap;

use super::{Name, Report, State};

/// What the summary counts.
#[derive(Default)]
pub struct Count {
    pub repositories: usize,
    /// By state, and whether it is a remote or a submodule.
    states: BTreeMap<(State, bool), usize>,
    /// Each once.
    pub(super) hints: Vec<String>,
}

impl Count {
    pub fn add(&mut self, report: &Report) {
        for line in &report.lines {
            let is_remote = matches!(line.name, Some(Name::Remote(_) | Name::Submodule(_)));
            *self.states.entry((line.state, is_remote)).or_default() += 1;
            let hints = line.urls.iter().map(|url| &url.outcome.hint);
            for hint in hints.chain([&line.hint]).flatten() {
                if !self.hints.contains(hint) {
                    self.hints.push(hint.clone());
                }
            }
        }
    }

    fn has(&self, states: &[State]) -> bool {
        self.states.keys().any(|(state, _)| states.contains(state))
    }

    /// Returns whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        !self.has(&[State::NotConverted, State::Token, State::Skipped])
    }

    /// `6 repositories: 3 remotes converted, 3 not converted, 1 not on Bitbucket`
    pub(super) fn summary(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let states = [
            (State::Converted, format!("{would}converted")),
            (State::Restored, format!("{would}restored")),
            (State::Already, "already bbt::".to_owned()),
            (State::NotConverted, "not converted".to_owned()),
            (State::Unchanged, "unchanged".to_owned()),
            (State::NotOnBitbucket, "not on Bitbucket".to_owned()),
            (State::Token, "with a token".to_owned()),
            (State::Skipped, "skipped".to_owned()),
        ];
        let mut parts = Vec::new();
        let mut last_noun = "";
        for (state, what) in states {
            for (is_remote, noun) in [(true, " remote"), (false, " setting")] {
                let noun = if state == State::Skipped { "" } else { noun };
                let Some(count) = self.states.get(&(state, is_remote)) else {
                    continue;
                };
                // Once for those that follow one another.
                let is_shown = noun != last_noun && !noun.is_empty();
                let end = if *count == 1 { "" } else { "s" };
                let shown = if is_shown {
                    format!("{noun}{end}")
                } else {
                    String::new()
                };
                last_noun = noun;
                parts.push(format!("{count}{shown} {what}"));
            }
        }
        if parts.is_empty() {
            let nothing = if self.has(&[State::Changed]) {
                "only settings changed"
            } else {
                "nothing to do"
            };
            parts.push(nothing.to_owned());
        }
        let repositories = match self.repositories {
            1 => "1 repository".to_owned(),
            count => format!("{count} repositories"),
        };
        format!("{repositories}: {}", parts.join(", "))
    }
}
