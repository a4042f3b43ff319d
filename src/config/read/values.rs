//! Reads values of the types that are expected. Errors name the file, line and key, never a value.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::messages::Failure;

/// For a longer unknown key no similar one is looked for.
const GUESSED_MAX: usize = 40;

const BACKSLASH: &str = "in double quotes a backslash starts an escape; write a Windows path in single quotes: 'C:\\Users\\me\\token'";

/// A file, which messages refer to.
pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

pub(super) type Key<'a> = Spanned<DeString<'a>>;
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    /// Returns the folder that relative paths start from: git changes its own before it runs us.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    pub(super) fn date(&self, key: &Key, value: &Value) -> Result<Date> {
        let date = match value.get_ref() {
            DeValue::Datetime(datetime) => datetime.date,
            _ => None,
        };
        date.and_then(|date| {
            let month = Month::try_from(date.month).ok()?;
            Date::from_calendar_date(date.year.into(), month, date.day).ok()
        })
        .ok_or_else(|| {
            self.expected(key, value, "a date without quotes, as in 2027-03-01")
                .into()
        })
    }

    pub(super) fn seconds(&self, key: &Key, value: &Value) -> Result<Duration> {
        let seconds = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        match seconds.filter(|seconds| (1..=3600).contains(seconds)) {
            Some(seconds) => Ok(Duration::from_secs(seconds)),
            None => Err(self
                .expected(key, value, "a number of seconds, 1 to 3600")
                .into()),
        }
    }

    pub(super) fn table<'v, 'i>(&self, key: &Key, value: &'v Value<'i>) -> Result<&'v DeTable<'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.expected(key, value, "a table").into()),
        }
    }

    pub(super) fn string<'v>(&self, key: &Key, value: &'v Value) -> Result<&'v str> {
        let text = value.get_ref().as_str();
        text.ok_or_else(|| self.expected(key, value, "a string").into())
    }

    /// Returns the path that `text` stands for, below the file's folder or the user's home.
    pub(super) fn path(&self, key: &Key, value: &Value, text: &str) -> Result<PathBuf> {
        // In "C:\temp\new", TOML reads a tab and a line end.
        if text.contains(char::is_control) {
            let what = format!("{} has a control character in it", key.get_ref());
            return Err(self.wrong(value.span(), &what).hint(BACKSLASH).into());
        }
        expand(text, self.folder()).map_err(|why| {
            let what = format!("{} {why}", key.get_ref());
            self.wrong(value.span(), &what).into()
        })
    }

    pub(super) fn boolean(&self, key: &Key, value: &Value) -> Result<bool> {
        let truth = value.get_ref().as_bool();
        truth.ok_or_else(|| self.expected(key, value, "true or false").into())
    }

    pub(super) fn expected(&self, key: &Key, value: &Value, what: &str) -> Failure {
        let found = value.get_ref().type_str();
        self.wrong(
            value.span(),
            &format!("{} has to be {what}, not this {found}", key.get_ref()),
        )
    }

    /// Quotes an unknown key only if it is similar to a known one: to TOML, a file that contains only
    /// a token can be a key.
    pub(super) fn unknown(&self, key: &Key, place: &str, known: &[&str]) -> Failure {
        let name = key.get_ref();
        let known_here = known.iter().filter(|_| name.len() <= GUESSED_MAX);
        let near = known_here
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
            .min();
        match near {
            Some((_, candidate)) => self
                .wrong(key.span(), &format!("unknown key \"{name}\" in {place}"))
                .hint(format!("did you mean \"{candidate}\"?")),
            None => self
                .wrong(key.span(), &format!("unknown key in {place}"))
                .hint(format!("known here: {}", known.join(", "))),
        }
    }

    /// Returns the failure for invalid TOML, with a hint for what editors and Windows cause.
    pub(super) fn not_toml(&self, span: Range<usize>, message: &str) -> Failure {
        let start = span.start.min(self.text.len());
        let line = self.text.as_bytes()[..start]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        let line = self.text.lines().nth(line).unwrap_or_default();
        let failure = self.wrong(span, message);
        if line.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']) {
            failure.hint("this line has curly quotes, as word processors and chats write them; TOML takes straight ones only")
        } else if line.contains('"') && line.contains('\\') {
            failure.hint(BACKSLASH)
        } else {
            failure
        }
    }

    pub(super) fn wrong(&self, span: Range<usize>, what: &str) -> Failure {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(format!("{}:{line}: {what}", self.path.display()))
    }
}

/// Expands `~/` to the home directory and a relative path to one below `folder`.
///
/// # Errors
/// The rest of a sentence that starts with the key.
fn expand(text: &str, folder: &Path) -> Result<PathBuf, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if let Some(rest) = text.strip_prefix('~') {
        let inner = rest
            .strip_prefix(std::path::is_separator)
            .ok_or("starts with \"~\", which is expanded only before a slash")?;
        let home = dirs::home_dir().ok_or("starts with \"~\", but no home directory is known")?;
        return Ok(home.join(inner));
    }
    // An absolute path replaces `folder`. Collecting the components removes "./", for messages.
    Ok(folder.join(text).components().collect())
}

/// Returns the entries in the file's order, so that the first mistake is reported.
pub(super) fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Key<'i>, &'t Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
