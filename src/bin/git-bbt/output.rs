//! What commands print for people and scripts. The only thing here that goes to stdout.

use std::io::{self, Write};

use bbt::token::Token;
use zeroize::Zeroizing;

/// Prints lines to stdout.
///
/// # Errors
/// The system's.
pub fn say(lines: &str) -> io::Result<()> {
    io::stdout().write_all(lines.as_bytes())
}

/// The token as a line of its own, for a file or a pipe; of its full size from the start, since a
/// vector that grows leaves copies behind.
pub fn line_of(token: &Token) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(token.expose().len() + 1));
    line.extend_from_slice(token.expose().as_bytes());
    line.push(b'\n');
    line
}
