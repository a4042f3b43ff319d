//! The tests that were skipped and what they lack: the test runner counts them as passed, and hides
//! what they print.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::Write as _;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The most names on one line.
const MOST_NAMES: usize = 10;

/// The skipped tests, by the arguments of [`missing`].
static SKIPPED: Mutex<BTreeMap<(String, String), BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Records that the running test is skipped, in whole or in part, because this machine lacks `what`.
/// The list is printed after the tests.
///
/// # Panics
/// If `BBT_TEST_REQUIRE` names `part`.
#[track_caller]
pub fn missing(part: &str, what: &str) {
    let required = env::var("BBT_TEST_REQUIRE").unwrap_or_default();
    let is_required = required.split([',', ' ']).any(|named| named == part);
    assert!(
        !is_required,
        "BBT_TEST_REQUIRE names {part}, and this machine lacks {what}"
    );
    let mut skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    let tests = skipped.entry((part.to_owned(), what.to_owned()));
    tests.or_default().insert(running_test(Location::caller()));
}

/// Returns the name of the thread, which is that of the test, unless there is only one thread.
fn running_test(caller: &Location) -> String {
    match thread::current().name() {
        None | Some("main") => caller.to_string(),
        Some(name) => name.to_owned(),
    }
}

dtor::declarative::dtor! {
    // The test runner has no hook for its end.
    #[dtor(unsafe)]
    fn print_skipped() {
        let skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = std::io::stdout();
        for ((part, what), tests) in skipped.iter() {
            let _ = writeln!(stdout, "{}", line(part, what, tests));
        }
    }
}

/// Returns such a line: `skipped: 2 tests, for lack of a second git (two-gits): suite::one, suite::two`
fn line(part: &str, what: &str, tests: &BTreeSet<String>) -> String {
    let count = match tests.len() {
        1 => "1 test".to_owned(),
        count => format!("{count} tests"),
    };
    let names: Vec<&str> = tests.iter().map(String::as_str).take(MOST_NAMES).collect();
    let more = match tests.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let names = names.join(", ");
    format!("skipped: {count}, in whole or in part, for lack of {what} ({part}): {names}{more}")
}
