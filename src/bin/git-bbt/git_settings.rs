//! git's configuration as git itself lists it: every setting, with the file that it is in.

use std::io;

use anyhow::Result;
use bbt::report::Failure;

use crate::git::Outcome;
use crate::migrate::origin;

/// One setting.
#[derive(Debug, Clone)]
pub struct GitSetting {
    /// As git prints it: in lower case except for the subsection.
    pub name: String,
    pub value: String,
    /// The file, or `command line` for a setting from arguments or variables.
    pub file: String,
}

/// The arguments that make git list its configuration for [`parse`].
pub const LIST: [&str; 4] = ["config", "--list", "--show-origin", "-z"];

/// Reads git's answer to [`LIST`]. The settings are in the order in which git reads them.
///
/// # Errors
/// git's own, if it cannot read its configuration or cannot be run.
pub fn parse(listed: io::Result<Outcome>) -> Result<Vec<GitSetting>> {
    let listed = listed.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::new("git is not on the PATH").hint("install git"),
        _ => Failure::new(format!("cannot run git: {error}")),
    })?;
    if !listed.succeeded {
        let what = format!("git cannot read its configuration: {}", listed.reason());
        let failure = Failure::new(what).hint("fix the file that git names, and try again");
        return Err(failure.into());
    }
    let mut fields = listed.stdout.split('\0');
    let mut settings = Vec::new();
    while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
        // A name without a value means true.
        let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        settings.push(GitSetting {
            name: name.to_owned(),
            value: value.to_owned(),
            file: match origin.split_once(':') {
                Some(("file", file)) => file.to_owned(),
                _ => "command line".to_owned(),
            },
        });
    }
    Ok(settings)
}

impl GitSetting {
    /// The subsection of a setting in `section` with this `key`: `(base, "url", "insteadof")` for
    /// `url.<base>.insteadof`.
    pub fn subsection(&self, section: &str, key: &str) -> Option<&str> {
        let rest = self.name.strip_prefix(section)?.strip_prefix('.')?;
        rest.strip_suffix(key)?.strip_suffix('.')
    }
}

/// `name = value (file)`, without the secret that may be in a URL, or in a helper's arguments.
impl std::fmt::Display for GitSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self
            .name
            .strip_prefix("url.")
            .and_then(|name| name.rsplit_once('.'))
        {
            Some((base, key)) => format!("url.{}.{key}", origin::shown(base)),
            None => self.name.clone(),
        };
        let value = match self.value.split_once(char::is_whitespace) {
            _ if self.value.is_empty() => "\"\"".to_owned(),
            _ if !name.ends_with(".helper") => origin::shown(&self.value),
            _ if self.value.starts_with('!') => "!***".to_owned(),
            Some((helper, _)) => format!("{helper} ***"),
            None => self.value.clone(),
        };
        write!(f, "{name} = {value} ({})", self.file)
    }
}
