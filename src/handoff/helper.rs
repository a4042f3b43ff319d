//! How the credential helper, some programs further down, lets the hand-off know that it has
//! explained the failure already: a pipe that every program between inherits. It carries a byte,
//! and no secret.

pub use imp::{Ear, tell};

#[cfg(unix)]
mod imp {
    use std::fs::OpenOptions;
    use std::io::{PipeReader, PipeWriter, Read, Write};
    use std::os::fd::AsRawFd;
    use std::process::Command;

    use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};

    /// Names the pipe to the credential helper.
    const VARIABLE: &str = "BBT_REPORTED";

    /// The end that hears.
    pub struct Ear {
        reader: PipeReader,
        /// Open as long as a program may come to inherit it.
        _writer: PipeWriter,
    }

    impl Ear {
        /// One that `command` and what it starts can speak into. None where the system gives none:
        /// then the failure is explained twice.
        pub fn of(command: &mut Command) -> Option<Ear> {
            let (reader, writer) = std::io::pipe().ok()?;
            ioctl_fionbio(&reader, true).ok()?;
            fcntl_setfd(&writer, FdFlags::empty()).ok()?;
            command.env(VARIABLE, format!("/dev/fd/{}", writer.as_raw_fd()));
            Some(Ear {
                reader,
                _writer: writer,
            })
        }

        /// Whether somebody spoke.
        pub fn heard(mut self) -> bool {
            matches!(self.reader.read(&mut [0]), Ok(1))
        }
    }

    /// Speaks, where somebody listens.
    pub fn tell() {
        let pipe = std::env::var(VARIABLE)
            .ok()
            .filter(|path| path.starts_with("/dev/fd/"));
        if let Some(mut pipe) = pipe.and_then(|path| OpenOptions::new().write(true).open(path).ok())
        {
            let _ = pipe.write_all(b"!");
        }
    }
}

/// Windows hands no such pipe down: there the failure is explained twice.
#[cfg(not(unix))]
mod imp {
    use std::process::Command;

    /// The end that hears.
    pub struct Ear;

    impl Ear {
        /// None here.
        pub fn of(_: &mut Command) -> Option<Ear> {
            None
        }

        /// Whether somebody spoke.
        pub fn heard(self) -> bool {
            false
        }
    }

    /// Speaks, where somebody listens.
    pub fn tell() {}
}
