//! What commands print for people and scripts. The only thing here that goes to stdout.

use std::io::{self, IsTerminal, StdoutLock, Write};

use anstream::AutoStream;
use bbt::token::Token;
use zeroize::Zeroizing;

/// Prints lines to stdout.
///
/// # Errors
/// The system's.
pub fn say(lines: &str) -> io::Result<()> {
    let mut out = Out::stdout();
    out.write_all(lines.as_bytes())?;
    out.flush()
}

/// As [`say`], for a command that has more to do than to tell of it: that nobody reads any more
/// (`| head`) is no reason to leave the rest undone.
///
/// # Errors
/// The system's.
pub fn say_if_heard(lines: &str) -> io::Result<()> {
    match say(lines) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}

/// As [`say_if_heard`], for lines that have colours of ours, and whose rest has been through
/// [`bbt::messages::printable`]. The colours are for terminals, and not if `NO_COLOR` is set.
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

/// stdout. Data goes through it as it came, but for a terminal: what would move the cursor there,
/// change a colour or turn the direction of writing, and may be a stranger's, is shown and not done.
pub struct Out<W> {
    inner: W,
    is_terminal: bool,
    /// The beginning of something that the next byte decides on.
    held: Vec<u8>,
}

impl Out<StdoutLock<'static>> {
    pub fn stdout() -> Self {
        let inner = io::stdout().lock();
        let is_terminal = inner.is_terminal();
        Out {
            inner,
            is_terminal,
            held: Vec::new(),
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.inner.write(bytes);
        }
        self.held.extend_from_slice(bytes);
        let length = self.held.len() - undecided(&self.held);
        let rest = self.held.split_off(length);
        self.inner.write_all(shown(&self.held).as_bytes())?;
        self.held = rest;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.held);
        self.inner.write_all(shown(&rest).as_bytes())?;
        self.inner.flush()
    }
}

/// How many bytes at the end are the beginning of a character, or of a line's end.
fn undecided(bytes: &[u8]) -> usize {
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

/// `^[` for ESC, as terminals themselves show what is typed, and a number for what has no such name.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\0'..='\x1f' | '\x7f' => shown.extend(['^', char::from(c as u8 ^ 0x40)]),
            c if c.is_control() || turns(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Whether it turns the direction of writing.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The token as a line of its own, for a file or a pipe; of its full size from the start, since a
/// vector that grows leaves copies behind.
pub fn line_of(token: &Token) -> Zeroizing<Vec<u8>> {
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
            held: Vec::new(),
        };
        for piece in pieces {
            out.write_all(piece).expect("it has room");
        }
        out.flush().expect("it has room");
        out.inner
    }

    #[test]
    fn a_terminal_is_shown_what_it_would_do() {
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
