//! The terminal that somebody types a token at.

use std::io::{self, Read as _};

use bbt::credential;

pub use imp::{is_foreground, read_password, restore};

use crate::output::say;

/// Asks for a line that is shown while it is typed. Returns it without blanks around it, and `None`
/// after Ctrl-D.
///
/// # Errors
/// The system's.
pub fn read_line(question: &str) -> io::Result<Option<String>> {
    say(question)?;
    // Byte by byte: what was typed ahead is for the next question, or the next program.
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

/// Asks a question that only "y" or "yes" affirms.
///
/// # Errors
/// The system's.
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

    /// How it was before somebody was silent.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// Whether somebody is being asked.
    static IS_ASKING: AtomicBool = AtomicBool::new(false);

    /// How long a Ctrl-C may take to end us.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// What is typed, and not shown.
    ///
    /// # Errors
    /// The system's.
    pub fn read_password(prompt: &str) -> io::Result<String> {
        // rpassword prints the prompt before it turns the echo off, and a quick paste would show.
        let _silence = Silence::of_stdin();
        IS_ASKING.store(true, Ordering::SeqCst);
        let typed = rpassword::prompt_password(prompt);
        if matches!(&typed, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
            // It has sent us the signal, by which we end.
            std::thread::park_timeout(PATIENCE);
        }
        IS_ASKING.store(false, Ordering::SeqCst);
        typed
    }

    /// As long as it lives, what is typed is not shown.
    struct Silence;

    impl Silence {
        /// None where stdin is no terminal.
        fn of_stdin() -> Option<Silence> {
            let before = tcgetattr(io::stdin()).ok()?;
            let mut silent = before.clone();
            // Nor by lines: what is typed before rpassword reads would be cut at 4,096 bytes, and a
            // Ctrl-D would be lost.
            silent
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ICANON);
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            // A signal that comes meanwhile finds both done, or neither.
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

    /// Whether it is ours to ask at; to try would stop us else.
    pub fn is_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    /// What is left to do where a signal ends us at the prompt.
    pub fn restore(signal: i32) {
        restore_echo();
        // rpassword takes a Ctrl-C that is meant for everybody here, such as the shell of a script.
        if IS_ASKING.load(Ordering::SeqCst) && signal == Signal::INT.as_raw() {
            let _ = kill_current_process_group(Signal::INT);
        }
    }

    /// Lets the terminal show what is typed again. Where somebody else has it by now, it is theirs to
    /// set.
    fn restore_echo() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before.take().filter(|_| is_foreground()) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

/// There the prompt itself sees to it.
#[cfg(not(unix))]
mod imp {
    /// What is typed, and not shown.
    ///
    /// # Errors
    /// The system's.
    pub fn read_password(prompt: &str) -> std::io::Result<String> {
        rpassword::prompt_password(prompt)
    }

    /// It is always.
    pub fn is_foreground() -> bool {
        true
    }

    /// Nothing has to be done.
    pub fn restore(_: i32) {}
}
