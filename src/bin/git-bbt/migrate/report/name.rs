//! What is reported has a name, which may be a URL.

use bbt::redact;
use serde::Serialize;

/// What a value belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Name {
    Remote(String),
    Submodule(String),
    /// A branch that pulls from a URL, or is pushed to one.
    Branch(String),
    /// Any other setting, by its full name.
    Setting(String),
}

impl Name {
    /// Returns it as it is shown: redacted where it may be a URL.
    pub fn shown(&self) -> Name {
        match self {
            Name::Remote(name) => Name::Remote(shown_name(name)),
            Name::Submodule(name) => Name::Submodule(shown_name(name)),
            Name::Branch(name) => Name::Branch(shown_name(name)),
            Name::Setting(name) => Name::Setting(shown_name(name)),
        }
    }
}

/// Returns the name of a remote, or of what else a user names, without a secret: it may be a URL.
pub fn shown_name(name: &str) -> String {
    let before_host = name.rsplit_once('@').map_or("", |(before, _)| before);
    if name.contains("://") || before_host.contains(':') {
        redact::url(name)
    } else {
        redact::tokens(name)
    }
}
