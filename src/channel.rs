//! Reports from the credential helper to the hand-off, which is some processes further up: a byte for
//! each operation that git asked for, through a pipe that the processes between inherit. It carries no
//! secret.

pub use imp::{Channel, handoff_is_gone, send};

/// What the helper reports: how far the login got. Of several, the last one here counts.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Event {
    /// git has the token.
    Given = b'g',
    /// git called `store`: what failed after that is not the token's fault. The helper's shell writes it.
    Accepted = b's',
    /// Why the login failed has been printed. git calls `erase` after `store`, too.
    Explained = b'e',
}

#[cfg(unix)]
mod imp {
    use std::fs::{File, OpenOptions};
    use std::io::{PipeReader, Read, Write};
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::process::parent_id;
    use std::time::Duration;

    use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd, ioctl_fionbio};

    use super::Event;
    use crate::variables;

    /// Both ends of the pipe; programs inherit the helper's.
    pub struct Channel {
        events: PipeReader,
        helper: OwnedFd,
    }

    impl Channel {
        /// Opens a channel; `None` if the system has no pipe, or no descriptor of one digit: dash accepts
        /// no other in a redirection.
        pub fn open() -> Option<Channel> {
            let (events, writer) = std::io::pipe().ok()?;
            ioctl_fionbio(&events, true).ok()?;
            let helper = fcntl_dupfd_cloexec(&writer, 3).ok()?;
            fcntl_setfd(&helper, FdFlags::empty()).ok()?;
            (helper.as_raw_fd() < 10).then_some(Channel { events, helper })
        }

        /// Returns the descriptor that the helper writes to.
        pub fn descriptor(&self) -> i32 {
            self.helper.as_raw_fd()
        }

        /// Returns what was reported so far; `None` if git asked for no token.
        pub fn login(mut self) -> Option<Event> {
            let mut bytes = Vec::new();
            // Ends with an error at the end of the data, since nobody closes the pipe.
            let _ = self.events.read_to_end(&mut bytes);
            let events = [Event::Explained, Event::Accepted, Event::Given];
            let mut events = events.into_iter();
            events.find(|event| bytes.contains(&(*event as u8)))
        }
    }

    /// Reports to the hand-off, if this process is its credential helper.
    pub fn send(event: Event) {
        if let Some(mut pipe) = helper_end() {
            let _ = pipe.write_all(&[event as u8]);
        }
    }

    /// Opens the helper's end, if the variable names a pipe: the environment may contain anything.
    fn helper_end() -> Option<File> {
        let number: u8 = std::env::var(variables::HANDOFF).ok()?.parse().ok()?;
        let mut options = OpenOptions::new();
        let file = options.write(true).open(format!("/dev/fd/{number}")).ok()?;
        file.metadata().ok()?.file_type().is_fifo().then_some(file)
    }

    /// Waits until the process that asked this one is gone, as it is when the hand-off ends early;
    /// `None` outside of a hand-off.
    pub fn handoff_is_gone() -> Option<impl FnOnce() + Send + 'static> {
        const INTERVAL: Duration = Duration::from_millis(50);
        std::env::var_os(variables::HANDOFF)?;
        let parent = parent_id();
        Some(move || {
            while parent_id() == parent {
                std::thread::sleep(INTERVAL);
            }
        })
    }
}

/// On Windows, programs inherit no such pipe: the hand-off adds nothing to git's messages.
#[cfg(not(unix))]
mod imp {
    use super::Event;

    /// The hand-off's end.
    pub enum Channel {}

    impl Channel {
        /// `None` here.
        pub fn open() -> Option<Channel> {
            None
        }

        /// Never called here.
        pub fn descriptor(&self) -> i32 {
            match *self {}
        }

        /// Never called here.
        pub fn login(self) -> Option<Event> {
            match self {}
        }
    }

    /// Reports nothing here.
    pub fn send(_: Event) {}

    /// `None` here.
    pub fn handoff_is_gone() -> Option<impl FnOnce() + Send + 'static> {
        None::<fn()>
    }
}
