//! A token's checksum, which tells that a paste was cut short.

use bbt::token::Token;

/// How many characters stand behind the last `=`.
const DIGITS: usize = 8;

/// Whether the token ends as Bitbucket's do, in the CRC-32 of all that stands before it. Atlassian
/// promises none of this, so it is good for a warning and no more. Others than Bitbucket's own
/// prefixes are not judged.
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
    fn a_whole_token_fits_and_a_cut_one_does_not() {
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
