//! Reads values of the types that are expected. Errors name the file, line and key, never a value.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeString, DeValue};

use crate::messages::Failure;

/// For a longer unknown key no similar one is looked for.
const GUESSED_MAX: usize = 40;

const BACKSLASH: &str = "in double quotes a backslash starts an escape; write a Windows path in single quotes: 'C:\\Users\\me\\token'";

/// A file, which messages refer to.
pub(super) struct Reader<'f> {
    pub(super) path: &'f Path,
    pub(super) text: &'f str,
}

/// A key with its value.
#[derive(Clone, Copy)]
pub(super) struct Field<'f> {
    pub(super) file: &'f Reader<'f>,
    pub(super) key: &'f Spanned<DeString<'f>>,
    pub(super) value: &'f DeValue<'f>,
}

/// A table in which every key is known.
pub(super) struct Table<'f>(pub(super) Vec<Field<'f>>);

impl<'f> Table<'f> {
    /// Reads the value of a key; `None` if the table does not have it.
    pub(super) fn get<T>(
        &self,
        name: &str,
        read: impl FnOnce(Field<'f>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let field = self.0.iter().find(|field| field.name() == name);
        field.map(|field| read(*field)).transpose()
    }
}

impl Reader<'_> {
    /// Returns the failure for invalid TOML, with a hint for what editors and Windows cause.
    pub(super) fn not_toml(&self, at: usize, message: &str) -> Failure {
        let failure = self.wrong(at, message);
        let line = self.text.lines().nth(self.line(at)).unwrap_or_default();
        if line.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']) {
            failure.hint("this line has curly quotes, as word processors and chats write them; TOML takes straight ones only")
        } else if line.contains('"') && line.contains('\\') {
            failure.hint(BACKSLASH)
        } else {
            failure
        }
    }

    fn wrong(&self, at: usize, what: impl Display) -> Failure {
        let line = self.line(at) + 1;
        Failure::new(format!("{}:{line}: {what}", self.path.display()))
    }

    /// Returns the number of line ends before a position.
    fn line(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        before.iter().filter(|byte| **byte == b'\n').count()
    }
}

impl<'f> Field<'f> {
    pub(super) fn name(self) -> &'f str {
        self.key.get_ref()
    }

    /// Returns the folder that relative paths start from: git changes its own before it runs us.
    pub(super) fn folder(self) -> &'f Path {
        self.file.path.parent().unwrap_or(Path::new("/"))
    }

    /// Reads a table in which all keys have to be `known`. `place` is its name in messages.
    pub(super) fn table(self, place: impl Display, known: &[&str]) -> Result<Table<'f>, Failure> {
        let fields = self.fields()?;
        match fields.iter().find(|field| !known.contains(&field.name())) {
            Some(field) => Err(field.unknown(place, known)),
            None => Ok(Table(fields)),
        }
    }

    /// Reads a table, in the file's order.
    pub(super) fn fields(self) -> Result<Vec<Field<'f>>, Failure> {
        let table = self.value.as_table();
        let table = table.ok_or_else(|| self.expected("a table"))?.iter();
        let field = |(key, value): (&'f _, &'f Spanned<_>)| Field {
            file: self.file,
            key,
            value: value.get_ref(),
        };
        let mut fields: Vec<_> = table.map(field).collect();
        fields.sort_by_key(|field| field.key.span().start);
        Ok(fields)
    }

    pub(super) fn date(self) -> Result<Date, Failure> {
        let date = self.value.as_datetime().and_then(|datetime| {
            let date = datetime.date?;
            let month = Month::try_from(date.month).ok()?;
            Date::from_calendar_date(date.year.into(), month, date.day).ok()
        });
        date.ok_or_else(|| self.expected("a date without quotes, as in 2027-03-01"))
    }

    pub(super) fn seconds(self) -> Result<Duration, Failure> {
        let number = self.value.as_integer();
        let seconds = number.and_then(|number| number.as_str().parse().ok());
        let seconds = seconds.filter(|seconds| (1..=3600).contains(seconds));
        let duration = seconds.map(Duration::from_secs);
        duration.ok_or_else(|| self.expected("a number of seconds, 1 to 3600"))
    }

    pub(super) fn string(self) -> Result<&'f str, Failure> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    pub(super) fn strings(self) -> Option<Vec<&'f str>> {
        let words = self.value.as_array()?.iter();
        words.map(|word| word.get_ref().as_str()).collect()
    }

    pub(super) fn boolean(self) -> Result<bool, Failure> {
        let truth = self.value.as_bool();
        truth.ok_or_else(|| self.expected("true or false"))
    }

    /// Returns the path that `text` stands for, below the file's folder or the user's home.
    pub(super) fn path(self, text: &str) -> Result<PathBuf, Failure> {
        // In "C:\temp\new", TOML reads a tab and a line end.
        if text.contains(char::is_control) {
            let failure = self.wrong("has a control character in it");
            return Err(failure.hint(BACKSLASH));
        }
        expand(text, self.folder()).map_err(|why| self.wrong(why))
    }

    pub(super) fn expected(self, what: &str) -> Failure {
        let found = self.value.type_str();
        self.wrong(format!("has to be {what}, not this {found}"))
    }

    /// Quotes an unknown key only if it is similar to a known one: to TOML, a file that contains only
    /// a token can be a key.
    fn unknown(self, place: impl Display, known: &[&str]) -> Failure {
        let name = self.name();
        let near = known
            .iter()
            .filter(|_| name.len() <= GUESSED_MAX)
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
            .min();
        match near {
            Some((_, candidate)) => self
                .error(format!("unknown key \"{name}\" in {place}"))
                .hint(format!("did you mean \"{candidate}\"?")),
            None => self
                .error(format!("unknown key in {place}"))
                .hint(format!("known here: {}", known.join(", "))),
        }
    }

    /// Returns a failure that starts with the key, which must be a known one.
    pub(super) fn wrong(self, why: impl Display) -> Failure {
        self.error(format!("{} {why}", self.name()))
    }

    /// Returns a failure that does not quote the key.
    pub(super) fn error(self, what: impl Display) -> Failure {
        self.file.wrong(self.key.span().start, what)
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
