//! Prints to stdout, for people and scripts.

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use bbt::token::Token;
use zeroize::Zeroizing;

/// Prints lines to stdout.
///
/// # Errors
/// If stdout cannot be written.
pub fn say(lines: &str) -> io::Result<()> {
    print(lines.as_bytes())
}

/// Prints text or data to stdout. On a terminal, control characters and marks that change the direction of
/// writing are escaped, since they may come from strangers; otherwise data is unchanged.
///
/// # Errors
/// As [`say`].
pub fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        out.write_all(escaped(bytes).as_bytes())?;
    } else {
        out.write_all(bytes)?;
    }
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
    use super::escaped;

    #[test]
    fn control_characters_are_escaped() {
        let text = "a\x1b[31m\r\nb\rc\x7f\t\u{9b}1m é©\u{202e}\r".as_bytes();
        let expected = "a^[[31m\nb^Mc^?\t\\u{9b}1m é©\\u{202e}^M\u{fffd}";
        assert_eq!(escaped(&[text, b"\xff"].concat()), expected);
    }
}
