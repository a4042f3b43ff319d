//! An entry of git's configuration that is not ours, and how people are shown it.

use crate::migrate::origin::shown;

/// A value, and the file that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As git prints it, in lower case but for the subsection.
    pub name: String,
    pub value: String,
    pub file: String,
}

impl Entry {
    /// `name = value`, without the secret that may be in a URL of either.
    pub fn shown(&self) -> String {
        format!("{} = {}", self.shown_name(), written(&self.shown_value()))
    }

    /// Whether that is all there is to it.
    pub fn is_shown(&self) -> bool {
        self.shown_name() == self.name && self.shown_value() == self.value
    }

    fn shown_value(&self) -> String {
        match self.name.ends_with(".helper") {
            true => without_arguments(&self.value),
            false => shown(&self.value),
        }
    }

    fn shown_name(&self) -> String {
        match self
            .name
            .strip_prefix("url.")
            .and_then(|name| name.rsplit_once('.'))
        {
            Some((base, key)) => format!("url.{}.{key}", shown(base)),
            None => self.name.clone(),
        }
    }
}

/// A helper's name: a shell's text, and arguments, may hold a password.
fn without_arguments(helper: &str) -> String {
    match helper.split_once(char::is_whitespace) {
        _ if helper.starts_with('!') => "!***".to_owned(),
        Some((name, _)) => format!("{name} ***"),
        None => helper.to_owned(),
    }
}

/// A value as people can see it.
pub fn written(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}
