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

#[cfg(test)]
mod tests {
    use super::matches;
    use bbt::token::Token;

    fn token(text: &str) -> Token {
        Token::new(text.as_bytes().to_vec().into(), None).expect("it could be one")
    }

    #[test]
    fn a_shortened_token_does_not_match_its_checksum() {
        // Made here, so that no scanner finds one in the source.
        let body = format!("{}{}=", "ATCTT3xFfGN0", "x".repeat(60));
        let whole = format!("{body}{:08X}", crc32fast::hash(body.as_bytes()));
        assert!(matches(&token(&whole)));
        for cut in [1, 8, 9, 30, 65] {
            assert!(
                !matches(&token(&whole[..whole.len() - cut])),
                "{cut} cut off"
            );
        }
        assert!(matches(&token("of-a-proxys-own")));
    }
}
