//! Progress of a long run, which only a terminal shows.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{migrate, quiet, with_urls};
use crate::support::{Person, terminal};

/// Returns a person with repositories that take long to verify.
fn person() -> Person {
    let person = Person::with_any_git();
    person.signed_in_to("acme");
    person.bitbucket.repository("acme/widgets");
    for number in 0..count() {
        with_urls(
            &person,
            &format!("all/{number}"),
            &["git@bitbucket.org:acme/widgets.git"],
        );
    }
    let slow = Duration::from_millis(1200);
    person.bitbucket.switches(|switches| switches.delay = slow);
    person
}

/// Returns one more than the number of repositories that are verified in parallel.
fn count() -> usize {
    1 + 2 * std::thread::available_parallelism().map_or(1, usize::from)
}

fn bar() -> String {
    format!("/{} repositories", count())
}

#[test]
fn a_terminal_has_a_bar() {
    let person = person();
    if terminal::is_missing(&person) {
        return;
    }
    let line = "git bbt migrate --recursive --verify all";
    let screen = terminal::run(&person, line).env("TERM", "xterm").succeeds();
    assert!(screen.stdout.contains(&bar()), "{screen}");
}

#[test]
fn a_pipe_has_no_bar() {
    let person = person();
    let outcome = migrate(&person, "--recursive --verify all").succeeds();
    assert!(!quiet(&outcome).contains(&bar()), "{outcome}");
}

/// The signal ends the run, and not only the git process.
#[test]
fn a_signal_ends_a_run_that_verifies() {
    let person = person();
    person
        .bitbucket
        .switches(|switches| switches.delay = Duration::from_secs(60));
    let mut run = migrate(&person, "--recursive --verify all").start();
    while person.bitbucket.requests().is_empty() {
        assert!(
            run.try_wait().expect("the process ends").is_none(),
            "the run ended without a signal"
        );
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&run), Signal::TERM).expect("the run has not ended");
    let ended = run.wait().expect("the process ends");
    assert_eq!(ended.signal(), Some(Signal::TERM.as_raw()), "{ended}");
}
