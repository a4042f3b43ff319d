//! Looking after the programs we start: nothing outlives us, and what they end with is ours.

pub use imp::{Group, on_exit, wait, with_signals_deferred};

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

    /// What ends a program unless it minds.
    const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

    /// Waits for `child`, and passes the signals on to it that reach us meanwhile.
    ///
    /// # Errors
    /// The system's, where it cannot be waited for.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        // Caught only now that the child is there: what was ignored when we were called (nohup) is
        // ignored by the child too, as a program in our place would have it; and not passed on, since
        // git catches what it is sent and ignores what it was told to (measured).
        let mut signals = Signals::new(not_ignored().chain([SIGCHLD]))?;
        let pid = pid(child.id());
        loop {
            // Not before this call is the child's number free to be another's.
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

    /// A program and all that it starts, in a process group of its own, so that all of it can be
    /// ended. It ends when a signal would end us, or when whoever we work for is gone.
    pub struct Group(Arc<Watched>);

    /// The groups that there are; none before anybody watches for signals.
    static GROUPS: Mutex<Option<Vec<Arc<Watched>>>> = Mutex::new(None);

    /// Held by what must not be left half-way.
    static DEFERRING: RwLock<()> = RwLock::new(());

    /// What is done last where we end with the groups, and do not go on to tell how they ended.
    static ON_EXIT: OnceLock<fn(i32)> = OnceLock::new();

    /// When a signal would end us, ends the groups there are and then us, as soon as nothing is
    /// [`with_signals_deferred`], and after `last`, which is told the signal: as that would by itself, so that a
    /// shell knows, and stops its loop.
    ///
    /// # Errors
    /// The system's, where signals cannot be caught.
    pub fn on_exit(last: fn(i32)) -> io::Result<()> {
        let _ = ON_EXIT.set(last);
        watch_groups()
    }

    /// Ends the groups there are when a signal would end us; us where there is none. One thread does
    /// so, however often this is called.
    fn watch_groups() -> io::Result<()> {
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
                let last = ON_EXIT.get();
                if ended == 0 || last.is_some() {
                    // The groups stay locked: whoever waited for one does not get to say so.
                    let _nothing_is_half_way = DEFERRING.write();
                    if let Some(last) = last {
                        last(signal);
                        let _ = emulate_default_handler(signal);
                    }
                    std::process::exit(128 + signal);
                }
            }
        });
        Ok(())
    }

    /// Does something that a signal waits for, where somebody [`watch`]es. It starts no program.
    pub fn with_signals_deferred<T>(work: impl FnOnce() -> T) -> T {
        let _busy = DEFERRING.read();
        work()
    }

    struct Watched {
        /// The group's number; 0 once it is over.
        id: AtomicU32,
        ended: AtomicBool,
        grace: Duration,
    }

    impl Watched {
        /// Whether there was a group to end. The program's end then fails what waits for it, which
        /// has a last word to say.
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
        /// Starts `command` as the head of a group; `gone` waits until it is needed no more. With
        /// some `grace` it can end what it has started itself in groups of their own.
        ///
        /// # Errors
        /// The system's, where it cannot be started or signals cannot be caught.
        pub fn spawn(
            command: &mut Command,
            grace: Duration,
            gone: Option<impl FnOnce() + Send + 'static>,
        ) -> io::Result<(Group, SharedChild)> {
            command.process_group(0);
            // Before the program starts: it is in no group that a Ctrl-C at the terminal reaches.
            watch_groups()?;
            // And a signal waits until it has, or it would not be known what there is to end.
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

        /// Whether it was ended from outside.
        pub fn was_ended(&self) -> bool {
            self.0.ended.load(Ordering::SeqCst)
        }

        /// Ends all of it.
        pub fn kill(&self, program: &SharedChild) {
            std::thread::scope(|scope| {
                scope.spawn(|| program.wait());
                end_group(program.id(), self.0.grace);
            });
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            // It is over, and its number may come to be another's.
            self.0.id.store(0, Ordering::SeqCst);
            let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            groups
                .iter_mut()
                .for_each(|groups| groups.retain(|group| !Arc::ptr_eq(group, &self.0)));
        }
    }

    /// Those that were not ignored when we were started, as nohup does; what was stays so for the
    /// program too. Linux tells; elsewhere none is taken for ignored.
    fn not_ignored() -> impl Iterator<Item = i32> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let is_ignored = move |signal: i32| ignored.unwrap_or(0) & (1 << (signal - 1)) != 0;
        ENDING
            .into_iter()
            .filter(move |signal| !is_ignored(*signal))
    }

    /// Ends a group at once; or, where it has time, tells it to end first, and waits for all of it to.
    /// Somebody has to wait for its head meanwhile: until then that counts as there. The number is
    /// nobody else's as long as anybody is left in the group.
    fn end_group(id: u32, grace: Duration) {
        let Some(head) = pid(id) else {
            return;
        };
        let told = Instant::now();
        if !grace.is_zero() {
            let _ = kill_process_group(head, Signal::TERM);
            while told.elapsed() < grace && test_kill_process_group(head).is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = kill_process_group(head, Signal::KILL);
    }

    fn pid(id: u32) -> Option<Pid> {
        i32::try_from(id).ok().and_then(Pid::from_raw)
    }
}

/// Windows hands Ctrl-C to every program of the console by itself.
#[cfg(not(unix))]
mod imp {
    use std::io;
    use std::process::{Child, Command, ExitStatus};
    use std::time::Duration;

    use shared_child::SharedChild;

    /// Waits for `child`.
    ///
    /// # Errors
    /// The system's, where it cannot be waited for.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        child.wait()
    }

    /// Nothing has to be done.
    ///
    /// # Errors
    /// None here.
    pub fn on_exit(_: fn(i32)) -> io::Result<()> {
        Ok(())
    }

    /// Does something; a Ctrl-C does not wait for it.
    pub fn with_signals_deferred<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    /// A program that can be ended.
    pub struct Group;

    impl Group {
        /// Starts `command`.
        ///
        /// # Errors
        /// The system's.
        pub fn spawn(
            command: &mut Command,
            _: Duration,
            _: Option<impl FnOnce() + Send + 'static>,
        ) -> io::Result<(Group, SharedChild)> {
            Ok((Group, SharedChild::spawn(command)?))
        }

        /// Whether it was ended from outside.
        pub fn was_ended(&self) -> bool {
            false
        }

        /// Ends it at once.
        pub fn kill(&self, program: &SharedChild) {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
