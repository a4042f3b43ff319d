//! Prompts at the terminal, and restores it if a signal ends us there.

use std::io;

use bbt::{credential, token, zeroized};
use zeroize::Zeroizing;

pub use imp::{LINE_MAX, is_foreground, read_password, restore};

use crate::output::say;

/// Asks for a line that is shown while it is typed. Returns it trimmed; `None` after Ctrl-D.
///
/// # Errors
/// If stdin cannot be read.
pub fn read_line(question: &str) -> io::Result<Option<String>> {
    let line = read(question)?;
    Ok(line.map(|line| String::from_utf8_lossy(&line).trim().to_owned()))
}

/// Reads a line, or `None` after Ctrl-D. Unbuffered: what is typed ahead is for the next question, or the
/// next program.
fn read(question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    say(question)?;
    let keyboard = credential::unbuffered(&io::stdin())?;
    let is_line = |bytes: &[u8]| bytes.ends_with(b"\n");
    let line = zeroized::read_until(keyboard, token::MAX_BYTES, is_line)?;
    if line.is_empty() {
        say("\n")?;
        return Ok(None);
    }
    Ok(Some(line))
}

/// Asks a question. Returns whether the answer is "y" or "yes".
///
/// # Errors
/// If stdin cannot be read.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = read_line(&format!("{question} [y/N] "))?;
    Ok(answer.is_some_and(|answer| ["y", "yes"].contains(&&*answer.to_lowercase())))
}

#[cfg(unix)]
mod imp {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::process::getpgrp;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };
    use zeroize::Zeroizing;

    /// The most bytes that a terminal returns of a line, whose rest it drops.
    pub const LINE_MAX: usize = if cfg!(target_os = "linux") {
        4095
    } else {
        1023
    };

    /// The terminal's settings before the echo was turned off.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// Asks for a line that is not shown while it is typed; `None` after Ctrl-D.
    ///
    /// # Errors
    /// If stdin cannot be read.
    pub fn read_password(question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        // Before the question, since a quick paste would show.
        let _silence = Silence::of_stdin();
        super::read(question)
    }

    /// Turns off the echo until dropped.
    struct Silence;

    impl Silence {
        /// `None` if stdin is not a terminal.
        fn of_stdin() -> Option<Silence> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            silent.local_modes.insert(LocalModes::ECHONL);
            // No Ctrl-Z: after `fg`, a shell may turn the echo on.
            silent.special_codes[SpecialCodeIndex::VSUSP] = 0;
            // A signal finds both of the following done, or neither.
            let mut known = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
            *known = Some(before);
            Some(Silence)
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            restore();
        }
    }

    /// Returns whether we are the terminal's foreground group. Otherwise reading from it stops the
    /// process (SIGTTIN).
    pub fn is_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    /// Turns the echo on again, unless another process group has the terminal by now.
    pub fn restore() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before.take().filter(|_| is_foreground()) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

/// On other systems, rpassword turns off the echo and restores it.
#[cfg(not(unix))]
mod imp {
    use std::io;

    use zeroize::Zeroizing;

    pub const LINE_MAX: usize = bbt::token::MAX_BYTES;

    pub fn read_password(question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match rpassword::prompt_password(question) {
            // Ctrl-D.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            typed => Ok(Some(Zeroizing::new(typed?.into_bytes()))),
        }
    }

    pub fn is_foreground() -> bool {
        true
    }

    pub fn restore() {}
}
