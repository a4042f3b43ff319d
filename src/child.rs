//! Supervises the programs that we start: they do not outlive us, and we pass signals on.

use std::io;
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use shared_child::SharedChild;
use zeroize::Zeroizing;

use crate::zeroized;

pub use imp::{Group, on_exit, wait, with_signals_deferred};

/// What a program printed, and how it ended.
pub type Output = (Zeroizing<Vec<u8>>, ExitStatus);

/// Returns what the leader of `group` prints to its stdout, which is a pipe that is closed after `limit`
/// bytes, and its status. Ends the group and returns `None` if that takes longer than `timeout`.
///
/// # Errors
/// If the system cannot read the pipe or wait for the program. The group is ended.
pub fn output(
    group: &Group,
    program: &SharedChild,
    timeout: Duration,
    limit: usize,
) -> io::Result<Option<Output>> {
    let output = wait_for_output(program, timeout, limit);
    if !matches!(output, Ok(Some(_))) {
        group.kill(program);
    }
    output
}

fn wait_for_output(
    program: &SharedChild,
    timeout: Duration,
    limit: usize,
) -> io::Result<Option<Output>> {
    let started = Instant::now();
    let stdout = program.take_stdout().ok_or(io::ErrorKind::BrokenPipe)?;
    let (sender, receiver) = mpsc::channel();
    // In a thread, since reading a pipe has no time limit.
    std::thread::spawn(move || sender.send(zeroized::read(stdout, limit)));
    let Ok(printed) = receiver.recv_timeout(timeout) else {
        return Ok(None);
    };
    let printed = printed?;
    let status = program.wait_timeout(timeout.saturating_sub(started.elapsed()))?;
    Ok(status.map(|status| (printed, status)))
}

#[cfg(unix)]
mod imp {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
    use shared_child::SharedChild;
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

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

    /// A program and everything that it starts, in a process group of its own. It is ended when a signal
    /// would end us, or when the process that needs it is gone.
    pub struct Group(Arc<Watched>);

    /// The running groups; `None` before signals are caught.
    static GROUPS: Mutex<Option<Vec<Arc<Watched>>>> = Mutex::new(None);

    /// Held for reading during work that must not be interrupted.
    static DEFERRING: RwLock<()> = RwLock::new(());

    /// The cleanup before a signal ends this process.
    static ON_EXIT: OnceLock<fn(i32)> = OnceLock::new();

    /// When a signal would end this process, ends the running groups, waits for work that runs
    /// [`with_signals_deferred`], calls `cleanup` with the signal, and ends by that signal, so that a
    /// shell stops its loop.
    ///
    /// # Errors
    /// If signals cannot be caught.
    pub fn on_exit(cleanup: fn(i32)) -> io::Result<()> {
        let _ = ON_EXIT.set(cleanup);
        catch_signals()
    }

    /// Starts the thread that ends the running groups, or this process, on a signal. Later calls do
    /// nothing.
    fn catch_signals() -> io::Result<()> {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        if groups.is_some() {
            return Ok(());
        }
        let mut signals = Signals::new(not_ignored())?;
        *groups = Some(Vec::new());
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
                let ended = groups.iter().flatten().filter(|group| group.end()).count();
                let cleanup = ON_EXIT.get();
                if ended == 0 || cleanup.is_some() {
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

    /// Runs `work`; signals that would end this process are handled only after it returns. Must not start
    /// a process.
    pub fn with_signals_deferred<T>(work: impl FnOnce() -> T) -> T {
        let _deferring = DEFERRING.read();
        work()
    }

    struct Watched {
        /// The process group ID; 0 once it has ended.
        id: AtomicU32,
        ended: AtomicBool,
        grace: Duration,
    }

    impl Watched {
        /// Ends the group. Returns whether it was running; the code that waits for it then fails.
        fn end(&self) -> bool {
            let id = self.id.load(Ordering::SeqCst);
            if id != 0 {
                self.ended.store(true, Ordering::SeqCst);
                end_group(id, self.grace);
            }
            id != 0
        }
    }

    impl Group {
        /// Starts `command` as the leader of a group, which is ended once `gone` returns. `grace` is the
        /// time between SIGTERM and SIGKILL, in which it can end groups of its own.
        ///
        /// # Errors
        /// If it cannot be started, or signals cannot be caught.
        pub fn spawn(
            command: &mut Command,
            grace: Duration,
            gone: Option<impl FnOnce() + Send + 'static>,
        ) -> io::Result<(Group, SharedChild)> {
            command.process_group(0);
            // First: a Ctrl-C at the terminal does not reach the program's group.
            catch_signals()?;
            // Locked, so that a signal is handled only once the group is known.
            let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            let program = SharedChild::spawn(command)?;
            let watched = Arc::new(Watched {
                id: AtomicU32::new(program.id()),
                ended: AtomicBool::new(false),
                grace,
            });
            groups.get_or_insert_default().push(Arc::clone(&watched));
            drop(groups);
            if let Some(gone) = gone {
                let by_its_end = Arc::clone(&watched);
                std::thread::spawn(move || {
                    gone();
                    by_its_end.end();
                });
            }
            Ok((Group(watched), program))
        }

        /// Returns whether it was ended by a signal to us, or because `gone` returned.
        pub fn was_ended(&self) -> bool {
            self.0.ended.load(Ordering::SeqCst)
        }

        /// Ends the whole group.
        pub fn kill(&self, program: &SharedChild) {
            std::thread::scope(|scope| {
                scope.spawn(|| program.wait());
                end_group(program.id(), self.0.grace);
            });
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            // Its ID may be reused from now on.
            self.0.id.store(0, Ordering::SeqCst);
            let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            groups
                .iter_mut()
                .for_each(|groups| groups.retain(|group| !Arc::ptr_eq(group, &self.0)));
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

    /// Kills a group, after SIGTERM and up to `grace` if that is not zero. Another thread has to wait for
    /// the leader, which counts as running until then. The ID is not reused while the group exists.
    fn end_group(id: u32, grace: Duration) {
        let Some(leader) = pid(id) else {
            return;
        };
        let started = Instant::now();
        if !grace.is_zero() {
            let _ = kill_process_group(leader, Signal::TERM);
            while started.elapsed() < grace && test_kill_process_group(leader).is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = kill_process_group(leader, Signal::KILL);
    }

    fn pid(id: u32) -> Option<Pid> {
        i32::try_from(id).ok().and_then(Pid::from_raw)
    }
}

/// Windows sends Ctrl-C to every program of the console.
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

    /// Does nothing here.
    ///
    /// # Errors
    /// None here.
    pub fn on_exit(_: fn(i32)) -> io::Result<()> {
        Ok(())
    }

    /// Runs `work`; a Ctrl-C does not wait for it here.
    pub fn with_signals_deferred<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    /// A program that can be ended.
    pub struct Group;

    impl Group {
        /// Starts `command`.
        ///
        /// # Errors
        /// If it cannot be started.
        pub fn spawn(
            command: &mut Command,
            _: Duration,
            _: Option<impl FnOnce() + Send + 'static>,
        ) -> io::Result<(Group, SharedChild)> {
            Ok((Group, SharedChild::spawn(command)?))
        }

        /// Always false here.
        pub fn was_ended(&self) -> bool {
            false
        }

        /// Ends the program.
        pub fn kill(&self, program: &SharedChild) {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
