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

/// Converts UTF-16 to UTF-8, and returns any other text unchanged. PowerShell 5 writes UTF-16 with `>`.
pub fn without_utf16(bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let (units, is_little_endian) = match &bytes[..] {
        [0xff, 0xfe, units @ ..] => (units, true),
        [0xfe, 0xff, units @ ..] => (units, false),
        [first, 0, ..] if *first != 0 => (&bytes[..], true),
        [0, second, ..] if *second != 0 => (&bytes[..], false),
        _ => return bytes,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrounding_blanks_and_invisible_characters_are_removed() {
        // Separated by "|".
        let blanks = [
            " |\t|\n|\r\n|\u{b}\u{c}|\u{85}|\u{a0}|\u{ad}|\u{1680}|\u{180e}|\u{2003}",
            "\u{200b}|\u{200c}\u{200d}|\u{200e}|\u{2028}|\u{202e}|\u{202f}|\u{205f}|\u{2060}",
            "\u{2066}\u{2069}|\u{3000}|\u{3164}|\u{feff}|\u{fe0f}| \u{feff}\u{a0} \n",
        ];
        for blank in blanks.iter().flat_map(|blanks| blanks.split('|')) {
            assert!(is_blank(blank.as_bytes()), "{blank:?}");
            for text in [format!("{blank}a b"), format!("a b{blank}")] {
                assert_eq!(trimmed(text.as_bytes()), b"a b", "{text:?}");
            }
        }
        for text in ["\0a", "a\0", "é", "a…", "“a”", "%", "\u{1b}a"] {
            assert_eq!(trimmed(text.as_bytes()), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        let text = "\u{feff}ATCT-abc=\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little[..], &little[2..], &big, &big[2..], text.as_bytes()] {
            let read = without_utf16(bytes.to_vec().into());
            assert_eq!(trimmed(&read), b"ATCT-abc=");
        }
        // Invalid input does not panic.
        for bytes in [
            &[0xff, 0xfe][..],
            &[0xff, 0xfe, 0],
            &[0xff, 0xfe, 0, 0xd8],
            &[0, 0],
            &[],
        ] {
            let _ = without_utf16(bytes.to_vec().into());
        }
    }
}
