//! Prints to stdout, for people and scripts.

use std::io::{self, IsTerminal, StdoutLock, Write};

use anstream::AutoStream;
use bbt::token::Token;
use zeroize::Zeroizing;

/// Prints lines to stdout.
///
/// # Errors
/// If stdout cannot be written.
pub fn say(lines: &str) -> io::Result<()> {
    let mut out = Out::stdout();
    out.write_all(lines.as_bytes())?;
    out.flush()
}

/// As [`say`], but ignores a closed stdout (`| head`), so that the command goes on.
///
/// # Errors
/// As [`say`].
pub fn say_unless_closed(lines: &str) -> io::Result<()> {
    match say(lines) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// As [`say_unless_closed`], for lines that contain colours of ours, and otherwise only what
/// [`bbt::redact::for_terminal`] returned. Colours are printed to terminals, and not if `NO_COLOR` is set.
///
/// # Errors
/// The system's.
pub fn say_styled(lines: &str) -> io::Result<()> {
    let mut out = AutoStream::auto(io::stdout().lock());
    match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}

/// stdout. If it is a terminal, control characters and marks that change the direction of writing are
/// escaped, since they may come from strangers; otherwise data is unchanged.
pub struct Out<W> {
    inner: W,
    is_terminal: bool,
    /// An incomplete UTF-8 sequence, or a CR that may be half of CRLF.
    pending: Vec<u8>,
}

impl Out<StdoutLock<'static>> {
    pub fn stdout() -> Self {
        let inner = io::stdout().lock();
        let is_terminal = inner.is_terminal();
        Out {
            inner,
            is_terminal,
            pending: Vec::new(),
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.inner.write(bytes);
        }
        self.pending.extend_from_slice(bytes);
        let length = self.pending.len() - incomplete(&self.pending);
        let rest = self.pending.split_off(length);
        self.inner.write_all(escaped(&self.pending).as_bytes())?;
        self.pending = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.pending);
        self.inner.write_all(escaped(&rest).as_bytes())?;
        self.inner.flush()
    }
}

/// Returns the number of bytes at the end that start a character or a line end.
fn incomplete(bytes: &[u8]) -> usize {
    if bytes.ends_with(b"\r") {
        return 1;
    }
    let is_start = |byte: &u8| *byte >= 0xc0;
    let last = bytes.iter().rev().take(3).position(is_start);
    let tail = last.map_or(&[][..], |back| &bytes[bytes.len() - 1 - back..]);
    match std::str::from_utf8(tail) {
        Err(error) if error.error_len().is_none() => tail.len(),
        _ => 0,
    }
}

/// Escapes control characters: `^[` for ESC, as terminals echo it, and a number for others.
fn escaped(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            '\0'..='\x1f' | '\x7f' => escaped.extend(['^', char::from(c as u8 ^ 0x40)]),
            c if c.is_control() || is_direction_mark(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns whether a character changes the direction of writing.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the token and a line end, for a file or a pipe. Allocated once: a growing `Vec` would leave
/// unzeroed copies.
pub fn token_line(token: &Token) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(token.expose().len() + 1));
    line.extend_from_slice(token.expose().as_bytes());
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(is_terminal: bool, pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Out {
            inner: Vec::new(),
            is_terminal,
            pending: Vec::new(),
        };
        for piece in pieces {
            out.write_all(piece).expect("it has room");
        }
        out.flush().expect("it has room");
        out.inner
    }

    #[test]
    fn control_characters_are_escaped_for_a_terminal_only() {
        let text = "a\x1b[31m\r\nb\rc\x7f\t\u{9b}1m é©\u{202e}\r".as_bytes();
        let expected = "a^[[31m\nb^Mc^?\t\\u{9b}1m é©\\u{202e}^M";
        for at in 0..=text.len() {
            let (one, other) = text.split_at(at);
            let pieces = [one, other, b"\xff"];
            let shown = String::from_utf8(printed(true, &pieces));
            assert_eq!(
                shown.as_deref(),
                Ok(&*format!("{expected}\u{fffd}")),
                "{at}"
            );
            assert_eq!(printed(false, &pieces), pieces.concat());
        }
    }
}
