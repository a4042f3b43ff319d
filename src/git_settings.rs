//! git's settings for remotes, git-lfs and the e-mail: from a quick scan of a repository's own
//! configuration file, which starts no process, or from git, which reads all files.

mod line;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use zeroize::Zeroizing;

use crate::address::Address;
use crate::config::Service;
use crate::instead_of::InsteadOf;
use crate::{git, untrusted_file};

/// A setting with a subsection, as it is written.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Before the first dot.
    pub section: &'static str,
    /// Between the first dot and the last.
    pub subsection: String,
    /// After the last dot.
    pub key: &'static str,
    /// What it is set to.
    pub value: String,
}

impl Setting {
    /// Returns its name, as `git config` takes it.
    pub fn name(&self) -> String {
        format!("{}.{}.{}", self.section, self.subsection, self.key)
    }
}

/// The repository that git runs us in.
pub struct LocalRepository {
    /// The folder that all its work trees share.
    pub git_dir: PathBuf,
    /// A scan of the configuration file there.
    pub own: GitSettings,
}

impl LocalRepository {
    /// Reads the repository that `git_dir` belongs to, which may be a linked work tree's. `None` if
    /// its configuration cannot be read.
    pub fn read(git_dir: &Path) -> Option<LocalRepository> {
        let git_dir = common_dir(git_dir);
        let own = GitSettings::scan(&untrusted_file::read(&git_dir.join("config")).ok()?);
        Some(LocalRepository { git_dir, own })
    }
}

/// Returns the folder of a repository that all its work trees share.
pub fn common_dir(git_dir: &Path) -> PathBuf {
    match untrusted_file::read_text(&git_dir.join("commondir")) {
        Ok(shared) => git_dir.join(shared.trim_end()),
        Err(_) => git_dir.to_owned(),
    }
}

struct Entry {
    /// As git prints it: in lower case except for the subsection.
    name: String,
    /// Wiped: a URL may have a password in it.
    value: Zeroizing<String>,
    /// Whether it is the repository's: of its own file, of one that includes, or of the work tree.
    is_local: bool,
}

/// Settings, in the order in which git applies them.
#[derive(Default)]
pub struct GitSettings(Vec<Entry>);

/// Collects names and values that git has listed.
impl<'s> FromIterator<(&'s str, &'s str)> for GitSettings {
    fn from_iter<I: IntoIterator<Item = (&'s str, &'s str)>>(listed: I) -> GitSettings {
        let entries = listed.into_iter().map(|(name, value)| Entry {
            name: name.to_owned(),
            value: Zeroizing::new(value.to_owned()),
            is_local: false,
        });
        GitSettings(entries.collect())
    }
}

impl GitSettings {
    /// Reads what git itself writes. Where a person has written it in another way, at worst git is
    /// asked too, or git-lfs gets no endpoint.
    pub fn scan(text: &[u8]) -> GitSettings {
        let text = Zeroizing::new(String::from_utf8_lossy(text).into_owned());
        let mut entries = Vec::new();
        let mut section = None;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line::read_header(line);
            } else if let (Some(section), Some((key, value))) = (&section, line.split_once('=')) {
                entries.push(Entry {
                    name: format!("{section}.{}", key.trim_end().to_ascii_lowercase()),
                    value: line::read_value(value.trim_start()),
                    is_local: true,
                });
            }
        }
        GitSettings(entries)
    }

    /// Asks git for the settings that decide where a remote leads and which endpoint the user has set,
    /// and for the e-mail: from every file, included ones too, and from `git -c`. `None` if git cannot
    /// read its configuration, or is older than 2.26.
    pub fn from_git() -> Option<GitSettings> {
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
            entries.push(Entry {
                name: name.to_owned(),
                value: Zeroizing::new(value.to_owned()),
                is_local: matches!(scope, "local" | "worktree"),
            });
        }
        Some(GitSettings(entries))
    }

    /// Returns all values of a variable, whose section and key are given in lower case.
    pub fn values(&self, name: String) -> impl DoubleEndedIterator<Item = &str> {
        let entries = self.0.iter().filter(move |entry| entry.name == name);
        entries.map(|entry| entry.value.as_str())
    }

    /// Returns the value of a variable that counts, the last.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.values(name.to_owned()).next_back()
    }

    /// Returns all values of a setting's variable, whatever its own value is.
    pub fn values_of(&self, setting: &Setting) -> impl DoubleEndedIterator<Item = &str> {
        let (section, key) = (setting.section, setting.key.to_ascii_lowercase());
        self.values(format!("{section}.{}.{key}", setting.subsection))
    }

    /// Returns whether the repository itself has an e-mail.
    pub fn has_local_email(&self) -> bool {
        let mut local = self.0.iter().filter(|entry| entry.is_local);
        local.any(|entry| entry.name == "user.email")
    }

    /// Returns the name of each remote, once.
    pub fn remotes(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let names = self.in_section("remote").map(|(name, _, _)| name);
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// Returns the remotes that have a variable with this value.
    pub fn remotes_with(&self, value: &str) -> impl Iterator<Item = &str> {
        let settings = self.in_section("remote");
        let settings = settings.filter(|(_, _, it)| it.eq_ignore_ascii_case(value));
        settings.map(|(name, _, _)| name)
    }

    /// Returns the subsection, key and value of each setting with a subsection in `section`.
    fn in_section(&self, section: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().filter_map(move |entry| {
            let (found, subsection, key) = split_key(&entry.name)?;
            (found == section).then_some((subsection, key, entry.value.as_str()))
        })
    }

    /// Returns the repository that git fetches from a remote through us. `None` if it is elsewhere,
    /// or, after a scan, if that depends on other files.
    pub fn fetched(&self, remote: &str, service: &Service) -> Option<Address> {
        self.address(remote, &self.fetch_url(remote)?, service)
    }

    /// Returns the one repository that git pushes to through us. `None` as in
    /// [`fetched`](Self::fetched), or if there are several.
    pub fn pushed(&self, remote: &str, service: &Service) -> Option<Address> {
        let urls = self.push_urls(remote);
        let mut addresses = urls.iter().map(|url| self.address(remote, url, service));
        let first = addresses.next()??;
        addresses
            .all(|other| other.is_some_and(|other| other.is_same(&first)))
            .then_some(first)
    }

    /// Returns the URL that git fetches from.
    pub fn fetch_url(&self, remote: &str) -> Option<Zeroizing<String>> {
        let url = *self.urls(remote, "url").first()?;
        Some(fetched_url(&self.rules(), url))
    }

    /// Returns the URLs that git pushes to.
    pub fn push_urls(&self, remote: &str) -> Vec<Zeroizing<String>> {
        let rules = self.rules();
        let urls = self.urls(remote, "pushurl");
        if !urls.is_empty() {
            // pushInsteadOf does not apply to a pushurl (git-config(1)).
            return urls.iter().map(|url| fetched_url(&rules, url)).collect();
        }
        let pushed = |url: &&str| rules.apply_to_push(url).map(Zeroizing::new);
        let urls = self.urls(remote, "url");
        let urls = urls
            .iter()
            .map(|url| pushed(url).unwrap_or_else(|| fetched_url(&rules, url)));
        urls.collect()
    }

    /// Returns a remote's URLs. An empty one clears those before it (git 2.46).
    fn urls(&self, remote: &str, key: &str) -> Vec<&str> {
        let mut urls: Vec<_> = self.values(format!("remote.{remote}.{key}")).collect();
        let cleared = urls.iter().rposition(|url| url.is_empty());
        urls.drain(..cleared.map_or(0, |last| last + 1));
        urls
    }

    /// Returns the user's rules for URLs.
    pub fn rules(&self) -> InsteadOf {
        let mut rules = InsteadOf::default();
        for (base, key, value) in self.in_section("url") {
            rules.add(base, key, value);
        }
        rules
    }

    fn address(&self, remote: &str, url: &str, service: &Service) -> Option<Address> {
        let vcs = || self.last(&format!("remote.{remote}.vcs"));
        let is_ours = url.starts_with("bbt:") || vcs() == Some("bbt");
        service.address(url).ok().filter(|_| is_ours)
    }
}

fn fetched_url(rules: &InsteadOf, url: &str) -> Zeroizing<String> {
    let rewritten = rules.apply(url).map(|(rewritten, _)| rewritten);
    Zeroizing::new(rewritten.unwrap_or_else(|| url.to_owned()))
}

/// Splits `remote.origin.url` into its parts; the subsection may have dots in it. `None` for a name
/// without one.
pub fn split_key(name: &str) -> Option<(&str, &str, &str)> {
    let (section, rest) = name.split_once('.')?;
    let (subsection, key) = rest.rsplit_once('.')?;
    Some((section, subsection, key))
}

/// Returns the line that starts a section, with its subsection quoted.
pub fn header(section: &str, subsection: &str) -> String {
    let escaped = subsection.replace('\\', r"\\").replace('"', r#"\""#);
    format!("[{section} \"{escaped}\"]")
}
