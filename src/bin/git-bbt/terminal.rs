//! The terminal that somebody types a token at.

pub use imp::{Silence, restore};

#[cfg(unix)]
mod imp {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// How it was before somebody was silent.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// As long as it lives, what is typed is not shown.
    pub struct Silence(());

    impl Silence {
        /// None where stdin is no terminal.
        pub fn of_stdin() -> Option<Silence> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
            tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
            Some(Silence(()))
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            restore();
        }
    }

    /// Lets the terminal show what is typed again; also where a signal ends us at the prompt.
    pub fn restore() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before.take() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
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

    /// Nothing has to be done.
    pub fn restore() {}
}
