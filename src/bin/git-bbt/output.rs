//! What commands print for people and scripts. The only thing here that goes to stdout.

use std::io::{self, Write};

/// Prints lines to stdout.
///
/// # Errors
/// The system's. That nobody reads any more (`| head`) is none.
pub fn say(lines: &str) -> io::Result<()> {
    match io::stdout().write_all(lines.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
