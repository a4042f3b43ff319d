//! Reading what may hold a secret, into memory that is wiped when it is done with.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// Room for any token and any question of git's. All that is made is wiped, used or not, so that
/// room for the most there may be would cost every time.
const USUAL: usize = 1024;

/// All that `reader` gives, and no more of it than `limit` bytes.
///
/// # Errors
/// The reader's.
pub fn read(reader: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    read_until(reader, limit, |_| false)
}

/// As [`read`], and no further than to where it is whole. A vector that grows by itself would leave
/// what it held behind.
///
/// # Errors
/// The reader's.
pub fn read_until(
    mut reader: impl Read,
    limit: usize,
    is_whole: impl Fn(&[u8]) -> bool,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; USUAL.min(limit)]);
    let mut held = 0;
    while held < limit && !is_whole(&bytes[..held]) {
        if held == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; bytes.len().saturating_mul(8).min(limit)]);
            larger[..held].copy_from_slice(&bytes);
            bytes = larger;
        }
        match reader.read(&mut bytes[held..]) {
            Ok(0) => break,
            Ok(more) => held += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(held);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn all_of_it_is_read_up_to_the_limit() {
        let text: Vec<u8> = (0..20_000_u32).map(|number| number as u8).collect();
        for (length, limit) in [(0, 9), (9, 9), (10, 9), (1024, 2000), (20_000, 20_000)] {
            let read = read(&text[..length], limit).expect("a slice can be read");
            assert_eq!(*read, text[..length.min(limit)], "{length} of {limit}");
        }
    }
}
