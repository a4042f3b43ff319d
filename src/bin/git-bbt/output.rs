//! What commands print for people and scripts. The only thing here that goes to stdout.

use std::io::{self, Write};

/// Prints lines to stdout.
///
/// # Errors
/// The system's.
pub fn say(lines: &str) -> io::Result<()> {
    io::stdout().write_all(lines.as_bytes())
}
