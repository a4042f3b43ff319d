//! Stock git, isolated from the configuration of this machine and user.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The git at Bitbucket was seen to advertise exactly what these `uploadpack` settings advertise. What
/// its receive-pack advertises is not published; push options are on so that clients which use them
/// work, and `atomic` is on by default in git.
const CONFIG: &str = "\
[init]
    defaultBranch = main
[http]
    receivepack = true
    uploadarchive = true
[uploadpack]
    allowFilter = true
    allowTipSHA1InWant = true
    allowReachableSHA1InWant = true
[receive]
    advertisePushOptions = true
    autogc = false
[core]
    hooksPath = ~/hooks
[safe]
    directory = *
";

/// Refuses pushes as the switch [`PushRefusal`](super::PushRefusal) says, which is passed in its
/// environment.
const PRE_RECEIVE: &str = r#"#!/bin/sh
[ -n "$STAND_IN_REFUSED_REFS" ] || exit 0
while read -r _ _ ref
do
    case $ref in
    $STAND_IN_REFUSED_REFS)
        printf '%s\n' "$STAND_IN_REFUSAL" >&2
        exit 1
    esac
done
"#;

/// The home that git reads its configuration from.
pub(super) struct Git {
    home: PathBuf,
}

impl Git {
    /// Creates `home`, with the configuration and the hook in it.
    pub(super) fn with_home(home: PathBuf) -> Self {
        let hooks = home.join("hooks");
        fs::create_dir_all(&hooks).expect("the stand-in's directory is writable");
        fs::write(home.join(".gitconfig"), CONFIG).expect("the stand-in's directory is writable");
        write_executable(&hooks.join("pre-receive"), PRE_RECEIVE);
        Self { home }
    }

    /// Returns a command for `git`, with only the necessary variables in its environment.
    pub(super) fn command(&self) -> Command {
        #[expect(clippy::disallowed_methods, reason = "the server's git")]
        let mut git = Command::new("git");
        git.env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1");
        git
    }
}

fn write_executable(path: &Path, text: &str) {
    fs::write(path, text).expect("the stand-in's directory is writable");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
}
