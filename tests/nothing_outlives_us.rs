//! Signals, timeouts, and what is left after we have ended.

mod companion;

use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::{Person, with_each_git};

/// An upper bound for every wait; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until `there` returns a value.
#[track_caller]
fn until<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "no {what}");
        std::thread::yield_now();
    }
}

fn number_in(file: &Path) -> Option<Pid> {
    let text = fs::read_to_string(file).ok()?;
    // The line end is written last.
    Pid::from_raw(text.strip_suffix('\n')?.parse().ok()?)
}

/// Returns whether a process has ended; it may be a zombie.
fn is_gone(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    match status {
        Ok(stat) => stat
            .rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(_) => test_kill_process(pid).is_err(),
    }
}

fn send(signal: Signal, to: &Child) {
    kill_process(Pid::from_child(to), signal).expect("the process runs");
}

/// Configures a token command that writes its process id to a file, starts another program, and never
/// answers.
fn never_answers(person: &Person, more: &str) {
    let script = "#!/bin/sh\nsleep 1000 &\necho $! > \"$HOME/inner.new\"; mv \"$HOME/inner.new\" \"$HOME/inner\"\nwait\n";
    person.write("script", script, 0o755);
    let config = format!("[workspace.acme]\ntoken = {{ command = [\"~/script\"]{more} }}\n");
    person.configure(&config);
}

#[test]
fn a_slow_command_is_ended_with_its_processes() {
    let person = Person::with_any_git();
    never_answers(&person, ", timeout = 1");
    let request = format!(
        "protocol=https\nhost={}\npath=acme/widgets.git\n\n",
        person.host()
    );
    let outcome = person
        .run("git-credential-bbt", ["get"])
        .input(request)
        .fails(128);
    assert_eq!(outcome.stdout, "quit=1\n");
    expect_test::expect![[r#"
        error: no token for acme/widgets: the command ~/script did not finish within 1 s
        hint: it cannot ask anything from here: sign in beforehand, or give it more time with timeout = <seconds> beside command
        hint: its source is command ~/script ([workspace.acme] in ~/.config/git-remote-bbt/config.toml)
    "#]].assert_eq(&outcome.stderr);
    let inner = number_in(&person.path("inner")).expect("the script wrote it");
    until("end of what the command started", || {
        is_gone(inner).then_some(())
    });
}

#[test]
fn a_signal_ends_git_and_the_command() {
    with_each_git(|person| {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
            let _ = fs::remove_file(person.path("inner"));
            never_answers(person, "");
            let mut helper = person
                .run("git-remote-bbt", ["origin", "acme/widgets"])
                .start();
            use std::io::Write as _;
            let mut stdin = helper.stdin.take().expect("stdin is piped");
            stdin
                .write_all(b"capabilities\nlist\n")
                .expect("the helper reads");
            let inner = until("token command", || number_in(&person.path("inner")));
            send(signal, &helper);
            let status = helper.wait().expect("the process ends");
            assert_eq!(
                status.signal(),
                None,
                "{signal:?}: it ends without a signal"
            );
            assert_eq!(status.code(), Some(128 + signal.as_raw()), "{signal:?}");
            // All processes have ended, although git's input is still open, before the test ends
            // anything.
            until("end of what the command started", || {
                is_gone(inner).then_some(())
            });
            drop(stdin);
            let mut rest = Vec::new();
            let _ = helper
                .stdout
                .take()
                .map(|mut pipe| pipe.read_to_end(&mut rest));
        }
    });
}

/// As with `nohup`: signals that are ignored when git calls us are ignored by git and by a token
/// command too.
#[test]
fn ignored_signals_stay_ignored() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.workspace_token("acme");
        // Sends SIGHUP to its own group and to its parent, and then answers.
        let command = format!("#!/bin/sh\nkill -HUP 0 $PPID\necho '{token}'\n");
        person.write("script", &command, 0o755);
        person.configure("[workspace.acme]\ntoken = { command = [\"~/script\"] }\n");
        let script = "exec 3<&0; trap '' HUP; git-remote-bbt origin acme/widgets <&3 & child=$!; kill -HUP $child; wait $child";
        let run = person
            .run("sh", ["-c", script])
            .input("capabilities\nlist\n\n");
        run.succeeds();
        let printed = person
            .requests()
            .iter()
            .any(|request| request.ends_with(" 200"));
        assert!(printed, "the token did not come");
    });
}

#[test]
fn the_exit_status_is_that_of_git() {
    with_each_git(|person| {
        person.bitbucket.repository("acme/widgets");
        let token = person.signed_in_to("acme");
        let helper = |input: &str| {
            person
                .run("git-remote-bbt", ["origin", "acme/widgets"])
                .input(input)
                .ends()
        };
        assert_eq!(helper("capabilities\n\n").status, Some(0));
        let stock = person.git([
            "remote-https",
            "origin",
            &person.url_with(&token, "acme/widgets"),
        ]);
        let stock = stock.input("nonsense\n").ends().status;
        assert_eq!(helper("nonsense\n").status, stock);
    });
}
