//! The output of a token command, or the content of a file or a keyring item.

#![no_main]

use bbt::token::{self, Kind, Token};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let token = match Token::new(Zeroizing::new(bytes.to_vec()), None) {
        Ok(token) => token,
        Err(flaw) => {
            let _ = flaw.to_string();
            return;
        }
    };
    // The token is one line of git's credential protocol, and one header, whatever the input is.
    let secret = token.expose();
    assert!(!secret.is_empty() && secret.len() <= token::MAX_BYTES);
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    assert!(secret.bytes().all(of_token));
    // Nothing in the middle was dropped, in UTF-8 or in UTF-16.
    let read = token::without_utf16(Zeroizing::new(bytes.to_vec()));
    assert_eq!(token::trimmed(&read), secret.as_bytes());
    assert_eq!(token.kind() == Kind::Api, secret.starts_with("ATAT"));
    assert!(secret.len() < 12 || !format!("{token:?}").contains(secret));
});
