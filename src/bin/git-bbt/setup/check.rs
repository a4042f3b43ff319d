//! Whether git does what the generated file is for: a setting of the user's may override it.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::path::Path;

use bbt::config::Service;
use bbt::shell;

use super::include::is_same;
use crate::credential_context::{Effect, Interference, interfering};
use crate::git;
use crate::git_settings::GitSetting;
use crate::git_settings::is_always;

/// What programs have that are started neither by a shell nor by a terminal: from a desktop, by
/// cron. On macOS, launchd sets it.
const DEFAULT_PATH: &str = if cfg!(target_os = "macos") {
    "/usr/bin:/bin:/usr/sbin:/sbin"
} else {
    "/usr/local/bin:/usr/bin:/bin"
};

/// Everything that overrides a setting in `file`, as git lists them.
pub fn overrides(settings: &[GitSetting], file: &Path, service: &Service) -> Vec<String> {
    let mut files = HashMap::new();
    // The other level's file, too, is ours.
    let is_generated =
        |path: &Path| path.ends_with("git-remote-bbt/setup.gitconfig") || is_same(path, file);
    let ours = settings
        .iter()
        .map(|setting| {
            let is_ours = |path| *files.entry(path).or_insert_with(|| is_generated(path));
            setting.file().is_some_and(is_ours)
        })
        .collect();
    let check = Check { settings, ours };
    let mut warnings = check.values();
    let helpers = interfering(settings, &service.git_url());
    warnings.extend(helpers.unwrap_or_default().iter().map(helper));
    warnings.extend(check.rules());
    warnings.extend(allowed_protocols().map(|(message, hint)| format!("{message}; {hint}")));
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
                    *setting.value
                ));
            }
        }
        warnings.dedup();
        warnings
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

fn helper(other: &Interference) -> String {
    let effect = match other.effect {
        Effect::IsGivenToken => "is given the token too",
        Effect::RemovesOurs => "removes git-credential-bbt from the list",
    };
    format!(
        "{} comes after the include, and {effect}; move it above the include",
        other.setting
    )
}

/// The protocols that git may use, whatever its configuration is (git(1)).
pub const ALLOWED: &str = "GIT_ALLOW_PROTOCOL";

/// What is missing in [`ALLOWED`], and what to type: bbt, and https, which bbt hands over to.
pub fn allowed_protocols() -> Option<(String, String)> {
    let allowed = env::var_os(ALLOWED)?;
    let allowed = allowed.to_string_lossy();
    let is_missing = |name: &&str| allowed.split(':').all(|allowed| allowed != *name);
    let missing: Vec<&str> = ["bbt", "https"].into_iter().filter(is_missing).collect();
    (!missing.is_empty()).then(|| {
        (
            format!("{ALLOWED} does not include {}", missing.join(" and ")),
            format!("export {ALLOWED}=\"${ALLOWED}:{}\"", missing.join(":")),
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
        format!("sudo ln -s {} \"$(git --exec-path)\"", shell::word(&helper)),
    ))
}
