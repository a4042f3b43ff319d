//! Removes what surrounds a token in a file, a variable or a paste.

use zeroize::Zeroizing;

/// Returns the text without blanks, line ends, invisible characters and byte order marks at both ends.
/// Files and commands end in a line end, and web pages add invisible characters.
pub fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let length @ 1.. = blank_length(bytes) {
        bytes = &bytes[length..];
    }
    while let Some(length) = (1..=bytes.len().min(3))
        .find(|length| blank_length(&bytes[bytes.len() - length..]) == *length)
    {
        bytes = &bytes[..bytes.len() - length];
    }
    bytes
}

/// Returns whether [`trimmed`] leaves nothing of the text.
pub fn is_blank(bytes: &[u8]) -> bool {
    trimmed(bytes).is_empty()
}

/// Returns the length in bytes of the blank or invisible character that the text starts with; 0 if
/// it starts with another character.
pub(super) fn blank_length(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'\t'..=b'\r', ..] => 1,
        // Next line, no-break space, soft hyphen.
        [0xc2, 0x85 | 0xa0 | 0xad, ..] => 2,
        // Spaces of all widths, zero-width characters, direction marks, line separators.
        [0xe2, 0x80, 0x80..=0x8f | 0xa8..=0xaf, ..] | [0xe2, 0x81, 0x9f..=0xaf, ..] => 3,
        // Ogham space, Mongolian vowel separator, ideographic space, Hangul filler.
        [0xe1, 0x9a, 0x80, ..] | [0xe1, 0xa0, 0x8e, ..] | [0xe3, 0x80, 0x80, ..] => 3,
        [0xe3, 0x85, 0xa4, ..] => 3,
        // The byte order mark, and the marks that select the form of an emoji.
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xb8, 0x80..=0x8f, ..] => 3,
        _ => 0,
    }
}

/// Returns whether a text is UTF-16, which PowerShell 5 writes with `>`: by its mark, or by its first
/// two characters if they are ASCII.
pub fn is_utf16(bytes: &[u8]) -> bool {
    utf16_units(bytes).is_some()
}

/// Returns what follows the mark of UTF-16, and whether it is little-endian.
fn utf16_units(bytes: &[u8]) -> Option<(&[u8], bool)> {
    match bytes {
        [0xff, 0xfe, units @ ..] => Some((units, true)),
        [0xfe, 0xff, units @ ..] => Some((units, false)),
        [1..=0xff, 0, 1..=0xff, 0, ..] => Some((bytes, true)),
        [0, 1..=0xff, 0, 1..=0xff, ..] => Some((bytes, false)),
        _ => None,
    }
}

/// Converts UTF-16 to UTF-8, and returns any other text unchanged.
pub fn without_utf16(bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let Some((units, is_little_endian)) = utf16_units(&bytes) else {
        return bytes;
    };
    let from_unit = if is_little_endian {
        u16::from_le_bytes
    } else {
        u16::from_be_bytes
    };
    let units = units
        .chunks_exact(2)
        .map(|unit| from_unit([unit[0], unit[1]]));
    // A unit becomes at most three bytes. A vector that grows would leave an unzeroed copy.
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() * 2));
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    text
}
