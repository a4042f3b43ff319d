//! Supervises the programs that we start: they do not outlive us, and we pass signals on.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;
use zeroize::Zeroizing;

use crate::zeroized;

pub use imp::wait;

/// What a program printed, and how it ended.
pub type Output = (Zeroizing<Vec<u8>>, ExitStatus);

/// A program and everything that it starts, in a process group of its own; on Windows, the program
/// alone. It is ended when a signal would end us.
pub struct Group(Arc<Watched>);

struct Watched {
    program: SharedChild,
    was_ended: AtomicBool,
    grace: Duration,
}

/// The running groups.
static GROUPS: Mutex<Vec<Arc<Watched>>> = Mutex::new(Vec::new());

/// Held for reading during work that must not be interrupted.
static DEFERRING: RwLock<()> = RwLock::new(());

/// The cleanup before a signal ends this process.
static ON_EXIT: OnceLock<fn(i32)> = OnceLock::new();

/// When a signal would end this process, ends the running groups, waits for work that runs
/// [`with_signals_deferred`], calls `cleanup` with the signal, and ends by that signal, so that a
/// shell stops its loop. Does nothing on Windows, which sends Ctrl-C to every program of the console.
///
/// # Errors
/// If signals cannot be caught.
pub fn on_exit(cleanup: fn(i32)) -> io::Result<()> {
    let _ = ON_EXIT.set(cleanup);
    imp::catch_signals()
}

/// Runs `work`; signals that would end this process are handled only after it returns. Must not start
/// a process.
pub fn with_signals_deferred<T>(work: impl FnOnce() -> T) -> T {
    let _deferring = DEFERRING.read();
    work()
}

fn groups() -> MutexGuard<'static, Vec<Arc<Watched>>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    /// Starts `command` as the leader of a group. `grace` is the time between SIGTERM and SIGKILL, in
    /// which it can end groups of its own.
    ///
    /// # Errors
    /// If it cannot be started, or signals cannot be caught.
    pub fn spawn(command: &mut Command, grace: Duration) -> io::Result<Group> {
        // First: a Ctrl-C at the terminal does not reach the program's group.
        imp::catch_signals()?;
        // Locked, so that a signal is handled only once the group is known.
        let mut groups = groups();
        let watched = Arc::new(Watched {
            program: SharedChild::spawn(imp::in_group(command))?,
            was_ended: AtomicBool::new(false),
            grace,
        });
        groups.push(Arc::clone(&watched));
        Ok(Group(watched))
    }

    /// Ends the group once `gone` returns, if it is still running.
    pub fn end_after(&self, gone: impl FnOnce() + Send + 'static) {
        let watched = Arc::clone(&self.0);
        thread::spawn(move || {
            gone();
            let groups = groups();
            if groups.iter().any(|group| Arc::ptr_eq(group, &watched)) {
                watched.end();
            }
        });
    }

    /// Returns whether it did not end itself.
    pub fn was_ended(&self) -> bool {
        self.0.was_ended.load(Ordering::SeqCst)
    }

    /// Waits for the program. Ends the group and returns `None` if that takes longer than `timeout`.
    ///
    /// # Errors
    /// If the system cannot wait for it. The group is ended.
    pub fn wait(&self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        self.or_end(self.0.program.wait_timeout(timeout))
    }

    /// Returns what the program prints to its stdout, which is a pipe that is closed after `limit`
    /// bytes, and its status. Ends the group and returns `None` if that takes longer than `timeout`.
    ///
    /// # Errors
    /// If the system cannot read the pipe or wait for the program. The group is ended.
    pub fn output(&self, timeout: Duration, limit: usize) -> io::Result<Option<Output>> {
        let started = Instant::now();
        let Some(stdout) = self.0.program.take_stdout() else {
            return self.or_end(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let (sender, receiver) = mpsc::channel();
        // In a thread, since reading a pipe has no time limit.
        thread::spawn(move || sender.send(zeroized::read(stdout, limit)));
        let printed = receiver.recv_timeout(timeout).ok().transpose();
        let Some(printed) = self.or_end(printed)? else {
            return Ok(None);
        };
        let status = self.wait(timeout.saturating_sub(started.elapsed()))?;
        Ok(status.map(|status| (printed, status)))
    }

    fn or_end<T>(&self, result: io::Result<Option<T>>) -> io::Result<Option<T>> {
        if !matches!(result, Ok(Some(_))) {
            self.0.end();
        }
        result
    }
}

impl Watched {
    /// Ends the whole group; the code that waits for it then fails.
    fn end(&self) {
        self.was_ended.store(true, Ordering::SeqCst);
        thread::scope(|scope| {
            // The leader counts as running until somebody has waited for it.
            scope.spawn(|| self.program.wait());
            imp::end(&self.program, self.grace);
        });
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its ID may be reused from now on.
        groups().retain(|group| !Arc::ptr_eq(group, &self.0));
    }
}

#[cfg(unix)]
mod imp {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::{Mutex, PoisonError};
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
    use shared_child::SharedChild;
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::{DEFERRING, ON_EXIT, groups};

    /// The signals that end a program by default.
    const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

    /// Waits for `child`, and passes on the signals that we receive meanwhile.
    ///
    /// # Errors
    /// If the system cannot wait for it.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        // Caught only after the child has started, so that it inherits ignored signals (nohup). Those
        // are not passed on: git would handle them (measured).
        let mut signals = Signals::new(not_ignored().chain([SIGCHLD]))?;
        let pid = pid(child.id());
        loop {
            // Until this call, the child's process ID is not reused.
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            for signal in signals.wait().filter(|signal| *signal != SIGCHLD) {
                if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
                    let _ = kill_process(pid, signal);
                }
            }
        }
    }

    /// Returns the signals that were not ignored when we were started, as by nohup; ignored ones stay so
    /// for the programs. Known on Linux only.
    fn not_ignored() -> impl Iterator<Item = i32> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let is_ignored = move |signal: i32| ignored.unwrap_or(0) & (1 << (signal - 1)) != 0;
        ENDING
            .into_iter()
            .filter(move |signal| !is_ignored(*signal))
    }

    /// Starts the thread that ends the running groups, or this process, on a signal. Later calls do
    /// nothing.
    pub fn catch_signals() -> io::Result<()> {
        static IS_CAUGHT: Mutex<bool> = Mutex::new(false);
        let mut is_caught = IS_CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_caught {
            return Ok(());
        }
        let mut signals = Signals::new(not_ignored())?;
        *is_caught = true;
        thread::spawn(move || {
            for signal in signals.forever() {
                let groups = groups();
                groups.iter().for_each(|group| group.end());
                let cleanup = ON_EXIT.get();
                if groups.is_empty() || cleanup.is_some() {
                    // The groups stay locked, so that nobody reports how they ended.
                    let _no_deferring_work = DEFERRING.write();
                    if let Some(cleanup) = cleanup {
                        cleanup(signal);
                        let _ = emulate_default_handler(signal);
                    }
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(())
    }

    pub fn in_group(command: &mut Command) -> &mut Command {
        command.process_group(0)
    }

    /// Kills the program's group, after SIGTERM and up to `grace` if that is not zero. The ID is not
    /// reused while the group exists.
    pub fn end(leader: &SharedChild, grace: Duration) {
        let Some(leader) = pid(leader.id()) else {
            return;
        };
        let started = Instant::now();
        if !grace.is_zero() {
            let _ = kill_process_group(leader, Signal::TERM);
            while started.elapsed() < grace && test_kill_process_group(leader).is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = kill_process_group(leader, Signal::KILL);
    }

    fn pid(id: u32) -> Option<Pid> {
        i32::try_from(id).ok().and_then(Pid::from_raw)
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;
    use std::process::{Child, Command, ExitStatus};
    use std::time::Duration;

    use shared_child::SharedChild;

    /// Waits for `child`.
    ///
    /// # Errors
    /// If the system cannot wait for it.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        child.wait()
    }

    pub fn catch_signals() -> io::Result<()> {
        Ok(())
    }

    pub fn in_group(command: &mut Command) -> &mut Command {
        command
    }

    pub fn end(program: &SharedChild, _: Duration) {
        let _ = program.kill();
    }
}
