//! `git bbt` that is stopped: what it has started is gone, what it has changed is whole, and the
//! terminal is as it was.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;

use super::{is_gone, never_answers, number_in, send, until};
use crate::support::{Person, missing, terminal, with_each_git};

const SIGNALS: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT];

/// That it ends at once, by itself, with the status that says which signal it was, and says nothing.
#[track_caller]
fn is_ended_by(signal: Signal, mut child: Child) {
    send(signal, &child);
    let status = child.wait().expect("it can be waited for");
    assert_eq!(status.signal(), None, "{signal:?}: it ends by itself");
    assert_eq!(status.code(), Some(128 + signal.as_raw()), "{signal:?}");
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut said).expect("it is text");
    assert_eq!(said, "", "{signal:?}");
}

/// In the middle of asking a source, by itself or by a git that it has started.
#[test]
fn a_command_ends_with_all_that_it_started() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        person.git(["init", "--quiet", "work"]).succeeds();
        let url = "git@bitbucket.org:acme/widgets.git";
        let add = ["remote", "add", "origin", url];
        person.git(add).at("work").succeeds();
        let config = person.path("work/.git/config");
        let before = fs::read(&config).expect("it is there");
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
                    fs::read(&config).expect("it is there") == before,
                    "{words:?}"
                );
            }
        }
    });
}

/// In the middle of an answer.
#[test]
fn a_request_is_left_where_it_is() {
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

/// A Ctrl-C at the prompt. Not every shell mends what it leaves behind.
#[test]
fn the_terminal_shows_again_what_is_typed() {
    let person = Person::with_any_git();
    if !person.has("script") {
        return missing("script", "script of util-linux");
    }
    let command = "trap : INT; git bbt login acme --store file; echo status: $?; stty -a";
    let (shown, _) = terminal::answered(&person, command, "\x03");
    assert!(shown.contains("status: 130"), "{shown}");
    let (_, settings) = shown.split_once("status: ").expect("it was printed");
    assert!(settings.contains(" echo "), "it stays silent: {settings}");
}
