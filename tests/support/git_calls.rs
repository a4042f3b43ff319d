//! Every git process that our programs start, from git's own traces: each must have one of the forms of
//! src/git.rs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

/// The names of our processes in Linux: at most 15 characters.
const OURS: [&str; 3] = ["git-remote-bbt", "git-credential-", "git-bbt"];

/// Commands that neither run a program nor open a connection, whatever the repository's configuration
/// is.
const QUESTIONS: [&str; 6] = [
    "config",
    "ls-files",
    "remote",
    "rev-parse",
    "version",
    "_query_",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    About,
    Away,
    HandOff,
    /// The hand-off through a `git`, if we were not called by one.
    HandOffByHand,
}

/// The folder for the trace of each git process.
pub struct GitCalls(TempDir);

impl GitCalls {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    /// Returns the variables that make git write its traces there.
    pub fn environment(&self) -> [(String, OsString); 2] {
        let variables = "GIT_ALLOW_PROTOCOL,GIT_DIR";
        [
            ("GIT_TRACE2_EVENT".into(), self.0.path().into()),
            ("GIT_TRACE2_ENV_VARS".into(), variables.into()),
        ]
    }

    /// Returns the arguments of each git process that our programs started, in any order.
    pub fn arguments(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        calls.map(|call| call.arguments.join(" ")).collect()
    }

    fn calls(&self) -> Vec<Call> {
        let traces = fs::read_dir(self.0.path())
            .expect("the folder can be read")
            .flatten();
        let traces = traces.filter_map(|trace| fs::read_to_string(trace.path()).ok());
        traces.filter_map(|trace| Call::parse(&trace)).collect()
    }

    /// Returns the forms that our programs used, for a person with this HOME. Panics on a process of no
    /// known form.
    pub fn forms(&self, home: &Path) -> BTreeSet<Form> {
        let calls = self.calls().into_iter();
        calls
            .map(|call| match call.form(home) {
                Some(form) => form,
                None => panic!("git was not started through src/git.rs: {call:?}"),
            })
            .collect()
    }
}

/// The trace of a git process that one of our programs started.
#[derive(Debug, Default)]
struct Call {
    arguments: Vec<String>,
    command: String,
    protocols: Option<String>,
    git_dir: Option<String>,
}

impl Call {
    /// Returns `None` for a process that another program started, or that ended before it recorded its
    /// parent.
    fn parse(trace: &str) -> Option<Call> {
        let mut call = Call::default();
        let mut is_ours = false;
        let events = trace
            .lines()
            .map_while(|line| serde_json::from_str(line).ok());
        for event in events {
            let event: Value = event;
            let text = |key: &str| event[key].as_str().map(str::to_owned);
            match event["event"].as_str()? {
                "start" => {
                    let arguments = event["argv"].as_array()?.iter();
                    call.arguments = arguments
                        .filter_map(|argument| argument.as_str().map(str::to_owned))
                        .collect();
                }
                "cmd_ancestry" => {
                    let parent = event["ancestry"][0].as_str()?;
                    is_ours = OURS.contains(&parent);
                }
                "cmd_name" if call.command.is_empty() => call.command = text("name")?,
                "def_param" => match event["param"].as_str()? {
                    "GIT_ALLOW_PROTOCOL" => call.protocols = text("value"),
                    "GIT_DIR" => call.git_dir = text("value"),
                    _ => {}
                },
                _ => {}
            }
        }
        (is_ours && !call.command.is_empty()).then_some(call)
    }

    fn form(&self, home: &Path) -> Option<Form> {
        let has = |wanted: &str| self.arguments.iter().any(|argument| argument == wanted);
        if has("core.hooksPath=/dev/null") {
            let is_question =
                QUESTIONS.contains(&self.command.as_str()) || has("ls-remote") && has("--get-url");
            // Old versions of git do not trace variables for queries such as --exec-path.
            let is_shut = self.protocols.as_deref() == Some("none") || self.command == "_query_";
            return (is_question && is_shut).then_some(Form::About);
        }
        if self.command == "remote-curl" {
            return Some(Form::HandOff);
        }
        if has("remote-https") {
            return Some(Form::HandOffByHand);
        }
        let git_dir = Path::new(self.git_dir.as_ref()?);
        let is_temporary = git_dir.file_name()?.to_str()?.starts_with(".tmp");
        (is_temporary && !git_dir.starts_with(home)).then_some(Form::Away)
    }
}
