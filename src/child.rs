//! Looking after the programs we start: nothing outlives us, and what they end with is ours.

pub use imp::{Group, wait};

#[cfg(unix)]
mod imp {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use shared_child::SharedChild;
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// What ends a program unless it minds.
    const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

    /// Waits for `child`, and passes the signals on to it that reach us meanwhile.
    ///
    /// # Errors
    /// The system's, where it cannot be waited for.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        // Caught only now that the child is there: what was ignored when we were called (nohup) is
        // ignored by the child too, as a program in our place would have it.
        let mut signals = Signals::new(ENDING.into_iter().chain([SIGCHLD]))?;
        let pid = pid(child.id());
        loop {
            // Not before this call is the child's number free to be another's.
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            for signal in signals.wait().filter(|signal| ENDING.contains(signal)) {
                if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
                    let _ = kill_process(pid, signal);
                }
            }
        }
    }

    /// A program and all that it starts, in a process group of its own, so that all of it can be
    /// ended. It ends when a signal ends us.
    pub struct Group {
        id: Arc<AtomicU32>,
    }

    impl Group {
        /// Makes what `command` will start the head of a group.
        ///
        /// # Errors
        /// The system's, where signals cannot be caught.
        pub fn new(command: &mut Command) -> io::Result<Group> {
            command.process_group(0);
            let id = Arc::new(AtomicU32::new(0));
            let group = Arc::clone(&id);
            // Before the program starts: it is in no group that a Ctrl-C at the terminal reaches.
            let mut signals = Signals::new(ENDING)?;
            std::thread::spawn(move || {
                if let Some(signal) = signals.forever().next() {
                    kill_group(group.load(Ordering::SeqCst));
                    std::process::exit(128 + signal);
                }
            });
            Ok(Group { id })
        }

        /// The program has started, with this number.
        pub fn holds(&self, id: u32) {
            self.id.store(id, Ordering::SeqCst);
        }

        /// Ends all of it at once.
        pub fn kill(&self, program: &SharedChild) {
            kill_group(program.id());
            let _ = program.wait();
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            // It is over, and its number may come to be another's.
            self.id.store(0, Ordering::SeqCst);
        }
    }

    fn kill_group(id: u32) {
        if let Some(pid) = pid(id) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
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

    use shared_child::SharedChild;

    /// Waits for `child`.
    ///
    /// # Errors
    /// The system's, where it cannot be waited for.
    pub fn wait(child: &mut Child) -> io::Result<ExitStatus> {
        child.wait()
    }

    /// A program that can be ended.
    pub struct Group;

    impl Group {
        /// Looks after what `command` will start.
        ///
        /// # Errors
        /// None here.
        pub fn new(_: &mut Command) -> io::Result<Group> {
            Ok(Group)
        }

        /// The program has started.
        pub fn holds(&self, _: u32) {}

        /// Ends it at once.
        pub fn kill(&self, program: &SharedChild) {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
