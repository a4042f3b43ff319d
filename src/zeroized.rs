//! Reads what may contain a secret into memory that is zeroed when it is dropped.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The initial size. The whole buffer is zeroed on drop, so it does not start with the maximum.
const INITIAL: usize = 256;

/// Reads to the end, or up to `limit` bytes.
///
/// # Errors
/// If `reader` fails.
pub fn read(reader: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    read_until(reader, limit, |_| false)
}

/// As [`read`], but stops once `is_complete` returns true. Grows by hand: a reallocating `Vec` would
/// leave an unzeroed copy.
///
/// # Errors
/// If `reader` fails.
pub fn read_until(
    mut reader: impl Read,
    limit: usize,
    is_complete: impl Fn(&[u8]) -> bool,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; INITIAL.min(limit)]);
    let mut length = 0;
    while length < limit && !is_complete(&bytes[..length]) {
        if length == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; bytes.len().saturating_mul(4).min(limit)]);
            larger[..length].copy_from_slice(&bytes);
            bytes = larger;
        }
        match reader.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reading_stops_at_the_limit() {
        let text: Vec<u8> = (0..20_000_u32).map(|number| number as u8).collect();
        for (length, limit) in [(0, 9), (9, 9), (10, 9), (1024, 2000), (20_000, 20_000)] {
            let read = read(&text[..length], limit).expect("a slice can be read");
            assert_eq!(*read, text[..length.min(limit)], "{length} of {limit}");
        }
    }
}
