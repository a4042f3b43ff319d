//! Settings about remotes, git-lfs and the e-mail: from a quick scan of the repository's own
//! configuration, which starts no process, or from git, which reads everything.

use std::process::Stdio;

use zeroize::Zeroizing;

use crate::address::Address;
use crate::config::Service;
use crate::git;
use crate::lfs::Setting;

/// The sections that are read.
const SECTIONS: [&str; 7] = [
    "bbt",
    "credential",
    "extensions",
    "lfs",
    "remote",
    "url",
    "user",
];

struct Entry {
    /// In lower case, as is the key.
    section: String,
    subsection: Option<String>,
    key: String,
    /// Wiped: a URL may have a password in it.
    value: Zeroizing<String>,
    /// Whether it is the repository's: of its own file, of one that includes, or of the work tree.
    is_local: bool,
}

/// Settings, in the order in which git applies them.
pub struct Entries(Vec<Entry>);

impl Entries {
    /// Reads what git itself writes. Where a person has written it in another way, at worst git is
    /// asked too, or git-lfs gets no endpoint.
    pub fn scan(text: &[u8]) -> Entries {
        let text = Zeroizing::new(String::from_utf8_lossy(text).into_owned());
        let mut entries = Vec::new();
        let mut header = None;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                header = read_header(line);
                continue;
            }
            let Some((section, subsection)) = &header else {
                continue;
            };
            if let Some((key, value)) = line.split_once('=') {
                entries.push(Entry {
                    section: String::clone(section),
                    subsection: Option::clone(subsection),
                    key: key.trim_end().to_ascii_lowercase(),
                    value: read_value(value.trim_start()),
                    is_local: true,
                });
            }
        }
        Entries(entries)
    }

    /// Asks git for what decides where a remote leads, which endpoint the user has set, and the
    /// e-mail. `None` if git cannot read its configuration.
    pub fn from_git() -> Option<Entries> {
        let pattern = r"^(remote\..*\.(vcs|(lfs)?(push)?url)|lfs\.(push)?url|user\.email|url\..*\.(push)?insteadof)$";
        let mut git = git::about_current();
        git.args(["config", "--null", "--show-scope", "--get-regexp", pattern])
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let output = git.output().ok()?;
        // 1: nothing is set.
        matches!(output.status.code(), Some(0 | 1)).then_some(())?;
        let bytes = Zeroizing::new(output.stdout);
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let mut words = text.split_terminator('\0');
        let mut entries = Vec::new();
        while let (Some(scope), Some(entry)) = (words.next(), words.next()) {
            let (name, value) = entry.split_once('\n').unwrap_or((entry, ""));
            let (section, rest) = name.split_once('.')?;
            let (subsection, key) = match rest.rsplit_once('.') {
                Some((subsection, key)) => (Some(subsection.to_owned()), key),
                None => (None, rest),
            };
            entries.push(Entry {
                section: section.to_owned(),
                subsection,
                key: key.to_owned(),
                value: Zeroizing::new(value.to_owned()),
                is_local: matches!(scope, "local" | "worktree"),
            });
        }
        Some(Entries(entries))
    }

    /// Returns all values of a variable, whose section and key are given in lower case.
    pub fn values<'e>(
        &'e self,
        section: &str,
        subsection: Option<&str>,
        key: &str,
    ) -> impl DoubleEndedIterator<Item = &'e str> {
        let is_meant = move |entry: &&Entry| {
            entry.section == section
                && entry.subsection.as_deref() == subsection
                && entry.key.eq_ignore_ascii_case(key)
        };
        let entries = self.0.iter().filter(is_meant);
        entries.map(|entry| entry.value.as_str())
    }

    /// Returns the value of a variable that counts, the last.
    pub fn last(&self, section: &str, subsection: Option<&str>, key: &str) -> Option<&str> {
        self.values(section, subsection, key).next_back()
    }

    /// Returns all values that a variable has, whatever the setting's own value is.
    pub fn values_of<'e>(&'e self, setting: &Setting) -> impl DoubleEndedIterator<Item = &'e str> {
        self.values(setting.section, Some(&setting.subsection), setting.key)
    }

    /// Returns whether the repository itself has an e-mail.
    pub fn has_local_email(&self) -> bool {
        let is_email = |entry: &Entry| entry.section == "user" && entry.key == "email";
        self.0.iter().any(|entry| entry.is_local && is_email(entry))
    }

    /// Returns the name of each remote, once.
    pub fn remotes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in self.0.iter().filter(|entry| entry.section == "remote") {
            let name = entry.subsection.as_deref().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the repository that git fetches from a remote through us. `None` if it is elsewhere,
    /// or, after a scan, if that depends on settings outside the repository.
    pub fn fetched(&self, remote: &str, service: &Service) -> Option<Address> {
        let url = self.values("remote", Some(remote), "url").next()?;
        let rewritten = self.rewritten(url, "insteadof");
        self.address(remote, rewritten.as_deref().unwrap_or(url), service)
    }

    /// Returns the one repository that git pushes to through us; `None` as in
    /// [`fetched`](Self::fetched), or if there are several.
    pub fn pushed(&self, remote: &str, service: &Service) -> Option<Address> {
        let all = |key| self.values("remote", Some(remote), key).peekable();
        let mut urls = all("pushurl");
        // A push URL of its own is out of reach of pushInsteadOf (git-config(1)).
        let rules: &[&str] = if urls.peek().is_some() {
            &["insteadof"]
        } else {
            urls = all("url");
            &["pushinsteadof", "insteadof"]
        };
        let mut addresses = urls.map(|url| {
            let rewritten = rules.iter().find_map(|rule| self.rewritten(url, rule));
            self.address(remote, rewritten.as_deref().unwrap_or(url), service)
        });
        let first = addresses.next()??;
        addresses
            .all(|other| other.is_some_and(|other| other.is_same(&first)))
            .then_some(first)
    }

    /// Applies the rule with the longest match, of equal ones the first, as git does.
    fn rewritten(&self, url: &str, rule: &str) -> Option<String> {
        let rules = self.0.iter().rev();
        let rules = rules.filter(|entry| entry.section == "url" && entry.key == rule);
        let longest = rules
            .filter(|entry| url.starts_with(entry.value.as_str()))
            .max_by_key(|entry| entry.value.len())?;
        let base = longest.subsection.as_deref().unwrap_or_default();
        Some(format!("{base}{}", &url[longest.value.len()..]))
    }

    fn address(&self, remote: &str, url: &str, service: &Service) -> Option<Address> {
        let is_ours =
            url.starts_with("bbt:") || self.last("remote", Some(remote), "vcs") == Some("bbt");
        service.address(url).ok().filter(|_| is_ours)
    }
}

/// Reads `[section]` or `[section "subsection"]`.
fn read_header(line: &str) -> Option<(String, Option<String>)> {
    let inner = line.strip_prefix('[')?.strip_suffix(']')?;
    let (section, subsection) = match inner.split_once(' ') {
        Some((section, quoted)) => {
            let quoted = quoted.trim_start();
            (section, Some(quoted.strip_prefix('"')?.strip_suffix('"')?))
        }
        None => (inner, None),
    };
    let section = section.to_ascii_lowercase();
    let is_read = SECTIONS.contains(&section.as_str());
    is_read.then(|| (section, subsection.map(|name| unescaped(name).collect())))
}

/// Writes what [`read_header`] reads.
pub(super) fn header(section: &str, subsection: &str) -> String {
    let escaped = subsection.replace('\\', r"\\").replace('"', r#"\""#);
    format!("[{section} \"{escaped}\"]")
}

/// Reads a value on one line, with its quotes and up to a comment.
fn read_value(raw: &str) -> Zeroizing<String> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = raw.find(|c| {
        let ends = matches!(c, '#' | ';') && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let raw = raw[..end.unwrap_or(raw.len())].trim_end();
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(inner) => Zeroizing::new(unescaped(inner).collect()),
        None => Zeroizing::new(raw.to_owned()),
    }
}

fn unescaped(text: &str) -> impl Iterator<Item = char> {
    let mut is_escaped = false;
    text.chars().filter(move |c| {
        is_escaped = *c == '\\' && !is_escaped;
        !is_escaped
    })
}
