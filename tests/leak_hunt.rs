//! Promise: the token is in no argument, no environment that we set, no file that we write, no output
//! and no trace. The tests search for it, encoded or in part, while commands run and afterwards.

mod canary;
mod companion;
mod each_source;
mod watch;

use std::fs;

use crate::stand_in::Grant;
use crate::support::{Person, missing};
use canary::Canary;
use watch::Watched;

/// Returns a person with any git and all traces on; `None` without strace.
fn watched_person() -> Option<Person> {
    let person = Person::with_any_git();
    turn_on_traces(&person).then_some(person)
}

/// Turns on all traces of git, git-lfs and ours, which are written to files in HOME. Returns false
/// without strace.
fn turn_on_traces(person: &Person) -> bool {
    if !person.can_trace() {
        missing("strace", "strace");
        return false;
    }
    fs::create_dir(person.path("tmp")).expect("HOME is writable");
    person.export("TMPDIR", person.path("tmp"));
    for (name, value) in [
        ("BBT_TRACE", "1"),
        ("GIT_TRACE", "1"),
        ("GIT_TRACE_PACKET", "1"),
        ("GIT_TRACE_CURL", "1"),
        ("GIT_CURL_VERBOSE", "1"),
        ("GIT_TRACE_REDACT", "0"),
        ("GIT_TRACE2_CONFIG_PARAMS", "*"),
        (
            "GIT_TRACE2_ENV_VARS",
            "HOME,PATH,BBT_HANDOFF,GIT_CONFIG_PARAMETERS",
        ),
    ] {
        person.export(name, value);
    }
    person.export("GIT_TRACE2_EVENT", person.path("trace2"));
    // Otherwise every git reads the system's certificates as well.
    person.export("GIT_SSL_CAPATH", person.path("tmp"));
    true
}

/// Returns a token of workspace acme for reading and pushing, and the search for it.
fn canary(person: &Person) -> (String, Canary) {
    let token = person.token(Grant::workspace("acme").scopes(crate::support::SCOPES));
    let canary = Canary::of(&token);
    (token, canary)
}

/// The search finds each kind of leak, if there is one.
#[test]
fn the_search_finds_a_token_that_stock_git_leaks() {
    let Some(person) = watched_person() else {
        return;
    };
    let (token, canary) = canary(&person);
    person.bitbucket.repository("acme/widgets");
    let url = person.url_with(&token, "acme/widgets");
    let found = |script: &str| {
        let seen = Watched::run(&person, script);
        let places = seen.leaks(&canary, None);
        (places, canary.files_in(&person.path(""), &[]))
    };

    let (places, files) = found(&format!("git clone {url} in-url"));
    assert!(
        places.iter().any(|place| place.contains("argument")),
        "{places:?}"
    );
    assert!(
        places
            .iter()
            .any(|place| place.contains("in-url/.git/config")),
        "{places:?}"
    );
    assert!(
        files
            .iter()
            .any(|file| file.ends_with("in-url/.git/config")),
        "{files:?}"
    );

    // With GIT_TRACE_REDACT=0, git prints what it sends, in base64.
    let told = canary.forms_in(&fs::read(person.path("told")).expect("the file exists"));
    assert_eq!(told, ["raw", "base64"]);

    let (places, _) = found(&format!("GIVEN={token} git version"));
    assert!(
        places.iter().any(|place| place.contains("environment")),
        "{places:?}"
    );
    let encoded = token.replace('=', "%3D");
    let half = &token[token.len() / 2..];
    for form in [encoded.as_str(), half] {
        let (_, files) = found(&format!(
            "rm -rf in-url told trace2; printf %s {form} > written"
        ));
        assert!(
            files.iter().any(|file| file.ends_with("written")),
            "{files:?}"
        );
    }
}
