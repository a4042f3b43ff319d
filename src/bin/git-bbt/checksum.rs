//! A token's checksum, which reveals that a paste was cut short.

use bbt::token::Token;

/// The number of characters after the last `=`.
const DIGITS: usize = 8;

/// Returns whether the token ends in the CRC-32 of what precedes it, as Bitbucket's tokens do, or has no
/// prefix of Bitbucket's. Undocumented, so good for a warning only.
pub fn matches(token: &Token) -> bool {
    let text = token.expose();
    if !text.starts_with("ATCT") && !text.starts_with("ATAT") {
        return true;
    }
    let Some((body, digits)) = text.split_at_checked(text.len().saturating_sub(DIGITS)) else {
        return false;
    };
    body.ends_with('=') && digits == format!("{:08X}", crc32fast::hash(body.as_bytes()))
}
