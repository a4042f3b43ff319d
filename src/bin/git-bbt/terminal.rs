//! The terminal that somebody types a token at.

pub use imp::Silence;

#[cfg(unix)]
mod imp {
    use std::io;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// As long as it lives, what is typed is not shown.
    pub struct Silence(Termios);

    impl Silence {
        /// None where stdin is no terminal.
        pub fn of_stdin() -> Option<Silence> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
            Some(Silence(before))
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

/// There the prompt itself sees to it.
#[cfg(not(unix))]
mod imp {
    /// Nothing.
    pub struct Silence;

    impl Silence {
        /// None.
        pub fn of_stdin() -> Option<Silence> {
            None
        }
    }
}
