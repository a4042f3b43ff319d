//! A person with an empty HOME, one git, our programs on the PATH, and a Bitbucket of their own.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use super::Run;
use super::git_calls::{Form, GitCalls};
use crate::stand_in::{Grant, StandIn};

/// The scopes for clone, fetch and push.
pub const SCOPES: [&str; 2] = ["repository", "repository:write"];

/// Returns whether `BBT_TEST_HANDOFF=git` asks for the slower hand-off in every test: through the git
/// on the PATH, as if the calling git had not named its folder.
pub fn hands_off_through_git() -> bool {
    std::env::var("BBT_TEST_HANDOFF").is_ok_and(|way| way == "git")
}

/// The files of the real user are out of reach: the environment has only what is set here.
pub struct Person {
    pub bitbucket: StandIn,
    git: PathBuf,
    home: TempDir,
    secrets: RefCell<Vec<String>>,
    environment: RefCell<Vec<(String, OsString)>>,
    git_calls: GitCalls,
}

impl Person {
    /// Creates a person with this git, whose config.toml has only the URLs of the stand-in.
    pub fn new(git: &Path) -> Self {
        let person = Self {
            bitbucket: StandIn::start(),
            git: git.to_owned(),
            home: TempDir::new().expect("a temporary directory"),
            secrets: RefCell::default(),
            environment: RefCell::default(),
            git_calls: GitCalls::new(),
        };
        fs::create_dir(person.path("bin")).expect("HOME is writable");
        for (name, program) in [
            ("git-remote-bbt", env!("CARGO_BIN_EXE_git-remote-bbt")),
            (
                "git-credential-bbt",
                env!("CARGO_BIN_EXE_git-credential-bbt"),
            ),
            ("git-bbt", env!("CARGO_BIN_EXE_git-bbt")),
        ] {
            symlink(program, person.path("bin").join(name)).expect("HOME is writable");
        }
        if hands_off_through_git() {
            fs::remove_file(person.path("bin/git-remote-bbt")).expect("the link was just created");
            let program = env!("CARGO_BIN_EXE_git-remote-bbt");
            let script = format!("#!/bin/sh\nunset GIT_EXEC_PATH\nexec '{program}' \"$@\"\n");
            person.write("bin/git-remote-bbt", &script, 0o755);
        }
        person.trust(&person.bitbucket);
        person.configure("");
        person
    }

    /// Creates a person with the first git on PATH, for tests that do not depend on the version.
    pub fn with_any_git() -> Self {
        Self::new(&super::gits()[0])
    }

    /// Returns a path in HOME.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.path().join(name)
    }

    /// Returns the output of `git version`.
    pub fn version(&self) -> String {
        self.git(["version"]).succeeds().stdout.trim().to_owned()
    }

    /// Returns whether their git is at least 2.46, and sends the token without being asked for it.
    pub fn git_is_proactive(&self) -> bool {
        let version = self.version();
        let mut numbers = version.trim_start_matches("git version ").split('.');
        let mut number = || numbers.next().and_then(|number| number.parse::<u32>().ok());
        (number(), number()) >= (Some(2), Some(46))
    }

    /// Writes config.toml: the URLs of the stand-in, and then `text`.
    pub fn configure(&self, text: &str) -> PathBuf {
        self.write_config(&self.configuration(text))
    }

    /// Returns the text of such a config.toml.
    pub fn configuration(&self, text: &str) -> String {
        format!(
            "[bitbucket]\ngit_url = \"{}\"\napi_url = \"{}\"\n{text}",
            self.bitbucket.url(),
            self.bitbucket.api_url(),
        )
    }

    /// Turns git-lfs off in config.toml.
    pub fn turns_lfs_off(&self) {
        let path = self.path(".config/git-remote-bbt/config.toml");
        let text = fs::read_to_string(path).expect("the file exists");
        self.write_config(&format!("lfs = false\n{text}"));
    }

    /// Writes config.toml exactly as given, readable only by its owner.
    pub fn write_config(&self, text: &str) -> PathBuf {
        let path = self.path(".config/git-remote-bbt/config.toml");
        self.write(&path, text, 0o600);
        path
    }

    /// Writes a file in HOME, with the folders above it.
    pub fn write(&self, name: impl AsRef<Path>, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        let folder = path.parent().expect("the path is in HOME");
        fs::create_dir_all(folder).expect("HOME is writable");
        fs::write(&path, text).expect("HOME is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("HOME is writable");
        path
    }

    /// Sets a variable in their environment.
    pub fn export(&self, name: &str, value: impl AsRef<OsStr>) {
        let value = value.as_ref().to_owned();
        self.environment.borrow_mut().push((name.to_owned(), value));
    }

    /// Adds the authority of a stand-in to those that are trusted.
    pub fn trust(&self, bitbucket: &StandIn) {
        let mut trusted = fs::read(self.trusted()).unwrap_or_default();
        trusted.extend(fs::read(bitbucket.ca_file()).expect("the file exists"));
        fs::write(self.trusted(), trusted).expect("HOME is writable");
    }

    fn trusted(&self) -> PathBuf {
        self.path("trusted.pem")
    }

    /// Issues a token for the workspace with the scopes for clone, fetch and push.
    pub fn workspace_token(&self, workspace: &str) -> String {
        self.token(Grant::workspace(workspace).scopes(SCOPES))
    }

    /// Puts such a token into the variable of the workspace.
    pub fn signed_in_to(&self, workspace: &str) -> String {
        let token = self.workspace_token(workspace);
        self.export(&format!("BBT_TOKEN_{}", workspace.to_uppercase()), &token);
        token
    }

    /// Issues a token that failing tests do not print.
    pub fn token(&self, grant: Grant) -> String {
        self.remember(self.bitbucket.token(grant))
    }

    /// Redacts a secret in what failing tests print.
    pub fn remember(&self, secret: String) -> String {
        self.secrets.borrow_mut().push(secret.clone());
        secret
    }

    /// Returns the URL with a token in it, as people use it without our programs.
    pub fn url_with(&self, token: &str, full_name: &str) -> String {
        format!(
            "https://x-token-auth:{token}@{}/{full_name}.git",
            self.host()
        )
    }

    /// Returns `localhost:PORT`.
    pub fn host(&self) -> &str {
        &self.bitbucket.url()["https://".len()..]
    }

    /// Runs their git.
    pub fn git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run<'_> {
        Run::new(self, &self.git).arguments(arguments)
    }

    /// Runs git in a folder of HOME, with arguments split at spaces. It must succeed. Returns its output
    /// without the last line end.
    #[track_caller]
    pub fn git_in(&self, folder: &str, arguments: &str) -> String {
        let run = self.git(arguments.split(' ')).at(folder);
        run.succeeds().stdout.trim_end().to_owned()
    }

    /// Runs any program on their PATH.
    pub fn run<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Run<'_> {
        let ours = self.path("bin").join(program);
        let program = if ours.exists() { ours } else { program.into() };
        Run::new(self, &program).arguments(arguments)
    }

    /// Returns whether a program is on their PATH.
    pub fn has(&self, program: &str) -> bool {
        let asked = format!("command -v {program}");
        self.run("sh", ["-c", &asked]).ends().status == Some(0)
    }

    /// Returns whether strace exists and is permitted.
    pub fn can_trace(&self) -> bool {
        let probe = || self.run("strace", ["-o", "/dev/null", "true"]).ends();
        self.has("strace") && probe().status == Some(0)
    }

    /// Clones `bbt::<full_name>` into HOME.
    pub fn clone(&self, full_name: &str) -> PathBuf {
        self.git(["clone", "--quiet", &format!("bbt::{full_name}")])
            .succeeds();
        self.path(
            full_name
                .rsplit('/')
                .next()
                .expect("a repository has a name"),
        )
    }

    /// Creates a repository in HOME whose `origin` is on Bitbucket, with an ssh URL.
    pub fn origin_by_ssh(&self, name: &str) {
        self.git(["init", "--quiet", name]).succeeds();
        let add = [
            "remote",
            "add",
            "origin",
            "git@bitbucket.org:acme/widgets.git",
        ];
        self.git(add).at(name).succeeds();
    }

    /// Commits a file of this size, whose content does not compress.
    pub fn commit(&self, directory: &str, bytes: usize) {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes()[0]
        });
        let file = self.path(directory).join(format!("{bytes}.bin"));
        fs::write(file, noise.take(bytes).collect::<Vec<_>>()).expect("HOME is writable");
        self.git(["add", "."]).at(directory).succeeds();
        // Two commits with the same message, content and time would be the same commit.
        let message = format!("{bytes} bytes in {directory}");
        self.git(["commit", "--quiet", "-m", &message])
            .at(directory)
            .succeeds();
    }

    /// Returns the requests since the last call, such as `GET info/refs 200`.
    pub fn requests(&self) -> Vec<String> {
        let line = |request: crate::stand_in::Request| {
            let mut parts = request.path.splitn(4, '/');
            let inner = parts.nth(3).unwrap_or(&request.path).to_owned();
            let status = request
                .status
                .map_or("none".to_owned(), |status| status.to_string());
            format!("{} {inner} {status}", request.method)
        };
        self.bitbucket
            .take_requests()
            .into_iter()
            .map(line)
            .collect()
    }

    /// Returns the arguments of each git process that our programs have started so far, in any order.
    pub fn calls_of_git(&self) -> Vec<String> {
        self.git_calls.arguments()
    }

    /// Returns the forms in which our programs have started git so far.
    pub fn forms_of_git(&self) -> BTreeSet<Form> {
        self.git_calls.forms(self.home.path())
    }

    /// Returns their environment, in order.
    pub(super) fn environment(&self) -> Vec<(String, OsString)> {
        let mut path = vec![self.path("bin")];
        path.extend(self.git.parent().map(Path::to_owned));
        // The system's folders come first: programs of a version manager need the real HOME.
        let mut folders = super::path_folders();
        folders.sort_by_key(|folder| {
            !["/usr/bin", "/bin"]
                .map(Path::new)
                .contains(&folder.as_path())
        });
        path.extend(folders);
        let mut environment: Vec<(String, OsString)> = vec![
            (
                "PATH".into(),
                std::env::join_paths(path).expect("no path has a colon in it"),
            ),
            ("HOME".into(), self.home.path().into()),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("GIT_TERMINAL_PROMPT".into(), "0".into()),
            ("GIT_SSL_CAINFO".into(), self.trusted().into()),
            // Otherwise git takes the name from the password file, which may lack it.
            ("GIT_AUTHOR_NAME".into(), "Person".into()),
            ("GIT_COMMITTER_NAME".into(), "Person".into()),
            ("EMAIL".into(), "person@example.com".into()),
        ];
        environment.extend(self.git_calls.environment());
        environment.extend(self.environment.borrow().iter().cloned());
        environment
    }

    /// Returns text without their secrets, plain or as Basic authentication encodes them, and without
    /// what differs between runs.
    pub fn redacted(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let text = self.secrets.borrow().iter().fold(text, |text, secret| {
            let encoded = STANDARD.encode(format!("x-token-auth:{secret}"));
            text.replace(secret.as_str(), "<token>")
                .replace(&encoded, "<token>")
        });
        text.replace(self.host(), "localhost:PORT")
            .replace(&self.home.path().display().to_string(), "~")
    }
}

/// In every test, git must be started in one of the known forms.
impl Drop for Person {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.forms_of_git();
        }
    }
}
