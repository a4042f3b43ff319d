//! `git bbt doctor`: checks each step of the flow, with a hint for each problem.

mod flow;
mod git_settings;
mod helpers;
mod in_a_clone;
mod netrc;
mod stray_tokens;

use serde_json::Value;

use crate::support::{Outcome, Person};

/// Returns a person with the repository acme/widgets, and permission for submodules to use bbt::.
fn person() -> Person {
    let person = Person::with_any_git();
    prepare(&person);
    person
}

fn prepare(person: &Person) {
    person.bitbucket.repository("acme/widgets");
    let allow = ["config", "--global", "protocol.bbt.allow", "always"];
    person.git(allow).succeeds();
}

fn doctor(person: &Person, about: &str) -> Outcome {
    person.run("git-bbt", ["doctor", about]).ends()
}

/// A warning or problem, and the command line that fixes it.
#[derive(Clone, PartialEq, Eq)]
struct Finding {
    message: String,
    hint: String,
}

impl Finding {
    /// Runs doctor in a folder, in a shell that runs `first` before it, and returns the findings of one
    /// check.
    #[track_caller]
    fn all(person: &Person, folder: &str, name: &str, first: &str) -> Vec<Finding> {
        let line = format!("{first}\ngit-bbt doctor --json");
        let outcome = person.run("sh", ["-c", &line]).at(folder).ends();
        assert!(!outcome.stdout.contains("<token>"), "\n{outcome}");
        let json = outcome.stdout.find("[\n").map(|at| &outcome.stdout[at..]);
        let checks: Value = serde_json::from_str(json.unwrap_or_default())
            .unwrap_or_else(|error| panic!("{first}: {error}\n{outcome}"));
        let checks = checks.as_array().expect("the output is an array").iter();
        let found = checks.filter(|check| {
            check["name"] == name && (check["state"] == "problem" || check["state"] == "warning")
        });
        let text = |value: &Value| value.as_str().expect("the value is text").to_owned();
        let finding = |check: &Value| Finding {
            message: text(&check["message"]),
            hint: text(&check["hint"]),
        };
        found.map(finding).collect()
    }

    /// Runs each hint in turn, which must remove its own finding and no other; returns the findings
    /// from before.
    #[track_caller]
    fn fix_all(person: &Person, folder: &str, name: &str) -> Vec<Finding> {
        let found = Finding::all(person, folder, name, "true");
        let mut left = found.clone();
        while let Some(first) = left.first().cloned() {
            let hint = first.hint.replace("localhost:PORT", person.host());
            let after = Finding::all(person, folder, name, &hint);
            let expected: Vec<_> = left.iter().skip(1).map(|is| &is.message).collect();
            let after_messages: Vec<_> = after.iter().map(|is| &is.message).collect();
            assert_eq!(after_messages, expected, "after {hint}");
            left = after;
        }
        found
    }

    fn text(findings: &[Finding]) -> String {
        let line = |is: &Finding| format!("{}\n  {}\n", is.message, is.hint);
        findings.iter().map(line).collect()
    }
}
