//! What the hand-off and its credential helper, some programs further down, know of each other,
//! through two pipes that every program between inherits: the helper lets the hand-off know that it
//! has explained the failure, and learns that the hand-off is gone. Neither carries a secret.

pub use imp::{Pipes, VARIABLE, handoff_is_gone, tell_explained};

#[cfg(unix)]
mod imp {
    use std::fs::{File, OpenOptions};
    use std::io::{PipeReader, PipeWriter, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::FileTypeExt;
    use std::process::Command;

    use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};

    /// Names the helper's ends to it: `<to write into>,<to read from>`.
    pub const VARIABLE: &str = "BBT_HANDOFF";

    /// The hand-off's ends.
    pub struct Pipes {
        explained: PipeReader,
        /// Nobody else holds it, so that it closes when we end, however we do.
        _alive: PipeWriter,
        /// Open as long as a program may come to inherit them.
        _helpers: (PipeWriter, PipeReader),
    }

    impl Pipes {
        /// Such that `command` and what it starts inherit the helper's ends. None where the system
        /// gives none: then a failure is explained twice, and a token command may run on to its
        /// time bound.
        pub fn to(command: &mut Command) -> Option<Pipes> {
            let (explained, explain) = std::io::pipe().ok()?;
            let (live, alive) = std::io::pipe().ok()?;
            ioctl_fionbio(&explained, true).ok()?;
            fcntl_setfd(&explain, FdFlags::empty()).ok()?;
            fcntl_setfd(&live, FdFlags::empty()).ok()?;
            command.env(
                VARIABLE,
                format!("{},{}", explain.as_raw_fd(), live.as_raw_fd()),
            );
            Some(Pipes {
                explained,
                _alive: alive,
                _helpers: (explain, live),
            })
        }

        /// Whether the helper has explained the failure.
        pub fn explained(mut self) -> bool {
            matches!(self.explained.read(&mut [0]), Ok(1))
        }
    }

    /// Lets the hand-off know, where one is there.
    pub fn tell_explained() {
        if let Some(mut pipe) = end(0, OpenOptions::new().write(true)) {
            let _ = pipe.write_all(b"!");
        }
    }

    /// Something to wait with until the hand-off is gone; none where there is none.
    pub fn handoff_is_gone() -> Option<impl FnOnce() + Send + 'static> {
        let mut pipe = end(1, OpenOptions::new().read(true))?;
        Some(move || {
            // Nobody writes: what ends this is the end of the pipe.
            let _ = pipe.read(&mut [0]);
        })
    }

    /// A number and nothing else, of a pipe and nothing else: the environment is anybody's.
    fn end(which: usize, options: &OpenOptions) -> Option<File> {
        let ends = std::env::var(VARIABLE).ok()?;
        let number: u32 = ends.split(',').nth(which)?.parse().ok()?;
        let file = options.open(format!("/dev/fd/{number}")).ok()?;
        let is_pipe = file.metadata().ok()?.file_type().is_fifo();
        is_pipe.then_some(file)
    }
}

/// Windows hands no such pipe down: there a failure is explained twice.
#[cfg(not(unix))]
mod imp {
    use std::process::Command;

    /// Names the helper's ends to it.
    pub const VARIABLE: &str = "BBT_HANDOFF";

    /// The hand-off's ends.
    pub struct Pipes;

    impl Pipes {
        /// None here.
        pub fn to(_: &mut Command) -> Option<Pipes> {
            None
        }

        /// Whether the helper has explained the failure.
        pub fn explained(self) -> bool {
            false
        }
    }

    /// Lets the hand-off know, where one is there.
    pub fn tell_explained() {}

    /// None here.
    pub fn handoff_is_gone() -> Option<impl FnOnce() + Send + 'static> {
        None::<fn()>
    }
}
