//! `git bbt` ended by a signal: its processes have ended, its files are whole, and the terminal is
//! restored.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;

use super::{is_gone, never_answers, number_in, send, until};
use crate::support::{Person, missing, terminal, with_each_git};

const SIGNALS: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT];

/// Asserts that the program is ended by the signal itself, which a shell can see, and prints nothing.
#[track_caller]
fn is_ended_by(signal: Signal, mut child: Child) {
    send(signal, &child);
    let status = child.wait().expect("the process ends");
    assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("stderr is text");
    assert_eq!(said, "", "{signal:?}");
}

/// A signal while a source is read, by the command itself or by a git that it has started.
#[test]
fn a_signal_ends_a_command_and_its_processes() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.git(["init", "--quiet", "work"]).succeeds();
        let url = "git@bitbucket.org:acme/widgets.git";
        let add = ["remote", "add", "origin", url];
        person.git(add).at("work").succeeds();
        let config = person.path("work/.git/config");
        let before = fs::read(&config).expect("the file exists");
        for words in [
            &["token", "acme"][..],
            &["api", "repositories/acme/widgets"],
            &["status", "--check"],
            &["doctor", "acme/widgets"],
            &["migrate", "--verify"],
        ] {
            for signal in SIGNALS {
                let _ = fs::remove_file(person.path("inner"));
                never_answers(person, "");
                let run = person.run("git-bbt", words.iter().copied()).at("work");
                let child = run.start();
                let inner = until("token command", || number_in(&person.path("inner")));
                is_ended_by(signal, child);
                until("end of what the command started", || {
                    is_gone(inner).then_some(())
                });
                assert!(
                    fs::read(&config).expect("the file exists") == before,
                    "{words:?}"
                );
            }
        }
    });
}

/// A signal while the response is awaited.
#[test]
fn a_signal_ends_a_pending_request() {
    let person = Person::with_any_git();
    person.bitbucket.repository("acme/widgets");
    person.signed_in_to("acme");
    person
        .bitbucket
        .switches(|switches| switches.delay = Duration::from_secs(1000));
    for signal in SIGNALS {
        let child = person
            .run("git-bbt", ["api", "repositories/acme/widgets"])
            .start();
        until("request", || person.bitbucket.take_requests().pop());
        is_ended_by(signal, child);
    }
}

/// After Ctrl-C at the prompt. Not every shell restores the terminal.
#[test]
fn the_terminals_echo_is_restored() {
    let Some(person) = terminal::person() else {
        return;
    };
    let command = "trap : INT; git bbt login acme --store file; echo status: $?; stty -a";
    let (shown, _) = terminal::answered(&person, command, "\x03");
    assert!(shown.contains("status: 130"), "{shown}");
    let (_, settings) = shown.split_once("status: ").expect("the status is printed");
    assert!(settings.contains(" echo "), "it stays silent: {settings}");
}

/// A shell would continue its loop if the program only exited with 130.
#[test]
fn a_ctrl_c_at_the_prompt_ends_the_loop_around_it() {
    let person = Person::with_any_git();
    if !person.has("bash") {
        return missing("bash", "bash");
    }
    if terminal::is_missing(&person) {
        return;
    }
    let command = "bash -c 'for at in 1 2; do git bbt login acme --store file; echo goes on; done'";
    let (shown, _) = terminal::answered(&person, command, "\x03");
    assert!(!shown.contains("goes on"), "{shown}");
}

/// Reading from the terminal would stop the process (SIGTTIN).
#[test]
fn a_background_job_does_not_prompt() {
    let Some(person) = terminal::person() else {
        return;
    };
    // timeout runs its program in a group of its own; the outer timeout ends a program that hangs.
    let login = "timeout --foreground --signal KILL 30 timeout 20 git-bbt login acme --store file";
    let outcome = terminal::run(&person, login).ends();
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert!(
        outcome.stdout.contains("from a background job"),
        "{outcome}"
    );
}

/// A program that git started, and that ignores SIGTERM.
#[test]
fn a_program_that_ignores_signals_is_killed() {
    let person = Person::with_any_git();
    let inner = "trap '' TERM; echo $$ > \"$HOME/inner.new\"; mv \"$HOME/inner.new\" \"$HOME/inner\"; sleep 1000";
    let git = format!(
        "#!/bin/sh\nsh -c '{}' &\nwait\n",
        inner.replace('\'', r"'\''")
    );
    person.write("bin/git", &git, 0o755);
    let child = person.run("git-bbt", ["doctor"]).start();
    let inner = until("program", || number_in(&person.path("inner")));
    is_ended_by(Signal::TERM, child);
    until("end of it", || is_gone(inner).then_some(()));
}
