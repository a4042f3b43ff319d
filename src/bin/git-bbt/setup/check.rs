//! Whether git does what the generated file is for: a setting of the user's may override it.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::path::Path;

use super::credential_context::may_be_asked;
use super::include::is_same;
use crate::git;
use crate::git_config::is_always;
use crate::git_settings::GitSetting;

/// What programs have that are started neither by a shell nor by a terminal: from a desktop, by
/// cron. On macOS, launchd sets it.
const DEFAULT_PATH: &str = if cfg!(target_os = "macos") {
    "/usr/bin:/bin:/usr/sbin:/sbin"
} else {
    "/usr/local/bin:/usr/bin:/bin"
};

/// Everything that overrides a setting in `file`, as git lists them.
pub fn overrides(settings: &[GitSetting], file: &Path) -> Vec<String> {
    let mut files = HashMap::new();
    // The other level's file, too, is ours.
    let is_generated =
        |path: &Path| path.ends_with("git-remote-bbt/setup.gitconfig") || is_same(path, file);
    let ours: Vec<bool> = settings
        .iter()
        .map(|setting| {
            let name = setting.file.as_str();
            let is_ours = files.entry(name);
            *is_ours.or_insert_with(|| is_generated(Path::new(name)))
        })
        .collect();
    let check = Check { settings, ours };
    let mut warnings = check.values();
    warnings.extend(check.later_helpers());
    warnings.extend(check.rules());
    warnings.extend(allowed_protocols());
    warnings
}

struct Check<'s> {
    settings: &'s [GitSetting],
    /// Whether the setting at the same index is in our file.
    ours: Vec<bool>,
}

impl<'s> Check<'s> {
    fn each(&self) -> impl Iterator<Item = (&'s GitSetting, bool)> {
        self.settings.iter().zip(self.ours.iter().copied())
    }

    fn ours(&self) -> impl Iterator<Item = &'s GitSetting> {
        self.each()
            .filter_map(|(setting, is_ours)| is_ours.then_some(setting))
    }

    /// Settings with one value, of which git takes the last.
    fn values(&self) -> Vec<String> {
        let last: HashMap<&str, &GitSetting> = self
            .settings
            .iter()
            .map(|setting| (setting.name.as_str(), setting))
            .collect();
        let has_one = |name: &str| name == "protocol.bbt.allow" || name.ends_with(".usehttppath");
        let mut warnings = Vec::new();
        for setting in self.ours().filter(|setting| has_one(&setting.name)) {
            let is = last[setting.name.as_str()];
            let is_other = !is.value.eq_ignore_ascii_case(&setting.value);
            if is_other && !(is_always(&setting.value) && is_always(&is.value)) {
                warnings.push(format!(
                    "{is} overrides the value from setup, {}; remove it",
                    setting.value
                ));
            }
        }
        warnings.dedup();
        warnings
    }

    /// Helpers that git asks after ours, and gives the token to store; an empty one resets the list.
    fn later_helpers(&self) -> Vec<String> {
        let urls: Vec<&str> = self
            .ours()
            .filter_map(|setting| setting.subsection("credential", "helper"))
            .collect();
        let Some(last) = self.ours.iter().rposition(|is_ours| *is_ours) else {
            return Vec::new();
        };
        let later = self.settings[last + 1..].iter().filter(|setting| {
            setting.name.starts_with("credential.")
                && setting.name.ends_with(".helper")
                && setting.value != "bbt"
                && urls.iter().any(|url| may_be_asked(&setting.name, url))
        });
        let warning = |setting: &GitSetting| {
            let effect = if setting.value.is_empty() {
                "removes git-credential-bbt from the list"
            } else {
                "is given the token too"
            };
            format!("{setting} comes after the include, and {effect}; move it above the include")
        };
        later.map(warning).collect()
    }

    /// The user's rules that git prefers to ours: longer ones, earlier ones of the same length, and
    /// those for pushes.
    fn rules(&self) -> Vec<String> {
        let mut rules = BTreeSet::new();
        let mut warnings = Vec::new();
        for setting in self.ours() {
            if setting.subsection("url", "insteadof").is_some() {
                rules.insert(setting.value.as_str());
            }
        }
        let begins =
            |url: &str, length: usize| url.get(..length).is_some_and(|start| rules.contains(start));
        let mut is_before = true;
        for (setting, is_ours) in self.each() {
            is_before &= !is_ours;
            let url = setting.value.as_str();
            let is_bbt = |base: &str| is_ours || base.starts_with("bbt:");
            if setting
                .subsection("url", "insteadof")
                .is_some_and(|base| !is_bbt(base))
            {
                let wins = (1..url.len()).any(|length| begins(url, length))
                    || (is_before && rules.contains(url));
                if wins {
                    warnings.push(format!("{setting} is used for some URLs instead of bbt::"));
                }
            }
            if setting
                .subsection("url", "pushinsteadof")
                .is_some_and(|base| !is_bbt(base))
            {
                let next = rules.range(url..).next();
                let applies = (1..=url.len()).any(|length| begins(url, length))
                    || next.is_some_and(|rule| rule.starts_with(url));
                if applies {
                    warnings.push(format!("{setting} is used for pushes instead of bbt::"));
                }
            }
        }
        warnings
    }
}

fn allowed_protocols() -> Option<String> {
    let allowed = env::var("GIT_ALLOW_PROTOCOL").ok()?;
    let has_bbt = allowed.split(':').any(|protocol| protocol == "bbt");
    (!has_bbt).then(|| {
        format!(
            "GIT_ALLOW_PROTOCOL is \"{allowed}\", so git refuses bbt::; unset it, or add bbt to it"
        )
    })
}

/// What to say if git does not find the helper where `PATH` is the system's default.
pub fn default_path() -> Option<(String, String)> {
    if cfg!(windows) {
        return None;
    }
    let own = git::says(Path::new("/"), ["--exec-path"])?;
    let path = format!("{own}:{DEFAULT_PATH}");
    if which::which_in("git-remote-bbt", Some(&path), "/").is_ok() {
        return None;
    }
    let helper = which::which("git-remote-bbt").ok()?;
    Some((
        format!(
            "git-remote-bbt is not in {DEFAULT_PATH}: programs that a desktop or cron starts cannot \
             use the rewritten URLs"
        ),
        format!("sudo ln -s {} \"$(git --exec-path)\"", helper.display()),
    ))
}
