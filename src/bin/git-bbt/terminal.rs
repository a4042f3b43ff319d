//! Prompts at the terminal, and restores it if a signal ends us there.

use std::io::{self, Read as _};

use bbt::credential;

pub use imp::{is_foreground, read_password, restore};

use crate::output::say;

/// Asks for a line that is shown while it is typed. Returns it trimmed; `None` after Ctrl-D.
///
/// # Errors
/// If stdin cannot be read.
pub fn read_line(question: &str) -> io::Result<Option<String>> {
    say(question)?;
    // Byte by byte: input that was typed ahead is for the next question, or the next program.
    let mut keyboard = credential::unbuffered(&io::stdin())?;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while keyboard.read(&mut byte)? > 0 {
        if byte == *b"\n" {
            return Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()));
        }
        line.extend(byte);
    }
    say("\n")?;
    Ok(None)
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
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use rustix::process::{Signal, getpgrp, kill_current_process_group};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };

    /// The terminal's settings before the echo was turned off.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// Whether a prompt is open.
    static IS_ASKING: AtomicBool = AtomicBool::new(false);

    /// How long a Ctrl-C may take to end us.
    const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

    /// Asks for a line that is not shown while it is typed.
    ///
    /// # Errors
    /// If stdin cannot be read.
    pub fn read_password(prompt: &str) -> io::Result<String> {
        // rpassword prints the prompt before it turns the echo off, and a quick paste would show.
        let _silence = Silence::of_stdin();
        IS_ASKING.store(true, Ordering::SeqCst);
        let typed = rpassword::prompt_password(prompt);
        if matches!(&typed, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
            // rpassword has sent us the signal, which ends us.
            std::thread::park_timeout(EXIT_TIMEOUT);
        }
        IS_ASKING.store(false, Ordering::SeqCst);
        typed
    }

    /// Turns off the echo until dropped.
    struct Silence;

    impl Silence {
        /// `None` if stdin is not a terminal.
        fn of_stdin() -> Option<Silence> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut silent = before.clone();
            // Not by lines either: input before rpassword reads would be cut at 4,096 bytes, and a
            // Ctrl-D would be lost.
            silent
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ICANON);
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            // A signal finds both of the following done, or neither.
            let mut known = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
            *known = Some(before);
            Some(Silence)
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            restore_echo();
        }
    }

    /// Returns whether we are the terminal's foreground group. Otherwise reading from it stops the
    /// process (SIGTTIN).
    pub fn is_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    /// Cleans up before a signal ends us at the prompt.
    pub fn restore(signal: i32) {
        restore_echo();
        // rpassword takes a Ctrl-C that is meant for the whole group, such as the shell of a script.
        if IS_ASKING.load(Ordering::SeqCst) && signal == Signal::INT.as_raw() {
            let _ = kill_current_process_group(Signal::INT);
        }
    }

    /// Turns the echo on again, unless another process group has the terminal by now.
    fn restore_echo() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before.take().filter(|_| is_foreground()) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

/// On other systems, rpassword restores the terminal.
#[cfg(not(unix))]
mod imp {
    /// Asks for a line that is not shown while it is typed.
    ///
    /// # Errors
    /// If stdin cannot be read.
    pub fn read_password(prompt: &str) -> std::io::Result<String> {
        rpassword::prompt_password(prompt)
    }

    /// Always true here.
    pub fn is_foreground() -> bool {
        true
    }

    /// Does nothing here.
    pub fn restore(_: i32) {}
}
